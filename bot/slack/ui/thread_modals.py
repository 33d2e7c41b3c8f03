"""The small forms that belong to a thread, and what they hold when they come back (Slack docs: modals, views)."""

import json
from collections.abc import Mapping
from typing import Any

from bot.commands.model import Choose, Rate
from bot.commands.reports import Personas
from bot.conversation.ids import ThreadKey
from bot.personas.persona import Persona
from bot.policy.preferences import PERSONA
from bot.slack.ui import block_kit as cards
from bot.slack.ui.answer_controls import checked
from bot.wording.words import Words

Json = dict[str, Any]

PICK, REASON = "thread_persona", "feedback_reason"
VALUE = "value"
MAX_OPTIONS = 100  # of a select
MAX_REASON = 1_000  # characters
MAX_LABEL = 75  # characters of an option


def pick(thread: ThreadKey, offered: Personas, words: Words) -> Json:
    """Who answers in this thread; the one who does now is selected."""
    options = [_option(each, words) for each in offered.personas[:MAX_OPTIONS]]
    chosen = next((option for option in options if option["value"] == offered.answers), None)
    select: Json = {"type": "static_select", "action_id": VALUE, "options": options}
    block: Json = {
        "type": "input",
        "block_id": "persona",
        "label": cards.plain(words.label("pick.label")),
        "element": select | ({"initial_option": chosen} if chosen else {}),
    }
    if len(offered.personas) > MAX_OPTIONS:
        block["hint"] = cards.plain(words.label("pick.more", count=MAX_OPTIONS))
    buttons = ("button.use", "button.cancel")
    return _form(PICK, "notice.pick", [block], {"thread": str(thread)}, buttons, words)


def reason(thread: ThreadKey, newest: str, words: Words) -> Json:
    """What was wrong with the answer."""
    block: Json = {
        "type": "input",
        "block_id": "reason",
        "optional": True,
        "label": cards.plain(words.label("reason.label")),
        "hint": cards.plain(words.label("reason.hint")),
        "element": {"type": "plain_text_input", "action_id": VALUE, "multiline": True, "max_length": MAX_REASON},
    }
    about = {"thread": str(thread), "newest": newest}
    return _form(REASON, "notice.reason", [block], about, ("button.send", "button.skip"), words)


def chosen(body: Mapping[str, Any]) -> Choose:
    """Raises KeyError, TypeError or ValueError for a payload that is not as documented."""
    thread = checked(ThreadKey.parse(json.loads(body["view"]["private_metadata"])["thread"]))
    return Choose(PERSONA.name, str(_value(body, "persona")["selected_option"]["value"]), "thread", thread)


def reasoned(body: Mapping[str, Any]) -> Rate:
    """The reason may be empty. Raises as `chosen` does."""
    about = json.loads(body["view"]["private_metadata"])
    text = str(_value(body, "reason").get("value") or "")[:MAX_REASON].strip()
    return Rate(checked(ThreadKey.parse(about["thread"])), str(about["newest"]), "down", text)


def _value(body: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    value: Mapping[str, Any] = body["view"]["state"]["values"][block][VALUE]
    return value


def _option(persona: Persona, words: Words) -> Json:
    about = words.about(persona)
    described = {"description": cards.plain(about[:MAX_LABEL])} if about else {}
    return {"text": cards.plain(persona.name[:MAX_LABEL]), "value": persona.name, **described}


def _form(
    callback: str, title: str, blocks: list[Json], about: Mapping[str, str], buttons: tuple[str, str], words: Words
) -> Json:
    submit, close = buttons
    return {
        "type": "modal",
        "callback_id": callback,
        "title": cards.plain(words.label(title)),
        "submit": cards.plain(words.label(submit)),
        "close": cards.plain(words.label(close)),
        "private_metadata": json.dumps(about),
        "blocks": blocks,
    }
