"""What the tests of the store share: an inbox on a real Redis, and short words for what happens to it."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from redis.asyncio import Redis

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Message
from bot.conversation.tokens import Usage
from bot.privacy.keeper import removed
from bot.privacy.own import own
from bot.store.archive import RedisArchive
from bot.store.client import Client
from bot.store.erasures import RedisErasures
from bot.store.inbox import RedisInbox
from bot.store.keys import Keys, QueueKeys
from bot.store.lately import Lately
from bot.store.queue import RedisQueue
from bot.store.seal import Seal
from bot.turns.state import Lease, Record, Turn
from bot.usage.ledger import Booking
from tests.patience import PATIENCE

THREAD = ThreadKey("slack", "T1", "C1", "1763700000.000100")
OTHER = ThreadKey("slack", "T1", "C2", "1763700000.000200")
MONTH = 30 * 24 * 3600
DAY = "2025-11-21"
"""On which the messages are said."""


def at(n: int) -> str:
    """The `ts` of the n-th message."""
    return f"17637{n:05}.000100"


def message(n: int, text: str = "", author: str = "UADA") -> Message:
    return Message(at(n), author, text or f"message {n}")


def texts(messages: Sequence[Message]) -> list[str]:
    return [m.text for m in messages]


class Shelf(RedisInbox):
    """The inbox of one replica and its queue, with what a person, a crash or a curious test would do to them."""

    raw: Redis
    line: RedisQueue

    @classmethod
    async def open(cls, url: str, lease: float = 60.0, keys: str = "") -> "Shelf":
        """`keys` encrypt what is kept, as ENCRYPTION_KEYS writes them."""
        client, queue = Client(url, "test", Seal(lambda: keys)), QueueKeys("test")
        shelf = cls(client, Keys("test", "T1"), queue, MONTH)
        shelf._put_lately = Lately(0.0)  # each put is Redis' to decide
        shelf.line = RedisQueue(client, queue, lease)
        shelf.raw = Redis.from_url(url, decode_responses=True)
        return shelf

    async def close(self) -> None:
        await self.raw.aclose()
        await self.client.close()

    async def ask(self, n: int, text: str = "", thread: ThreadKey = THREAD) -> str:
        """Somebody says something to the bot."""
        return await self.put(thread, message(n, text), addressed=True)

    async def mutter(self, n: int, text: str = "", thread: ThreadKey = THREAD) -> str:
        """Somebody says something in the thread, but not to the bot."""
        return await self.put(thread, message(n, text, "UBEN"), addressed=False)

    async def wait(self, seconds: float) -> None:
        await self.line.wait(seconds)

    async def claim(self, most: int) -> list[Lease]:
        return await self.line.claim(most)

    async def renew(self, leases: Sequence[Lease]) -> list[Lease]:
        return await self.line.renew(leases)

    async def hand_back(self, lease: Lease, after: float, *, counted: bool) -> None:
        await self.line.hand_back(lease, after, counted=counted)

    async def stopped(self) -> dict[str, bool]:
        return await self.line.stopped()

    async def take(self) -> Lease:
        """The one thread that can be claimed now."""
        [lease] = await self.claim(10)
        return lease

    async def turn(self) -> Turn:
        """The turn of the one thread that can be claimed now."""
        return await self.started(await self.take())

    async def started(self, lease: Lease) -> Turn:
        turn = await self.begin(lease)
        assert turn is not None
        return turn

    async def answer(self, text: str = "answer") -> Turn:
        """One whole turn."""
        turn = await self.turn()
        await self.finish(turn, reply(turn, text))
        return turn

    async def finish(
        self, turn: Turn, answer: Message | None, record: Record | None = None, bookings: Sequence[Booking] = ()
    ) -> tuple[str, ...]:
        asked, heard = (tuple(m.ts for m in some) for some in (turn.batch.messages, turn.batch.heard))
        askers = tuple(dict.fromkeys(m.author for m in turn.batch.messages))
        outcome: Literal["answered", "failed"] = "answered" if answer else "failed"
        record = record or Record(outcome, askers, asked, heard, turn.posted, turn.attempt)
        turn.day = record.day or DAY
        return await super().finish(turn, answer, record, bookings or booked(turn, record))

    @property
    def archive(self) -> RedisArchive:
        return RedisArchive(self.client, self.keys, self.keep_for, self.window)

    @property
    def erasures(self) -> RedisErasures:
        return RedisErasures(self.client, self.keys.prefix)

    async def forget(self, thread: ThreadKey) -> bool:
        return await self.archive.remove_thread(thread)

    async def forget_person(self, user: str, *, answers: bool = False) -> int:
        """All that can be forgotten of somebody just now. Returns in how many threads something was."""
        count = 0
        await self.archive.remove_person(user, "nobody")
        for thread in await self.archive.naming(user, await self.archive.threads()):
            held = await self.archive.read(thread)
            count += await removed(own(held, user, answers=answers), held, user, "nobody", self.archive)
        return count

    async def mark(self, turn: Turn, field: str, value: str) -> None:
        await self._note(turn, field, value)

    async def lapse(self, thread: ThreadKey = THREAD) -> None:
        """Time passes: the lease, or the pause before the next attempt, is over."""
        assert await self.raw.zadd(self.queue.leases, {str(thread): 1}, xx=True, ch=True)

    async def idle(self) -> bool:
        return not await self.raw.exists(self.queue.state, self.queue.ready, self.queue.leases)

    async def contents(self) -> dict[str, Any]:
        """Everything in Redis, to see that nothing has changed."""
        return {key: await self._value(key) for key in await self.names()}

    async def names(self) -> list[str]:
        """Of all keys."""
        return sorted(str(key) for key in await self.raw.keys())

    async def _value(self, key: str) -> Any:
        match await self.raw.type(key):
            case "hash":
                return await self.raw.hgetall(key)
            case "zset":
                return await self.raw.zrange(key, 0, -1, withscores=True)
            case "list":
                return await self.raw.lrange(key, 0, -1)
            case _:
                return await self.raw.get(key)


def booked(turn: Turn, record: Record) -> tuple[Booking, ...]:
    """What the ledger is told of a turn with this record."""
    if (taken := record.taken) is None:
        return ()
    used, channel = taken.usage or Usage(0, 0), turn.batch.thread.channel
    answers = int(record.outcome in ("answered", "stopped"))
    booking = Booking(turn.day, taken.model, used, taken.cost, turn.payer, channel, taken.persona, taken.target)
    return (replace(booking, answers=answers),)


def reply(turn: Turn, text: str) -> Message:
    return Message(turn.batch.newest.ts, "", text, kind="answer")


async def eventually_claimed(shelf: Shelf) -> Lease:
    """Claim until there is something to be claimed."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if leases := await shelf.claim(1):
            return leases[0]
    raise TimeoutError("nothing could be claimed")
