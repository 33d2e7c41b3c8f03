"""The form on the Home tab in which admins set budgets and limits (Slack docs: modals, input block)."""

from typing import Any, cast

from bot.commands.budget_model import SetBudget, SetLimit
from bot.conversation.places import Direct
from bot.slack.ui import block_kit as cards
from bot.usage import amounts
from bot.usage.budgets import LIMITS, SPANS, Amount, Level, Owner
from bot.wording.words import Words

Json = dict[str, Any]

FORM = "budget_form"
WHOSE, VALUE = "whose", "value"
OWNERS: tuple[Level, ...] = ("everyone", "workspace")
MAX_TURNS = 10_000


def form(words: Words) -> Json:
    options = [{"text": cards.plain(words.label(f"budgets.form.{each}")), "value": each} for each in OWNERS]
    select = {"type": "static_select", "action_id": VALUE, "options": options, "initial_option": options[0]}
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
            *(_field(each, "budgets.form.amount", words) for each in SPANS),
            *(_field(each, "budgets.form.count", words) for each in LIMITS),
        ],
    }


def _field(name: str, hint: str, words: Words) -> Json:
    return {
        "type": "input",
        "block_id": name,
        "optional": True,
        "label": cards.plain(words.label(f"budgets.form.{name}")),
        "hint": cards.plain(words.label(hint)),
        "element": {"type": "plain_text_input", "action_id": VALUE, "max_length": 40},
    }


def read(view: Json, words: Words) -> tuple[list[SetBudget | SetLimit], dict[str, str]]:
    """What the form asks for, and what is wrong at which field. What was left empty stays as it is."""
    values, place = view["state"]["values"], Direct()
    owner = Owner(cast(Level, str(values[WHOSE][VALUE]["selected_option"]["value"])))
    wanted: list[SetBudget | SetLimit] = []
    wrong: dict[str, str] = {}
    for span in SPANS:
        if written := str(values[span][VALUE].get("value") or "").split():
            amount = _amount(written)
            if amount is None:
                wrong[span] = words.label("budgets.form.amount")
            else:
                wanted.append(SetBudget(owner, span, amount, place))
    for what in LIMITS:
        if text := str(values[what][VALUE].get("value") or "").strip():
            count = 0 if text.casefold() == "off" else int(text) if text.isascii() and text.isdecimal() else -1
            if not 0 <= count <= MAX_TURNS or text.startswith("0"):
                wrong[what] = words.label("budgets.form.count")
            elif owner.level != "everyone":
                wrong[what] = words.label("budgets.form.persons")
            else:
                wanted.append(SetLimit(owner, what, count, place))
    return wanted, wrong


def _amount(written: list[str]) -> Amount | None:
    found = amounts.amount(written)
    return None if written else found
