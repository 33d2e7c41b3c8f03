"""Which small forms belong to a thread, and what do they hold when they come back? (Slack docs: modals, views)"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.commands.threads import Rate, UsePersona
from bot.conversation.ids import ThreadKey
from bot.personas.persona import Persona
from bot.slack.ui import block_kit as cards

Json = dict[str, Any]

USE_PERSONA = "use_persona"  # the message shortcut
PERSONA, REASON, NOTICE = "thread_persona", "feedback_reason", "thread_notice"
VALUE = "value"
MOST_OPTIONS = 100  # of a select
MOST_REASON = 1_000  # characters
LABEL = 75  # characters of an option


def notice(text: str, title: str = "Threadbot") -> Json:
    """A form with nothing to fill in."""
    return {
        "type": "modal",
        "callback_id": NOTICE,
        "title": cards.plain(title),
        "close": cards.plain("Close"),
        "blocks": [cards.section(text)],
    }


def persona(thread: ThreadKey, starter: str | None, personas: Sequence[Persona], now: str) -> Json:
    """Who shall answer in this thread? `now` is the name of who does."""
    options = [_option(each) for each in personas[:MOST_OPTIONS]]
    chosen = next((option for option in options if option["value"] == now), None)
    select: Json = {"type": "static_select", "action_id": VALUE, "options": options}
    block: Json = {
        "type": "input",
        "block_id": "persona",
        "label": cards.plain("Who answers in this thread from now on"),
        "element": select | ({"initial_option": chosen} if chosen else {}),
    }
    if len(personas) > MOST_OPTIONS:
        more = f"The first {MOST_OPTIONS}; for any other, mention me with “persona NAME” in the thread."
        block["hint"] = cards.plain(more)
    return _form(PERSONA, "Use another persona", [block], {"thread": str(thread), "starter": starter})


def reason(thread: ThreadKey, newest: str) -> Json:
    """What was wrong with the answer?"""
    block: Json = {
        "type": "input",
        "block_id": "reason",
        "optional": True,
        "label": cards.plain("What was wrong?"),
        "hint": cards.plain("Whoever runs this bot may read it. Your vote is counted already."),
        "element": {"type": "plain_text_input", "action_id": VALUE, "multiline": True, "max_length": MOST_REASON},
    }
    return _form(REASON, "Thank you", [block], {"thread": str(thread), "newest": newest})


def chosen(body: Mapping[str, Any]) -> UsePersona:
    """Raises KeyError, TypeError or ValueError for a payload that is not as documented."""
    about, user = json.loads(body["view"]["private_metadata"]), str(body["user"]["id"])
    name = _value(body, "persona")["selected_option"]["value"]
    return UsePersona(ThreadKey.parse(about["thread"]), user, str(name), about["starter"])


def reasoned(body: Mapping[str, Any]) -> Rate:
    """The reason may be empty. Raises as `chosen` does."""
    about, user = json.loads(body["view"]["private_metadata"]), str(body["user"]["id"])
    text = str(_value(body, "reason").get("value") or "")[:MOST_REASON].strip()
    return Rate(ThreadKey.parse(about["thread"]), user, str(about["newest"]), "down", text)


def _value(body: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    value: Mapping[str, Any] = body["view"]["state"]["values"][block][VALUE]
    return value


def _option(persona: Persona) -> Json:
    described = {"description": cards.plain(persona.description[:LABEL])} if persona.description else {}
    return {"text": cards.plain(persona.name[:LABEL]), "value": persona.name, **described}


def _form(callback: str, title: str, blocks: list[Json], about: Mapping[str, str | None]) -> Json:
    return {
        "type": "modal",
        "callback_id": callback,
        "title": cards.plain(title),
        "submit": cards.plain("Send" if callback == REASON else "Use it"),
        "close": cards.plain("Skip" if callback == REASON else "Cancel"),
        "private_metadata": json.dumps(about),
        "blocks": blocks,
    }
