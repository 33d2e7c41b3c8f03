"""Which replicas listen, and when nobody did last: in Redis, for all."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from bot.store.client import Client
from bot.store.keys import shared
from bot.store.script import Key, Script

ALIVE_FOR = 5  # seconds after its last sign that a replica counts as listening


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sign(Script[tuple[float, float]]):
    """From when to when nobody listened last, in seconds. `replica` listens; '' only asks."""

    listening: Key
    replica: str
    alive_for: int

    LUA = """
local t = redis.call('TIME')
local now, last, alive = t[1] + t[2] / 1000000, 0, false
if replica ~= '' then
  local all = redis.call('HGETALL', listening)
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 1) == '/' then
      local at = tonumber(all[i + 1]) or 0
      last = math.max(last, at)
      if at > now - alive_for then alive = true else redis.call('HDEL', listening, all[i]) end
    end
  end
  last = math.max(last, tonumber(redis.call('HGET', listening, 'left')) or 0)
  if not alive then
    redis.call('HSET', listening, 'since', string.format('%.6f', last), 'until', string.format('%.6f', now))
  end
  redis.call('HSET', listening, '/' .. replica, string.format('%.6f', now))
end
return {redis.call('HGET', listening, 'since') or '0', redis.call('HGET', listening, 'until') or '0'}
"""

    def reply(self, raw: Any) -> tuple[float, float]:
        since, until = raw
        return float(since), float(until)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leave(Script[int]):
    listening: Key
    replica: str

    LUA = """
local t = redis.call('TIME')
redis.call('HSET', listening, 'left', string.format('%.6f', t[1] + t[2] / 1000000))
return redis.call('HDEL', listening, '/' .. replica)
"""


@dataclass(frozen=True, slots=True)
class Presence:
    """One replica's. `listens`: it takes in what Slack tells."""

    client: Client
    prefix: str
    listens: bool
    replica: str = field(default_factory=lambda: uuid.uuid4().hex)

    async def sign(self) -> tuple[float, float]:
        """We are here. From when to when nobody was, in seconds since 1970; 0.0 if that never was so."""
        replica = self.replica if self.listens else ""
        script = _Sign(listening=shared(self.prefix, "listening"), replica=replica, alive_for=ALIVE_FOR)
        return await self.client.call(script)

    async def leave(self) -> None:
        if self.listens:
            await self.client.call(_Leave(listening=shared(self.prefix, "listening"), replica=self.replica))
