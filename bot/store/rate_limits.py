"""When the next call to Slack may go. Redis decides, so that all replicas together keep Slack's pace.

A bucket remembers when its calls go, those still to come included. A call that must go takes the next place, however
far off; one that only shows progress goes if there is a place to spare, or is left undone. After a refusal a bucket
lets one call at a time through for a while: our count was not Slack's.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from bot.store.client import Client
from bot.store.keys import Keys
from bot.store.scripts import NOW

METERED_FOR = 60  # seconds in single file after a refusal
CAREFUL = 1.2  # how much slower than allowed calls go then

# Every bucket: KEYS taken held   ARGV allowed within_ms
_NEXT = (
    NOW
    + f"""local function next_place(taken, held, allowed, within, now)
  local at = now
  redis.call('ZREMRANGEBYSCORE', taken, '-inf', '(' .. now - within)
  local until_ = redis.call('GET', held)
  if until_ then
    at = math.max(at, tonumber(until_))
    within, allowed = math.ceil(within / allowed * {CAREFUL}), 1
  end
  if allowed < 1 then return now + within end
  local count = redis.call('ZCARD', taken)
  if count >= allowed then
    local last = redis.call('ZRANGE', taken, count - allowed, count - allowed, 'WITHSCORES')
    at = math.max(at, tonumber(last[2]) + within)
  end
  return at
end
local function take(taken, at, within, now, name)
  redis.call('ZADD', taken, at, name)
  redis.call('PEXPIRE', taken, math.ceil(at - now + within))
end
"""
)

# KEYS taken held …   ARGV name patience_ms allowed within_ms …   → ms to wait; the place is taken in every bucket
# With a patience of 0 or more, none is taken that is longer away.
RESERVE = (
    _NEXT
    + """
local now = now()
local at = now
for n = 1, #KEYS / 2 do
  local allowed, within = tonumber(ARGV[2 * n + 1]), tonumber(ARGV[2 * n + 2])
  at = math.max(at, next_place(KEYS[2 * n - 1], KEYS[2 * n], allowed, within, now))
end
local patience = tonumber(ARGV[2])
if patience >= 0 and at - now > patience then return math.ceil(at - now) end
for n = 1, #KEYS / 2 do take(KEYS[2 * n - 1], at, tonumber(ARGV[2 * n + 2]), now, ARGV[1]) end
return math.ceil(at - now)
"""
)

# KEYS taken held last among   ARGV name allowed within_ms   → 0: taken; else ms until it is worth asking again
# One place is kept for each member of `among`; what is left is spread evenly.
SPARE = (
    _NEXT
    + """
local taken, held, last, among = unpack(KEYS)
local allowed, within, now = tonumber(ARGV[2]), tonumber(ARGV[3]), now()
local spare = allowed - redis.call('ZCOUNT', among, now, '+inf')
if spare < 1 then return math.ceil(within / 10) end
local at = next_place(taken, held, spare, within, now)
local before = redis.call('GET', last)
if before then at = math.max(at, tonumber(before) + within / spare) end
if at > now then return math.ceil(at - now) end
take(taken, now, within, now, ARGV[1])
redis.call('SET', last, now, 'PX', math.ceil(within))
return 0
"""
)

# KEYS held   ARGV ms metered_ms
HOLD = (
    NOW
    + """
local until_ = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now() + ARGV[1])
redis.call('SET', KEYS[1], until_, 'PX', math.ceil(until_ - now() + ARGV[2]))
"""
)

# KEYS held   → ms for which a refusal still closes the bucket
HELD = NOW + "return math.max(math.ceil(tonumber(redis.call('GET', KEYS[1]) or 0) - now()), 0)"

# KEYS group   ARGV member most ms   → 1 when it is in the group (for so long, unless it comes again)
JOIN = (
    NOW
    + """
local now = now()
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1
"""
)

# KEYS group   ARGV member ms
LEAVE = NOW + "return redis.call('ZADD', KEYS[1], 'XX', now() + ARGV[2], ARGV[1])"


@dataclass(frozen=True, slots=True)
class Places:
    """The buckets, by name; `allowed` calls in any `within` seconds. Every method may raise Unavailable."""

    client: Client
    keys: Keys

    async def reserve(self, buckets: Sequence[tuple[str, int, float]], patience: float | None = None) -> float:
        """Take the next place in all of these buckets; the seconds until it has come. None is taken if that would be
        more than `patience`."""
        keys = [key for name, _, _ in buckets for key in (self.keys.pace(name), self.keys.held(name))]
        rates = [ms for _, allowed, within in buckets for ms in (allowed, int(within * 1000))]
        most = -1 if patience is None else int(patience * 1000)
        return float(await self.client.run(RESERVE, keys, [uuid.uuid4().hex, most, *rates])) / 1000

    async def spare(self, name: str, allowed: int, within: float, *, among: str) -> float:
        """0.0: a place is taken, now. Otherwise none was to spare, and it is worth asking again after so many seconds.

        One place in `within` is kept for each member of the group `among`.
        """
        keys = [self.keys.pace(name), self.keys.held(name), self.keys.spared(name), self.keys.group(among)]
        args: list[str | int] = [uuid.uuid4().hex, allowed, int(within * 1000)]
        return float(await self.client.run(SPARE, keys, args)) / 1000

    async def hold(self, name: str, seconds: float) -> None:
        """Slack has refused a call and wants us to wait: nobody uses this bucket so long."""
        await self.client.run(HOLD, [self.keys.held(name)], [int(seconds * 1000), METERED_FOR * 1000])

    async def held(self, name: str) -> float:
        """Seconds for which a refusal still closes the bucket; mostly 0."""
        return float(await self.client.run(HELD, [self.keys.held(name)], [])) / 1000

    async def join(self, group: str, member: str, most: int, seconds: float) -> bool:
        """Be one of at most `most` members, for so long; False when there are as many already."""
        return bool(await self.client.run(JOIN, [self.keys.group(group)], [member, most, int(seconds * 1000)]))

    async def leave(self, group: str, member: str, seconds: float = 0.0) -> None:
        """Its place is free again after so many seconds."""
        await self.client.run(LEAVE, [self.keys.group(group)], [member, int(seconds * 1000)])
