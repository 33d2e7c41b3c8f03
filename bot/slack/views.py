"""What buttons look like, and what a click on one means (Slack docs: actions block, block_actions payload)."""

from typing import Any

from bot.commands import Again, Command, Stop
from bot.reply import Button
from bot.slack.read import Me
from bot.thread import ThreadKey

ACTIONS = {Button.STOP: "turn_stop", Button.AGAIN: "turn_again", Button.RETRY: "turn_again"}


def actions(button: Button, newest: str) -> dict[str, Any]:
    """A row with the button; its value names the turn."""
    label = {"type": "plain_text", "text": button.value}
    element = {"type": "button", "action_id": ACTIONS[button], "text": label, "value": newest}
    return {"type": "actions", "elements": [element]}


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
