"""Keys that hold another type than they should, so that no script can go on with them.

Such a key is removed and the script run once more. What people and the operator have decided (choices, personas, rules,
the audit) is left as it is: there the script fails, and somebody has to look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.store.keys import QueueKeys
from bot.store.line import LINE
from bot.store.script import Key, Script
from bot.store.scripts import NOW

Kind = Literal["string", "hash", "zset", "list"]
KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("seen", "held", "spared", "chosen", "asked", "booked", "exported"), "string"),
    "rate": "string",
    **dict.fromkeys(("messages", "turns", "talk", "turn", "votes", "answers", "erasing"), "hash"),
    **dict.fromkeys(("used", "lifted", "noted", "holds", "reserved", "request"), "hash"),
    **dict.fromkeys(("api", "shown", "reply"), "hash"),
    **dict.fromkeys(("waiting", "heard", "past", "aside", "pace", "group", "threads", "owned", "entries"), "zset"),
    **dict.fromkeys(("due", "running"), "zset"),
    **dict.fromkeys(("minute", "blown"), "string"),
    "burnt": "hash",
    **dict.fromkeys(("queue:state", "queue:stops"), "hash"),
    **dict.fromkeys(("queue:ready", "queue:wake", "draft"), "list"),
    **dict.fromkeys(("queue:leases", "queue:line"), "zset"),
}
"""The types of the keys that may be removed, by their names in `keys.py`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair(Script[int]):
    """How many of `keys` had another type than `kinds` says, and are gone.

    If one of them is of the queue, the others make up for it: each thread waits again, or is claimed again at once.
    """

    state: Key
    ready: Key
    line: Key
    leases: Key
    found: tuple[Key, ...]
    kinds: tuple[str, ...]

    LUA = (
        NOW
        + LINE
        + """
local gone, waits = {}, {}
for n, key in ipairs(found) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' and kind ~= kinds[n] then
    redis.call('DEL', key)
    gone[#gone + 1], gone[key] = key, true
  end
end
if not (gone[state] or gone[ready] or gone[line] or gone[leases]) then return #gone end
for _, threads in ipairs({redis.call('LRANGE', ready, 0, -1), in_line(line)}) do
  for _, thread in ipairs(threads) do waits[thread] = true end
end
if gone[state] then
  for _, thread in ipairs(redis.call('ZRANGE', leases, 0, -1)) do redis.call('HSET', state, thread, 'later') end
  for thread in pairs(waits) do redis.call('HSET', state, thread, 'ready') end
end
local all = redis.call('HGETALL', state)
for n = 1, #all, 2 do
  if all[n + 1] ~= 'ready' then
    redis.call('ZADD', leases, 'NX', now(), all[n])
  elseif not waits[all[n]] then
    redis.call('RPUSH', ready, all[n])
  end
end
return #gone
"""
    )


def repair(keys: Sequence[Key]) -> Repair | None:
    """What repairs these keys; None where none of them may be removed."""
    parted = [(key, *_parts(key)) for key in keys]
    known = {key: KINDS[name] for key, _, name in parted if name in KINDS}
    if not known:
        return None
    queue = QueueKeys(parted[0][1])
    if not known.keys().isdisjoint((queue.state, queue.ready, queue.line, queue.leases)):
        known |= {queue.state: "hash", queue.ready: "list", queue.line: "zset", queue.leases: "zset"}
    return Repair(
        state=queue.state,
        ready=queue.ready,
        line=queue.line,
        leases=queue.leases,
        found=tuple(known),
        kinds=tuple(known.values()),
    )


def _parts(key: Key) -> tuple[str, str]:
    """The prefix of a key, and its name among those of `keys.py`; '' where it has none."""
    prefix, _, rest = key.removeprefix("{").partition("}:")
    first, _, others = rest.partition(":")
    second = others.partition(":")[0]
    return prefix, f"queue:{second}" if first == "queue" else second
