"""How much machine so many people need: processes, their memory, and Redis.

    python -m bench.sizing [--threads 400]

Measured: an ordinary `python -m bot run` answers so many threads of four questions each (30 words, answered by 200
tokens), once plain and once encrypted; then a year of what 1,000 people use is put into Redis. The table is reckoned
from that, for people who ask as much as ASKS says.
"""

import asyncio
import base64
import itertools
import os
import tempfile
import time
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import click
from redis.asyncio import Redis

from bench import usage
from bench.subject import BOT, peak_mb_of, running
from bot.usage.periods import Calendar
from threadbot_sandbox.redis import EmbeddedRedis

QUESTIONS = 4  # in each thread
ASKERS = 20  # threads at once
PEOPLE, ACTIVE, DAYS = 1_000, 300, 365  # of the ledger; it keeps days for 400
SIZES = (100, 1_000, 10_000, 50_000)
ASKS = 3  # questions of each person on a day of work
WORK_DAYS = 22  # of the 30 that are remembered
BUSIEST = 0.2  # of a day's questions come within one hour
ANSWER = 10.0  # seconds that an answer takes
AT_ONCE = 150  # answers that one process writes on a core of its own
ROOM = 2  # times as much for Redis as it holds: it copies what changes while it writes its file anew


@dataclass(frozen=True, slots=True)
class Measured:
    """`threads` and `people`: MB of Redis for a thousand of them. `empty` and `full`: MB of the process."""

    threads: float
    sealed: float
    people: float
    empty: float
    full: float


async def threads(folder: Path, count: int, **settings: str) -> tuple[float, float, float]:
    """MB of Redis for a thousand threads, and of the process before and after."""
    server = EmbeddedRedis(folder / "redis")
    await asyncio.to_thread(server.start)
    try:
        async with running("bot", BOT, folder, server.url, 1, 1, NOTICE="false", **settings) as subject:
            outside, [process] = subject.outside, subject.processes
            outside.tokens_per_second = None
            await outside.ask()
            left = itertools.count()
            async with Redis.from_url(server.url) as redis:
                empty, before = peak_mb_of(process.pid), await _used(redis)

                async def ask() -> None:
                    while next(left) < count:
                        thread = ""
                        for _ in range(QUESTIONS):
                            thread = (await outside.ask(thread, within=120)).thread

                await asyncio.gather(*(ask() for _ in range(ASKERS)))
                await asyncio.sleep(2)
                taken = await _used(redis) - before
            return taken / count * 1000, empty, peak_mb_of(process.pid)
    finally:
        await asyncio.to_thread(server.stop)


async def people(folder: Path) -> float:
    """MB of Redis for what a thousand people use in a year."""
    server = EmbeddedRedis(folder / "redis")
    await asyncio.to_thread(server.start)
    try:
        days = [Calendar().day(time.time() - n * 86_400) for n in range(DAYS)]
        async with Redis.from_url(server.url) as redis:
            before = await _used(redis)
            await usage.fill(redis, days, PEOPLE, ACTIVE)
            return (await _used(redis) - before) / PEOPLE * 1000
    finally:
        await asyncio.to_thread(server.stop)


async def measure(count: int) -> Measured:
    key = f"k1:{base64.b64encode(os.urandom(32)).decode()}"
    with tempfile.TemporaryDirectory() as plain, tempfile.TemporaryDirectory() as sealed:
        megabytes, empty, full = await threads(Path(plain), count)
        encrypted, _, _ = await threads(Path(sealed), count, ENCRYPTION_KEYS=key)
    with tempfile.TemporaryDirectory() as folder:
        return Measured(megabytes, encrypted, await people(Path(folder)), empty, full)


def table(found: Measured) -> str:
    lines = [
        "| people | threads kept | answers at once | processes | memory of all | Redis holds | give it |",
        "|---:" * 7 + "|",
    ]
    for size in SIZES:
        kept = size * ASKS * WORK_DAYS / QUESTIONS
        at_once = ceil(size * ASKS * BUSIEST / 3600 * ANSWER)
        processes = max(2, ceil(at_once / AT_ONCE) + 1)
        holds = kept / 1000 * found.threads + size / 1000 * found.people
        sealed = kept / 1000 * found.sealed + size / 1000 * found.people
        lines.append(
            f"| {size:,} | {kept:,.0f} | {at_once:,} | {processes} | {_mb(processes * ceil(found.full / 50) * 50)} "
            f"| {_mb(holds)}, encrypted {_mb(sealed)} | {_mb(ROOM * sealed)} |"
        )
    return "\n".join(lines)


def _mb(megabytes: float) -> str:
    return f"{megabytes / 1000:.1f} GB" if megabytes >= 1000 else f"{max(ceil(megabytes / 10) * 10, 10)} MB"


async def _used(redis: Redis) -> float:
    return float((await redis.info("memory"))["used_memory"]) / 1e6


@click.command()
@click.option("--threads", "count", default=400, show_default=True)
def main(count: int) -> None:
    found = asyncio.run(measure(count))
    click.echo(
        f"1,000 threads of {QUESTIONS} questions: {found.threads:.1f} MB of Redis, encrypted {found.sealed:.1f} MB"
    )
    click.echo(f"1,000 people, {ACTIVE} of them each day, for a year: {found.people:.1f} MB of Redis")
    click.echo(f"a process: {found.empty:.0f} MB when it has begun, {found.full:.0f} MB after {count} threads\n")
    click.echo(table(found))


if __name__ == "__main__":
    main()
