"""What people are told of what is kept of them."""

import pytest

from bot import wording
from bot.commands.result import Code, Result
from bot.wording import privacy

ENGLISH = wording.of("en")


def told(code: Code, **values: object) -> str:
    return " ".join(privacy.said(Result(code, values), ENGLISH))


@pytest.mark.parametrize("code", ["forgotten.me", "forgotten.words"])
def test_what_stays_is_said(code: Code) -> None:
    said = told(code, count=1, busy=0)

    assert "1 thread." in said
    assert "under an id that leads to nobody" in said
    assert "I cannot delete what Slack" in said


def test_what_is_removed_later_is_said() -> None:
    assert "I am still answering in 2 threads" in told("forgotten.words", count=0, busy=2)
    assert "still answering" not in told("forgotten.here", count=3, busy=0)


def test_how_far_it_is_is_said() -> None:
    assert "120 of 1,000 threads" in told("forget.under-way", done=120, of=1000)
    assert told("forget.under-way", done=0, of=0).startswith("I have begun to forget.")
