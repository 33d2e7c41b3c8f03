"""The form on the Home tab in which admins set budgets and limits (Slack docs: modals, input block)."""

from typing import Any, Literal, cast, get_args

from bot.commands.budget_model import ONESELF, SetBudget, SetLimit
from bot.conversation.places import Direct
from bot.slack.ui import block_kit as cards
from bot.usage import amounts
from bot.usage.budgets import LIMITS, SPANS, Amount, Owner
from bot.wording.words import Words

Json = dict[str, Any]

FORM = "budget_form"
WHOSE, VALUE = "whose", "value"
Whose = Literal["everyone", "me", "workspace", "person", "channel", "persona"]
WHO: tuple[Whose, ...] = get_args(Whose)
PERSON, CHANNEL, PERSONA = "person", "channel", "persona"
RESET = "reset"
MAX_TURNS = 10_000


def form(words: Words) -> Json:
    options = [{"text": cards.plain(words.label(f"budgets.form.{each}")), "value": each} for each in WHO]
    select = {"type": "static_select", "action_id": VALUE, "options": options, "initial_option": options[0]}
    person = {"type": "users_select", "action_id": VALUE}
    channel = {
        "type": "conversations_select",
        "action_id": VALUE,
        "filter": {"include": ["public", "private"]},
    }
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": cards.plain(words.label("budgets.form.title")),
        "submit": cards.plain(words.label("button.save")),
        "close": cards.plain(words.label("button.cancel")),
        "blocks": [
            {
                "type": "input",
                "block_id": WHOSE,
                "label": cards.plain(words.label("budgets.form.whose")),
                "element": select,
            },
            _input(PERSON, "budgets.form.which-person", person, words),
            _input(CHANNEL, "budgets.form.which-channel", channel, words),
            _input(PERSONA, "budgets.form.which-persona", _text(), words),
            *(_field(each, "budgets.form.amount", words) for each in SPANS),
            *(_field(each, "budgets.form.count", words) for each in LIMITS),
        ],
    }


def _text() -> Json:
    return {"type": "plain_text_input", "action_id": VALUE, "max_length": 60}


def _input(name: str, label: str, element: Json, words: Words) -> Json:
    label_ = cards.plain(words.label(label))
    return {"type": "input", "block_id": name, "optional": True, "label": label_, "element": element}


def _field(name: str, hint: str, words: Words) -> Json:
    return _input(name, f"budgets.form.{name}", _text(), words) | {"hint": cards.plain(words.label(hint))}


def read(view: Json, words: Words) -> tuple[list[SetBudget | SetLimit], dict[str, str]]:
    """What the form asks for, and what is wrong at which field. What was left empty stays as it is."""
    values, place = view["state"]["values"], Direct()
    wanted: list[SetBudget | SetLimit] = []
    wrong: dict[str, str] = {}
    whose = cast(Whose, str(values[WHOSE][VALUE]["selected_option"]["value"]))
    owner = _owner(whose, values)
    if owner is None:
        return [], {whose: words.label("budgets.form.which")}
    for span in SPANS:
        if written := str(values[span][VALUE].get("value") or "").split():
            reset = [each.casefold() for each in written] == [RESET]
            amount = None if reset else _amount(written)
            if amount is None and not reset:
                wrong[span] = words.label("budgets.form.amount")
            else:
                wanted.append(SetBudget(owner, span, amount, place))
    for what in LIMITS:
        if text := str(values[what][VALUE].get("value") or "").strip():
            count = 0 if text.casefold() == "off" else int(text) if text.isascii() and text.isdecimal() else -1
            if not 0 <= count <= MAX_TURNS or text.startswith("0"):
                wrong[what] = words.label("budgets.form.count")
            elif owner.level not in ("everyone", "person"):
                wrong[what] = words.label("budgets.form.persons")
            else:
                wanted.append(SetLimit(owner, what, count, place))
    return wanted, wrong


def _owner(whose: Whose, values: Json) -> Owner | None:
    """None where it is not said which one."""
    match whose:
        case "everyone" | "workspace":
            return Owner(whose)
        case "me":
            return Owner("person", ONESELF)
        case "person":
            id = values[PERSON][VALUE].get("selected_user")
        case "channel":
            id = values[CHANNEL][VALUE].get("selected_conversation")
        case "persona":
            id = str(values[PERSONA][VALUE].get("value") or "").strip()
    return Owner(whose, str(id)) if id else None


def _amount(written: list[str]) -> Amount | None:
    found = amounts.amount(written)
    return None if written else found
