"""What a year of many people takes in Redis, and what showing it takes of Redis' time.

    python -m bench.usage [--people 10000] [--active 3000] [--days 365]

Fills an embedded Redis with the amounts of a year, as the ledger keeps them, and then lets an admin open the Home tab
and ask for the month's report. "Redis time" is what Redis itself says that its scripts took.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import MISSING, fields
from pathlib import Path
from statistics import median
from typing import Any, cast

import click
from redis.asyncio import Redis

from bot.commands import home, usage
from bot.commands.model import Actor
from bot.commands.usage_model import ShowUsage
from bot.conversation.messages import Person
from bot.policy.preferences import Defaults
from bot.ports import World
from bot.store.client import Client
from bot.store.keys import Keys
from bot.store.ledger import RedisLedger
from bot.store.preferences import RedisPrefs
from bot.usage.ledger import Spent
from bot.usage.periods import Calendar, month_of
from bot.wording.en import WORDS
from threadbot_sandbox.redis import embedded_redis

KEYS = Keys("threadbot", "T0001")
CHANNELS, PERSONAS, MODELS = 500, 20, 6
ADMIN = "U000000000"
ROUNDS = 50
VARIETY = 20  # days that differ
Used = dict[str, list[int]]


class Everyone:
    """All are admins, and nobody has a name."""

    async def person(self, user: str, *, afresh: bool = False) -> Person:
        return Person(user, known=True, is_admin=True)

    async def channel_names(self, channels: Iterable[str], thread: None) -> dict[str, str]:
        return {}

    def is_direct(self, channel: str) -> bool:
        return channel.startswith("D")


def a_day(chance: random.Random, people: int, active: int) -> Used:
    """Who and what used how much: a few people use much, and many a little."""
    used: Used = {}
    for person in chance.sample(range(people), active):
        answers = max(1, round(chance.paretovariate(1.2)))
        amounts = Spent(answers, answers * 900, answers * 250, answers * 400, answers * 0.004, calls=answers)
        places = (f"person:U{person:09}", f"channel:C{chance.randrange(CHANNELS):09}", "workspace:")
        kinds = (f"persona:persona-{chance.randrange(PERSONAS)}", f"model:model-{chance.randrange(MODELS)}")
        for name in (*places, *kinds):
            add(used, name, whole(amounts))
    return used


def whole(spent: Spent) -> list[int]:
    amounts = {each.name: getattr(spent, each.name) for each in fields(Spent)}
    return [round(value * 1_000_000_000) if name == "cost" else int(value) for name, value in amounts.items()]


def add(used: Used, name: str, amounts: list[int]) -> None:
    used[name] = [before + more for before, more in zip(used.get(name, [0] * len(amounts)), amounts, strict=True)]


async def fill(redis: Redis, days: list[str], people: int, active: int) -> None:
    chance, months = random.Random(0), dict[str, Used]()
    some = [a_day(chance, people, active) for _ in range(VARIETY)]
    for n, day in enumerate(days):
        used = some[n % VARIETY]
        for name, amounts in used.items():
            add(months.setdefault(month_of(day), {}), name, amounts)
        await put(redis, day, used)
    for month, used in months.items():
        await put(redis, month, used)


async def put(redis: Redis, period: str, used: Used) -> None:
    stored = {name: " ".join(map(str, amounts)) for name, amounts in used.items()}
    await redis.hset(KEYS.used(period), mapping=cast(Any, stored))


async def measured(redis: Redis, what: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Milliseconds of Redis, and in all, of one round."""
    took: list[float] = []
    await what()
    await redis.config_resetstat()
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        await what()
        took.append(time.perf_counter() - begun)
    stats = await redis.info("commandstats")
    inside = sum(about["usec"] for name, about in stats.items() if name in ("cmdstat_evalsha", "cmdstat_eval"))
    return inside / ROUNDS / 1000, median(took) * 1000


def world(client: Client, calendar: Calendar) -> World:
    """What a report needs; the rest of a world is not there."""
    there: dict[str, Any] = dict.fromkeys(each.name for each in fields(World) if each.default is MISSING)
    there |= {
        "directory": Everyone(),
        "prefs": RedisPrefs(client, KEYS, 3600, Defaults("", {"openai_model": "model-0"})),
        "ledger": RedisLedger(client, KEYS, 3600),
        "calendar": calendar,
        "people": "names",
        "words": WORDS,
    }
    return World(**there)


async def run(people: int, active: int, count: int) -> None:
    calendar = Calendar()
    days = [calendar.day(time.time() - n * 86_400) for n in range(count)][::-1]
    with tempfile.TemporaryDirectory() as folder, embedded_redis(Path(folder)) as url:
        async with Redis.from_url(url) as redis:
            before = (await redis.info("memory"))["used_memory"]
            await fill(redis, days, people, active)
            after = (await redis.info("memory"))["used_memory"]
            client, me = Client(url), Actor("slack", "T0001", ADMIN)
            there = world(client, calendar)
            tab = await measured(redis, lambda: home.show(me, there))
            month = await measured(redis, lambda: usage.show(ShowUsage("everyone"), me, there))
            await client.close()
    click.echo(f"{people:,} people, {active:,} of them each day, {count} days: {(after - before) / 1e6:,.0f} MB")
    click.echo(f"Home tab of an admin: {tab[0]:.2f} ms of Redis, {tab[1]:.1f} ms in all")
    click.echo(f"usage all: {month[0]:.2f} ms of Redis, {month[1]:.1f} ms in all")


@click.command()
@click.option("--people", default=10_000, show_default=True)
@click.option("--active", default=3_000, show_default=True, help="Of them on each day.")
@click.option("--days", default=365, show_default=True)
def main(people: int, active: int, days: int) -> None:
    asyncio.run(run(people, active, days))


if __name__ == "__main__":
    main()
