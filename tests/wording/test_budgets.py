"""What is said of budgets and limits."""

import pytest

from bot.commands.reports import BudgetReport, Stood
from bot.commands.result import Result
from bot.usage.budgets import OFF, Amount, Budget, Owner, Standing
from bot.wording import budgets
from bot.wording.en import WORDS

DOLLAR = 1_000_000_000
TWO = Amount(cost=2 * DOLLAR)


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (
            Result("budget.set", {"owner": Owner("channel", "C1"), "spans": ["day"], "amount": TWO}),
            "From now on the budget of #{C1} is $2.00 per day.",
        ),
        (
            Result("budget.off", {"owner": Owner("everyone"), "spans": ["day", "month"], "amount": OFF}),
            "From now on there is no budget per day and per month for each person, whatever the operator's settings "
            "say.",
        ),
        (
            Result("budget.reset", {"owner": Owner("persona", "bard"), "spans": ["month"], "amount": None}),
            "What was set per month for the persona bard is taken back.",
        ),
        (
            Result("limit.set", {"owner": Owner("person", "U1"), "what": "minute", "count": 3}),
            "From now on I answer 3 questions a minute of @{U1}.",
        ),
        (
            Result("limit.off", {"owner": Owner("everyone"), "what": "at_once", "count": 0}),
            "From now on I answer any number of questions of each person at the same time.",
        ),
        (
            Result("limit.reset", {"owner": Owner("everyone"), "what": "minute", "count": None}),
            "What was set for how often each person may ask is taken back.",
        ),
    ],
)
def test_what_was_set_is_said(result: Result, sentence: str) -> None:
    assert budgets.said(result, WORDS) == sentence


def test_what_applies_is_shown_with_what_is_left_and_until_when() -> None:
    standing = Standing(Amount(DOLLAR, 9), Amount(0, 0), TWO)
    row = Stood(Budget("workspace", "", "2026-11", TWO), standing, 1_796_083_200.0)

    assert budgets.shown(BudgetReport([row], minute=3, at_once=1), WORDS) == [
        "**What you may use here**",
        "- The workspace's budget for this month: $1.00 of $2.00 `█████░░░░░`, starts anew on {date:1796083200}",
        "You may ask 3 questions a minute.",
        "I answer 1 question of yours at the same time.",
        WORDS.say("budgets.help"),
    ]
    assert budgets.shown(BudgetReport([]), WORDS)[1] == "No budget applies to you here."
    assert "No budget and no limit holds for you" in budgets.shown(BudgetReport([], exempt=True), WORDS)[1]


@pytest.mark.parametrize(("share", "bar"), [(0.0, "░" * 10), (0.01, "█" + "░" * 9), (1.0, "█" * 10), (7.5, "█" * 10)])
def test_a_bar_has_ten_signs(share: float, bar: str) -> None:
    assert budgets.bar(share) == bar
