"""Amounts as people write them."""

import pytest

from bot.usage.amounts import amount, listed, numbers
from bot.usage.budgets import OFF, Amount, Numbers

DOLLAR = 1_000_000_000


@pytest.mark.parametrize(
    ("written", "meant", "left"),
    [
        ("2.00 per day", Amount(cost=2 * DOLLAR), "per day"),
        ("$2", Amount(cost=2 * DOLLAR), ""),
        ("2$", Amount(cost=2 * DOLLAR), ""),
        ("2 USD per month", Amount(cost=2 * DOLLAR), "per month"),
        ("0.5", Amount(cost=DOLLAR // 2), ""),
        ("0", Amount(cost=0), ""),
        ("1,000.25", Amount(cost=1_000_250_000_000), ""),
        ("0.000000001", Amount(cost=1), ""),
        ("50000 tokens per day", Amount(tokens=50_000), "per day"),
        ("50,000 Tokens", Amount(tokens=50_000), ""),
        ("50k tokens", Amount(tokens=50_000), ""),
        ("50000tokens here", Amount(tokens=50_000), "here"),
        ("0 tokens", Amount(tokens=0), ""),
        ("OFF everyone", OFF, "everyone"),
        ("-2", None, "-2"),
        ("2.0000000001", None, "2.0000000001"),
        ("nan", None, "nan"),
        ("1e9", None, "1e9"),
        ("2,5", None, "2,5"),
        ("٢", None, "٢"),
        ("５０ tokens", None, "５０ tokens"),
        ("inf", None, "inf"),
        ("+2", None, "+2"),
        ("1_0", None, "1_0"),
        ("9" * 60_000, None, "9" * 60_000),
        ("9" * 60_000 + " tokens", None, "9" * 60_000 + " tokens"),
        ("9999999999", None, "9999999999"),
        ("5000000", None, "5000000"),
        ("2.5 tokens", Amount(cost=2_500_000_000), "tokens"),
        ("per day", None, "per day"),
        ("", None, ""),
    ],
)
def test_what_is_written_is_what_is_meant(written: str, meant: Amount | None, left: str) -> None:
    words = written.split()

    assert amount(words) == meant
    assert " ".join(words) == left


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5.00 per month", Numbers(month=Amount(cost=5 * DOLLAR))),
        ("$5 PER Day 50k tokens per month", Numbers(Amount(cost=5 * DOLLAR), Amount(tokens=50_000))),
        ("2 per day 100 tokens per day", Numbers(day=Amount(2 * DOLLAR, 100))),
        ("5.00", None),
        ("5.00 per year", None),
        ("per day", None),
        ("5.00 per month and so on", None),
        ("-5 per month", None),
        ("", None),
    ],
)
def test_a_budget_says_for_how_long(written: str, meant: Numbers | None) -> None:
    assert numbers(written.split()) == meant


def test_what_is_set_is_listed_in_short() -> None:
    assert listed(Numbers(Amount(cost=DOLLAR), None, 3, 0)) == "$1.00 per day, 3 per minute, off at once"
    assert listed(Numbers()) == ""
