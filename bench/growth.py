"""python -m bench.growth: what a turn costs as what is kept grows.

One bot, and in its Redis more and more of one thing: threads, words in the thread, people in the access list,
workspaces that are known, questions that wait. After each step some questions, one after the other, in answers that
come at once: until the model is asked, processor time of the bot, and bytes from and to Redis, a turn each.
"""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click
from redis.asyncio import Redis

from bench import report
from bench.outside import Turn
from bench.phase import Spread
from bench.subject import BOT, Subject, running
from bot.installations import Installation
from bot.policy.preferences import Defaults
from bot.store.client import Client
from bot.store.installations import RedisInstallations
from bot.store.keys import Keys
from bot.store.preferences import RedisPrefs
from threadbot_sandbox.redis import EmbeddedRedis

NAME = "bot"
TURNS, AT_ONCE = 20, 50
WITHIN = 600.0  # seconds for the newcomer behind what waits


@dataclass(frozen=True, slots=True)
class Row:
    """Of one turn: milliseconds until the model was asked and of the processor, and kilobytes to and from Redis."""

    what: str
    size: int
    first: Spread
    cpu: float
    sent: float
    read: float


@dataclass(slots=True)
class Growing:
    """A bot, its Redis, and the place where its workspace's things stand."""

    subject: Subject
    redis: Redis
    store: Client

    @property
    def keys(self) -> Keys:
        return Keys(NAME, self.subject.outside.slack.workspace.home.team)

    async def measured(self, what: str, size: int, thread: str = "") -> Row:
        """`TURNS` questions in this thread, or each in a new one."""
        await self.subject.outside.ask(thread)
        cpu, sent, read = self.subject.cpu, *await self._bytes()
        turns = [await self.subject.outside.ask(thread) for _ in range(TURNS)]
        after = await self._bytes()
        each = 1 / len(turns)
        return Row(
            what,
            size,
            Spread.of([turn.first for turn in turns]),
            (self.subject.cpu - cpu) * 1000 * each,
            (after[0] - sent) / 1000 * each,
            (after[1] - read) / 1000 * each,
        )

    async def _bytes(self) -> tuple[int, int]:
        found = await self.redis.info("stats")
        return found["total_net_input_bytes"], found["total_net_output_bytes"]

    async def threads(self, size: int) -> Row:
        limit = asyncio.Semaphore(AT_ONCE)

        async def one() -> None:
            async with limit:
                await self.subject.outside.ask()

        async with asyncio.TaskGroup() as tasks:
            for _ in range(size):
                tasks.create_task(one())
        return await self.measured("threads stored, at least", size)

    async def past(self, size: int) -> Row:
        slack = self.subject.outside.slack
        thread = (await self.subject.outside.ask()).thread
        for number in range(size):
            await slack.say(
                "Ben", "#general", f"note {number}: water runs downhill, and around stones", thread_ts=thread
            )
        return await self.measured("messages said in the thread", size, thread)

    async def people(self, size: int) -> Row:
        prefs = RedisPrefs(self.store, self.keys, 60, Defaults("", {}))
        seen = await prefs.access()
        others = frozenset(f"U9{number:09}" for number in range(size))
        await prefs.change_access(seen, replace(seen, denied_users=others), "U0000000ADA")
        return await self.measured("people in the access list", size)

    async def workspaces(self, size: int) -> Row:
        installations = RedisInstallations(self.store, NAME)
        for number in range(size):
            await installations.note(Installation(f"T9{number:09}", "U0OTHER", "B0OTHER", team=f"T9{number:09}"))
        return await self.measured("workspaces known", size)

    async def waiting(self, size: int) -> Row:
        """So many questions at the same instant in one channel, and one in another just after them."""
        outside = self.subject.outside
        cpu, sent, read = self.subject.cpu, *await self._bytes()
        busy = [asyncio.ensure_future(outside.ask(within=WITHIN)) for _ in range(size)]
        await asyncio.sleep(0.1)
        newcomer: Turn = await outside.ask(channel="#partners", within=WITHIN)
        await asyncio.gather(*busy)
        after, each = await self._bytes(), 1 / (size + 1)
        took = Spread(newcomer.first * 1000, newcomer.first * 1000)
        spent = (self.subject.cpu - cpu) * 1000 * each
        what = "waiting; a newcomer in another channel"
        return Row(what, size, took, spent, (after[0] - sent) / 1000 * each, (after[1] - read) / 1000 * each)


@asynccontextmanager
async def growing(seed: int) -> AsyncIterator[Growing]:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        server = EmbeddedRedis(Path(name) / "redis")
        server.start()
        try:
            async with running(NAME, BOT, Path(name), server.url, seed) as subject, Redis.from_url(server.url) as redis:
                subject.outside.tokens_per_second = None
                store = Client(server.url)
                try:
                    yield Growing(subject, redis, store)
                finally:
                    await store.close()
        finally:
            server.stop()


Step = tuple[Callable[[Growing, int], Awaitable[Row]], tuple[int, ...]]
FULL: tuple[Step, ...] = (
    (Growing.past, (0, 100, 1_000)),
    (Growing.people, (0, 1_000, 5_000)),
    (Growing.workspaces, (1, 100, 1_000)),
    (Growing.waiting, (1, 100, 1_000)),
    (Growing.threads, (1, 1_000, 10_000)),
)
QUICK: tuple[Step, ...] = tuple((step, sizes[:2]) for step, sizes in FULL)
HEAD = ("what grows", "to", "→ model ms", "CPU ms/turn", "kB to Redis/turn", "kB from Redis/turn")


async def measure(quick: bool, seed: int) -> list[Row]:
    rows = []
    for step, sizes in QUICK if quick else FULL:
        async with growing(seed) as bot:
            for size in sizes:
                rows.append(await step(bot, size))
                click.echo(f"… {rows[-1].what}: {size}", err=True)
    return rows


def table(rows: list[Row]) -> str:
    cells = [
        (
            row.what,
            f"{row.size:,}",
            f"{row.first.median:.1f} / {row.first.p95:.1f}",
            f"{row.cpu:.1f}",
            f"{row.sent:.1f}",
            f"{row.read:.1f}",
        )
        for row in rows
    ]
    return report.table(HEAD, cells)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="Without the largest sizes.")
@click.option("--seed", default=1, show_default=True, help="For the words.")
@click.option("--save", type=click.Path(path_type=Path), help="Write the figures there, as JSON.")
def main(quick: bool, seed: int, save: Path | None) -> None:
    """Measure what a turn costs as threads, words, people, workspaces and what waits become more."""
    click.echo(report.conditions(seed) + "\n")
    rows = asyncio.run(measure(quick, seed))
    click.echo(table(rows))
    if save is not None:
        save.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
