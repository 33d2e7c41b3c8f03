"""How often somebody may ask, and how many of their questions are answered at once: in Redis.

N at once are let through, then one each 60/N seconds (GCRA: one number, the time at which all is as if nothing had been
asked). Whoever takes a turn over, or tries it again, is the same turn and is not counted twice.
"""

import uuid
from dataclasses import dataclass

from bot.store.client import Client
from bot.store.keys import Keys
from bot.store.script import Key, Script
from bot.store.scripts import NOW
from bot.turns.state import Turn
from bot.usage.limits import Busy, Fuse, FuseBlown, Soon


@dataclass(frozen=True, slots=True, kw_only=True)
class Enter(Script[list[int]]):
    """{0}; {1; ms to wait} where somebody has asked too often; {2} where too many of their questions are answered.
    Nothing is written unless it is let through. `turn` remembers that it was counted; without a `thread` there is
    none."""

    turn: Key
    minute: Key
    running: Key
    thread: str
    op: str
    per_minute: int
    most: int
    ttl_ms: int

    LUA = (
        NOW
        + """
local at = now()
redis.call('ZREMRANGEBYSCORE', running, '-inf', at)
if most > 0 and not redis.call('ZSCORE', running, op) and redis.call('ZCARD', running) >= most then return {2} end
local counted = thread ~= '' and redis.call('HGET', turn, 'counted')
if per_minute > 0 and not counted then
  local gap = 60000 / per_minute
  local due = math.max(tonumber(redis.call('GET', minute) or '') or 0, at)
  local wait = due - at - (per_minute - 1) * gap
  if wait > 0 then return {1, math.ceil(wait)} end
  redis.call('SET', minute, string.format('%.0f', due + gap), 'PX', string.format('%.0f', due + gap - at + 1000))
  if thread ~= '' then redis.call('HSET', turn, 'counted', 1) end
end
if most > 0 then
  redis.call('ZADD', running, at + ttl_ms, op)
  redis.call('PEXPIRE', running, ttl_ms + 1000)
end
return {0}
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Script[int]):
    """One of somebody's questions is answered no more."""

    running: Key
    op: str

    LUA = "return redis.call('ZREM', running, op)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Script[list[int]]):
    """{0}, and the request is counted; or {1; ms when it goes on; 1 if nobody was told}. `burnt` has calls and cost by
    minute, of the last hour."""

    burnt: Key
    blown: Key
    calls: int
    cost: int

    LUA = (
        NOW
        + """
local at = now()
local minute, minutes, sums = math.floor(at / 60000), {}, {calls = 0, cost = 0}
local all = redis.call('HGETALL', burnt)
for n = 1, #all, 2 do
  local when, what = string.match(all[n], '^(%d+):(%a+)$')
  when = tonumber(when or '') or 0
  if when <= minute - 60 or not sums[what] then
    redis.call('HDEL', burnt, all[n])
  else
    local amount = tonumber(all[n + 1]) or 0
    sums[what] = sums[what] + amount
    minutes[#minutes + 1] = {when, what, amount}
  end
end
local function over() return (calls > 0 and sums.calls >= calls) or (cost > 0 and sums.cost >= cost) end
if over() then
  table.sort(minutes, function(one, other) return one[1] < other[1] end)
  local last = minute
  for _, each in ipairs(minutes) do
    if not over() then break end
    sums[each[2]], last = sums[each[2]] - each[3], each[1]
  end
  local ends = (last + 60) * 60000
  local first = redis.call('SET', blown, 1, 'NX', 'PX', math.max(ends - at, 1000))
  return {1, ends, first and 1 or 0}
end
redis.call('HINCRBY', burnt, minute .. ':calls', 1)
redis.call('EXPIRE', burnt, 7200)
return {0}
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift(Script[int]):
    """1; 0 where it has not blown, and nothing is changed."""

    burnt: Key
    blown: Key

    LUA = """
if redis.call('DEL', blown) == 0 then return 0 end
redis.call('DEL', burnt)
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burn(Script[int]):
    """1; 0 when it was counted before."""

    burnt: Key
    booked: Key
    cost: int
    booked_for: int

    LUA = (
        NOW
        + """
if not redis.call('SET', booked, 1, 'NX', 'EX', booked_for) then return 0 end
redis.call('HINCRBY', burnt, math.floor(now() / 60000) .. ':cost', cost)
redis.call('EXPIRE', burnt, 7200)
return 1
"""
    )


@dataclass(frozen=True, slots=True)
class RedisTurnLimits:
    """See `ports.TurnLimits`. `hold_for` in seconds: longer than any turn."""

    client: Client
    keys: Keys
    hold_for: float

    async def enter(
        self, name: str, person: str, per_minute: int, at_once: int, turn: Turn | None = None
    ) -> Soon | Busy | None:
        k, thread = self.keys, turn.batch.thread if turn else None
        script = Enter(
            turn=k.turn(thread) if thread else k.booked(name),
            minute=k.minute(person),
            running=k.running(person),
            thread=str(thread or ""),
            op=name,
            per_minute=per_minute,
            most=at_once,
            ttl_ms=int(self.hold_for * 1000),
        )
        match await self.client.call(script):
            case [1, wait]:
                return Soon(wait / 1000)
            case [2]:
                return Busy()
        return None

    async def fuse(self, fuse: Fuse) -> FuseBlown | None:
        script = Check(burnt=self.keys.burnt, blown=self.keys.blown, calls=fuse.calls, cost=fuse.cost)
        match await self.client.call(script):
            case [1, ends, first]:
                return FuseBlown(ends / 1000, bool(first))
        return None

    async def lift(self) -> bool:
        return await self.client.call(Lift(burnt=self.keys.burnt, blown=self.keys.blown)) == 1

    async def burn(self, name: str, cost: int) -> None:
        booked = self.keys.booked(f"burnt/{name}/{uuid.uuid4().hex[:12]}")
        await self.client.call(Burn(burnt=self.keys.burnt, booked=booked, cost=cost, booked_for=600))

    async def leave(self, name: str, person: str) -> None:
        await self.client.call(Leave(running=self.keys.running(person), op=name))
