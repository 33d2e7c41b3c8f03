"""Buttons and menus under an answer, and the commands that clicks on them give.

(Slack docs: actions block, overflow menu, context actions block with feedback buttons, block_actions payload.)
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol

from bot import wording
from bot.commands.model import Choose, Continue, PickPersona, Rate, Regenerate, Stop, ThreadCommand
from bot.conversation.ids import ThreadKey, order
from bot.installations import Installation
from bot.policy.preferences import FOLLOW
from bot.slack import threads
from bot.slack.ui import block_kit as cards
from bot.turns.state import Control, Face

KINDS = ("actions", "context_actions")
"""The kinds of blocks that controls stand in."""


class Named(Protocol):
    """A turn, as far as it is named by the newest message that it answers."""

    @property
    def newest(self) -> str: ...


class Action(StrEnum):
    """The `action_id` of each control."""

    STOP = "turn_stop"
    AGAIN = "turn_again"
    CONTINUE = "turn_continue"
    MENU = "thread_menu"
    RATE = "turn_rate"


class Menu(StrEnum):
    """What the menu offers; each has its words."""

    PERSONA = "persona"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"


BUTTONS = {
    Control.STOP: Action.STOP,
    Control.AGAIN: Action.AGAIN,
    Control.RETRY: Action.AGAIN,
    Control.CONTINUE: Action.CONTINUE,
}
WORDS = wording.of(wording.DEFAULT_LOCALE)  # an answer is read by everybody in the thread


def controls(wanted: Sequence[Control], turn: Named) -> list[dict[str, Any]]:
    """The blocks with what a reader may do; each value names the turn. Empty where nothing may be done."""
    elements = [_button(control, turn.newest) for control in wanted if control in BUTTONS]
    if Control.PERSONA in wanted:
        elements.append(_menu())
    blocks: list[dict[str, Any]] = [{"type": "actions", "elements": elements}] if elements else []
    return [*blocks, _thumbs(turn.newest)] if Control.RATE in wanted else blocks


def face(face: Face) -> dict[str, str]:
    """As whom a message is posted (Slack docs: chat.postMessage, chat:write.customize). Empty: as the app."""
    looks = {"username": face.name} if face.name else {}
    if face.icon:
        looks["icon_emoji" if face.icon.startswith(":") else "icon_url"] = face.icon
    return looks


def clicked(body: Mapping[str, Any], me: Installation) -> ThreadCommand | Choose:
    """The command that a click gives.

    Who and where are read from what Slack has signed, never from a value. Raises KeyError, IndexError, TypeError or
    ValueError for a payload that is not as documented.
    """
    action, thread = body["actions"][0], where(body, me)
    match Action(action["action_id"]):
        case Action.STOP:
            return Stop(thread, newest=str(action["value"]))
        case Action.AGAIN:
            return Regenerate(thread, str(action["value"]))
        case Action.CONTINUE:
            return Continue(thread, str(action["value"]))
        case Action.RATE:
            vote, newest = str(action["value"]).split(" ")
            return Rate(thread, newest, "up" if vote == "up" else "down")
        case Action.MENU:
            return _selected(Menu(action["selected_option"]["value"]), thread, starter(_message(body)))


def _selected(chosen: Menu, thread: ThreadKey, starter: str | None) -> PickPersona | Choose:
    match chosen:
        case Menu.PERSONA:
            return PickPersona(thread, starter)
        case Menu.FOLLOW | Menu.UNFOLLOW:
            return Choose(FOLLOW.name, chosen is Menu.FOLLOW, "thread", thread, starter)


def where(body: Mapping[str, Any], me: Installation) -> ThreadKey:
    """The thread of the message that was clicked, or on which a shortcut was used. Raises as `clicked` does."""
    message = _message(body)
    channel = body.get("channel") or {"id": body["container"]["channel_id"]}
    return checked(threads.thread(me.workspace, channel["id"], message.get("thread_ts") or message["ts"]))


def _message(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message that was clicked. Where Slack leaves it out, as it may while the message is streamed, what the
    container tells of it (Slack docs: block_actions payload)."""
    if isinstance(message := body.get("message"), Mapping):
        return message
    container = body["container"]
    return {"ts": container["message_ts"], "thread_ts": container.get("thread_ts"), "parent_user_id": None}


def checked(thread: ThreadKey) -> ThreadKey:
    """The same thread. Raises ValueError if its root is no message's `ts`."""
    order(thread.root)
    return thread


def starter(message: Mapping[str, Any]) -> str | None:
    """Who wrote the first message of a message's thread; None where Slack does not tell."""
    if message.get("thread_ts") in (None, message.get("ts")):
        return message.get("user")
    return message.get("parent_user_id")


def stopped(event: Mapping[str, Any], me: Installation) -> Stop:
    """Slack's own stop button in an agent session (Slack docs: agent_session_stopped)."""
    return Stop(checked(threads.thread(me.workspace, event["channel"], event["thread_ts"])))


def _button(control: Control, newest: str) -> dict[str, Any]:
    label = WORDS.label(f"control.{control.name.lower()}")
    return {"type": "button", "action_id": str(BUTTONS[control]), "text": cards.plain(label), "value": newest}


def _menu() -> dict[str, Any]:
    options = [{"text": cards.plain(WORDS.label(f"menu.{each}")), "value": str(each)} for each in Menu]
    return {"type": "overflow", "action_id": str(Action.MENU), "options": options}


def _thumbs(newest: str) -> dict[str, Any]:
    buttons = {
        "positive_button": _thumb(WORDS.label("vote.up"), f"up {newest}"),
        "negative_button": _thumb(WORDS.label("vote.down"), f"down {newest}"),
    }
    element = {"type": "feedback_buttons", "action_id": str(Action.RATE), **buttons}
    return {"type": "context_actions", "elements": [element]}


def _thumb(label: str, value: str) -> dict[str, Any]:
    return {"text": cards.plain(label), "accessibility_label": label, "value": value}
