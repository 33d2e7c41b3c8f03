"""What does an answer bear for its readers to use, and what does a click on it mean?

(Slack docs: actions block, overflow menu, context actions block with feedback buttons, block_actions payload.)
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from bot.commands.threads import Again, Command, Continue, Follow, Rate, Stop
from bot.conversation.ids import ThreadKey
from bot.installations import Installation
from bot.slack import threads
from bot.slack.ui import block_kit as cards
from bot.turns.state import Control, Face, Turn

STOP, AGAIN, CONTINUE, MENU, RATE = "turn_stop", "turn_again", "turn_continue", "thread_menu", "turn_rate"
ACTIONS = (STOP, AGAIN, CONTINUE, MENU, RATE)
BUTTONS = {Control.STOP: STOP, Control.AGAIN: AGAIN, Control.RETRY: AGAIN, Control.CONTINUE: CONTINUE}
PERSONA = "persona"
CHOICES = {PERSONA: "Use another persona…", "follow": "Follow this thread", "unfollow": "Stop following"}


def controls(wanted: Sequence[Control], turn: Turn) -> list[dict[str, Any]]:
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


def clicked(body: Mapping[str, Any], me: Installation) -> Command | Literal["persona"]:
    """What a click asks for; "persona": the form in which one is chosen for the thread.

    Who and where are read from what Slack has signed, never from a value. Raises KeyError, IndexError, TypeError or
    ValueError for a payload that is not as documented.
    """
    action, thread, user = body["actions"][0], where(body, me), str(body["user"]["id"])
    match action["action_id"]:
        case "turn_stop":
            return Stop(thread, user, newest=str(action["value"]))
        case "turn_again":
            return Again(thread, user, str(action["value"]))
        case "turn_continue":
            return Continue(thread, user, str(action["value"]))
        case "turn_rate":
            vote, newest = str(action["value"]).split(" ")
            return Rate(thread, user, newest, "up" if vote == "up" else "down")
        case "thread_menu":
            chosen = action["selected_option"]["value"]
            began = starter(body["message"])
            return "persona" if chosen == PERSONA else Follow(thread, user, chosen == "follow", began)
    raise KeyError(action["action_id"])


def where(body: Mapping[str, Any], me: Installation) -> ThreadKey:
    """The thread of the message that was clicked, or on which a shortcut was used. Raises as `clicked` does."""
    message = body["message"]
    return threads.thread(me.workspace, body["channel"]["id"], message.get("thread_ts") or message["ts"])


def starter(message: Mapping[str, Any]) -> str | None:
    """Who wrote the first message of a message's thread; None where Slack does not tell."""
    if message.get("thread_ts") in (None, message.get("ts")):
        return message.get("user")
    return message.get("parent_user_id")


def stopped(event: Mapping[str, Any], me: Installation) -> Command:
    """Slack's own stop button in an agent session (Slack docs: agent_session_stopped)."""
    return Stop(threads.thread(me.workspace, event["channel"], event["thread_ts"]), event["user"])


def _button(control: Control, newest: str) -> dict[str, Any]:
    return {"type": "button", "action_id": BUTTONS[control], "text": cards.plain(control.value), "value": newest}


def _menu() -> dict[str, Any]:
    options = [{"text": cards.plain(label), "value": value} for value, label in CHOICES.items()]
    return {"type": "overflow", "action_id": MENU, "options": options}


def _thumbs(newest: str) -> dict[str, Any]:
    buttons = {
        "positive_button": _thumb("Good answer", f"up {newest}"),
        "negative_button": _thumb("Bad answer", f"down {newest}"),
    }
    return {"type": "context_actions", "elements": [{"type": "feedback_buttons", "action_id": RATE, **buttons}]}


def _thumb(label: str, value: str) -> dict[str, Any]:
    return {"text": cards.plain(label), "accessibility_label": label, "value": value}
