"""The form in which budgets and limits are set."""

from typing import Any

import pytest

from bot import wording
from bot.commands.budget_model import SetBudget, SetLimit
from bot.conversation.places import Direct
from bot.slack.ui import budget_modal
from bot.usage.budgets import OFF, Amount, Owner
from threadbot_sandbox.slack.blocks import checked

ENGLISH = wording.of("en")
EVERYONE = Owner("everyone")


def sent(whose: str = "everyone", **written: str) -> dict[str, Any]:
    fields = {name: {"value": {"value": written.get(name)}} for name in ("day", "month", "minute", "at_once")}
    which = {
        "person": {"value": {"selected_user": written.get("person")}},
        "channel": {"value": {"selected_conversation": written.get("channel")}},
        "persona": {"value": {"value": written.get("persona")}},
    }
    return {"state": {"values": {"whose": {"value": {"selected_option": {"value": whose}}}, **which, **fields}}}


def test_the_form_is_one_that_slack_takes() -> None:
    form = budget_modal.form(ENGLISH)

    assert checked(form["blocks"], most=100, surface="modal")
    assert len(form["title"]["text"]) <= 24


def test_what_is_filled_in_is_asked_for_and_the_rest_stays() -> None:
    wanted, wrong = budget_modal.read(sent(day="$2", month="off", minute="3", at_once="off"), ENGLISH)

    assert wrong == {}
    assert wanted == [
        SetBudget(EVERYONE, "day", Amount(cost=2_000_000_000), Direct()),
        SetBudget(EVERYONE, "month", OFF, Direct()),
        SetLimit(EVERYONE, "minute", 3, Direct()),
        SetLimit(EVERYONE, "at_once", 0, Direct()),
    ]
    assert budget_modal.read(sent("workspace"), ENGLISH) == ([], {})


@pytest.mark.parametrize(
    ("whose", "which", "owner"),
    [
        ("me", {}, Owner("person", "")),
        ("workspace", {"person": "U1"}, Owner("workspace")),
        ("person", {"person": "U1", "channel": "C1"}, Owner("person", "U1")),
        ("channel", {"channel": "C1"}, Owner("channel", "C1")),
        ("persona", {"persona": " Bard "}, Owner("persona", "Bard")),
    ],
)
def test_a_number_is_anybodys(whose: str, which: dict[str, str], owner: Owner) -> None:
    wanted, wrong = budget_modal.read(sent(whose, day="$2", month="Reset", **which), ENGLISH)

    assert wrong == {}
    assert wanted == [
        SetBudget(owner, "day", Amount(cost=2_000_000_000), Direct()),
        SetBudget(owner, "month", None, Direct()),
    ]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (sent("person", day="2"), "person"),
        (sent("channel", day="2"), "channel"),
        (sent("persona", persona="  ", day="2"), "persona"),
        (sent("channel", channel="C1", minute="3"), "minute"),
        (sent(day="lots"), "day"),
        (sent(month="2 tokens more"), "month"),
        (sent(minute="0"), "minute"),
        (sent(at_once="-1"), "at_once"),
        (sent("workspace", minute="3"), "minute"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(form: dict[str, Any], field: str) -> None:
    wanted, wrong = budget_modal.read(form, ENGLISH)

    assert (wanted, list(wrong)) == ([], [field])
