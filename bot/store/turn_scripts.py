"""What Redis does for turns in one step each. The rules of `scripts.py` hold here too."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.store.budget_scripts import HOLDS
from bot.store.inbox_scripts import Load, Loaded
from bot.store.pin_scripts import PIN
from bot.store.preferences_scripts import ReadRules, Ruling
from bot.store.script import Key, Script
from bot.store.scripts import BOOK, DECODED, NOW, READY

UNCHARGED = 3


ASKER = "?"
"""In the place of whoever asks, where that is not known before the batch is read."""


class Begun(NamedTuple):
    """`facts` are the fields of the turn. The lists have one place for each message of the batch; the text of one that
    was deleted is ''.

    What the turn needs next was read along, unless something there cannot be: what applies to the `asker`, who has
    written the newest message, and the past.
    """

    facts: dict[str, str]
    members: list[str]
    messages: list[str]
    addressed: list[int]
    asker: str = ""
    ruling: Ruling | None = None
    past: Loaded | None = None
    cooled: str = ""
    """How often something was made to cool."""


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
    past: Key
    turn: Key
    turns: Key
    thread: str
    token: str
    most: int
    keep_for: int
    prefs: Key
    chosen: Key
    access: Key
    audit: Key
    erased: Key
    personas: Key
    versions: Key
    limits: Key
    unread: Key
    fields: tuple[str, ...]
    owners: tuple[str, ...]
    user: str
    seen: str
    cooled: Key

    LUA = (
        DECODED
        + """
local function begun()
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
end
local function ruled()
"""
        + ReadRules.LUA
        + """
end
local function loaded()
"""
        + Load.LUA
        + """
end
local found = begun()
if not found then return false end
for i, text_of in ipairs(found[3]) do
  if found[4][i] == 1 and text_of ~= '' then user = text(decoded(text_of).author) end
end
for _, list in ipairs({fields, owners}) do
  for i, each in ipairs(list) do
    if each == 'person:?' then list[i] = 'person:' .. user end
  end
end
local readable, ruling = pcall(ruled)
local whole, past_of = pcall(loaded)
found[5], found[6], found[7] = user, readable and ruling or {}, whole and past_of or {}
local count = redis.pcall('GET', cooled)
found[8] = type(count) == 'string' and count or ''
return found
"""
    )

    def reply(self, raw: Any) -> Begun | None:
        if not raw:
            return None
        turn, members, messages, addressed, *more = raw
        asker, ruling, past, cooled = more or ("", (), (), "")
        facts = dict(zip(turn[::2], turn[1::2], strict=True))
        read = (Ruling.of(ruling) if ruling else None), (Loaded(*past) if past else None)
        return Begun(facts, members, messages, addressed, asker, *read, cooled)


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
    """1; 0 when the turn is not ours. The thread keeps the `persona`, unless it has one, or none is named."""

    state: Key
    turn: Key
    chosen: Key
    thread: str
    token: str
    fields: tuple[str, ...]
    values: tuple[str, ...]
    keep_for: int
    persona: str
    key: str
    version: int
    retention: int

    LUA = (
        PIN
        + """
if redis.call('HGET', state, thread) ~= token then return 0 end
if persona ~= '' then pin(chosen, '', persona, key, version, retention, keep_for) end
for n, field in ipairs(fields) do redis.call('HSET', turn, field, values[n]) end
if redis.call('TTL', turn) < 0 then redis.call('EXPIRE', turn, keep_for) end
return 1
"""
    )


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
