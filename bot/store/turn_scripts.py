"""What Redis does for turns in one step each. The rules of `scripts.py` hold here too."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.store.script import Key, Script
from bot.store.scripts import NOW, READY


class Begun(NamedTuple):
    """`facts` are the fields of the turn. The lists have one place for each message of the batch; the text of one that
    was deleted is ''."""

    facts: dict[str, str]
    members: list[str]
    messages: list[str]
    addressed: list[int]


class Told(NamedTuple):
    """`record` is JSON or ''; `messages` are JSON, '' for one that was deleted."""

    record: str
    messages: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin(Script[Begun | None]):
    """None when the turn is not ours. The batch is fixed once, by its members; `newest` names the turn, whatever is
    deleted later."""

    state: Key
    said: Key
    waiting: Key
    heard: Key
    turn: Key
    thread: str
    token: str
    most: int
    keep_for: int

    LUA = """
if redis.call('HGET', state, thread) ~= token then return false end
if redis.call('HGET', turn, 'done') then redis.call('DEL', turn) end
if redis.call('HGET', turn, 'token') ~= token then
  redis.call('HSET', turn, 'token', token)
  redis.call('HINCRBY', turn, 'attempt', 1)
end
local batch = redis.call('HGET', turn, 'batch')
local members
if batch then
  members = cjson.decode(batch)
else
  members = redis.call('ZRANGE', waiting, 0, most - 1)
  local newest = members[#members]
  if newest then
    local until_then = redis.call('ZRANGEBYSCORE', heard, '-inf', redis.call('ZSCORE', waiting, newest))
    for _, member in ipairs(until_then) do members[#members + 1] = member end
    redis.call('HSET', turn, 'batch', cjson.encode(members), 'newest', newest)
  end
end
redis.call('EXPIRE', turn, keep_for)
local messages, addressed = {}, {}
for i, member in ipairs(members) do
  messages[i] = redis.call('HGET', said, member) or ''
  addressed[i] = redis.call('ZSCORE', waiting, member) and 1 or 0
end
return {redis.call('HGETALL', turn), members, messages, addressed}
"""

    def reply(self, raw: Any) -> Begun | None:
        if not raw:
            return None
        turn, members, messages, addressed = raw
        return Begun(dict(zip(turn[::2], turn[1::2], strict=True)), members, messages, addressed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Script[int]):
    """1; 0 when the turn is not ours."""

    state: Key
    turn: Key
    thread: str
    token: str
    field: str
    value: str

    LUA = """
if redis.call('HGET', state, thread) ~= token then return 0 end
redis.call('HSET', turn, field, value)
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish(Script[int]):
    """1; 2 when it had already landed, 0 when the turn is not ours. `charges` is JSON: field → whole number."""

    state: Key
    leases: Key
    ready: Key
    wake: Key
    said: Key
    waiting: Key
    heard: Key
    past: Key
    turn: Key
    turns: Key
    stops: Key
    aside: Key
    chosen: Key
    votes: Key
    spent: Key
    thread: str
    token: str
    keep_for: int
    done_for: int
    most_past: int
    most_aside: int
    newest: str
    answer_score: str | None
    answer: str | None
    record: str | None
    failed: bool
    charges: str
    spent_for: int
    members: tuple[str, ...]

    LUA = (
        NOW
        + READY
        + """
if redis.call('HGET', state, thread) ~= token then
  return redis.call('HGET', turn, 'done') == token and 2 or 0
end
for _, member in ipairs(members) do
  local score = redis.call('ZSCORE', waiting, member) or redis.call('ZSCORE', heard, member)
  if score and redis.call('HEXISTS', said, member) == 1 then redis.call('ZADD', past, score, member) end
  redis.call('ZREM', waiting, member)
  redis.call('ZREM', heard, member)
end
if answer ~= '' then
  redis.call('HSET', said, newest .. '/answer', answer)
  redis.call('ZADD', past, answer_score, newest .. '/answer')
end
if record ~= '' then redis.call('HSET', turns, newest, record, 'last', newest) end
if redis.call('ZCARD', past) > most_past then
  for _, member in ipairs(redis.call('ZRANGE', past, 0, -1 - math.floor(most_past / 2))) do
    redis.call('ZREM', past, member)
    redis.call('HDEL', said, member)
    redis.call('HDEL', turns, member)
  end
end
if failed then
  redis.call('ZADD', aside, now(), thread .. '/' .. newest)
  redis.call('ZREMRANGEBYSCORE', aside, '-inf', now() - keep_for * 1000)
  redis.call('ZREMRANGEBYRANK', aside, 0, -1 - most_aside)
else
  redis.call('ZREM', aside, thread .. '/' .. newest)
end
for field, amount in pairs(cjson.decode(charges)) do redis.call('HINCRBY', spent, field, amount) end
redis.call('EXPIRE', spent, spent_for)
for _, key in ipairs({said, past, waiting, heard, turns, chosen, votes}) do redis.call('EXPIRE', key, keep_for) end
redis.call('DEL', turn)
redis.call('HSET', turn, 'done', token)
redis.call('EXPIRE', turn, done_for)
redis.call('HDEL', stops, thread)
redis.call('ZREM', leases, thread)
if redis.call('ZCARD', waiting) > 0 then
  make_ready(state, ready, wake, thread, 'RPUSH')
else
  redis.call('HDEL', state, thread)
end
return 1
"""
    )


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
class About(Script[Told]):
    """The finished turn `newest`, if one is named, and what the running or the next turn answers."""

    said: Key
    waiting: Key
    turn: Key
    turns: Key
    newest: str | None

    LUA = """
local batch = redis.call('HGET', turn, 'batch')
local members = batch and cjson.decode(batch) or redis.call('ZRANGE', waiting, 0, -1)
local messages = {}
for i, member in ipairs(members) do
  messages[i] = redis.call('ZSCORE', waiting, member) and redis.call('HGET', said, member) or ''
end
return {redis.call('HGET', turns, newest) or '', messages}
"""

    def reply(self, raw: Any) -> Told:
        return Told(*raw)


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

    LUA = (
        READY
        + """
if redis.call('HEXISTS', state, thread) == 1 then return 'busy' end
local record = redis.call('HGET', turns, newest)
if not record then return 'unknown' end
if redis.call('HGET', turns, 'last') ~= newest then return 'old' end
record = cjson.decode(record)
local members, back, asked = {}, {}, false
for kind, set in pairs({asked = waiting, heard = heard}) do
  for _, member in ipairs(record[kind] or {}) do
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
local posted = record.posted and #record.posted > 0 and cjson.encode(record.posted) or '[]'
redis.call('HSET', turn, 'batch', cjson.encode(members), 'newest', newest, 'posted', posted)
for _, key in ipairs({said, waiting, heard, turn}) do redis.call('EXPIRE', key, keep_for) end
make_ready(state, ready, wake, thread, 'RPUSH')
return 'ready'
"""
    )
