import asyncio
import logging
from typing import Any, cast

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands.model import ShowAdmins, ShowPersona
from bot.conversation.places import Channel, Direct, Place
from bot.errors import Unavailable
from bot.installations import Installation
from bot.slack.ui import respond
from bot.slack.ui.respond import Request, Responder
from bot.wording.text import Text
from tests.commands import fakes
from tests.people import PEOPLE

ME = Installation("T1", "UBOT", "BBOT")


class Broken:
    """Preferences that cannot be read."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def access(self) -> None:
        raise self.error


def responder(error: Exception | None = None) -> Responder:
    world = fakes.with_everybody()
    if error is not None:
        world.prefs = cast(Any, Broken(error))
    return Responder(cast(Any, None), ME, world.world)


async def told(error: Exception) -> Text:
    one = responder(error)
    return (await one.do(ShowAdmins(Channel("C1")), one.actor(PEOPLE["member"]))).text


async def test_trouble_that_was_expected_is_told_in_its_own_words() -> None:
    assert await told(Unavailable("model.busy")) == Text(("The model is busy. Please try again in a minute.",))  # type: ignore[arg-type]


async def test_a_bug_is_logged_and_told_as_a_plain_apology(caplog: pytest.LogCaptureFixture) -> None:
    text = await told(RuntimeError("a secret"))

    assert text.parts == ("Something went wrong on my side. Please try again.",)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_what_comes_of_a_command_is_put_into_words() -> None:
    one = responder()
    outcome = await one.do(ShowPersona("shakespeare"), one.actor(PEOPLE["member"]))

    assert outcome.code == "persona.unknown"
    assert "Did you mean **shakespearean**?" in outcome.text.parts[0]  # type: ignore[operator]


async def test_work_is_acknowledged_in_time_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(respond, "ACK_TIMEOUT", 0.01)
    acknowledged, seen = asyncio.Event(), list[str]()

    async def ack() -> None:
        seen.append("acknowledged")
        acknowledged.set()

    async def work() -> str:
        await acknowledged.wait()
        seen.append("done")
        return "result"

    assert await respond.acknowledged(cast(AsyncAck, ack), work()) == "result"
    assert seen == ["acknowledged", "done"]


@pytest.mark.parametrize(
    ("channel", "place"), [("C1", Channel("C1")), ("G1", Channel("G1")), ("D1", Direct("D1")), ("", Direct())]
)
def test_where_something_is_given_is_a_channel_or_ones_own_direct_messages(channel: str, place: Place) -> None:
    assert Request.of({"channel_id": channel}).place == place


def test_what_slack_says_of_a_click_is_read_from_where_it_stands() -> None:
    body = {
        "user": {"id": "U1"},
        "channel": {"id": "C1"},
        "trigger_id": "1.2",
        "response_url": "https://hooks.slack.com/x",
        "message": {"ts": "2.0", "thread_ts": "1.0"},
        "actions": [{"selected_option": {"value": "Bard"}, "action_ts": "3.0"}],
    }

    assert Request.of(body) == Request("U1", "C1", "1.2", "https://hooks.slack.com/x", "Bard", "3.0", "1.0", {})


@pytest.mark.parametrize(
    "body", [{}, {"user": None, "actions": {}}, {"user": {"id": 1}, "actions": [None], "view": []}]
)
def test_what_slack_does_not_say_is_empty(body: dict[str, Any]) -> None:
    assert Request.of(body) == Request("", "", "", "", "", "", "", {})
