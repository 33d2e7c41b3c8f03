"""What one person is told about limits."""

from bot.conversation.places import Ref
from bot.turns.notices import Near, NoPrice, Over, Paused, TooOften
from bot.usage.budgets import OFF, Amount, Budget, Standing
from bot.wording import notices
from bot.wording.en import WORDS

DOLLAR = 1_000_000_000
BUDGET = Budget("channel", "C1", "2026-11", Amount(cost=2 * DOLLAR))
STANDING = Standing(Amount(1_600_000_000, 5000), Amount(DOLLAR // 4, 700), Amount(2 * DOLLAR, None))
ADA = (Ref("user", "UADA"),)


def said(notice: object) -> str:
    return " ".join(map(str, notices.text(notice, WORDS).parts))  # type: ignore[arg-type]


def test_who_is_over_reads_whose_budget_how_much_until_when_and_whom_to_ask() -> None:
    assert said(Over(BUDGET, STANDING, 1_796_083_200.0, ADA)) == (
        "I cannot answer this: there is not enough left of this channel's budget for this month. Used: $1.60 of $2.00, "
        "and $0.25 held by answers that are being written. It starts anew on {date:1796083200}. For more, please ask "
        "@{UADA} or an admin of this workspace."
    )


def test_who_comes_near_is_told_so() -> None:
    standing = Standing(Amount(0, 50_000), Amount(0, 0), Amount(None, 60_000))
    near = Near(Budget("person", "UADA", "2026-11-30", Amount(tokens=60_000)), standing, 1_796_083_200.0, over=False)

    assert "your budget for today is nearly used up. Used: 50,000 tokens of 60,000 tokens." in said(near)
    assert "is used up now" in said(Near(near.budget, standing, near.resets, over=True))


def test_the_other_limits_say_what_they_are() -> None:
    assert "price of `m` is not known" in said(NoPrice("m", ADA))
    assert said(TooOften(1, 1.0)) == (
        "You may ask 1 question a minute, so I did not answer this. Please ask again after {date:1}."
    )
    assert "I answer again on {date:1}" in said(Paused(1.0, ADA))


def test_what_there_is_is_said_in_each_unit() -> None:
    assert notices.amount(Amount(2 * DOLLAR, 5), WORDS) == "$2.00 and 5 tokens"
    assert notices.amount(OFF, WORDS) == "no limit"
