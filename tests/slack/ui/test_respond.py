import logging
from typing import Any, cast

import pytest

from bot.errors import Unavailable
from bot.installations import Installation
from bot.ports import World
from bot.slack.ui.respond import BROKEN, Desk, Request
from bot.wording import results as told
from bot.wording.results import Told


@pytest.fixture
def desk() -> Desk:
    return Desk(cast(Any, None), Installation("T1", "UBOT", "BBOT"), cast(World, None))


async def fails(error: Exception) -> Told:
    raise error


async def test_trouble_that_was_expected_is_told_in_its_own_words(desk: Desk) -> None:
    assert await desk.settled(fails(Unavailable("My memory is away."))) == told.told("My memory is away.")


async def test_a_bug_is_logged_and_told_as_a_plain_apology(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    assert await desk.settled(fails(RuntimeError("a secret"))) == told.told(BROKEN)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_what_slack_says_of_a_click_is_read_from_where_it_stands() -> None:
    body = {
        "user": {"id": "U1"},
        "channel": {"id": "C1"},
        "trigger_id": "1.2",
        "response_url": "https://hooks.slack.com/x",
        "message": {"ts": "2.0", "thread_ts": "1.0"},
        "actions": [{"selected_option": {"value": "Bard"}, "action_ts": "3.0"}],
    }

    assert Request.of(body) == Request("U1", "C1", "1.2", "https://hooks.slack.com/x", "Bard", "3.0", "1.0", {})


@pytest.mark.parametrize(
    "body", [{}, {"user": None, "actions": {}}, {"user": {"id": 1}, "actions": [None], "view": []}]
)
def test_what_slack_does_not_say_is_empty(body: dict[str, Any]) -> None:
    assert Request.of(body) == Request("", "", "", "", "", "", "", {})
