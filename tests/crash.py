"""Ending the bot exactly there: a gate between the bot and Redis, and the bot as a process that can be killed.

The bot knows nothing of it. What it tells Redis goes through a `RedisGate`, which can hold one command back before
Redis has got it, or the answer after Redis has carried it out. Whoever waits for `reached` then kills the process.
"""

import asyncio
import hashlib
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from redis.asyncio import Redis

from bench.chaos_replica import Replica, environment
from bot.store.script import Script
from tests.patience import PATIENCE
from tests.town import QUEUE, Town, wait_until

LEASE = 1.0  # seconds: the shortest that the settings allow


@dataclass(eq=False, slots=True)
class Held:
    """The first command that has all of `words` in it, stopped on its way."""

    when: Literal["before", "after"]
    words: tuple[bytes, ...]
    reached: asyncio.Event = field(default_factory=asyncio.Event)


class RedisGate:
    """A Unix socket: what is said there goes to the real Redis, and its answers come back."""

    def __init__(self, redis: Path, folder: Path) -> None:
        self.url = f"unix://{folder / 'gate'}"
        self._redis, self._gate = redis, folder / "gate"
        self._held: list[Held] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["RedisGate"]:
        server = await asyncio.start_unix_server(self._connected, self._gate)
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def before(self, script: type[Script[Any]], *words: str) -> Held:
        """Redis will not hear of the next run of this script with these words among its arguments."""
        return self._hold("before", script, words)

    def after(self, script: type[Script[Any]], *words: str) -> Held:
        """Redis will carry out the next run of this script with these words, and the bot not hear of it."""
        return self._hold("after", script, words)

    def _hold(self, when: Literal["before", "after"], script: type[Script[Any]], words: tuple[str, ...]) -> Held:
        name = hashlib.sha1(script.source().encode()).hexdigest()  # how EVALSHA calls it
        held = Held(when, tuple(word.encode() for word in (name, *words)))
        self._held.append(held)
        return held

    async def _connected(self, bot: StreamReader, to_bot: StreamWriter) -> None:
        """In a task of our own: asyncio logs a traceback when the one that it started is cancelled."""
        task = asyncio.ensure_future(self._between(bot, to_bot))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait([task])

    async def _between(self, bot: StreamReader, to_bot: StreamWriter) -> None:
        redis, to_redis = await asyncio.open_unix_connection(self._redis)
        back = asyncio.ensure_future(_pass_back(redis, to_bot))
        try:
            await self._pass_on(bot, to_bot, redis, to_redis, back)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the bot was killed
        finally:
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)
            for writer in (to_bot, to_redis):
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

    async def _pass_on(
        self,
        bot: StreamReader,
        to_bot: StreamWriter,
        redis: StreamReader,
        to_redis: StreamWriter,
        back: "asyncio.Future[None]",
    ) -> None:
        """redis-py has one command under way on a connection: what comes back next is the answer to it."""
        while True:
            command = await _command(bot)
            held = next((each for each in self._held if all(word in command for word in each.words)), None)
            if held is None:
                to_redis.write(command)
                continue
            if held.when == "after":
                back.cancel()
                await asyncio.gather(back, return_exceptions=True)
                to_redis.write(command)
                answer = await redis.read(65_536)
                if answer.startswith(b"-NOSCRIPT"):  # redis-py will load the script and run it again
                    to_bot.write(answer)
                    back = asyncio.ensure_future(_pass_back(redis, to_bot))
                    continue
            self._held.remove(held)
            held.reached.set()
            await bot.read()  # ends when the bot is gone
            return


async def _command(bot: StreamReader) -> bytes:
    """One command as it is on the wire: an array of strings (RESP, Redis documentation)."""
    raw = await bot.readuntil(b"\r\n")
    for _ in range(int(raw[1:])):
        length = await bot.readuntil(b"\r\n")
        raw += length + await bot.readexactly(int(length[1:]) + 2)
    return raw


async def _pass_back(redis: StreamReader, to_bot: StreamWriter) -> None:
    while answer := await redis.read(65_536):
        to_bot.write(answer)


@dataclass(slots=True)
class Doomed:
    """The bot as a process, in a town whose Redis is behind a gate."""

    town: Town
    gate: RedisGate
    replica: Replica

    async def start(self) -> None:
        """Return when it listens."""
        await self.replica.start()
        await self.town.slack.wait_for(lambda: self.town.slack.connected, description="the bot connects")

    async def killed(self, held: Held | None = None) -> None:
        """Kill it: there, if something is held, else now. Returns when nothing of it is left."""
        if held is not None:
            async with asyncio.timeout(PATIENCE):
                await held.reached.wait()
        await self.replica.kill()
        await self.town.slack.wait_for(lambda: not self.town.slack.connected, description="the bot's socket is gone")

    async def idle(self) -> None:
        """Return when no thread waits or is under way."""
        state = QUEUE.state
        async with Redis.from_url(self.town.redis_url) as client, asyncio.timeout(PATIENCE):
            while await client.exists(state):  # noqa: ASYNC110 - Redis announces no end
                await asyncio.sleep(0.02)

    async def settled(self) -> None:
        """Return when nothing more can come: all is delivered, and no thread waits or has a lease that could end."""
        await self.town.all_delivered()
        await self.idle()
        await wait_until(lambda: not self.town.model.running, "the model has no request any more")


@asynccontextmanager
async def doomed(town: Town, redis: Path, folder: Path, **settings: str) -> AsyncIterator[Doomed]:
    """A bot that is running, and one day shall be killed."""
    gate = RedisGate(redis, folder)
    env = environment(town.slack, town.model_url, gate.url, LEASE_SECONDS=f"{LEASE:g}", SHUTDOWN_GRACE="1", **settings)
    replica = Replica(env, folder / "bot.log")
    async with gate.open():
        bot = Doomed(town, gate, replica)
        try:
            await bot.start()
            yield bot
        finally:
            await replica.close()
