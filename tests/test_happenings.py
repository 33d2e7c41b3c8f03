import logging

import pytest

from bot.happenings import ClaimFailed, Happening, Listeners


def test_all_hear_of_it_and_one_that_fails_is_told_once_and_heard_no_more(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Happening] = []
    tried: list[Happening] = []

    def failing(happening: Happening) -> None:
        tried.append(happening)
        raise ZeroDivisionError

    listeners = Listeners(failing, heard.append)
    first, second = ClaimFailed("one"), ClaimFailed("two")
    with caplog.at_level(logging.ERROR):
        listeners.saw(first)
        listeners.saw(second)

    assert heard == [first, second]
    assert tried == [first]
    assert len(caplog.records) == 1
