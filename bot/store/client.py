"""Talks to Redis, and says what is wrong when it does not serve us.

Two clients: one for commands, with timeouts and retries (our scripts are safe to repeat), and one for the blocking
wait, which must not time out (redis-py would break a BLPOP off after its 5 s default).

Trouble is logged once when it begins and once when it is over. A full Redis or a read-only replica still answers
whoever only reads, so that trouble of this kind is over when a write has been tried and taken. A script that fails on
what is stored is no trouble of Redis': everything else goes on.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    NoPermissionError,
    RedisClusterException,
    RedisError,
    ResponseError,
)
from redis.exceptions import TimeoutError as RedisTimeoutError

from bot import aio
from bot.errors import StartError, Unavailable, Unreadable
from bot.store.address import Address, Connected, close
from bot.store.keys import shared
from bot.store.pipeline import Pipeline
from bot.store.repair import repair
from bot.store.script import Key, Script
from bot.store.seal import PLAIN, Seal

log = logging.getLogger(__name__)

T = TypeVar("T")

ANSWERS_WITHIN = 3.0  # seconds that Redis may be silent before we take it for dead
DONE_WITHIN = 20.0  # seconds for one command with its retries and the wait for a connection
AT_ONCE = 32  # commands under way on a Cluster: more connections make it no faster
PROBED_EVERY = 1.0  # seconds
SETTLED = 2.0  # seconds without a failure until trouble is over: a fail-over works, breaks connections, works again
KNOWN_FOR = 2.0  # seconds that the answer to a ping is good for
TROUBLES = (RedisError, RedisClusterException, OSError, TimeoutError)
REFUSALS = (AuthenticationError, AuthorizationError, NoPermissionError)


# What the server says (Redis 6.2 wraps what went wrong in a script into a longer sentence), and what it means.
NO_WRITES = {
    r"\bOOM\b|used memory >": "it is full (maxmemory)",
    r"\bREADONLY\b|read only replica": "it is a read-only replica",
    r"\bMISCONF\b": "it cannot save to its disk",
    r"\bNOREPLICAS\b": "it has too few replicas",
}
MEANINGS = NO_WRITES | {
    r"\bLOADING\b": "it is loading its data",
    r"\bUNBLOCKED\b": "it has become a replica",
    r"\bMASTERDOWN\b": "it is a replica that has lost its master",
    r"\bCLUSTERDOWN\b|not covered": "the cluster is down",
    r"No master found": "the Sentinels know no master",
    r"max number of clients": "it has too many clients",
    r"\bBUSY\b": "it is busy with a script",
    r"killed by user": "somebody ended a script there",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe(Script[int]):
    """Writes and leaves nothing behind."""

    probe: Key

    LUA = "redis.call('SET', probe, 1) return redis.call('DEL', probe)"


class Client:
    """A connection to one Redis, be it a server, a master behind Sentinels or a Cluster. Ours are all keys that begin
    with `{prefix}:`; `seal` is how words are kept there."""

    def __init__(self, url: str, prefix: str = "threadbot", seal: Seal = PLAIN) -> None:
        """Connects to nothing yet. Raises SettingsError when the URL is wrong or has an option that is not known."""
        self.seal = seal
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
        self.trouble: str | None = None  # in plain words, as long as it lasts
        self._writes_refused = False
        self._failed_at = self._probed_at = self._pinged_at = float("-inf")

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
        """Warnings about a Redis that answers but is set up in a way that loses data. Raises StartError if refused."""
        try:
            await self._watched(self._redis.ping())
            with suppress(Unavailable):  # one that takes no writes at the moment is waited for while we run
                await self._watched(self._call(self._probe))
            policy = await self._redis.config_get("maxmemory-policy")
        except Unavailable as trouble:
            if _is_refusal(trouble.__cause__):
                raise StartError(f"REDIS_URL: {self.where} refuses the password or user; correct the URL") from trouble
            raise
        except TROUBLES:
            return []  # managed services often forbid CONFIG
        kept = policy.get("maxmemory-policy", "noeviction")
        if kept == "noeviction":
            return []
        return [f"Redis at {self.where} has maxmemory-policy {kept} and may forget messages; set it to noeviction"]

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
            if _is_fault(error):
                log.warning("a script failed", extra={"error": _fault(error)})
                raise Unreadable(f"Redis: {_fault(error)}") from None
            await self._failed(error)
            raise Unavailable("memory.unreachable", f"Redis: {_reason(error)}", 1.0) from error
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
        meaning = _meaning(error)
        if meaning in NO_WRITES.values():
            self._writes_refused = True
            await self._leave_replica()
        if self.trouble is None:
            self.trouble = meaning
            log.warning("Redis does not serve us", extra={"redis": self.where, "why": meaning, "error": _reason(error)})

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


def _is_refusal(error: BaseException | None) -> bool:
    """redis-py hides a refused password inside of a ConnectionError."""
    return isinstance(error, REFUSALS) or (error is not None and isinstance(error.__cause__, REFUSALS))


def _is_fault(error: BaseException) -> bool:
    """Whether the server is well, and what failed is a script of ours, or a command on a key of another type."""
    ours = isinstance(error, ResponseError) and re.search(r"\bWRONGTYPE\b|\buser_script\b", _reason(error))
    return bool(ours) and _known_meaning(error) is None


def _fault(error: BaseException) -> str:
    """Which code, and in which line of the script. The sentence itself may quote what is stored."""
    code, line = (re.search(sign, _reason(error)) for sign in (r"\b[A-Z]{3,20}\b", r"user_script:\d+"))
    return " ".join([type(error).__name__, *(found.group() for found in (code, line) if found)])


def _meaning(error: BaseException) -> str:
    """For the operator, in plain words."""
    if meaning := _known_meaning(error):
        return meaning
    return "it does not answer" if isinstance(error, TimeoutError | RedisTimeoutError) else "it cannot be reached"


def _known_meaning(error: BaseException) -> str | None:
    if _is_refusal(error):
        return "it refuses our password, or what our user may do"
    reason = _reason(error)
    return next((meaning for sign, meaning in MEANINGS.items() if re.search(sign, reason)), None)


def _reason(error: BaseException) -> str:
    """redis-py takes the code (OOM, LOADING, …) off the server's sentence and keeps it beside it."""
    code = getattr(error, "status_code", None)
    return " ".join(filter(None, [f"{type(error).__name__}:", code, str(error)[:200]]))
