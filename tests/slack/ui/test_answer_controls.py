"""What readers of an answer may use, and what a click means."""

from dataclasses import replace
from typing import Any

import pytest

from bot.commands.model import Choose, Command, Continue, PickPersona, Rate, Regenerate, Stop
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Batch
from bot.installations import Installation
from bot.slack.ui import answer_controls as views
from bot.turns.state import Control, Lease, Turn

ME = Installation("T1", "U0BOT", "B0BOT")
THREAD = ThreadKey("slack", "T1", "C1", "1763700000.000100")
NEWEST = "1763700000.000300"
FOLLOW = Choose("follow", True, "thread", THREAD, "UADA")
TURN = Turn(NEWEST, Lease(THREAD, "token", 0.0), Batch(THREAD, ()))


def clicked(action_id: str, **action: Any) -> dict[str, Any]:
    """As Slack sends it for a message in the thread that Ada began (docs: block_actions payload)."""
    message = {"ts": "1763700000.000400", "thread_ts": THREAD.root, "parent_user_id": "UADA", "user": "U0BOT"}
    action = {"action_id": action_id, **action}
    return {"user": {"id": "UBEN"}, "channel": {"id": "C1"}, "message": message, "actions": [action]}


def test_an_answer_bears_its_buttons_its_menu_and_its_thumbs() -> None:
    row, thumbs = views.controls((Control.AGAIN, Control.CONTINUE, Control.PERSONA, Control.RATE), TURN)

    assert [each["action_id"] for each in row["elements"]] == ["turn_again", "turn_continue", "thread_menu"]
    assert [each["action_id"] for each in thumbs["elements"]] == ["turn_rate"]
    assert views.controls((), TURN) == []


@pytest.mark.parametrize(
    ("body", "command"),
    [
        (clicked("turn_stop", value=NEWEST), Stop(THREAD, newest=NEWEST)),
        (clicked("turn_again", value=NEWEST), Regenerate(THREAD, NEWEST)),
        (clicked("turn_continue", value=NEWEST), Continue(THREAD, NEWEST)),
        (clicked("turn_rate", value=f"up {NEWEST}"), Rate(THREAD, NEWEST, "up")),
        (clicked("turn_rate", value=f"down {NEWEST}"), Rate(THREAD, NEWEST, "down")),
        (clicked("thread_menu", selected_option={"value": "follow"}), FOLLOW),
        (clicked("thread_menu", selected_option={"value": "unfollow"}), replace(FOLLOW, value=False)),
        (clicked("thread_menu", selected_option={"value": "persona"}), PickPersona(THREAD, "UADA")),
    ],
    ids=str,
)
def test_a_click_means_what_the_control_says(body: dict[str, Any], command: Command) -> None:
    assert views.clicked(body, ME) == command


@pytest.mark.parametrize("channel", [{"channel": {"id": "C1"}}, {}])
def test_a_click_on_a_message_of_which_slack_tells_only_the_place(channel: dict[str, Any]) -> None:
    """As it may be while the message is streamed."""
    container = {"type": "message", "message_ts": "1763700000.000400", "channel_id": "C1", "thread_ts": THREAD.root}
    body = {"user": {"id": "UBEN"}, "container": container, **channel}

    assert views.clicked(body | {"actions": [{"action_id": "turn_stop", "value": NEWEST}]}, ME) == Stop(
        THREAD, newest=NEWEST
    )
    picked = {"action_id": "thread_menu", "selected_option": {"value": "persona"}}
    assert views.clicked(body | {"actions": [picked]}, ME) == PickPersona(THREAD, None)


@pytest.mark.parametrize(
    ("message", "starter"),
    [
        ({"ts": "1.0", "user": "UADA"}, "UADA"),
        ({"ts": "1.0", "thread_ts": "1.0", "user": "UADA"}, "UADA"),
        ({"ts": "2.0", "thread_ts": "1.0", "user": "UBEN", "parent_user_id": "UADA"}, "UADA"),
        ({"ts": "2.0", "thread_ts": "1.0", "user": "UBEN"}, None),
    ],
    ids=str,
)
def test_who_began_a_thread_is_known_only_if_slack_says_so(message: dict[str, Any], starter: str | None) -> None:
    assert views.starter(message) == starter


@pytest.mark.parametrize(
    "body",
    [
        clicked("turn_explode", value=NEWEST),
        clicked("thread_menu", selected_option={"value": "explode"}),
        clicked("turn_stop"),
        clicked("turn_rate", value=NEWEST),
        clicked("turn_stop", value=NEWEST) | {"message": {"ts": "no ts"}},
        clicked("turn_stop", value=NEWEST) | {"channel": {"id": "C/1"}},
    ],
    ids=str,
)
def test_a_click_that_no_control_of_ours_makes_is_malformed(body: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        views.clicked(body, ME)
