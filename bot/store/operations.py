"""What the operator sees of the inbox, and may do to it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from bot.conversation.ids import ThreadKey, is_part
from bot.store import ledger, records
from bot.store.budget_scripts import HOLDS
from bot.store.client import Client
from bot.store.inbox import RedisInbox
from bot.store.keys import Keys, QueueKeys
from bot.store.ledger import RedisLedger
from bot.store.script import Key, Script
from bot.store.scripts import BOOK, DECODED, ReadHash
from bot.turns.state import Record
from bot.usage.ledger import Verdict

RUNNING = -1
MAX_TRIES = 5  # at a turn that is taken and handed back meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class _Discard(Script[int]):
    """How many messages will not be answered; -1 when a turn runs there, -2 when its `attempt` is another one.

    What earlier attempts have taken is entered, and held no more.
    """

    state: Key
    leases: Key
    ready: Key
    waiting: Key
    past: Key
    turn: Key
    stops: Key
    due: Key
    holds: Key
    reserved: Key
    running: tuple[Key, ...]
    used: tuple[Key, ...]
    thread: str
    newest: str
    attempt: str
    entries: tuple[str, ...]
    lives: tuple[int, ...]

    LUA = (
        DECODED
        + HOLDS
        + BOOK
        + """
local at = redis.call('HGET', state, thread)
if not at then return 0 end
if at ~= 'ready' and at ~= 'later' then return -1 end
if (redis.call('HGET', turn, 'token') or '') ~= attempt then return -2 end
local members = redis.call('ZRANGE', waiting, 0, -1, 'WITHSCORES')
for i = 1, #members, 2 do redis.call('ZADD', past, members[i + 1], members[i]) end
local life = redis.call('TTL', waiting)
if life > 0 then redis.call('EXPIRE', past, life) end
redis.call('DEL', waiting, turn)
redis.call('ZREM', leases, thread)
redis.call('LREM', ready, 0, thread)
redis.call('HDEL', state, thread)
redis.call('HDEL', stops, thread)
if newest ~= '' then
  drop(due, holds, reserved, thread .. '/' .. newest)
  for _, key in ipairs(running) do redis.call('ZREM', key, thread .. '/' .. newest) end
end
book(used, entries, lives)
return #members / 2
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Overview(Script[list[list[str]]]):
    """Two lists: `state` as field, value, …; `leases` as member, score, …"""

    state: Key
    leases: Key

    LUA = "return {redis.call('HGETALL', state), redis.call('ZRANGE', leases, 0, -1, 'WITHSCORES')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aside(Script[list[str]]):
    """Member, score, …"""

    aside: Key

    LUA = "return redis.call('ZRANGE', aside, 0, -1, 'WITHSCORES')"


