"""Threads that wait for a turn, and leases on those that have one, of all workspaces together."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from bot.conversation.ids import ThreadKey
from bot.store.client import Client
from bot.store.keys import Keys, QueueKeys
from bot.store.scripts import NOW, READY
from bot.turns.state import Lease

RENEW_AT_ONCE = 500
SAFETY = 0.8  # of the lease: our own clock stops us before Redis gives the turn to another

# The rules of `scripts.py` hold here too; only CLAIM, run twice, leaves what it had taken the first time to its lease.
# `wake` is only a hint; the truth is in `state`, `ready` and `leases`.

# KEYS ready leases state   ARGV token most lease_ms   → list of threads; the token of the i-th is `token`.i
# First those whose lease or pause has ended, then those that are ready, in the order in which they became so.
CLAIM = (
    NOW
    + """
local ready, leases, state = unpack(KEYS)
local token, most, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local at, taken = now(), {}
local function take(thread)
  taken[#taken + 1] = thread
  redis.call('HSET', state, thread, token .. '.' .. #taken)
  redis.call('ZADD', leases, at + lease, thread)
end
for _, thread in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', at, 'LIMIT', 0, most)) do take(thread) end
while #taken < most do
  local thread = redis.call('LPOP', ready)
  if not thread then break end
  if redis.call('HGET', state, thread) == 'ready' then take(thread) end
end
return taken
"""
)

# KEYS leases state   ARGV lease_ms thread token thread token …   → positions (from 1) of the pairs that are lost
RENEW = (
    NOW
    + """
local deadline, lost = now() + ARGV[1], {}
for i = 2, #ARGV, 2 do
  if redis.call('HGET', KEYS[2], ARGV[i]) == ARGV[i + 1] then
    redis.call('ZADD', KEYS[1], deadline, ARGV[i])
  else
    lost[#lost + 1] = i / 2
  end
end
return lost
"""
)

# KEYS state leases ready wake turn   ARGV thread token delay_ms counted   → 1 | 0 (not ours)
HAND_BACK = (
    NOW
    + READY
    + """
local state, leases, ready, wake, turn = unpack(KEYS)
local thread, token, delay, counted = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
if redis.call('HGET', state, thread) ~= token then return 0 end
if counted == '0' and redis.call('HGET', turn, 'token') == token then redis.call('HINCRBY', turn, 'attempt', -1) end
if delay > 0 then
  redis.call('HSET', state, thread, 'later')
  redis.call('ZADD', leases, now() + delay, thread)
else
  redis.call('ZREM', leases, thread)
  make_ready(state, ready, wake, thread, 'LPUSH')
end
return 1
"""
)

# KEYS stops   → thread, 'asked' or 'pointless', thread, …
STOPPED = "return redis.call('HGETALL', KEYS[1])"


@dataclass(frozen=True, slots=True)
class RedisQueue:
    """See `ports.Queue`. `lease` in seconds."""

    client: Client
    keys: QueueKeys
    lease: float

    async def wait(self, seconds: float) -> None:
        await self.client.pop(self.keys.wake, seconds)

    async def claim(self, most: int) -> list[Lease]:
        token, asked = uuid.uuid4().hex, time.monotonic()
        k = self.keys
        taken = await self.client.run(CLAIM, [k.ready, k.leases, k.state], [token, most, self._lease_ms])
        until = asked + self.lease * SAFETY
        return [Lease(ThreadKey.parse(thread), f"{token}.{n}", until) for n, thread in enumerate(taken, start=1)]

    async def renew(self, leases: Sequence[Lease]) -> list[Lease]:
        lost: list[Lease] = []
        for start in range(0, len(leases), RENEW_AT_ONCE):
            some = leases[start : start + RENEW_AT_ONCE]
            asked = time.monotonic()
            pairs = [text for lease in some for text in (str(lease.thread), lease.token)]
            keys = [self.keys.leases, self.keys.state]
            gone = {int(n) - 1 for n in await self.client.run(RENEW, keys, [self._lease_ms, *pairs])}
            for n, lease in enumerate(some):
                if n in gone:
                    lost.append(lease)
                else:
                    lease.until = asked + self.lease * SAFETY
        return lost

    async def hand_back(self, lease: Lease, after: float, *, counted: bool) -> None:
        k, thread = self.keys, lease.thread
        keys = [k.state, k.leases, k.ready, k.wake, Keys(k.prefix, thread.workspace).turn(thread)]
        await self.client.run(HAND_BACK, keys, [str(thread), lease.token, int(after * 1000), "1" if counted else "0"])

    async def stopped(self) -> dict[str, bool]:
        flat = await self.client.run(STOPPED, [self.keys.stops], [])
        return {thread: why == "pointless" for thread, why in zip(flat[::2], flat[1::2], strict=True)}

    @property
    def _lease_ms(self) -> int:
        return int(self.lease * 1000)
