"""What Redis does for the threads of programs in one step each. The rules of `scripts.py` hold here too."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.store.script import Key, Script

MICROS = """
local function micros() local t = redis.call('TIME') return t[1] * 1000000 + t[2] end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Create(Script[list[str]]):
    """The thread's fields and values. One that is there already stays as it is."""

    api: Key
    owned: Key
    guid: str
    owner: str
    code: str
    title: str
    keep_for: int

    LUA = (
        MICROS
        + """
if redis.call('EXISTS', api) == 0 then
  local last = redis.call('ZREVRANGE', owned, 0, 0, 'WITHSCORES')[2] or 0
  local at = string.format('%.0f', math.max(micros(), last + 1))
  redis.call('HSET', api, 'owner', owner, 'code', code, 'title', title, 'at', at)
  redis.call('ZADD', owned, at, guid)
end
redis.call('EXPIRE', api, keep_for)
redis.call('EXPIRE', owned, keep_for)
return redis.call('HGETALL', api)
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Guids(Script[list[str]]):
    """Of a token's threads, newest first: guid, time, …"""

    owned: Key
    below: str
    most: int

    LUA = "return redis.call('ZREVRANGEBYSCORE', owned, below, '-inf', 'WITHSCORES', 'LIMIT', 0, most)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed(Script[None]):
    """Nobody remembers these any more."""

    owned: Key
    guids: tuple[str, ...]

    LUA = "for _, guid in ipairs(guids) do redis.call('ZREM', owned, guid) end"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadThreads(Script[list[list[str]]]):
    """The fields and values of each; empty for one that is not there."""

    threads: tuple[Key, ...]

    LUA = """
local found = {}
for n, key in ipairs(threads) do found[n] = redis.call('HGETALL', key) end
return found
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(Script[int]):
    """1; 0 when it is not there."""

    api: Key
    title: str

    LUA = """
if redis.call('EXISTS', api) == 0 then return 0 end
redis.call('HSET', api, 'title', title)
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Script[str]):
    """The `ts` of the next message; '' when the thread is not there. `kept` is asked first where it `may_repeat`."""

    api: Key
    owned: Key
    entries: Key
    kept: Key
    may_repeat: bool
    keep_for: int

    LUA = (
        MICROS
        + """
if redis.call('EXISTS', api) == 0 then return '' end
local at = may_repeat and tonumber(redis.call('HGET', kept, 'place') or '')
if not at then
  at = math.max(micros(), (redis.call('ZREVRANGE', entries, 0, 0, 'WITHSCORES')[2] or 0) + 1)
  if may_repeat then redis.call('HSET', kept, 'place', string.format('%.0f', at)) end
end
local ts = string.format('%.0f.%06.0f', math.floor(at / 1000000), at % 1000000)
redis.call('ZADD', entries, string.format('%.0f', at), ts)
for _, key in ipairs({api, owned, entries}) do redis.call('EXPIRE', key, keep_for) end
return ts
"""
    )