@dataclass(frozen=True, slots=True, kw_only=True)
class _WakeNow(Script[int]):
    """1; 0 when nothing pauses there."""

    state: Key
    leases: Key
    thread: str

    LUA = """
local t = redis.call('TIME')
if redis.call('HGET', state, thread) ~= 'later' then return 0 end
redis.call('ZADD', leases, t[1] * 1000, thread)
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _ForgetAside(Script[int]):
    """1; 0 when that turn is not set aside."""

    aside: Key
    turn: str

    LUA = "return redis.call('ZREM', aside, turn)"


@dataclass(frozen=True, slots=True)
class Entry:
    """A thread in which a turn runs or waits, or a turn that was set aside. Ids only, never what was said.

    `at` is a time in seconds: when the lease or pause of a thread ends, when a turn was set aside; None if it has none.
    """

    state: Literal["running", "ready", "later", "aside"]
    id: str
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Operations:
    """The operator's side of the inbox. `keep_for`, the history's lifetime, in seconds. An id says of which workspace
    it is. Every method may raise Unavailable."""

    client: Client
    prefix: str
    keep_for: int

    async def entries(self, workspaces: Collection[str]) -> list[Entry]:
        """What runs or waits in these workspaces, then what was set aside there, oldest first."""
        queue = QueueKeys(self.prefix)
        state, leases = await self.client.call(_Overview(state=queue.state, leases=queue.leases))
        until = {thread: float(score) / 1000 for thread, score in _pairs(leases)}
        threads = [
            Entry(_state(value), thread, until.get(thread))
            for thread, value in sorted(_pairs(state))
            if (known := ThreadKey.parsed(thread)) and known.workspace in workspaces
        ]
        aside: list[tuple[str, str]] = []
        for workspace in workspaces:
            found = await self.client.call(_Aside(aside=Keys(self.prefix, workspace).aside))
            aside += [(turn, score) for turn, score in _pairs(found) if is_id(turn)]
        aside.sort(key=lambda pair: float(pair[1]))
        return threads + [Entry("aside", turn, float(score) / 1000) for turn, score in aside]

    async def record(self, turn: str) -> Record | None:
        """What remains of the turn with this id; None when it is not remembered."""
        thread, newest = split(turn)
        return await self._inbox(thread).record(thread, newest) if newest else None

    async def votes(self, turn: str) -> Mapping[str, Verdict]:
        """What people think of the answer, by user; empty when nobody said."""
        thread, newest = split(turn)
        if newest is None:
            return {}
        return await RedisLedger(self.client, Keys(self.prefix, thread.workspace), self.keep_for).votes(thread, newest)

    async def retry(self, id: str) -> str:
        """Do a turn that was set aside once more, or a thread's pausing turn now. "ready", or why not."""
        thread, newest = split(id)
        if newest:
            return await self._inbox(thread).again(thread, newest)
        queue = QueueKeys(self.prefix)
        woken = await self.client.call(_WakeNow(state=queue.state, leases=queue.leases, thread=str(thread)))
        return "ready" if woken else "nothing pauses there"

    async def drop(self, id: str) -> str:
        """Forget that a turn was set aside, or leave what waits in a thread unanswered. Says what was done."""
        thread, newest = split(id)
        inbox = self._inbox(thread)
        if newest:
            gone = await self.client.call(_ForgetAside(aside=inbox.keys.aside, turn=id))
            return "dropped" if gone else "no such turn is set aside"
        for _ in range(MAX_TRIES):
            count = await self._discard(thread, inbox)
            if count >= 0:
                return f"{count} messages will not be answered"
            if count == RUNNING:
                break
        return "a turn is running there; stop it in Slack"

    async def _discard(self, thread: ThreadKey, inbox: RedisInbox) -> int:
        """See `_Discard`."""
        k, queue = inbox.keys, inbox.queue
        facts = await self.client.call(ReadHash(hash=k.turn(thread)))
        taken = [replace(each, answers=0) for each in records.earlier(facts, "")]
        entered = ledger.entries(taken)
        script = _Discard(
            state=queue.state,
            leases=queue.leases,
            ready=queue.ready,
            waiting=k.waiting(thread),
            past=k.past(thread),
            turn=k.turn(thread),
            stops=queue.stops,
            due=k.due,
            holds=k.holds,
            reserved=k.reserved,
            running=tuple(k.running(asker) for asker in sorted(await inbox.askers(thread))),
            used=entered.keys(k),
            thread=str(thread),
            newest=facts.get("newest", ""),
            attempt=facts.get("token", ""),
            entries=entered.texts,
            lives=entered.lives,
        )
        return await self.client.call(script)

    def _inbox(self, thread: ThreadKey) -> RedisInbox:
        return RedisInbox(self.client, Keys(self.prefix, thread.workspace), QueueKeys(self.prefix), self.keep_for)


def split(id: str) -> tuple[ThreadKey, str | None]:
    """A thread, or a turn: its thread and the newest message that it answers. Raises ValueError for anything else."""
    try:
        return ThreadKey.parse(id), None
    except ValueError:
        thread, _, newest = id.rpartition("/")
        if not is_part(newest):
            raise
        return ThreadKey.parse(thread), newest


def is_id(text: str) -> bool:
    """Whether it names a thread or a turn."""
    try:
        split(text)
    except ValueError:
        return False
    return True


def _state(value: str) -> Literal["running", "ready", "later"]:
    return "ready" if value == "ready" else "later" if value == "later" else "running"


def _pairs(flat: list[str]) -> list[tuple[str, str]]:
    return list(zip(flat[::2], flat[1::2], strict=True))
