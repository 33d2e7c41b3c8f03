"""What a hold costs a turn: `python -m bench.hold`. Microseconds of waiting and of Redis, and round trips, beside none.

A turn of four scopes in a day and a month each, that is eight budgets: held, once more of it, and settled with what it
took; beside that, the same turn without any budget.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
from redis.asyncio import Redis

from bot.conversation.tokens import Usage
from bot.store.budgets import RedisBudgets
from bot.store.client import Client
from bot.store.keys import Keys, QueueKeys
from bot.store.ledger import RedisLedger
from bot.usage.budgets import STEP, Amount, Budget, Hold, Kind, Rate, Want
from bot.usage.ledger import Booking
from threadbot_sandbox.redis import EmbeddedRedis

TIMES = 2_000
DAY = "2026-11-30"
LIMIT = Amount(cost=10**15, tokens=10**12)
OWNERS: dict[Kind, str] = {"person": "U1", "channel": "C1", "persona": "bard", "workspace": ""}
BUDGETS = [Budget(kind, id, period, LIMIT) for kind, id in OWNERS.items() for period in (DAY, DAY[:7])]
WANT = Want(1_000, 2_048, rate=Rate(500.0, 1500.0))
BOOKING = Booking(DAY, "m", Usage(1_000, 300), 0.001, "U1", "C1", "bard")


async def measured(redis: Redis, step: Callable[[int], Awaitable[object]]) -> tuple[float, float, float]:
    """Microseconds of waiting (p50), of Redis, and round trips, each for one."""
    await redis.config_resetstat()
    waited = []
    for n in range(TIMES):
        began = time.perf_counter()
        await step(n)
        waited.append(time.perf_counter() - began)
    found = await redis.info("commandstats")
    scripts = [stats for name, stats in found.items() if name.startswith("cmdstat_evalsha")]
    spent, calls = sum(each["usec"] for each in scripts), sum(each["calls"] for each in scripts)
    return statistics.median(waited) * 1e6, spent / TIMES, calls / TIMES


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedRedis(Path(folder))
        server.start()
        try:
            client, keys = Client(server.url), Keys("bench", "T1")
            budgets, ledger = RedisBudgets(client, keys, QueueKeys("bench"), 630.0), RedisLedger(client, keys, 60)

            async def without(n: int) -> None:
                await ledger.charge(f"without/{n}", [BOOKING])

            async def held(n: int) -> None:
                await budgets.reserve(f"held/{n}", WANT, BUDGETS)
                await ledger.charge(f"held/{n}", [BOOKING])

            async def grown(n: int) -> None:
                hold = await budgets.reserve(f"grown/{n}", WANT, BUDGETS)
                if isinstance(hold, Hold):
                    await budgets.grow(f"grown/{n}", WANT, BUDGETS, None, hold, STEP)
                await ledger.charge(f"grown/{n}", [BOOKING])

            async with Redis.from_url(server.url) as redis:
                for name, step in (("no budget", without), ("eight budgets", held), ("and one step more", grown)):
                    waited, spent, trips = await measured(redis, step)
                    click.echo(
                        f"{name:>18}: {waited:6.0f} µs waited, {spent:5.0f} µs of Redis, {trips:.0f} round trips"
                    )
            await client.close()
        finally:
            server.stop()


if __name__ == "__main__":
    asyncio.run(main())
