"""Talks to Redis, and says what is wrong when it does not serve us.

Two clients: one for commands, with timeouts and retries (our scripts are safe to repeat), and one for the blocking
wait, which must not time out (redis-py would break a BLPOP off after its 5 s default).

Trouble is logged once when it begins and once when it is over. A full Redis or a read-only replica still answers
whoever only reads, so that trouble of this kind is over when a write has been tried and taken. A script that fails on
what is stored is no trouble of Redis': everything else goes on.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisClusterException, RedisError

from bot import aio
from bot.errors import StartError, Unavailable, Unreadable
from bot.happenings import Listener, StoreFailed
from bot.store.address import Address, Connected, close
from bot.store.cooled import Cooled
from bot.store.keys import shared
from bot.store.pipeline import Pipeline
from bot.store.repair import repair
from bot.store.rights import Rights
from bot.store.script import Key, Script
from bot.store.seal import PLAIN, Seal
from bot.store.trouble import (
    CLUSTER,
    HOPELESS,
    NO_WRITES,
    advice,
    fault,
    forbidden,
    is_fault,
    is_refusal,
    meaning,
    reason,
)

log = logging.getLogger(__name__)

T = TypeVar("T")

TROUBLES = (RedisError, RedisClusterException, OSError, TimeoutError)
ANSWERS_WITHIN = 3.0  # seconds that Redis may be silent before we take it for dead
DONE_WITHIN = 20.0  # seconds for one command with its retries and the wait for a connection
AT_ONCE = 32  # commands under way on a Cluster: more connections make it no faster
PROBED_EVERY = 1.0  # seconds
SETTLED = 2.0  # seconds without a failure until trouble is over: a fail-over works, breaks connections, works again
KNOWN_FOR = 2.0  # seconds that the answer to a ping is good for


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe(Script[int]):
    """Writes and leaves nothing behind."""

    probe: Key

    LUA = "redis.call('SET', probe, 1) return redis.call('DEL', probe)"


class Client:
    """A connection to one Redis, be it a server, a master behind Sentinels or a Cluster. Ours are all keys that begin
    with `{prefix}:`; `seal` is how words are kept there."""

    def __init__(self, url: str, prefix: str = "threadbot", seal: Seal = PLAIN, saw: Listener = lambda _: None) -> None:
        """Connects to nothing yet. Raises SettingsError when the URL is wrong or has an option that is not known."""
        self.seal, self._saw = seal, saw
        address = Address.parse(url)
        self.where = address.shown
        self._redis, self._blocking = _opened(address)
        self._scripts: dict[str, Any] = {}  # of a Cluster
        self._pipeline = _pipeline(self._redis)
        self._former: tuple[Connected, ...] = ()  # opened with a password that was replaced
        self._probe = Probe(probe=shared(prefix, "probe"))
        self._room = asyncio.Semaphore(AT_ONCE)
        self._under_way = 0  # calls
        self._idle, self._closed = asyncio.Event(), False
        self.cooled = Cooled()
        self.trouble: str | None = None  # in plain words, as long as it lasts
        self._writes_refused = False
        self._failed_at = self._probed_at = self._pinged_at = float("-inf")

    @property
    def advice(self) -> str:
        """What to do about the trouble."""
        return advice(self.trouble or "")

    async def call(self, script: Script[T], *, repairing: bool = True) -> T:
        """Run a script. Raises Unavailable when Redis does not answer or refuses to write, Unreadable when the script
        fails on what is stored. `repairing`: what has a wrong type is removed, and the script run once more."""
        try:
            return await self._watched(self._call(script))
        except Unreadable:
            if not repairing or not await self._repaired(script.keys()):
                raise
        return await self._watched(self._call(script))

    async def run(self, script: str, keys: Sequence[str], args: Sequence[str | int]) -> Any:
        """The same for a script of a migration, which finds its keys and arguments by position."""
        return await self._watched(self._run(script, keys, args))

    async def pop(self, key: str, seconds: float) -> None:
        """Wait until something can be taken off the list `key`, and take it; or give up after `seconds`."""
        try:
            await self._watched(_within(seconds + ANSWERS_WITHIN, self._blocking.blpop([key], timeout=seconds)))
        except Unreadable:
            if not await self._repaired([Key(key)]):
                raise

    async def alive(self) -> bool:
        """Does it serve us? Asked of Redis at most every few seconds; for health checks."""
        if time.monotonic() - self._pinged_at > KNOWN_FOR:
            self._pinged_at = time.monotonic()
            try:
                await self._watched(_within(ANSWERS_WITHIN, self._redis.ping()))
            except Unavailable:
                return False
        return self.trouble is None

    async def check(self) -> list[str]:
        """Warnings about a Redis that answers but is set up in a way that loses data. Raises StartError where waiting
        does not help, and Unavailable."""
        try:
            await self._watched(self._redis.ping())
            await self._watched(self._call(self._probe))
            lacking = await self._watched(self._call(Rights(probe=self._probe.probe)))
            await self._watched(self._blocking.blpop([self._probe.probe], timeout=0.01))
        except Unavailable as trouble:
            if what := self._hopeless(trouble.__cause__):
                raise StartError(f"REDIS_URL: {self.where} {what}") from trouble
            raise
        if lacking:
            raise StartError(f"REDIS_URL: {self.where} {_not_allowed(', '.join(lacking))}")
        return [warning for warning in (await self._evicts(), await self._is_node()) if warning]

    def _hopeless(self, error: BaseException | None) -> str | None:
        """What to put right before anything else is tried; None where waiting may help."""
        if what := forbidden(error):
            return _not_allowed(what)
        if is_refusal(error):
            return "refuses the password or user; correct the URL"
        known = meaning(error) if error is not None else ""
        return f"does not serve us: {known}; {advice(known)}" if known in HOPELESS else None

    async def _evicts(self) -> str | None:
        """Managed services often forbid CONFIG, and some INFO too."""
        kept = "noeviction"
        for ask in (lambda: self._redis.config_get("maxmemory-policy"), lambda: self._redis.info("memory")):
            with suppress(*TROUBLES):
                found: Any = await ask()
                kept = found.get("maxmemory-policy") or found.get("maxmemory_policy") or kept
        if kept == "noeviction":
            return None
        return f"Redis at {self.where} has maxmemory-policy {kept} and may forget messages; set it to noeviction"

    async def _is_node(self) -> str | None:
        """One that holds our keys serves us until they move."""
        with suppress(*TROUBLES):
            if isinstance(self._redis, Redis) and (await self._redis.info("server")).get("redis_mode") == "cluster":
                return f"Redis at {self.where} is a node of a Cluster; {advice(CLUSTER)}"
        return None

    async def facts(self) -> dict[str, Any]:
        """What the server tells of itself: INFO, its settings, and its `time`, `asked_at` which time of ours. Managed
        ones keep some of it to themselves; one that does not answer tells nothing."""
        found: dict[str, Any] = {}
        asked: tuple[Callable[[], Awaitable[dict[str, Any]]], ...] = (self._redis.info, self._config, self._time)
        for ask in asked:
            try:
                told = await _within(ANSWERS_WITHIN, ask())
            except TROUBLES:
                continue
            nodes = [each for each in told.values() if isinstance(each, dict) and "redis_version" in each]
            found |= nodes[0] if nodes else told
        return found

    async def _config(self) -> dict[str, Any]:
        return {str(name): value for name, value in (await self._redis.config_get("*")).items()}

    async def _time(self) -> dict[str, Any]:
        before = time.time()
        seconds, microseconds = await self._redis.time()
        return {"time": seconds + microseconds / 1e6, "asked_at": (before + time.time()) / 2}

    async def use(self, url: str) -> bool:
        """Connect with another password or user from now on; what is under way goes on as it is. False, and nothing is
        done, where the URL leads to another Redis. Raises SettingsError as `__init__` does."""
        address = Address.parse(url)
        if address.shown != self.where:
            return False
        over, self._former = self._former, (self._redis, self._blocking)
        self._redis, self._blocking = _opened(address)
        self._scripts, self._pipeline = {}, _pipeline(self._redis)
        for client in over:
            await close(client)
        return True

    async def close(self) -> None:
        """Waits for what is under way, for a while: a connection that is made after this would stay open for ever."""
        self._closed = True
        if self._under_way:
            await aio.either(self._idle, ANSWERS_WITHIN)
        if self._pipeline is not None:
            await self._pipeline.ended(ANSWERS_WITHIN)
        for client in (self._blocking, self._redis, *self._former):
            await close(client)

    async def _repaired(self, keys: Sequence[Key]) -> bool:
        """Whether some of these keys held another type than they should, and are gone now."""
        script = repair(keys)
        count = await self._watched(self._call(script)) if script else 0
        if count:
            log.error("stored data of a wrong type is removed", extra={"keys": count})
        return count > 0

    async def _call(self, script: Script[T]) -> T:
        return script.reply(await self._run(script.source(), script.keys(), script.args()))

    async def _run(self, script: str, keys: Sequence[str], args: Sequence[str | int | float]) -> Any:
        async with asyncio.timeout(DONE_WITHIN):
            if self._pipeline is not None:
                return await self._pipeline.run(script, keys, args)
            return await self._run_alone(script, keys, args)

    async def _run_alone(self, script: str, keys: Sequence[str], args: Sequence[str | int | float]) -> Any:
        """On a Cluster, whose nodes have a connection each."""
        registered = self._scripts.get(script)
        if registered is None:
            registered = self._scripts[script] = self._redis.register_script(script)
        async with self._room:
            return await registered(keys=keys, args=args)

    async def _watched(self, work: Awaitable[T]) -> T:
        """Do it, and say once when trouble begins and once when it is over."""
        if self._closed:
            if isinstance(work, Coroutine):
                work.close()
            raise Unavailable("memory.unreachable", "Redis: closed, because the process ends", 1.0)
        began = time.monotonic()
        try:
            done = await _cancellable(self._counted(work))
        except TROUBLES as error:
            self._saw(StoreFailed(fault(error) if is_fault(error) else reason(error)))
            if is_fault(error):
                log.warning("a script failed", extra={"error": fault(error)})
                raise Unreadable(f"Redis: {fault(error)}") from None
            await self._failed(error)
            raise Unavailable("memory.unreachable", f"Redis: {reason(error)}", 1.0) from error
        if self.trouble is not None and began > self._failed_at + SETTLED:
            await self._recovered()
        return done

    async def _counted(self, work: Awaitable[T]) -> T:
        self._under_way += 1
        self._idle.clear()
        try:
            return await work
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    async def _failed(self, error: BaseException) -> None:
        self._failed_at = time.monotonic()
        why = meaning(error)
        if why in NO_WRITES.values():
            self._writes_refused = True
            await self._leave_replica()
        if self.trouble is None:
            self.trouble = why
            log.warning("Redis does not serve us", extra={"redis": self.where, "why": why, "error": reason(error)})

    async def _leave_replica(self) -> None:
        """After a fail-over the same host name may lead to another server: only a new connection goes there."""
        for client in (self._redis, self._blocking):
            if isinstance(client, Redis):
                await client.connection_pool.disconnect(inuse_connections=False)

    async def _recovered(self) -> None:
        """A command was done; so all is well again, unless it is writing that was refused."""
        if self._writes_refused:
            now = time.monotonic()
            if now - self._probed_at < PROBED_EVERY:
                return
            self._probed_at = now
            try:
                await self._call(self._probe)
            except TROUBLES as error:
                await self._failed(error)
                return
        if self.trouble is not None:
            self.trouble, self._writes_refused = None, False
            log.warning("Redis serves us again", extra={"redis": self.where})


def _pipeline(redis: Connected) -> Pipeline | None:
    """None for a Cluster, whose keys lie on several servers."""
    return Pipeline(redis) if isinstance(redis, Redis) else None


def _opened(address: Address) -> tuple[Connected, Connected]:
    """The client for commands, and the one that waits."""
    return address.connect(ANSWERS_WITHIN, retries=3), address.connect(None, retries=1)


async def _cancellable(work: Awaitable[T]) -> T:
    """On Python 3.11 redis-py's `wait_for` loses a cancellation that comes just as it has sent (cpython#86296)."""
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        return await work
    finally:
        if task and task.cancelling() > before:
            raise asyncio.CancelledError


async def _within(seconds: float, work: Awaitable[T]) -> T:
    async with asyncio.timeout(seconds):
        return await work


def _not_allowed(what: str) -> str:
    if what == "keys":
        return "does not let our user touch our keys; give it the keys that docs/redis.md names"
    return f"does not let our user run {what}; give it the rights that docs/redis.md names"
