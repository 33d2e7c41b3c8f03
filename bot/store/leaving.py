"""What becomes of a workspace's questions when the app is uninstalled: nobody claims them, and turns under way end."""

from dataclasses import dataclass

from bot.store.client import Client
from bot.store.keys import QueueKeys
from bot.store.script import Key, Script

LEAVE = """
local function ours(thread) return string.match(thread, '^[^/]*/([^/]*)/') == workspace end
for _, thread in ipairs(redis.call('HKEYS', state)) do
  if ours(thread) then redis.call('HDEL', state, thread) end
end
for _, thread in ipairs(redis.call('HKEYS', stops)) do
  if ours(thread) then redis.call('HDEL', stops, thread) end
end
for _, thread in ipairs(redis.call('ZRANGE', leases, 0, -1)) do
  if ours(thread) then redis.call('ZREM', leases, thread) end
end
for _, thread in ipairs(redis.call('LRANGE', ready, 0, -1)) do
  if ours(thread) then redis.call('LREM', ready, 0, thread) end
end
for _, name in ipairs(redis.call('ZRANGE', line, 0, -1)) do
  local team = string.match(name, '^teams/%d*/(.*)$') or string.match(name, '^%l*/([^/]*)/')
  if team == workspace then redis.call('ZREM', line, name) end
end
"""
"""Takes all that is the `workspace`'s out of the queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leave(Script[None]):
    state: Key
    ready: Key
    line: Key
    leases: Key
    stops: Key
    workspace: str

    LUA = LEAVE


async def leave_queue(client: Client, prefix: str, workspace: str) -> None:
    """Whoever has a turn of it under way learns that it is no longer theirs. May raise Unavailable."""
    keys = QueueKeys(prefix)
    script = _Leave(
        state=keys.state,
        ready=keys.ready,
        line=keys.line,
        leases=keys.leases,
        stops=keys.stops,
        workspace=workspace,
    )
    await client.call(script)
