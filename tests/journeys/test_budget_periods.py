"""Budgets through days and months: told at 80 %, used up, and begun anew, by a clock that is moved."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.run import worlds
from bot.store.client import Client
from bot.store.ledger import RedisLedger
from bot.usage.ledger import Spent
from bot.usage.periods import Calendar
from tests.journeys.test_budgets import refused, whispers
from tests.town import KEYS, Town

ASK = "@Threadbot tell me a joke"
HOUR = 3600
LONG = " ".join(["word"] * 300)


class Clock:
    """What the bot's calendar goes by."""

    def __init__(self, at: str) -> None:
        self.at = datetime.fromisoformat(at).timestamp()

    def __call__(self) -> float:
        return self.at

    def set(self, at: str) -> None:
        self.at = datetime.fromisoformat(at).timestamp()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock("2026-11-30T12:00:00+00:00")
    monkeypatch.setattr(worlds, "Calendar", lambda zone: Calendar(zone, found))
    return found


async def spent(town: Town, period: str) -> Spent:
    store = Client(town.redis_url)
    try:
        return await RedisLedger(store, KEYS, 60).spent(period)
    finally:
        await store.close()


async def answered(town: Town, who: str = "Ben", text: str = LONG) -> None:
    town.model.enqueue(text)
    assert (await town.ask(who, "#general", ASK)).text
    await town.idle()


async def one_takes(town: Town, day: str) -> tuple[str, int]:
    """An answer that takes an even number of tokens, and that number."""
    for text in (LONG, f"{LONG} word"):
        before = (await spent(town, day)).tokens
        await answered(town, "Chloe", text)
        taken = (await spent(town, day)).tokens - before
        if taken % 2 == 0:
            return text, taken
    raise AssertionError("one of two that differ by one is even")


@pytest.mark.parametrize(("more", "told"), [(0, True), (1, False)])
async def test_at_exactly_eighty_percent_its_asker_is_told_once_and_nobody_else(
    town: Town, more: int, told: bool, clock: Clock
) -> None:
    async with town.bot():
        text, taken = await one_takes(town, "2026-11-30")
    limit = taken * 5 + more  # four of five are 80 %
    async with town.bot(budget_person_day=f"{limit} tokens"):
        for _ in range(3):
            await answered(town, "Ben", text)
        before = whispers(town, "Ben")
        await answered(town, "Ben", text)
        if told:
            await town.slack.wait_for(lambda: whispers(town, "Ben"), description="it is told at 80 %")
        at_eighty = whispers(town, "Ben")
        clock.set("2026-12-01T12:00:00+00:00")
        for _ in range(3):
            await answered(town, "Ben", text)
        next_day = len(whispers(town, "Ben"))
        await answered(town, "Ben", text)
        if told:
            await town.slack.wait_for(lambda: len(whispers(town, "Ben")) == 2, description="it is told once more")

    assert before == []
    assert len(at_eighty) == int(told)
    if told:
        assert (
            f"your budget for today is nearly used up. Used: {4 * taken:,} tokens of {limit:,} tokens" in at_eighty[0]
        )
        assert next_day == 1, "a new day begins with nothing"
        assert len(whispers(town, "Ben")) == 2, "and is told of once more"
    assert whispers(town, "Chloe") == []


@pytest.mark.parametrize(
    ("zone", "last", "first", "offset"),
    [
        ("UTC", "2026-11-30T23:59:00+00:00", "2026-12-01T00:00:01+00:00", "+00:00"),
        ("America/New_York", "2026-11-30T23:59:00-05:00", "2026-12-01T00:00:01-05:00", "-05:00"),
        ("Asia/Tokyo", "2026-11-30T14:59:00+00:00", "2026-11-30T15:00:01+00:00", "+09:00"),
    ],
)
async def test_at_the_end_of_a_month_in_its_zone_all_begins_anew(
    town: Town, clock: Clock, zone: str, last: str, first: str, offset: str
) -> None:
    clock.set(last)
    async with town.bot(time_zone=zone, budget_person_day="500 tokens", budget_person_month="500 tokens"):
        await answered(town)
        november = (await spent(town, "2026-11-30")).answers, (await spent(town, "2026-11")).answers
        said = await refused(town, "Ben", ASK)
        clock.set(first)
        await answered(town)

    begins = int(datetime.fromisoformat(f"2026-12-01T00:00:00{offset}").timestamp())
    assert f"It starts anew on <!date^{begins}^" in said
    assert november == (1, 1)
    assert [(await spent(town, each)).answers for each in ("2026-11-30", "2026-11", "2026-12-01", "2026-12")] == [1] * 4


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-10-25", 25), ("2026-03-29", 23)],
)
async def test_a_day_with_another_length_is_one_budget(town: Town, clock: Clock, day: str, hours: int) -> None:
    """Where the clock is put back, the hour that comes twice is of the same day; where it is put on, the day is over
    an hour earlier."""
    midnight = datetime.fromisoformat(f"{day}T00:00:00").replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
    async with town.bot(time_zone="Europe/Berlin", budget_person_day="500 tokens"):
        clock.at = midnight + 60
        await answered(town)
        clock.at = midnight + hours * HOUR - 60
        said = await refused(town, "Ben", ASK)
        clock.at = midnight + hours * HOUR
        await answered(town)

    [resets] = re.findall(r"<!date\^(\d+)\^", said)
    assert int(resets) == midnight + hours * HOUR
    assert (await spent(town, day)).answers == 1
