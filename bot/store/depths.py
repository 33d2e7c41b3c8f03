"""How much waits, in the queue that all processes share."""

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.conversation.ids import ThreadKey, is_ts
from bot.store.client import Client
from bot.store.keys import Keys, QueueKeys
from bot.store.line import LINE
from bot.store.script import Key, Script
from bot.store.scripts import NOW

MOST_LOOKED_AT = 1000  # channels


class _Depths(NamedTuple):
    """How many threads are ready, running and later; how many turns are set aside, and how many hold something of a
    budget; the threads that are next in their channels."""

    ready: int
    running: int
    later: int
    aside: int
    holds: int
    next: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count(Script[_Depths]):
    state: Key
    ready: Key
    line: Key
    aside: tuple[Key, ...]
    due: tuple[Key, ...]
    most: int

    LUA = (
        NOW
        + LINE
        + """
local found = {ready = 0, running = 0, later = 0}
for _, value in ipairs(redis.call('HVALS', state)) do
  local name = found[value] and value or 'running'
  found[name] = found[name] + 1
end
local put_aside = 0
for _, key in ipairs(aside) do put_aside = put_aside + redis.call('ZCARD', key) end
local holds, at = 0, now()
for _, key in ipairs(due) do holds = holds + redis.call('ZCOUNT', key, at, '+inf') end
local heads = {redis.call('LINDEX', ready, 0) or nil}
for _, name in ipairs(redis.call('ZRANGE', line, '[channels/', '(channels0', 'BYLEX', 'LIMIT', 0, most)) do
  local team, channel = string.match(name, '^channels/([^/]*)/%d*/(.*)$')
  local ring = 'threads/' .. team .. '/' .. channel .. '/'
  local head = first(line, ring)
  if head then heads[#heads + 1] = who(head, ring) end
end
return {found.ready, found.running, found.later, put_aside, holds, heads}
"""
    )

    def reply(self, raw: Any) -> _Depths:
        return _Depths(*raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class _First(Script[list[str]]):
    """The oldest messages that wait there."""

    waiting: tuple[Key, ...]

    LUA = """
local found = {}
for _, key in ipairs(waiting) do found[#found + 1] = redis.call('ZRANGE', key, 0, 0)[1] end
return found
"""


async def read(client: Client, prefix: str, workspaces: Collection[str]) -> Mapping[str, float]:
    """By state; "holds" are of budgets; "oldest" is how many seconds ago the oldest question of those threads was sent
    that are next in their channels. May raise Unavailable and Unreadable."""
    queue = QueueKeys(prefix)
    own = [Keys(prefix, workspace) for workspace in workspaces]
    aside, due = tuple(keys.aside for keys in own), tuple(keys.due for keys in own)
    count = _Count(state=queue.state, ready=queue.ready, line=queue.line, aside=aside, due=due, most=MOST_LOOKED_AT)
    found = await client.call(count, repairing=False)
    numbers = {name: float(getattr(found, name)) for name in ("ready", "running", "later", "aside", "holds")}
    return {**numbers, "oldest": await _oldest(client, prefix, found.next)}


async def _oldest(client: Client, prefix: str, names: Iterable[str]) -> float:
    threads = [thread for thread in map(ThreadKey.parsed, names) if thread]
    if not threads:
        return 0.0
    waiting = tuple(Keys(prefix, thread.workspace).waiting(thread) for thread in threads)
    sent = [float(ts) for ts in await client.call(_First(waiting=waiting), repairing=False) if is_ts(ts)]
    return max(time.time() - min(sent, default=time.time()), 0.0)
