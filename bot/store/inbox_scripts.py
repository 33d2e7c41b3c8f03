"""What Redis does for messages in one step each: those that come in, and those that were said before.

The rules of `scripts.py` hold here too.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.store.script import Key, Script
from bot.store.scripts import DECODED, INDEX, NOW, READY, SEEN


class Loaded(NamedTuple):
    """`messages` as JSON, oldest first, '' for one that is lost. From `unread_from` on Slack did not let us read; it
    may be ''."""

    messages: list[str]
    unread_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Put(Script[str]):
    """'new', 'again' (we have it) or 'unknown' (not addressed, and we take no part in this thread).

    The message is written first, which a full Redis refuses, and noted as seen last: a step that fails is done again.

    `seen` is 'heard' or 'asked': what was heard may still turn out to be addressed to us, but not the other way round.
    `seen_before` is where an earlier version looks, or the same key again: what either version has, the other knows.
    `part`: it is known otherwise that we take part in this thread. The manners are told in `attention`.
    """

    seen: Key
    seen_before: Key
    said: Key
    waiting: Key
    heard: Key
    past: Key
    state: Key
    ready: Key
    wake: Key
    talk: Key
    threads: Key
    thread: str
    member: str
    score: str
    message: str
    addressed: bool
    seen_for: int
    keep_for: int
    most_heard: int
    manner: str
    most_bots: int
    part: bool

    LUA = (
        NOW
        + READY
        + INDEX
        + SEEN
        + """
local known = part or redis.call('EXISTS', past) == 1 or redis.call('HEXISTS', state, thread) == 1
local function by_bot() return tonumber(redis.call('HGET', talk, 'by_bot') or 0) or most_bots end
if manner == 'follow' or (manner == 'until' and redis.call('HEXISTS', talk, 'away') == 0) then
  addressed = known
elseif manner == 'bot' and by_bot() >= most_bots then
  addressed = false
end
if not addressed then
  if not known then return 'unknown' end
  if redis.call('HEXISTS', said, member) == 1 then return 'again' end
  if redis.call('EXISTS', seen, seen_before) > 0 then return 'again' end
  redis.call('HSET', said, member, message)
  redis.call('ZADD', heard, score, member)
  if manner == 'away' then redis.call('HSET', talk, 'away', 1) end
  if manner ~= 'bot' then redis.call('HDEL', talk, 'by_bot') end
  redis.call('EXPIRE', talk, keep_for)
  local surplus = redis.call('ZCARD', heard) - most_heard
  if surplus > 0 then
    for _, old in ipairs(redis.call('ZRANGE', heard, 0, surplus - 1)) do
      redis.call('ZREM', heard, old)
      redis.call('HDEL', said, old)
    end
  end
  redis.call('EXPIRE', said, keep_for)
  redis.call('EXPIRE', heard, keep_for)
  index(threads, thread, keep_for)
  note_seen('heard')
  return 'new'
end
if redis.call('GET', seen) == 'asked' or redis.call('GET', seen_before) == 'asked' then return 'again' end
redis.call('HSET', said, member, message)
if manner == 'bot' then
  redis.call('HSET', talk, 'by_bot', by_bot() + 1)
  redis.call('EXPIRE', talk, keep_for)
else
  redis.call('HDEL', talk, 'by_bot')
end
if manner == 'plain' then redis.call('HDEL', talk, 'away') end
redis.call('ZREM', heard, member)
redis.call('ZREM', past, member)
redis.call('ZADD', waiting, score, member)
redis.call('EXPIRE', said, keep_for)
redis.call('EXPIRE', waiting, keep_for)
index(threads, thread, keep_for)
if redis.call('HEXISTS', state, thread) == 0 then make_ready(state, ready, wake, thread, 'RPUSH') end
note_seen('asked')
return 'new'
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Script[int]):
    """1; 0 when we do not hold it."""

    said: Key
    member: str
    message: str

    LUA = """
if redis.call('HEXISTS', said, member) == 0 then return 0 end
redis.call('HSET', said, member, message)
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop(Script[int]):
    """1; 0 when we did not hold it. With `hold` its words are kept, and shown to nobody.

    Deleted also means: not to be taken in any more, should Slack send it again or only now. If nothing is left of what
    the running turn answers, it is pointless: an answer to a deleted root would stand in the channel for all to see.
    """

    seen: Key
    seen_before: Key
    said: Key
    waiting: Key
    heard: Key
    past: Key
    state: Key
    stops: Key
    turn: Key
    answers: Key
    member: str
    seen_for: int
    thread: str
    hold: bool

    LUA = (
        DECODED
        + SEEN
        + """
note_seen('asked')
redis.call('DEL', answers)
for _, set in ipairs({waiting, heard, past}) do redis.call('ZREM', set, member) end
local held = redis.call(hold and 'HEXISTS' or 'HDEL', said, member)
local batch = redis.call('HGET', turn, 'batch')
if batch and redis.call('HEXISTS', state, thread) == 1 then
  local members = texts(decoded(batch))
  for _, other in ipairs(members) do
    if redis.call('ZSCORE', waiting, other) then return held end
  end
  if #members > 0 then redis.call('HSET', stops, thread, 'pointless') end
end
return held
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstTime(Script[int]):
    """1; 0 when we knew it."""

    seen: Key
    seen_before: Key
    seen_for: int

    LUA = (
        SEEN
        + """
if redis.call('EXISTS', seen, seen_before) > 0 then return 0 end
note_seen('asked')
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep(Script[int]):
    """1; 0 when the turn is not ours.

    `seen`, `seen_before`, `members`, `scores` and `messages` have one place for each message; `threads` has one key for
    each author. What we hold already stays as it is; what was heard beside the thread, came in after the turn had
    begun, and is no part of its `batch` is of the past all the same. What we had been asked, and hold no longer, was
    deleted or was a command.
    """

    state: Key
    said: Key
    heard: Key
    past: Key
    turns: Key
    seen: tuple[Key, ...]
    seen_before: tuple[Key, ...]
    threads: tuple[Key, ...]
    thread: str
    token: str
    keep_for: int
    unread_from: str | None
    members: tuple[str, ...]
    scores: tuple[str, ...]
    messages: tuple[str, ...]
    batch: tuple[str, ...]

    LUA = (
        NOW
        + INDEX
        + """
if redis.call('HGET', state, thread) ~= token then return 0 end
local answered = {}
for _, member in ipairs(batch) do answered[member] = true end
local function is_new(n, member)
  if redis.call('HSETNX', said, member, messages[n]) == 1 then return true end
  return not answered[member] and redis.call('ZREM', heard, member) == 1
end
for n, member in ipairs(members) do
  local asked = redis.call('GET', seen[n]) == 'asked' or redis.call('GET', seen_before[n]) == 'asked'
  if not asked and is_new(n, member) then redis.call('ZADD', past, scores[n], member) end
end
if unread_from == '' then
  redis.call('HDEL', turns, 'unread_from')
else
  redis.call('HSET', turns, 'unread_from', unread_from)
end
for _, key in ipairs({said, past, turns}) do redis.call('EXPIRE', key, keep_for) end
for _, key in ipairs(threads) do index(key, thread, keep_for) end
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Load(Script[Loaded]):
    """Everything that the model is shown as history."""

    said: Key
    past: Key
    turns: Key

    LUA = """
local members = redis.call('ZRANGE', past, 0, -1)
local messages = {}
for i, member in ipairs(members) do messages[i] = redis.call('HGET', said, member) or '' end
return {messages, redis.call('HGET', turns, 'unread_from') or ''}
"""

    def reply(self, raw: Any) -> Loaded:
        return Loaded(*raw)
