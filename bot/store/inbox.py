"""Messages that wait, the turns that answer them, and what was said before: the inbox and the history in Redis."""

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from pydantic import TypeAdapter

from bot.errors import LeaseLost, Unavailable
from bot.store import scripts
from bot.store.client import Client
from bot.store.keys import DONE_FOR, SEEN_FOR, Keys
from bot.thread import Batch, Lease, Message, ThreadKey, Turn, order

log = logging.getLogger(__name__)

PUT_WITHIN = 2.0  # seconds: Slack waits three for our acknowledgement
MOST_AT_ONCE = 50  # messages answered in one turn; what is more waits for the next
MOST_HEARD = 200  # messages said beside a thread's turns that are kept until the next one
MOST_PAST = 1000  # messages of a thread's history; cut to half when there are more
RENEW_AT_ONCE = 500
SAFETY = 0.8  # of the lease: our own clock stops us before Redis gives the turn to another

_MESSAGE = TypeAdapter(Message)


@dataclass(slots=True)
class RedisInbox:
    """`lease` and `keep_for` (the history's lifetime) in seconds."""

    client: Client
    keys: Keys
    lease: float
    keep_for: int

    async def put(self, thread: ThreadKey, message: Message, *, addressed: bool) -> str:
        k = self.keys
        keys = [k.seen(thread, message.ts), *self._sets(thread), k.state, k.ready, k.wake]
        args: list[str | int] = [str(thread), message.ts, order(message.ts), _dump(message), int(addressed)]
        try:
            async with asyncio.timeout(PUT_WITHIN):
                return str(await self.client.run(scripts.PUT, keys, [*args, SEEN_FOR, self.keep_for, MOST_HEARD]))
        except TimeoutError as late:
            raise Unavailable("My memory is slow at the moment.", "Redis: put timed out") from late

    async def change(self, thread: ThreadKey, message: Message) -> None:
        await self.client.run(scripts.CHANGE, [self.keys.said(thread)], [message.ts, _dump(message)])

    async def drop(self, thread: ThreadKey, ts: str) -> None:
        await self.client.run(scripts.DROP, [self.keys.seen(thread, ts), *self._sets(thread)], [ts, SEEN_FOR])

    async def wait(self, seconds: float) -> None:
        await self.client.pop(self.keys.wake, seconds)

    async def claim(self, most: int) -> list[Lease]:
        token, asked = uuid.uuid4().hex, time.monotonic()
        k = self.keys
        taken = await self.client.run(scripts.CLAIM, [k.ready, k.leases, k.state], [token, most, self._lease_ms])
        until = asked + self.lease * SAFETY
        return [Lease(ThreadKey.parse(thread), f"{token}.{n}", until) for n, thread in enumerate(taken, start=1)]

    async def begin(self, lease: Lease) -> Turn | None:
        k, thread = self.keys, lease.thread
        said, waiting, heard, _ = self._sets(thread)
        keys = [k.state, k.leases, said, waiting, heard, k.turn(thread)]
        found = await self.client.run(scripts.BEGIN, keys, [str(thread), lease.token, MOST_AT_ONCE, self.keep_for])
        if not found:
            raise LeaseLost("before the turn began")
        fields, members, texts, addressed = found
        facts = dict(zip(fields[::2], fields[1::2], strict=True))
        known = [(_load(text), bool(to_us)) for text, to_us in zip(texts, addressed, strict=True) if text]
        messages = tuple(message for message, to_us in known if to_us)
        if not messages:
            await self._finish(lease, members, None, "")
            return None
        heard_too = tuple(message for message, to_us in known if not to_us)
        return Turn(
            id=f"{thread.team}/{thread.channel}/{members[0]}",  # the same on each attempt, whatever is deleted
            lease=lease,
            batch=Batch(thread, messages, heard_too),
            attempt=int(facts.get("attempt", 1)),
            posted=tuple(json.loads(facts.get("posted", "[]"))),
            intent="intent" in facts,
        )

    async def mark(self, turn: Turn, field: str, value: str) -> None:
        thread = turn.batch.thread
        args = [str(thread), turn.lease.token, field, value]
        if not await self.client.run(scripts.MARK, [self.keys.state, self.keys.turn(thread)], args):
            raise LeaseLost(f"when noting {field}")

    async def renew(self, leases: Sequence[Lease]) -> list[Lease]:
        lost: list[Lease] = []
        for start in range(0, len(leases), RENEW_AT_ONCE):
            some = leases[start : start + RENEW_AT_ONCE]
            asked = time.monotonic()
            pairs = [text for lease in some for text in (str(lease.thread), lease.token)]
            keys = [self.keys.leases, self.keys.state]
            gone = {int(n) - 1 for n in await self.client.run(scripts.RENEW, keys, [self._lease_ms, *pairs])}
            for n, lease in enumerate(some):
                if n in gone:
                    lost.append(lease)
                else:
                    lease.until = asked + self.lease * SAFETY
        return lost

    async def finish(self, turn: Turn, answer: Message | None) -> None:
        """Repeats itself until Redis has it or has given the turn to another: an answer that stands in Slack must
        not be written a second time because Redis was away for a moment."""
        members = [message.ts for message in turn.batch.everything]
        while True:
            try:
                return await self._finish(turn.lease, members, answer, turn.batch.newest.ts)
            except Unavailable:
                await asyncio.sleep(0.5)

    async def hand_back(self, lease: Lease, after: float, *, counted: bool) -> None:
        k, thread = self.keys, lease.thread
        keys = [k.state, k.leases, k.ready, k.wake, k.turn(thread)]
        await self.client.run(
            scripts.HAND_BACK, keys, [str(thread), lease.token, int(after * 1000), "1" if counted else "0"]
        )

    async def load(self, thread: ThreadKey) -> list[Message]:
        """The history, oldest first."""
        texts = await self.client.run(scripts.LOAD, [self.keys.said(thread), self.keys.past(thread)], [])
        return [_load(text) for text in texts if text]

    async def _finish(self, lease: Lease, members: Sequence[str], answer: Message | None, newest: str) -> None:
        k, thread = self.keys, lease.thread
        keys = [k.state, k.leases, k.ready, k.wake, *self._sets(thread), k.turn(thread)]
        about = [f"{newest}/answer", f"{order(newest)}.5", _dump(answer)] if answer else ["", "", ""]
        args: list[str | int] = [str(thread), lease.token, self.keep_for, DONE_FOR, MOST_PAST, *about, *members]
        if not await self.client.run(scripts.FINISH, keys, args):
            raise LeaseLost("when finishing")

    def _sets(self, thread: ThreadKey) -> list[str]:
        k = self.keys
        return [k.said(thread), k.waiting(thread), k.heard(thread), k.past(thread)]

    @property
    def _lease_ms(self) -> int:
        return int(self.lease * 1000)


def _dump(message: Message) -> str:
    return _MESSAGE.dump_json(message, exclude_defaults=True).decode()


_load = partial(_MESSAGE.validate_json)
