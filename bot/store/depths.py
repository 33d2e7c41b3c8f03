"""How much waits, in the queue that all processes share."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.conversation.ids import ThreadKey, is_ts
from bot.store.client import Client
from bot.store.keys import Keys, QueueKeys
from bot.store.script import Key, Script


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count(Script[list[int | str]]):
    """How many threads are ready, running and later; how many turns are set aside; the thread that is next, or ""."""

    state: Key
    ready: Key
    aside: tuple[Key, ...]

    LUA = """
local found = {ready = 0, running = 0, later = 0}
for _, value in ipairs(redis.call('HVALS', state)) do
  local name = found[value] and value or 'running'
  found[name] = found[name] + 1
end
local put_aside = 0
for _, key in ipairs(aside) do put_aside = put_aside + redis.call('ZCARD', key) end
return {found.ready, found.running, found.later, put_aside, redis.call('LINDEX', ready, 0) or ''}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _First(Script[list[str]]):
    """The oldest message that waits there, if any."""

    waiting: Key

    LUA = "return redis.call('ZRANGE', waiting, 0, 0)"


async def read(client: Client, prefix: str, workspaces: Collection[str]) -> Mapping[str, float]:
    """By state; "oldest" is how many seconds ago the oldest question of the thread that is next was sent. May raise
    Unavailable and Unreadable."""
    queue = QueueKeys(prefix)
    aside = tuple(Keys(prefix, workspace).aside for workspace in workspaces)
    *counts, thread = await client.call(_Count(state=queue.state, ready=queue.ready, aside=aside), repairing=False)
    found = dict(zip(("ready", "running", "later", "aside"), map(float, counts), strict=True))
    return {**found, "oldest": await _oldest(client, prefix, ThreadKey.parsed(str(thread)))}


async def _oldest(client: Client, prefix: str, thread: ThreadKey | None) -> float:
    if thread is None:
        return 0.0
    waiting = Keys(prefix, thread.workspace).waiting(thread)
    first = next(iter(await client.call(_First(waiting=waiting), repairing=False)), "")
    return max(time.time() - float(first), 0.0) if is_ts(first) else 0.0
