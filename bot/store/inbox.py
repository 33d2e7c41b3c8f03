"""Messages that wait, the turns that answer them, and what was said before: the inbox and the history in Redis."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from bot.conversation.history import Earlier, Past
from bot.conversation.ids import ThreadKey, order
from bot.conversation.messages import Batch, Message
from bot.errors import LeaseLost, Unavailable
from bot.policy.triggers import MAX_BOTS, Manner
from bot.store import forget, ledger, scripts
from bot.store.client import Client
from bot.store.keys import DONE_FOR, SEEN_FOR, SPENT_FOR, Keys, QueueKeys
from bot.store.migrations.window import CLOSED, Window
from bot.turns.state import Complete, Lease, Record, Turn

PUT_WITHIN = 2.0  # seconds: Slack waits three for our acknowledgement
WAITS_FOR = 7 * 24 * 3600  # seconds that a question waits for a bot that is away
MOST_AT_ONCE = 50  # messages answered in one turn; what is more waits for the next
MOST_HEARD = 200  # messages said beside a thread's turns that are kept until the next one
MOST_PAST = 1000  # messages of a thread's history; cut to half when there are more
MOST_ASIDE = 1000  # failed turns that the operator is shown
ASK_AGAIN = 1.0  # seconds until a turn that an earlier version has under way is looked for again

_MESSAGE = TypeAdapter(Message)
_RECORD = TypeAdapter(Record)
_COMPLETE = TypeAdapter(Complete)


@dataclass(slots=True)
class RedisInbox:
    """Of one workspace. `keep_for` (the history's lifetime) in seconds; `window` is what may still be in the hands of
    an earlier version."""

    client: Client
    keys: Keys
    queue: QueueKeys
    keep_for: int
    window: Window = CLOSED

    async def put(self, thread: ThreadKey, message: Message, *, addressed: bool, manner: Manner = "plain") -> str:
        try:
            async with asyncio.timeout(PUT_WITHIN):
                ours = await self.window.adopt(thread)
                return await self._put(thread, message, addressed=addressed, manner=manner, part=not ours)
        except TimeoutError as late:
            raise Unavailable("memory.slow", "Redis: put timed out") from late

    async def _put(self, thread: ThreadKey, message: Message, *, addressed: bool, manner: Manner, part: bool) -> str:
        """`part`: we take part in the thread, though nothing of it stands under our keys yet."""
        k, q = self.keys, self.queue
        keys = [*self._seen(thread, message.ts), *self.sets(thread), q.state, q.ready, q.wake, k.talk(thread)]
        keys.append(k.threads(message.author))
        keep_for = max(self.keep_for, WAITS_FOR)  # what waits outlives a short memory
        args: list[str | int] = [str(thread), message.ts, order(message.ts), _dump(message), int(addressed)]
        args += [SEEN_FOR, keep_for, MOST_HEARD, manner, MAX_BOTS, int(part)]
        return str(await self.client.run(scripts.PUT, keys, args))

    async def change(self, thread: ThreadKey, message: Message) -> None:
        await self.window.adopt(thread)
        await self.client.run(scripts.CHANGE, [self.keys.messages(thread)], [message.ts, _dump(message)])

    async def drop(self, thread: ThreadKey, ts: str) -> None:
        await self.window.adopt(thread)
        k, q = self.keys, self.queue
        keys = [*self._seen(thread, ts), *self.sets(thread), q.state, q.stops, k.turn(thread)]
        await self.client.run(scripts.DROP, keys, [ts, SEEN_FOR, str(thread)])

    async def begin(self, lease: Lease) -> Turn | None:
        k, thread = self.keys, lease.thread
        if not await self.window.adopt(thread):
            raise Unavailable("", "an earlier version answers there", ASK_AGAIN)
        said, waiting, heard, _ = self.sets(thread)
        keys = [self.queue.state, said, waiting, heard, k.turn(thread)]
        found = await self.client.run(scripts.BEGIN, keys, [str(thread), lease.token, MOST_AT_ONCE, self.keep_for])
        if not found:
            raise LeaseLost("before the turn began")
        fields, members, texts, addressed = found
        facts = dict(zip(fields[::2], fields[1::2], strict=True))
        known = [(_load(text), bool(to_us)) for text, to_us in zip(texts, addressed, strict=True) if text]
        messages = tuple(message for message, to_us in known if to_us)
        if not messages and "intent" not in facts and "posted" not in facts:  # deleted before anything was shown
            await self._finish(lease, members, facts.get("newest", ""), None, None)
            return None
        return Turn(
            newest=facts["newest"],
            lease=lease,
            batch=Batch(thread, messages, tuple(message for message, to_us in known if not to_us)),
            attempt=int(facts.get("attempt", 1)),
            posted=tuple(json.loads(facts.get("posted", "[]"))),
            intent=int(facts["intent"]) if "intent" in facts else None,
            complete=_COMPLETE.validate_json(facts["complete"]) if "complete" in facts else None,
        )

    async def note_intent(self, turn: Turn, index: int) -> None:
        await self._note(turn, "intent", str(index))

    async def note_posted(self, turn: Turn) -> None:
        await self._note(turn, "posted", json.dumps(turn.posted))

    async def keep_answer(self, turn: Turn, answer: Complete) -> None:
        await self._note(turn, "complete", _COMPLETE.dump_json(answer).decode())

    async def finish(self, turn: Turn, answer: Message | None, record: Record) -> None:
        """Repeats itself until Redis has it or has given the turn to another: an answer that stands in Slack must
        not be written a second time because Redis was away for a moment."""
        members = [message.ts for message in turn.batch.everything]
        payer = turn.batch.newest.author if turn.batch.messages else ""
        while True:
            try:
                return await self._finish(turn.lease, members, turn.newest, answer, record, payer)
            except Unavailable:
                await asyncio.sleep(0.5)

    async def load(self, thread: ThreadKey) -> Past:
        await self.window.adopt(thread)
        said, _, _, past = self.sets(thread)
        texts, unread_from = await self.client.run(scripts.LOAD, [said, past, self.keys.turns(thread)], [])
        messages = tuple(_load(text) for text in texts if text)
        return Past(messages, unread_from or (messages[-1].ts if messages else "0"))

    async def first_time(self, thread: ThreadKey, ts: str) -> bool:
        return bool(await self.client.run(scripts.FIRST_TIME, self._seen(thread, ts), [SEEN_FOR]))

    async def stop(self, thread: ThreadKey, newest: str | None = None) -> bool:
        await self.window.adopt(thread)
        q = self.queue
        keys = [q.state, q.stops, q.leases, self.keys.turn(thread)]
        return bool(await self.client.run(scripts.STOP, keys, [str(thread), newest or ""]))

    async def askers(self, thread: ThreadKey, before: str | None = None) -> set[str]:
        _, messages = await self._about(thread, "")
        return {m.author for m in messages if before is None or order(m.ts) < order(before)}

    async def record(self, thread: ThreadKey, newest: str) -> Record | None:
        record, _ = await self._about(thread, newest)
        return record

    async def posted(self, turn: Turn) -> tuple[str, ...]:
        thread = turn.batch.thread
        keys = [self.keys.turn(thread), self.keys.turns(thread)]
        running, record = await self.client.run(scripts.POSTED, keys, [turn.newest])
        return tuple(json.loads(running)) if running else _RECORD.validate_json(record).posted if record else ()

    async def again(self, thread: ThreadKey, newest: str) -> str:
        await self.window.adopt(thread)
        k, q = self.keys, self.queue
        keys = [q.state, q.ready, q.wake, *self.sets(thread), k.turn(thread), k.turns(thread), k.aside]
        return str(await self.client.run(scripts.AGAIN, keys, [str(thread), newest, self.keep_for]))

    async def keep(self, turn: Turn, earlier: Earlier) -> None:
        thread = turn.batch.thread
        said, _, _, past = self.sets(thread)
        keys = [self.queue.state, said, past, self.keys.turns(thread)]
        args: list[str | int] = [str(thread), turn.lease.token, self.keep_for, earlier.read_to or ""]
        for message in earlier.messages:
            member, rank = _place(message)
            keys += self._seen(thread, member)
            args += [member, rank, _dump(message)]
        keys += [self.keys.threads(user) for user in {m.author for m in earlier.messages if m.role == "user"}]
        if not await self.client.run(scripts.KEEP, keys, args):
            raise LeaseLost("when keeping what was said before")

    async def forget(self, thread: ThreadKey) -> bool:
        await self.window.adopt(thread)
        return await forget.thread(self.client, self.keys, self.queue, thread, self.keep_for)

    async def forget_person(self, user: str) -> int:
        await self.window.adopt_all_of(user)
        return await forget.person(self.client, self.keys, self.queue, user, self.keep_for)

    async def _note(self, turn: Turn, field: str, value: str) -> None:
        """Waits for a Redis that is away, as long as the turn is ours: an answer under way need not be begun anew."""
        keys = [self.queue.state, self.keys.turn(turn.batch.thread)]
        args = [str(turn.batch.thread), turn.lease.token, field, value]
        while True:
            try:
                ours = await self.client.run(scripts.MARK, keys, args)
                break
            except Unavailable:
                if turn.lease.over:
                    raise
                await asyncio.sleep(0.2)
        if not ours:
            raise LeaseLost(f"when noting {field}")

    async def _about(self, thread: ThreadKey, newest: str) -> tuple[Record | None, list[Message]]:
        await self.window.adopt(thread)
        said, waiting, _, _ = self.sets(thread)
        keys = [said, waiting, self.keys.turn(thread), self.keys.turns(thread)]
        record, texts = await self.client.run(scripts.ABOUT, keys, [newest])
        return (_RECORD.validate_json(record) if record else None), [_load(text) for text in texts if text]

    async def _finish(
        self,
        lease: Lease,
        members: Sequence[str],
        newest: str,
        answer: Message | None,
        record: Record | None,
        payer: str = "",
    ) -> None:
        k, q, thread = self.keys, self.queue, lease.thread
        keys = [q.state, q.leases, q.ready, q.wake, *self.sets(thread), k.turn(thread)]
        keys += [k.turns(thread), q.stops, k.aside, k.chosen(thread), k.votes(thread), k.spent(ledger.month())]
        args: list[str | int] = [str(thread), lease.token, self.keep_for, DONE_FOR, MOST_PAST, MOST_ASIDE, newest]
        args += [_place(answer)[1], _dump(answer)] if answer else ["", ""]
        args += [_RECORD.dump_json(record).decode(), int(record.outcome == "failed")] if record else ["", 0]
        args += [ledger.charges(thread.channel, payer, record), SPENT_FOR]
        if not await self.client.run(scripts.FINISH, keys, [*args, *members]):
            raise LeaseLost("when finishing")

    def sets(self, thread: ThreadKey) -> list[str]:
        """The keys of what is known of a thread: said, waiting, heard, past."""
        k = self.keys
        return [k.messages(thread), k.waiting(thread), k.heard(thread), k.past(thread)]

    def _seen(self, thread: ThreadKey, ts: str) -> list[str]:
        """Where it is noted that we have a message: for us, and for an earlier version that looks elsewhere."""
        own = self.keys.seen(thread, ts)
        return [own, self.window.seen(thread, ts) or own]


def _place(message: Message) -> tuple[str, str]:
    """A message's name among what was said in its thread, and its rank there: an answer comes after what it answers."""
    answer = message.role == "assistant"
    return (f"{message.ts}/answer", f"{order(message.ts)}.5") if answer else (message.ts, str(order(message.ts)))


def _dump(message: Message) -> str:
    return _MESSAGE.dump_json(message, exclude_defaults=True).decode()


def _load(text: str) -> Message:
    try:
        return _MESSAGE.validate_json(text)
    except ValidationError:
        raise ValueError("a stored message cannot be read") from None  # pydantic would quote it
