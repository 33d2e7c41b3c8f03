"""What people are told of what is kept of them."""

from dataclasses import replace

import pytest

from bot import wording
from bot.commands.result import Code, Result
from bot.privacy.handling import Handling
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


HERE = Handling(("api.openai.com",), "all", "small-model", names=True, days=7)


def test_the_notice_says_what_leaves_to_whom_and_for_how_long_it_is_kept() -> None:
    said = privacy.notice(HERE, ENGLISH)

    for words in (
        "`small-model` at `api.openai.com`",
        "for 7 days",
        "`/threadbot privacy`",
        "display names",
        "pictures",
    ):
        assert words in said


def test_what_does_not_leave_is_not_said_to() -> None:
    said = " ".join(privacy.handled(replace(HERE, files="off", names=False), ENGLISH))

    assert "the text of the thread, to" in said
    assert not [each for each in ("display names", "files", "pictures") if each in said]
    assert "the content of files" in privacy.notice(replace(HERE, files="text"), ENGLISH)
    assert "pictures" not in privacy.notice(replace(HERE, files="text"), ENGLISH)


def test_a_legal_hold_and_ones_own_choice_are_said() -> None:
    said = " ".join(privacy.handled(replace(HERE, days=None, read=False), ENGLISH))

    assert "until a legal hold is over" in said
    assert "is not read when others ask" in said
