"""When the next call to Slack may go. Redis decides, so that all replicas together keep Slack's pace.

A bucket remembers when its calls go, those still to come included. A call that must go takes the next place, however
far off; one that only shows progress goes if there is a place to spare, or is left undone. After a refusal a bucket
lets one call at a time through for a while: our count was not Slack's.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.store.client import Client
from bot.store.keys import Keys
from bot.store.script import Key, Script
from bot.store.scripts import NOW

MAX_WAIT = 24 * 3600 * 1000  # ms: whatever stands in Redis, nothing is put off for longer
METERED_FOR = 60  # seconds in single file after a refusal
CAREFUL = 1.2  # how much slower than allowed calls go then

_MS = (
    NOW
    + f"""
local function ms(stored, now)
  local at = tonumber(stored or '') or 0
  return at == at and math.min(at, now + {MAX_WAIT}) or 0
end
"""
)
_NEXT = (
    _MS
    + f"""local function next_place(taken, held, allowed, within, now)
  local at = now
  redis.call('ZREMRANGEBYSCORE', taken, '-inf', '(' .. now - within)
  local until_ = redis.call('GET', held)
  if until_ then
    at = math.max(at, ms(until_, now))
    within, allowed = math.ceil(within / allowed * {CAREFUL}), 1
  end
  if allowed < 1 then return now + within end
  local count = redis.call('ZCARD', taken)
  if count >= allowed then
    local last = redis.call('ZRANGE', taken, count - allowed, count - allowed, 'WITHSCORES')
    at = math.max(at, ms(last[2], now) + within)
  end
  return at
end
local function take(taken, at, within, now, name)
  redis.call('ZADD', taken, at, name)
  redis.call('PEXPIRE', taken, math.ceil(at - now + within))
end
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve(Script[int]):
    """The ms to wait; the place is then taken in every bucket. With a patience of 0 or more, none is taken beyond it.
    All tuples have one place for each bucket."""

    taken: tuple[Key, ...]
    held: tuple[Key, ...]
    allowed: tuple[int, ...]
    within: tuple[int, ...]
    name: str
    patience: int

    LUA = (
        _NEXT
        + """
local now = now()
local at = now
for n = 1, #taken do at = math.max(at, next_place(taken[n], held[n], allowed[n], within[n], now)) end
if patience >= 0 and at - now > patience then return math.ceil(at - now) end
for n = 1, #taken do take(taken[n], at, within[n], now, name) end
return math.ceil(at - now)
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spare(Script[int]):
    """0: a place is taken; else the ms until it is worth asking again. One place is kept for each member of `among`;
    what is left is spread evenly."""

    taken: Key
    held: Key
    last: Key
    among: Key
    name: str
    allowed: int
    within: int

    LUA = (
        _NEXT
        + """
local now = now()
local spare = allowed - redis.call('ZCOUNT', among, now, '+inf')
if spare < 1 then return math.ceil(within / 10) end
local at = next_place(taken, held, spare, within, now)
local before = redis.call('GET', last)
if before then at = math.max(at, ms(before, now) + within / spare) end
if at > now then return math.ceil(at - now) end
take(taken, now, within, now, name)
redis.call('SET', last, now, 'PX', math.ceil(within))
return 0
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Script[None]):
    """Nobody uses the bucket for so many ms, and then one call at a time for `metered` ms."""

    held: Key
    for_ms: int
    metered: int

    LUA = (
        _MS
        + """
local now = now()
local until_ = math.max(ms(redis.call('GET', held), now), now + for_ms)
redis.call('SET', held, until_, 'PX', math.ceil(until_ - now + metered))
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Script[int]):
    """The ms for which a refusal still closes the bucket."""

    held: Key

    LUA = _MS + "local now = now() return math.max(math.ceil(ms(redis.call('GET', held), now) - now), 0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Join(Script[int]):
    """1 when the member is in the group (for so long, unless it comes again), 0 when there are `most` already. Those
    that are `gone` are in it no more."""

    group: Key
    member: str
    most: int
    ms: int
    gone: tuple[str, ...]

    LUA = (
        NOW
        + """
local now = now()
redis.call('ZREMRANGEBYSCORE', group, '-inf', now)
for _, other in ipairs(gone) do redis.call('ZREM', group, other) end
if not redis.call('ZSCORE', group, member) and redis.call('ZCARD', group) >= most then return 0 end
redis.call('ZADD', group, now + ms, member)
if redis.call('PTTL', group) < ms then redis.call('PEXPIRE', group, ms) end
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Script[int]):
    group: Key
    member: str
    ms: int

    LUA = NOW + "return redis.call('ZADD', group, 'XX', now() + ms, member)"


@dataclass(frozen=True, slots=True)
class Places:
    """The buckets, by name; `allowed` calls in any `within` seconds. Every method may raise Unavailable."""

    client: Client
    keys: Keys

    async def reserve(self, buckets: Sequence[tuple[str, int, float]], patience: float | None = None) -> float:
        """Take the next place in all of these buckets; the seconds until it has come. None is taken if that would be
        more than `patience`."""
        k = self.keys
        script = Reserve(
            taken=tuple(k.pace(name) for name, _, _ in buckets),
            held=tuple(k.held(name) for name, _, _ in buckets),
            allowed=tuple(allowed for _, allowed, _ in buckets),
            within=tuple(_ms(within) for _, _, within in buckets),
            name=uuid.uuid4().hex,
            patience=-1 if patience is None else _ms(patience),
        )
        return await self.client.call(script) / 1000

    async def spare(self, name: str, allowed: int, within: float, *, among: str) -> float:
        """0.0: a place is taken, now. Otherwise none was to spare, and it is worth asking again after so many seconds.

        One place in `within` is kept for each member of the group `among`.
        """
        k = self.keys
        script = Spare(
            taken=k.pace(name),
            held=k.held(name),
            last=k.spared(name),
            among=k.group(among),
            name=uuid.uuid4().hex,
            allowed=allowed,
            within=_ms(within),
        )
        return await self.client.call(script) / 1000

    async def hold(self, name: str, seconds: float) -> None:
        """Slack has refused a call and wants us to wait: nobody uses this bucket so long."""
        await self.client.call(Hold(held=self.keys.held(name), for_ms=_ms(seconds), metered=METERED_FOR * 1000))

    async def held(self, name: str) -> float:
        """Seconds for which a refusal still closes the bucket; mostly 0."""
        return await self.client.call(Held(held=self.keys.held(name))) / 1000

    async def join(self, group: str, member: str, most: int, seconds: float, gone: Collection[str] = ()) -> bool:
        """Be one of at most `most` members, for so long; False when there are as many already. Others may have gone."""
        key = self.keys.group(group)
        script = Join(group=key, member=member, most=most, ms=_ms(seconds), gone=tuple(gone))
        return await self.client.call(script) == 1

    async def leave(self, group: str, member: str, seconds: float = 0.0) -> None:
        """Its place is free again after so many seconds."""
        await self.client.call(Leave(group=self.keys.group(group), member=member, ms=_ms(seconds)))


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
