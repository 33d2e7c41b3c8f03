"""What buttons look like, and what a click on one means (Slack docs: actions block, block_actions payload)."""

from collections.abc import Sequence
from typing import Any

from bot.commands import Again, Command, Stop
from bot.reply import Control
from bot.slack.read import Me
from bot.thread import Face, ThreadKey, Turn

ACTIONS = {Control.STOP: "turn_stop", Control.AGAIN: "turn_again", Control.RETRY: "turn_again"}


def controls(wanted: Sequence[Control], turn: Turn) -> list[dict[str, Any]]:
    """The blocks with what a reader may do; each value names the turn. Empty where nothing may be done."""
    elements = [
        {
            "type": "button",
            "action_id": ACTIONS[control],
            "text": {"type": "plain_text", "text": control.value},
            "value": turn.newest,
        }
        for control in wanted
        if control in ACTIONS
    ]
    return [{"type": "actions", "elements": elements}] if elements else []


def face(face: Face) -> dict[str, str]:
    """As whom a message is posted (Slack docs: chat.postMessage, chat:write.customize). Empty: as the app."""
    looks = {"username": face.name} if face.name else {}
    if face.icon:
        looks["icon_emoji" if face.icon.startswith(":") else "icon_url"] = face.icon
    return looks


def clicked(body: dict[str, Any], me: Me) -> Command:
    """What a click asks for. Raises KeyError, IndexError or TypeError for a payload that is not as documented."""
    action, message = body["actions"][0], body["message"]
    thread = ThreadKey(me.team, body["channel"]["id"], message.get("thread_ts") or message["ts"])
    user = str(body["user"]["id"])
    match action["action_id"]:
        case "turn_stop":
            return Stop(thread, user, newest=str(action["value"]))
        case "turn_again":
            return Again(thread, user, str(action["value"]))
    raise KeyError(action["action_id"])


def stopped(event: dict[str, Any], me: Me) -> Command:
    """Slack's own stop button in an agent session (Slack docs: agent_session_stopped)."""
    return Stop(ThreadKey(me.team, event["channel"], event["thread_ts"]), event["user"])
