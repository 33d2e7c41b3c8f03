"""What is removed when people want to be forgotten, and what is left.

A thread that was forgotten is not read again in Slack before the moment at which that was done. Choices, votes' counts
and the ledger stay: they hold no words.
"""

from dataclasses import dataclass

from bot.conversation.ids import ThreadKey
from bot.store import unreadable
from bot.store.client import Client
from bot.store.keys import Keys, QueueKeys
from bot.store.script import Key, Script
from bot.store.scripts import DECODED

_UNREAD = """
local function read_no_further_back(turns, keep_for)
  local t = redis.call('TIME')
  redis.call('HSET', turns, 'unread_from', string.format('%d.%06d', t[1], t[2]))
  redis.call('EXPIRE', turns, keep_for)
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ForgetThread(Script[int]):
    """1; 0 when a turn runs or waits there."""

    state: Key
    said: Key
    waiting: Key
    heard: Key
    past: Key
    turns: Key
    votes: Key
    answers: Key
    aside: Key
    thread: str
    keep_for: int

    LUA = (
        _UNREAD
        + """
if redis.call('HEXISTS', state, thread) == 1 then return 0 end
for _, newest in ipairs(redis.call('HKEYS', turns)) do redis.call('ZREM', aside, thread .. '/' .. newest) end
redis.call('DEL', said, waiting, heard, past, turns, votes, answers)
read_no_further_back(turns, keep_for)
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ForgetPerson(Script[int]):
    """How many messages were removed. What waits for an answer, or is being answered, stays until then. What cannot be
    read may be theirs, and goes, and so do answers that are given again."""

    said: Key
    waiting: Key
    heard: Key
    past: Key
    turns: Key
    votes: Key
    answers: Key
    user: str
    keep_for: int

    LUA = (
        _UNREAD
        + DECODED
        + """
local removed, all = 0, redis.call('HGETALL', said)
for i = 1, #all, 2 do
  local member = all[i]
  local author = decoded(all[i + 1]).author
  if (author == user or type(author) ~= 'string') and not redis.call('ZSCORE', waiting, member) then
    for _, set in ipairs({heard, past}) do redis.call('ZREM', set, member) end
    removed = removed + redis.call('HDEL', said, member)
  end
end
local mine = '/' .. user
for _, field in ipairs(redis.call('HKEYS', votes)) do
  if string.sub(field, -#mine) == mine then redis.call('HDEL', votes, field) end
end
redis.call('DEL', answers)
if removed > 0 then read_no_further_back(turns, keep_for) end
return removed
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ForgetFacts(Script[int]):
    """What Slack told last of somebody."""

    known: Key

    LUA = "return redis.call('DEL', known)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Threads(Script[list[str]]):
    """Those in which somebody said something."""

    threads: Key

    LUA = "return redis.call('ZRANGE', threads, 0, -1)"


async def thread(client: Client, k: Keys, queue: QueueKeys, thread: ThreadKey, keep_for: int) -> bool:
    """See `ports.History.forget`."""
    script = _ForgetThread(
        state=queue.state,
        said=k.messages(thread),
        waiting=k.waiting(thread),
        heard=k.heard(thread),
        past=k.past(thread),
        turns=k.turns(thread),
        votes=k.votes(thread),
        answers=k.answers(thread),
        aside=k.aside,
        thread=str(thread),
        keep_for=keep_for,
    )
    return await client.call(script) == 1


async def person(client: Client, k: Keys, queue: QueueKeys, user: str, keep_for: int) -> int:
    """See `ports.History.forget_person`."""
    count = 0
    await client.call(_ForgetFacts(known=k.known(user)))
    for name in await client.call(_Threads(threads=k.threads(user))):
        where = ThreadKey.parsed(name)
        if where is None or where.workspace != k.workspace:
            unreadable.passed_over("the threads of a person")
            continue
        if where.direct and await thread(client, k, queue, where, keep_for):
            count += 1
            continue
        script = _ForgetPerson(
            said=k.messages(where),
            waiting=k.waiting(where),
            heard=k.heard(where),
            past=k.past(where),
            turns=k.turns(where),
            votes=k.votes(where),
            answers=k.answers(where),
            user=user,
            keep_for=keep_for,
        )
        count += await client.call(script) > 0
    return count
