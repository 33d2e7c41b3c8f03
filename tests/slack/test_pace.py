"""How calls are spread over time; measured as the waits that are asked for, never by the clock."""

import asyncio

import pytest

from bot.slack import pace
from bot.slack.pace import Pace


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock in our hands: sleeping moves it on."""
    clock = [1000.0]

    async def sleep(seconds: float) -> None:
        until = clock[0] + seconds
        await real_sleep(0)
        clock[0] = max(clock[0], until)

    real_sleep = asyncio.sleep
    monkeypatch.setattr("bot.slack.pace.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("bot.slack.pace.asyncio.sleep", sleep)
    return clock


def test_progress_edits_may_burst_and_then_keep_an_even_pace(now: list[float]) -> None:
    rhythm, went = Pace(per_minute=60), 0
    for _ in range(100):  # ten seconds, asked ten times a second
        went += rhythm.take_edit()
        now[0] += 0.1

    assert went == pace.BURST + 10


def test_answers_that_ended_leave_no_queue_behind(now: list[float]) -> None:
    rhythm = Pace(per_minute=60)
    for _ in range(500):
        rhythm.take_edit()
    now[0] += 1.0

    assert rhythm.next_edit() == 0.0
    assert rhythm.take_edit()


def test_without_a_refusal_nothing_waits(now: list[float]) -> None:
    assert Pace().wait("chat.postMessage C1") == 0.0


async def test_a_refusal_holds_all_who_share_the_limit_and_nobody_else(now: list[float]) -> None:
    rhythm = Pace()
    rhythm.hold("chat.postMessage C1", 3)
    await rhythm.clear("chat.postMessage C1")

    assert now[0] == pytest.approx(1003)
    assert rhythm.wait("chat.postMessage C2") == 0.0


async def test_after_a_refusal_they_go_one_after_the_other(now: list[float]) -> None:
    rhythm, went = Pace(), list[float]()
    rhythm.hold("chat.update", 2)

    async def call() -> None:
        await rhythm.clear("chat.update")
        went.append(now[0])

    for _ in range(4):
        await call()

    assert [round(at - 1002, 2) for at in went] == [0, 1.25, 2.5, 3.75]


async def test_a_minute_after_the_last_refusal_all_is_forgotten(now: list[float]) -> None:
    rhythm = Pace()
    rhythm.hold("chat.update", 2)
    await rhythm.clear("chat.update")
    now[0] += 61

    assert rhythm.wait("chat.update") == 0.0
