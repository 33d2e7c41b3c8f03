"""What Redis does so that what is kept of people can be looked through and removed. The rules of `scripts.py` hold
here too."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.store.leaving import LEAVE
from bot.store.script import Key, Script
from bot.store.scripts import DECODED, UNREAD

# Whether an id stands in a text as a whole, and the text with another one in its place.
WHOLE = """
local function has(value, id)
  local from = 1
  while true do
    local first, last = string.find(value, id, from, true)
    if not first then return false end
    local before, after = string.sub(value, first - 1, first - 1), string.sub(value, last + 1, last + 1)
    if (first == 1 or not string.find(before, '[%w_-]')) and not string.find(after, '[%w_-]') then return true end
    from = last + 1
  end
end
"""


class Contents(NamedTuple):
    """Hashes as field, value, …"""

    said: list[str]
    waiting: list[str]
    turns: list[str]
    votes: list[str]
    busy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan(Script[tuple[str, list[str]]]):
    """The next cursor, and some keys that match. `at` is any key of ours."""

    at: Key
    cursor: str
    pattern: str
    some: int

    LUA = "return redis.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', some)"

    def reply(self, raw: Any) -> tuple[str, list[str]]:
        cursor, keys = raw
        return str(cursor), keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming(Script[list[int]]):
    """The places, from 1, of the threads in which an id stands; `said`, `turns` and `votes` have one place for each."""

    said: tuple[Key, ...]
    turns: tuple[Key, ...]
    votes: tuple[Key, ...]
    id: str

    LUA = (
        WHOLE
        + """
local function names(key)
  if redis.call('TYPE', key).ok ~= 'hash' then return false end
  for _, part in ipairs(redis.call('HGETALL', key)) do
    if has(part, id) then return true end
  end
  return false