class Found(NamedTuple):
    """`texts` has one place for each of `places`: a message, or what is shown of an answer; `waiting` likewise: 1 for
    a message that waits. `records` are field, value, … of all turns. `refusal` may be ''. All of it JSON."""

    places: list[str]
    texts: list[str]
    waiting: list[int]
    records: list[str]
    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Script[Found]):
    """All that stands in a thread."""

    entries: Key
    said: Key
    waiting: Key
    turns: Key
    shown: Key

    LUA = """
local places = redis.call('ZRANGE', entries, 0, -1)
local texts, waits = {}, {}
for n, place in ipairs(places) do
  local newest = string.match(place, '^(.*)/answer$')
  texts[n] = redis.call('HGET', newest and shown or said, newest or place) or ''
  waits[n] = not newest and redis.call('ZSCORE', waiting, place) and 1 or 0
end
return {places, texts, waits, redis.call('HGETALL', turns), redis.call('HGET', shown, 'refusal') or ''}
"""

    def reply(self, raw: Any) -> Found:
        return Found(*raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget(Script[int]):
    """What makes it a thread of a program's."""

    api: Key
    owned: Key
    entries: Key
    shown: Key
    draft: Key
    guid: str

    LUA = """
redis.call('ZREM', owned, guid)
return redis.call('DEL', api, entries, shown, draft)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grow(Script[int]):
    """1; 0 when the turn is not ours, 2 when another draft stands there. `anew`: this one takes its place. Nothing is
    kept of a thread that was forgotten."""

    state: Key
    api: Key
    draft: Key
    thread: str
    token: str
    head: str
    piece: str
    anew: bool
    keep_for: int

    LUA = """
if redis.call('HGET', state, thread) ~= token then return 0 end
if redis.call('EXISTS', api) == 0 then return 1 end
if anew then
  redis.call('DEL', draft)
  redis.call('RPUSH', draft, head)
elseif redis.call('LINDEX', draft, 0) ~= head then
  return 2
end
redis.call('RPUSH', draft, piece)
redis.call('EXPIRE', draft, keep_for)
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Show(Script[int]):
    """1; 0 when the turn is not ours. `shown` gets JSON that begins with its time: `{"at":`, then `rest`. Nothing is
    kept of a thread that was forgotten."""

    state: Key
    api: Key
    draft: Key
    entries: Key
    shown: Key
    thread: str
    token: str
    newest: str
    rest: str
    most: int
    keep_for: int

    LUA = (
        MICROS
        + """
if redis.call('HGET', state, thread) ~= token then return 0 end
if redis.call('EXISTS', api) == 0 then return 1 end
local at = math.max(micros(), (redis.call('ZREVRANGE', entries, 0, 0, 'WITHSCORES')[2] or 0) + 1)
at = string.format('%.0f', at)
redis.call('HSET', shown, newest, '{"at":' .. at .. rest)
redis.call('ZADD', entries, at, newest .. '/answer')
redis.call('DEL', draft)
for _, old in ipairs(redis.call('ZRANGE', entries, 0, -1 - most)) do
  redis.call('ZREM', entries, old)
  redis.call('HDEL', shown, (string.gsub(old, '/answer$', '')))
end
redis.call('EXPIRE', entries, keep_for)
redis.call('EXPIRE', shown, keep_for)
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAway(Script[int]):
    """1; 0 when the turn is not ours."""

    state: Key
    draft: Key
    entries: Key
    shown: Key
    thread: str
    token: str
    newest: str

    LUA = """
if redis.call('HGET', state, thread) ~= token then return 0 end
redis.call('DEL', draft)
redis.call('ZREM', entries, newest .. '/answer')
redis.call('HDEL', shown, newest)
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands(Script[int]):
    """Whether something of this turn's answer stands there: 1 or 0."""

    draft: Key
    shown: Key
    newest: str

    LUA = """
if redis.call('HEXISTS', shown, newest) == 1 then return 1 end
local head = redis.call('LINDEX', draft, 0)
return head and string.sub(head, 1, #newest + 1) == newest .. '/' and 1 or 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse(Script[int]):
    """Keeps why somebody was not answered."""

    shown: Key
    refusal: str
    keep_for: int

    LUA = """
redis.call('HSET', shown, 'refusal', refusal)
return redis.call('EXPIRE', shown, keep_for)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Script[list[list[Any]]]):
    """Of each thread: the messages that wait, the number of entries, the head of its draft ('' for none), and of the
    draft's pieces those that are not known: all, if it is another draft.

    All fields have one place for each thread; `known` counts the pieces of the draft with the head `heads`.
    """

    waiting: tuple[Key, ...]
    entries: tuple[Key, ...]
    drafts: tuple[Key, ...]
    heads: tuple[str, ...]
    known: tuple[int, ...]

    LUA = """
local found = {}
for n, draft in ipairs(drafts) do
  local head = redis.call('LINDEX', draft, 0) or ''
  local from = head == heads[n] and known[n] + 1 or 1
  local pieces = head ~= '' and redis.call('LRANGE', draft, from, -1) or {}
  local waits = redis.call('ZRANGE', waiting[n], 0, -1)
  found[n] = {waits, redis.call('ZCARD', entries[n]), head, pieces}
end
return found
"""
