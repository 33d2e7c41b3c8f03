"""Threads that wait for a turn, and leases on those that have one, of all workspaces together."""

import itertools
import logging
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.conversation.ids import ThreadKey
from bot.store.client import Client
from bot.store.keys import Keys, QueueKeys
from bot.store.line import LINE
from bot.store.script import Key, Script
from bot.store.scripts import NOW, READY, ReadHash
from bot.turns.state import Lease

log = logging.getLogger(__name__)

RENEW_AT_ONCE = 500
LINED_UP_AT_ONCE = 1000
SAFETY = 0.8  # of the lease: our own clock stops us before Redis gives the turn to another

# The rules of `scripts.py` hold here too; only Claim, run twice, leaves what it had taken the first time to its lease.
# `wake` is only a hint, and so is a place in `ready` or `line`; the truth is in `state` and `leases`.


class Claimed(NamedTuple):
    """`lapsed` are those of the `taken` that another replica had."""

    taken: list[str]
    lapsed: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Script[Claimed | None]):
    """Threads, of which the i-th has the token `token`.i. None when so many have come in that not all stand in line
    yet: it is to be asked once more.

    `due` of them may be those whose lease or pause has ended; then come those that are ready, and those that are due
    have what is left. Of two that are ready neither waits long, and where all are taken there is nothing to choose:
    only otherwise they are put in line.
    """

    ready: Key
    line: Key
    leases: Key
    state: Key
    token: str
    most: int
    due: int
    lined_up: int
    lease_ms: int

    LUA = (
        NOW
        + LINE
        + """
redis.call('HLEN', state)  -- fails before anything is taken, if it is no hash
local at, taken, lapsed = now(), {}, {}
local function overdue(most) return redis.call('ZRANGEBYSCORE', leases, '-inf', at, 'LIMIT', 0, most) end
local function take(thread)
  taken[#taken + 1] = thread
  local was = redis.call('HGET', state, thread)
  if was and was ~= 'ready' and was ~= 'later' then lapsed[#lapsed + 1] = thread end
  redis.call('HSET', state, thread, token .. '.' .. #taken)
  redis.call('ZADD', leases, at + lease_ms, thread)
end
local first, waits = overdue(due), redis.call('LLEN', ready)
if redis.call('ZCARD', line) > 0 or waits > math.max(most - #first, 2) then
  for _ = 1, math.min(waits, lined_up) do
    local thread = redis.call('LPOP', ready)
    if redis.call('HGET', state, thread) == 'ready' then line_up(line, thread) end
  end
  if waits > lined_up then return false end
end
for _, thread in ipairs(first) do take(thread) end
while #taken < most do
  local thread = redis.call('LPOP', ready) or next_in(line)
  if not thread then break end
  if redis.call('HGET', state, thread) == 'ready' then take(thread) end
end
for _, thread in ipairs(overdue(most - #taken)) do take(thread) end
return {taken, lapsed}
"""
    )

    def reply(self, raw: Any) -> Claimed | None:
        return Claimed(*raw) if raw else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Renew(Script[list[int]]):
    """Positions (from 1) of the threads that are lost. `threads` and `tokens` have one place for each lease."""

    leases: Key
    state: Key
    lease_ms: int
    threads: tuple[str, ...]
    tokens: tuple[str, ...]

    LUA = (
        NOW
        + """
local deadline, lost = now() + lease_ms, {}
for i, thread in ipairs(threads) do
  if redis.call('HGET', state, thread) == tokens[i] then
    redis.call('ZADD', leases, deadline, thread)
  else
    lost[#lost + 1] = i
  end
end
return lost
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HandBack(Script[int]):
    """1; 0 when the turn is not ours. Handed back at once, it goes before the others of its channel. `sure`: all that
    it has posted is noted."""

    state: Key
    leases: Key
    ready: Key
    line: Key
    wake: Key
    turn: Key
    thread: str
    token: str
    delay_ms: int
    counted: bool
    sure: bool

    LUA = (
        NOW
        + READY
        + LINE
        + """
if redis.call('HGET', state, thread) ~= token then return 0 end
if not counted and redis.call('HGET', turn, 'token') == token then redis.call('HINCRBY', turn, 'attempt', -1) end
if sure then redis.call('HDEL', turn, 'intent') end
if delay_ms > 0 then
  redis.call('HSET', state, thread, 'later')
  redis.call('ZADD', leases, now() + delay_ms, thread)
else
  redis.call('ZREM', leases, thread)
  if redis.call('ZCARD', line) == 0 then
    make_ready(state, ready, wake, thread, 'LPUSH')
  else
    redis.call('HSET', state, thread, 'ready')
    line_up(line, thread, true)
    hint(wake)
  end
end
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget(Script[None]):
    """These are in the queue no more."""

    leases: Key
    state: Key
    threads: tuple[str, ...]

    LUA = """
for _, thread in ipairs(threads) do
  redis.call('HDEL', state, thread)
  redis.call('ZREM', leases, thread)
end
"""


@dataclass(frozen=True, slots=True)
class RedisQueue:
    """See `ports.Queue`. `lease` in seconds."""

    client: Client
    keys: QueueKeys
    lease: float
    _claims: Iterator[int] = field(default_factory=itertools.count)

    async def wait(self, seconds: float) -> None:
        await self.client.pop(self.keys.wake, seconds)

    async def claim(self, most: int) -> list[Lease]:
        token, began = uuid.uuid4().hex, time.monotonic()
        k = self.keys
        script = Claim(
            ready=k.ready,
            line=k.line,
            leases=k.leases,
            state=k.state,
            token=token,
            most=most,
            due=(most + next(self._claims) % 2) // 2,  # of one, every other time
            lined_up=LINED_UP_AT_ONCE,
            lease_ms=self._lease_ms,
        )
        while (claimed := await self.client.call(script)) is None:
            began = time.monotonic()
        until = began + self.lease * SAFETY
        taken, lapsed = claimed
        found = [(ThreadKey.parsed(name), f"{token}.{n}") for n, name in enumerate(taken, start=1)]
        if wrong := tuple(name for name, (thread, _) in zip(taken, found, strict=True) if thread is None):
            log.error("what is no thread is dropped from the inbox", extra={"count": len(wrong)})
            await self.client.call(Forget(leases=k.leases, state=k.state, threads=wrong))
        return [Lease(thread, name, until, taken_over=str(thread) in lapsed) for thread, name in found if thread]

    async def renew(self, leases: Sequence[Lease]) -> list[Lease]:
        lost: list[Lease] = []
        for start in range(0, len(leases), RENEW_AT_ONCE):
            some = leases[start : start + RENEW_AT_ONCE]
            began = time.monotonic()
            script = Renew(
                leases=self.keys.leases,
                state=self.keys.state,
                lease_ms=self._lease_ms,
                threads=tuple(str(lease.thread) for lease in some),
                tokens=tuple(lease.token for lease in some),
            )
            gone = {n - 1 for n in await self.client.call(script)}
            for n, lease in enumerate(some):
                if n in gone:
                    lost.append(lease)
                else:
                    lease.until = began + self.lease * SAFETY
        return lost

    async def hand_back(self, lease: Lease, after: float, *, counted: bool) -> None:
        k, thread = self.keys, lease.thread
        script = HandBack(
            state=k.state,
            leases=k.leases,
            ready=k.ready,
            line=k.line,
            wake=k.wake,
            turn=Keys(k.prefix, thread.workspace).turn(thread),
            thread=str(thread),
            token=lease.token,
            delay_ms=int(after * 1000),
            counted=counted,
            sure=lease.sure,
        )
        await self.client.call(script)

    async def stopped(self) -> dict[str, bool]:
        found = await self.client.call(ReadHash(hash=self.keys.stops))
        return {thread: why == "pointless" for thread, why in found.items()}

    @property
    def _lease_ms(self) -> int:
        return int(self.lease * 1000)