end
local found = {}
for i = 1, #said do
  if names(said[i]) or names(turns[i]) or names(votes[i]) then found[#found + 1] = i end
end
return found
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Script[Contents]):
    """All that is known of a thread."""

    state: Key
    said: Key
    waiting: Key
    turns: Key
    votes: Key
    thread: str

    LUA = """
return {
  redis.call('HGETALL', said), redis.call('ZRANGE', waiting, 0, -1), redis.call('HGETALL', turns),
  redis.call('HGETALL', votes), redis.call('HEXISTS', state, thread)
}
"""

    def reply(self, raw: Any) -> Contents:
        return Contents(*raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove(Script[int]):
    """How many messages were removed; answers that are given again go with them. One that waits for an answer
    meanwhile stays. `changed` and `texts` have one place for each message that becomes another; what is there no more
    is left out."""

    said: Key
    waiting: Key
    heard: Key
    past: Key
    turns: Key
    votes_of: Key
    answers: Key
    entries: Key
    shown: Key
    members: tuple[str, ...]
    changed: tuple[str, ...]
    texts: tuple[str, ...]
    votes: tuple[str, ...]
    keep_for: int

    LUA = (
        UNREAD
        + """
local removed = 0
for _, member in ipairs(members) do
  if not redis.call('ZSCORE', waiting, member) then
    for _, set in ipairs({heard, past, entries}) do redis.call('ZREM', set, member) end
    redis.call('HDEL', shown, (string.match(member, '^(.*)/answer$') or ''))
    removed = removed + redis.call('HDEL', said, member)
  end
end
for i, member in ipairs(changed) do
  if redis.call('HEXISTS', said, member) == 1 then redis.call('HSET', said, member, texts[i]) end
end
for _, vote in ipairs(votes) do redis.call('HDEL', votes_of, vote) end
if removed > 0 then
  redis.call('DEL', answers)
  read_no_further_back(turns, keep_for)
end
return removed
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveThread(Script[int]):
    """1; 0 when a turn runs or waits there. `gone` are all keys of the thread."""

    state: Key
    turns: Key
    aside: Key
    reasons: Key
    gone: tuple[Key, ...]
    thread: str
    keep_for: int

    LUA = (
        UNREAD
        + """
if redis.call('HEXISTS', state, thread) == 1 then return 0 end
for _, newest in ipairs(redis.call('HKEYS', turns)) do
  for _, set in ipairs({aside, reasons}) do redis.call('ZREM', set, thread .. '/' .. newest) end
end
redis.call('DEL', unpack(gone))
read_no_further_back(turns, keep_for)
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shorten(Script[int]):
    """How many messages were too old, and are gone.

    No key of a thread lives longer than `keep_for` seconds from now, or than `waits_for` while something waits there;
    with `hold`, none less long. With `dated`, nothing stays that was said longer ago. The thread's persona may want
    less.
    """

    state: Key
    said: Key
    waiting: Key
    heard: Key
    past: Key
    turns: Key
    votes: Key
    answers: Key
    entries: Key
    shown: Key
    chosen: Key
    all: tuple[Key, ...]
    thread: str
    keep_for: int
    waits_for: int
    dated: bool
    hold: bool

    LUA = (
        DECODED
        + """
local own = not hold and tonumber(decoded(redis.call('GET', chosen)).keep)
if own and own < keep_for then keep_for, dated = own, true end
local life = keep_for
if not dated and redis.call('EXISTS', waiting) == 1 then life = math.max(life, waits_for) end
for _, key in ipairs(all) do
  local left = redis.call('TTL', key)
  if left > life or (hold and left >= 0) then redis.call('EXPIRE', key, life) end
end
if not dated then return 0 end
local t, removed = redis.call('TIME'), 0
local function is_old(name)
  local seconds = string.match(name, '^(%d+)%.?%d*')
  return seconds and tonumber(seconds) < t[1] - keep_for
end
local busy = redis.call('HEXISTS', state, thread) == 1
for _, member in ipairs(redis.call('HKEYS', said)) do
  if is_old(member) and not (busy and redis.call('ZSCORE', waiting, member)) then
    for _, set in ipairs({waiting, heard, past}) do redis.call('ZREM', set, member) end
    removed = removed + redis.call('HDEL', said, member)
  end
end
for _, key in ipairs({turns, votes, shown}) do
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if is_old(field) then redis.call('HDEL', key, field) end
  end
end
redis.call('ZREMRANGEBYSCORE', entries, '-inf', (t[1] - keep_for) * 1000000)
if removed > 0 then redis.call('DEL', answers) end
return removed
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions(Script[list[str]]):
    """What of a key names an id, or all of it without one: of a hash field, value, …; of a list the entries."""

    key: Key
    id: str

    LUA = (
        WHOLE
        + """
local kind, found = redis.call('TYPE', key).ok, {}
local all = kind == 'hash' and redis.call('HGETALL', key) or kind == 'list' and redis.call('LRANGE', key, 0, -1) or {}
local step = kind == 'hash' and 2 or 1
for i = 1, #all, step do
  if id == '' or has(all[i], id) or (step == 2 and has(all[i + 1], id)) then
    for n = i, i + step - 1 do found[#found + 1] = all[n] end
  end
end
return found
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(Script[int]):
    """Put another id in the place of one: `fields` of a hash become `new_fields` with `values`, where they are as they
    were read; `entries` of a list become `values`. 1; 0 where something has changed since, and is to be read again."""

    key: Key
    fields: tuple[str, ...]
    before: tuple[str, ...]
    new_fields: tuple[str, ...]
    values: tuple[str, ...]

    LUA = """
if redis.call('TYPE', key).ok == 'list' then
  local at, done = {}, 1
  for i, entry in ipairs(redis.call('LRANGE', key, 0, -1)) do at[entry] = i - 1 end
  for i, entry in ipairs(before) do
    if at[entry] then redis.call('LSET', key, at[entry], values[i]) else done = 0 end
  end
  return done
end
for i, field in ipairs(fields) do
  if redis.call('HGET', key, field) ~= before[i] then return 0 end
end
for i, field in ipairs(fields) do
  redis.call('HDEL', key, field)
  redis.call('HSET', key, new_fields[i], values[i])
end
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstContact(Script[int]):
    """1, and it is noted when; 0 if it was before."""

    told: Key
    user: str

    LUA = "return redis.call('HSETNX', told, user, redis.call('TIME')[1])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve(Script[int]):
    """0, and it is taken for so many seconds; or the ms until it may be taken."""

    key: Key
    seconds: int

    LUA = """
if redis.call('SET', key, 1, 'EX', seconds, 'NX') then return 0 end
return math.max(redis.call('PTTL', key), 1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete(Script[int]):
    """How many of these keys there were."""

    gone: tuple[Key, ...]

    LUA = "return redis.call('DEL', unpack(gone))"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteField(Script[int]):
    hash: Key
    field: str

    LUA = "return redis.call('HDEL', hash, field)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave(Script[None]):
    """What all workspaces share has nothing of this one any more."""

    state: Key
    ready: Key
    line: Key
    leases: Key
    stops: Key
    installations: Key
    spaces: Key
    settled: Key
    erasures: Key
    workspace: str

    LUA = (
        LEAVE
        + """
for _, member in ipairs(redis.call('ZRANGE', erasures, 0, -1)) do
  if string.sub(member, 1, #workspace + 1) == workspace .. '/' then redis.call('ZREM', erasures, member) end
end
redis.call('HDEL', installations, workspace)
if redis.call('HDEL', spaces, workspace) == 1 then redis.call('INCR', settled) end
"""
    )
