"""Sends scripts to Redis, those that are wanted in the same moment together: one write and one reply for all of them.

A burst of mentions wants dozens of scripts at once. One by one, each of them takes a connection, a write, a wake-up of
the loop and a read; that is most of what they cost here.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

MOST_TOGETHER = 64
"""Scripts in one write. It bounds what has to be repeated after a broken connection."""
AT_ONCE = 8
"""Writes under way. What is wanted meanwhile goes into the next one."""

Arguments = Sequence[str | int | float]


@dataclass(slots=True)
class _Call:
    script: str
    keys: Sequence[str]
    args: Arguments
    done: asyncio.Future[Any]


@dataclass(slots=True)
class Pipeline:
    """Of one client. Each script is one step; nothing is promised of their order."""

    redis: Redis
    _waiting: list[_Call] = field(default_factory=list)
    _digests: dict[str, str] = field(default_factory=dict)
    _writes: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, script: str, keys: Sequence[str], args: Arguments) -> Any:
        """What Redis replies. Raises what redis-py raises. Whoever is cancelled here leaves the script to itself."""
        loop = asyncio.get_running_loop()
        call = _Call(script, keys, args, loop.create_future())
        self._waiting.append(call)
        if len(self._waiting) == 1:
            loop.call_soon(self._next)
        return await call.done

    async def ended(self, seconds: float) -> None:
        """Wait for the writes under way, at most so long."""
        if self._writes:
            await asyncio.wait(self._writes, timeout=seconds)

    def _next(self) -> None:
        """Begin a write, if one is wanted and may be."""
        self._waiting = [call for call in self._waiting if not call.done.done()]
        while self._waiting and len(self._writes) < AT_ONCE:
            calls, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
            write = asyncio.ensure_future(self._write(calls))
            self._writes.add(write)
            write.add_done_callback(self._written)

    def _written(self, write: asyncio.Task[None]) -> None:
        self._writes.discard(write)
        self._next()

    async def _write(self, calls: Sequence[_Call]) -> None:
        replies: Sequence[Any]
        try:
            replies = await self._replies(calls)
        except Exception as error:  # it is for those who wait
            replies = [error] * len(calls)
        for call, reply in zip(calls, replies, strict=True):
            _settle(call.done, reply)

    async def _replies(self, calls: Sequence[_Call]) -> list[Any]:
        together = self.redis.pipeline(transaction=False)
        for call in calls:
            together.evalsha(self._digest(call.script), len(call.keys), *call.keys, *call.args)
        replies = await together.execute(raise_on_error=False)
        return [
            await self._loaded(call) if isinstance(reply, NoScriptError) else reply
            for call, reply in zip(calls, replies, strict=True)
        ]

    async def _loaded(self, call: _Call) -> Any:
        """Redis has been started anew and does not have the script."""
        try:
            return await self.redis.register_script(call.script)(keys=call.keys, args=call.args)
        except Exception as error:
            return error

    def _digest(self, script: str) -> str:
        if script not in self._digests:
            self._digests[script] = hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
        return self._digests[script]


def _settle(done: asyncio.Future[Any], reply: Any) -> None:
    if done.done():
        return
    if isinstance(reply, BaseException):
        done.set_exception(reply)
    else:
        done.set_result(reply)
