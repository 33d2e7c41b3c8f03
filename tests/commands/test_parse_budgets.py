"""Slash commands about budgets and limits."""

import pytest

from bot.commands import budget_model, parse, token_model
from bot.commands.model import Command, Help
from bot.usage.budgets import OFF, Amount, Numbers, Owner
from tests.commands.test_parse import DIRECT, HERE, thread_of, told

EVERYONE = Owner("everyone")
MINE = Owner("person", budget_model.ONESELF)
TWO, SOME = Amount(cost=2_000_000_000), Amount(tokens=50_000)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("budget", budget_model.ShowBudget(HERE)),
        ("budget 2.00 per day", budget_model.SetBudget(Owner("channel", "C1"), "day", TWO, HERE)),
        ("budget $2 per month here", budget_model.SetBudget(Owner("channel", "C1"), "month", TWO, HERE)),
        ("budget 2.00 per day for everyone", budget_model.SetBudget(EVERYONE, "day", TWO, HERE)),
        ("budget 2.00 everyone per day", budget_model.SetBudget(EVERYONE, "day", TWO, HERE)),
        ("budget 50000 tokens per month me", budget_model.SetBudget(MINE, "month", SOME, HERE)),
        ("budget 50,000 Tokens PER Day FOR Workspace", budget_model.SetBudget(Owner("workspace"), "day", SOME, HERE)),
        ("budget 2 per day @{UBEN}", budget_model.SetBudget(Owner("person", "UBEN"), "day", TWO, HERE)),
        ("budget 2 per day for persona Bard", budget_model.SetBudget(Owner("persona", "Bard"), "day", TWO, HERE)),
        ("budget 2 per day token ci", budget_model.SetBudget(Owner("token", "ci"), "day", TWO, HERE)),
        ("token new ci", token_model.NewToken("ci")),
        ("token new ci budget 2 per month", token_model.NewToken("ci", Numbers(month=TWO))),
        ("token new ci 50k tokens per day", token_model.NewToken("ci", Numbers(day=SOME))),
        ("budget off everyone", budget_model.SetBudget(EVERYONE, None, OFF, HERE)),
        ("budget off per month for @{UBEN}", budget_model.SetBudget(Owner("person", "UBEN"), "month", OFF, HERE)),
        ("budget off", budget_model.SetBudget(Owner("channel", "C1"), None, OFF, HERE)),
        ("budget reset workspace", budget_model.SetBudget(Owner("workspace"), None, None, HERE)),
        ("fuse lift", budget_model.LiftFuse()),
        ("limit", budget_model.ShowBudget(HERE)),
        ("limit 3 per minute", budget_model.SetLimit(EVERYONE, "minute", 3, HERE)),
        ("limit 3 per minute everyone", budget_model.SetLimit(EVERYONE, "minute", 3, HERE)),
        ("limit 2 at once for @{UBEN}", budget_model.SetLimit(Owner("person", "UBEN"), "at_once", 2, HERE)),
        ("limit off per minute @{UBEN}", budget_model.SetLimit(Owner("person", "UBEN"), "minute", 0, HERE)),
        ("limit reset at once", budget_model.SetLimit(EVERYONE, "at_once", None, HERE)),
    ],
)
def test_what_budgets_and_limits_ask_for(text: str, command: Command) -> None:
    assert parse.read("/threadbot", text, HERE, thread_of) == command


def test_in_direct_messages_it_is_ones_own() -> None:
    assert parse.read("/threadbot", "budget 2 per day", DIRECT, thread_of) == budget_model.SetBudget(
        MINE, "day", TWO, DIRECT
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("budget lots per day", "“lots” is not an amount"),
        ("budget -2 per day", "“-2” is not an amount"),
        ("budget 2.00", "Say for how long: per day, or per month."),
        ("budget 2.00 per year", "“year” is not a period. Write day or month."),
        ("budget 2.00 per day evryone", "Did you mean “everyone”?"),
        ("budget 2.00 per day for", "Say for whom"),
        ("budget 2.00 per day @ben", "Slack knows no person or group “@ben”"),
        ("budget 2.00 per day persona", "The persona's name is missing."),
        ("budget 2.00 per day everyone now", "“now” is one word too many."),
        ("limit 0 per minute", "“0” is not a number of questions."),
        ("limit 3", "Say how: per minute, or at once."),
        ("limit 3 per hour", "Write “per minute” or “at once”."),
        ("limit 3 at twice", "Write “per minute” or “at once”."),
    ],
)
def test_what_is_wrong_with_a_budget_or_a_limit_is_said(text: str, problem: str) -> None:
    found = parse.read("/threadbot", text, HERE, thread_of)

    assert isinstance(found, Help)
    assert problem in told(found)


def test_no_channel_is_meant_in_direct_messages() -> None:
    found = parse.read("/threadbot", "budget 2 per day here", DIRECT, thread_of)

    assert isinstance(found, Help)
    assert "Direct messages have no budget of their own" in told(found)
