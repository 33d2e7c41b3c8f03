"""What Redis does in one step each where somebody asks about a turn, or for one. The rules of `scripts.py` hold here
too."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.store.script import Key, Script
from bot.store.scripts import DECODED, NOW, READY


class Remembered(NamedTuple):
    """`record` is JSON or ''; `messages` are JSON, '' for one that was deleted."""

    record: str
    messages: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop(Script[int]):
    """1; 0 when nothing, or not the turn that answers `newest`, runs or waits there."""

    state: Key
    stops: Key
    leases: Key
    turn: Key
    thread: str
    newest: str | None

    LUA = (
        NOW
        + """
local at = redis.call('HGET', state, thread)
if not at then return 0 end
if newest ~= '' and redis.call('HGET', turn, 'newest') ~= newest then return 0 end
redis.call('HSETNX', stops, thread, 'asked')
if at == 'later' then redis.call('ZADD', leases, now(), thread) end
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class About(Script[Remembered]):
    """The finished turn `newest`, if one is named, and what the running or the next turn answers."""

    said: Key
    waiting: Key
    turn: Key
    turns: Key
    newest: str | None

    LUA = (
        DECODED
        + """
local members = texts(decoded(redis.call('HGET', turn, 'batch')))
if #members == 0 then members = redis.call('ZRANGE', waiting, 0, -1) end
local messages = {}
for i, member in ipairs(members) do
  messages[i] = redis.call('ZSCORE', waiting, member) and redis.call('HGET', said, member) or ''
end
return {redis.call('HGET', turns, newest) or '', messages}
"""
    )

    def reply(self, raw: Any) -> Remembered:
        return Remembered(*raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted(Script[list[str]]):
    """Two texts: what the running turn has posted, if it is this one, and the record of the finished one. Either may be
    ''."""

    turn: Key
    turns: Key
    newest: str

    LUA = """
local running = redis.call('HGET', turn, 'newest') == newest and redis.call('HGET', turn, 'posted')
return {running or '', redis.call('HGET', turns, newest) or ''}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again(Script[str]):
    """'ready', 'busy' (a turn runs or waits), 'old' (there is a newer one) or 'unknown'.

    The batch goes back to where it waited, and the new turn begins with the messages that the old one had posted.
    """

    state: Key
    ready: Key
    wake: Key
    said: Key
    waiting: Key
    heard: Key
    past: Key
    turn: Key
    turns: Key
    aside: Key
    thread: str
    newest: str
    keep_for: int
    passes: bool
    model: str

    LUA = (
        READY
        + DECODED
        + """
if redis.call('HEXISTS', state, thread) == 1 then return 'busy' end
local record = redis.call('HGET', turns, newest)
if not record then return 'unknown' end
if redis.call('HGET', turns, 'last') ~= newest then return 'old' end
record = decoded(record)
local members, back, asked = {}, {}, false
for kind, set in pairs({asked = waiting, heard = heard}) do
  for _, member in ipairs(texts(record[kind])) do
    local score = redis.call('ZSCORE', past, member)
    if score then
      members[#members + 1] = member
      back[#back + 1] = {set, score, member}
    end
    if score and kind == 'asked' then asked = true end
  end
end
if not asked then return 'unknown' end
for _, one in ipairs(back) do
  redis.call('ZREM', past, one[3])
  redis.call('ZADD', one[1], one[2], one[3])
end
redis.call('ZREM', past, newest .. '/answer')
redis.call('HDEL', said, newest .. '/answer')
redis.call('ZREM', aside, thread .. '/' .. newest)
redis.call('DEL', turn)
local posted = #texts(record.posted) > 0 and cjson.encode(texts(record.posted)) or '[]'
redis.call('HSET', turn, 'batch', cjson.encode(members), 'newest', newest, 'posted', posted, 'again', 1)
redis.call('HSET', turn, 'passes', passes and 1 or 0, 'model', model)
for _, key in ipairs({said, waiting, heard, turn}) do redis.call('EXPIRE', key, keep_for) end
make_ready(state, ready, wake, thread, 'RPUSH')
return 'ready'
"""
    )
