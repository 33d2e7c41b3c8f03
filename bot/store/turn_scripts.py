"""What Redis does for turns in one step each. The rules of `scripts.py` hold here too."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.store.budget_scripts import HOLDS
from bot.store.script import Key, Script
from bot.store.scripts import BOOK, DECODED, NOW, READY

UNCHARGED = 3


class Begun(NamedTuple):
    """`facts` are the fields of the turn. The lists have one place for each message of the batch; the text of one that
    was deleted is ''."""

    facts: dict[str, str]
    members: list[str]
    messages: list[str]
    addressed: list[int]


class Remembered(NamedTuple):
    """`record` is JSON or ''; `messages` are JSON, '' for one that was deleted."""

    record: str
    messages: list[str]


class Finished(NamedTuple):
    """`before` is JSON or ''."""

    done: int
    before: str


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
if redis.call('TTL', turn) < 0 then redis.call('EXPIRE', turn, keep_for) end
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
class Salvage(Script[Begun | None]):
    """What is left of a turn that cannot be read: its messages, and in `facts` its newest and its attempts. None when
    the turn is not ours; no facts while another attempt is worth it, in case another replica can read it. Such
    attempts are counted apart, as `unreadable`, since the attempt itself may be what cannot be read.

    What remains in Redis can be finished: members without a place in the thread and the turn's other fields are gone.
    """

    state: Key
    said: Key
    waiting: Key
    heard: Key
    turn: Key
    thread: str
    token: str
    most: int
    most_attempts: int
    keep_for: int

    LUA = (
        DECODED
        + """
if redis.call('HGET', state, thread) ~= token then return false end
if redis.call('TYPE', turn).ok == 'hash' then
  local count = redis.pcall('HINCRBY', turn, 'unreadable', 1)
  if type(count) == 'number' and count >= 1 and count < most_attempts then return {{}, {}, {}, {}} end
else
  redis.call('DEL', turn)
end
local attempt = redis.call('HGET', turn, 'attempt') or ''
if not string.find(attempt, '^[1-9]%d?%d?$') then attempt = 1 end
local function is_place(member) return string.find(member, '^%d+%.?%d*$') and #member < 23 end
for _, set in ipairs({waiting, heard}) do
  for _, member in ipairs(redis.call('ZRANGE', set, 0, -1)) do
    if not is_place(member) then redis.call('ZREM', set, member) end
  end
end
local members, messages, addressed = {}, {}, {}
local function add(member)
  if not is_place(member) or not redis.call('ZSCORE', waiting, member) then return end
  members[#members + 1] = member
  messages[#members] = redis.call('HGET', said, member) or ''
  addressed[#members] = 1
end
for _, member in ipairs(texts(decoded(redis.call('HGET', turn, 'batch')))) do add(member) end
if #members == 0 then for _, member in ipairs(redis.call('ZRANGE', waiting, 0, most - 1)) do add(member) end end
local newest = redis.call('HGET', turn, 'newest') or ''
if not is_place(newest) then newest = members[#members] or '' end
local facts, taken = redis.call('HGETALL', turn), {}
for n = 1, #facts, 2 do if string.find(facts[n], '^taken:') then taken[facts[n]] = facts[n + 1] end end
redis.call('DEL', turn)
for field, value in pairs(taken) do redis.call('HSET', turn, field, value) end
redis.call('HSET', turn, 'token', token, 'attempt', attempt, 'newest', newest, 'unreadable', most_attempts)
if #members > 0 then redis.call('HSET', turn, 'batch', cjson.encode(members)) end
redis.call('EXPIRE', turn, keep_for)
return {redis.call('HGETALL', turn), members, messages, addressed}
"""
    )

    reply = Begin.reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Script[int]):
    """1; 0 when the turn is not ours."""

    state: Key
    turn: Key
    thread: str
    token: str
    fields: tuple[str, ...]
    values: tuple[str, ...]
    keep_for: int

    LUA = """
if redis.call('HGET', state, thread) ~= token then return 0 end
for n, field in ipairs(fields) do redis.call('HSET', turn, field, values[n]) end
if redis.call('TTL', turn) < 0 then redis.call('EXPIRE', turn, keep_for) end
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish(Script[Finished]):
    """1; 2 when it had already landed, 0 when the turn is not ours, 3 when some amounts could not be added up; and the
    record of the turn that was the thread's last one before.

    `entries` are for `used`. They come last, so that a step that is done once more enters none twice.
    """

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
    due: Key
    holds: Key
    reserved: Key
    running: Key
    used: tuple[Key, ...]
    thread: str
    token: str
    keep_for: int
    capped: bool
    done_for: int
    most_past: int
    most_aside: int
    newest: str
    answer_score: str | None
    answer: str | None
    record: str | None
    failed: bool
    entries: tuple[str, ...]
    lives: tuple[int, ...]
    members: tuple[str, ...]

    LUA = (
        NOW
        + READY
        + DECODED
        + HOLDS
        + BOOK
        + DECODED
        + """
if redis.call('HGET', state, thread) ~= token then
  return {redis.call('HGET', turn, 'done') == token and 2 or 0, ''}
end
local keep = tonumber(decoded(redis.call('GET', chosen)).keep)
if capped and keep and keep < keep_for then keep_for = keep end
local last = redis.call('HGET', turns, 'last')
local before = last and last ~= newest and redis.call('HGET', turns, last) or ''
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
for _, key in ipairs({said, past, waiting, heard, turns, chosen, votes}) do redis.call('EXPIRE', key, keep_for) end
redis.call('DEL', turn)
redis.call('HSET', turn, 'done', token)
redis.call('EXPIRE', turn, done_for)
redis.call('HDEL', stops, thread)
redis.call('ZREM', leases, thread)
drop(due, holds, reserved, thread .. '/' .. newest)
redis.call('ZREM', running, thread .. '/' .. newest)
if redis.call('ZCARD', waiting) > 0 then
  make_ready(state, ready, wake, thread, 'RPUSH')
else
  redis.call('HDEL', state, thread)
end
return {book(used, entries, lives) and 1 or 3, before}
"""
    )

    def reply(self, raw: Any) -> Finished:
        return Finished(*raw)


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
