"""Messages that wait, the turns that answer them, and what was said before: the inbox and the history in Redis."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.conversation.history import Earlier, Past
from bot.conversation.ids import ThreadKey, is_ts, order
from bot.conversation.messages import Message
from bot.errors import LeaseLost, Locked, Unavailable, Unreadable
from bot.policy.triggers import MAX_BOTS, Manner
from bot.store import ledger, notes, opening, records
from bot.store.asked_scripts import About, Again, Posted, Stop
from bot.store.client import Client
from bot.store.inbox_scripts import Change, Drop, FirstTime, Keep, Load, Loaded, Put
from bot.store.keys import DONE_FOR, SEEN_FOR, WAITS_FOR, Keys, QueueKeys
from bot.store.lately import Lately
from bot.store.ledger import Entries
from bot.store.lives import Lives, life
from bot.store.migrations.window import CLOSED, Window
from bot.store.preferences import RedisPrefs
from bot.store.records import write_message
from bot.store.script import Key
from bot.store.turn_scripts import UNCHARGED, Finish, Salvage
from bot.turns.state import Ahead, Complete, Lease, Record, Turn
from bot.usage.ledger import Booking

log = logging.getLogger(__name__)

PUT_WITHIN = 2.0  # seconds: Slack waits three for our acknowledgement
TWICE_WITHIN = 5.0  # seconds between two events about the same message
MOST_AT_ONCE = 50  # messages answered in one turn; what is more waits for the next
MOST_HEARD = 200  # messages said beside a thread's turns that are kept until the next one
MOST_PAST = 1000  # messages of a thread's history; cut to half when there are more
MOST_ASIDE = 1000  # failed turns that the operator is shown
ASK_AGAIN = 1.0  # seconds until a turn that an earlier version has under way is looked for again
MAX_UNREADABLE = 3  # attempts at a turn that cannot be read, in case another replica can read it
MAX_LOCKED = 5  # the same for a turn whose encryption key is missing: it may come within seconds
MAX_FINISHES = 1200  # tries
FINISH_PAUSE = 0.5  # seconds between two of them


@dataclass(slots=True)
class RedisInbox:
    """Of one workspace. `keep_for` (the history's lifetime) in seconds; `window` is what may still be in the hands of
    an earlier version."""

    client: Client
    keys: Keys
    queue: QueueKeys
    keep_for: int
    window: Window = CLOSED
    lives: Lives | None = None
    prefs: RedisPrefs | None = None
    _put_lately: Lately = field(default_factory=lambda: Lately(TWICE_WITHIN))

    async def put(self, thread: ThreadKey, message: Message, *, addressed: bool, manner: Manner = "plain") -> str:
        """Slack tells of a mention twice, as message and as mention: what this process has put is not put again."""
        if not addressed or manner != "plain":
            return await self._put_within(thread, message, addressed=addressed, manner=manner)
        async with self._put_lately.once(f"{thread}/{message.ts}") as first:
            return await self._put_within(thread, message, addressed=True, manner=manner) if first else "again"

    async def _put_within(self, thread: ThreadKey, message: Message, *, addressed: bool, manner: Manner) -> str:
        try:
            async with asyncio.timeout(PUT_WITHIN):
                ours = await self.window.adopt(thread)
                return await self._put(thread, message, addressed=addressed, manner=manner, part=not ours)
        except TimeoutError as late:
            raise Unavailable("memory.slow", "Redis: put timed out") from late

    async def _put(self, thread: ThreadKey, message: Message, *, addressed: bool, manner: Manner, part: bool) -> str:
        """`part`: we take part in the thread, though nothing of it stands under our keys yet."""
        k, q = self.keys, self.queue
        seen, seen_before = self._seen(thread, message.ts)
        script = Put(
            seen=seen,
            seen_before=seen_before,
            said=k.messages(thread),
            waiting=k.waiting(thread),
            heard=k.heard(thread),
            past=k.past(thread),
            state=q.state,
            ready=q.ready,
            wake=q.wake,
            talk=k.talk(thread),
            threads=k.threads(message.author),
            thread=str(thread),
            member=message.ts,
            score=str(order(message.ts)),
            message=write_message(self.client.seal, thread, message),
            addressed=addressed,
            seen_for=SEEN_FOR,
            keep_for=await life(self, thread, WAITS_FOR),  # what waits outlives a short memory
            most_heard=MOST_HEARD,
            manner=manner,
            most_bots=MAX_BOTS,
            part=part,
        )
        return await self.client.call(script)

    async def change(self, thread: ThreadKey, message: Message) -> None:
        await self.window.adopt(thread)
        said, text = self.keys.messages(thread), write_message(self.client.seal, thread, message)
        await self.client.call(Change(said=said, member=message.ts, message=text))

    async def drop(self, thread: ThreadKey, ts: str) -> None:
        await self.window.adopt(thread)
        k, q = self.keys, self.queue
        seen, seen_before = self._seen(thread, ts)
        script = Drop(
            seen=seen,
            seen_before=seen_before,
            said=k.messages(thread),
            waiting=k.waiting(thread),
            heard=k.heard(thread),
            past=k.past(thread),
            state=q.state,
            stops=q.stops,
            turn=k.turn(thread),
            answers=k.answers(thread),
            member=ts,
            seen_for=SEEN_FOR,
            thread=str(thread),
            hold=self.lives is not None and self.lives.hold,
        )
        await self.client.call(script)

    async def begin(self, lease: Lease) -> Turn | None:
        try:
            if not await self.window.adopt(lease.thread):
                raise Unavailable("", "an earlier version answers there", ASK_AGAIN)
            return await self._begin(lease)
        except Unreadable as odd:
            if left := await self._salvage(lease, MAX_LOCKED if isinstance(odd, Locked) else MAX_UNREADABLE):
                return left
            raise

    async def _begin(self, lease: Lease) -> Turn | None:
        thread, seen = lease.thread, self.prefs.listed.seen if self.prefs else ""
        script = opening.begin(self.keys, self.queue, lease, MOST_AT_ONCE, await life(self, thread), seen)
        found = await self.client.call(script, repairing=False)  # the operator is to see what is lost
        if not found:
            raise LeaseLost("before the turn began")
        self.client.cooled.told(found.cooled)
        facts, seal = found.facts, self.client.seal
        batch = records.batch(seal, found, thread)
        if not batch.messages and "intent" not in facts and "posted" not in facts:  # deleted before anything was shown
            earlier = ledger.entries(records.earlier(facts, lease.token))
            await self._finish(lease, found.members, facts.get("newest", ""), None, None, earlier)
            return None
        turn = records.turn(seal, facts, batch, lease)
        if self.prefs and found.ruling and found.past and found.asker:
            rules = self.prefs.ruled(thread, found.asker, seen, found.ruling)
            turn.ahead = Ahead(found.asker, rules, self._past(thread, found.past))
        return turn

    async def _salvage(self, lease: Lease, most_attempts: int) -> Turn | None:
        """What is left of a turn that cannot be read, to be given up; None while another attempt is worth it."""
        k, thread = self.keys, lease.thread
        script = Salvage(
            state=self.queue.state,
            said=k.messages(thread),
            waiting=k.waiting(thread),
            heard=k.heard(thread),
            turn=k.turn(thread),
            thread=str(thread),
            token=lease.token,
            most=MOST_AT_ONCE,
            most_attempts=most_attempts,
            keep_for=await life(self, thread),
        )
        found = await self.client.call(script)
        if not found:
            raise LeaseLost("before what is left of the turn was found")
        return records.remains(self.client.seal, found, lease) if found.facts else None

    async def note_intent(self, turn: Turn, index: int) -> None:
        await self._note(turn, "intent", str(index))

    async def note_posted(self, turn: Turn) -> None:
        await self._note(turn, "posted", json.dumps(turn.posted))

    async def note_taken(self, turn: Turn, bookings: Sequence[Booking], may_post: int | None = None) -> bool:
        try:
            await self._note_once(turn, () if may_post is None else ("intent", str(may_post)), bookings)
            return True
        except Unavailable:  # the answer goes on all the same: the next note tells more
            return False

    async def keep_answer(self, turn: Turn, answer: Complete, bookings: Sequence[Booking] = ()) -> None:
        complete = records.write_complete(self.client.seal, turn.batch.thread, answer)
        await self._note(turn, "complete", complete, taken=bookings)

    async def finish(
        self, turn: Turn, answer: Message | None, record: Record, bookings: Sequence[Booking] = ()
    ) -> tuple[str, ...]:
        """Repeats itself until Redis has it or has given the turn to another, for some minutes: an answer that stands
        in Slack must not be written a second time because Redis was away for a moment."""
        members = [message.ts for message in turn.batch.everything]
        ends = turn.newest, answer, record, ledger.entries(bookings), turn.payer
        for _ in range(1, MAX_FINISHES):
            try:
                return await self._finish(turn.lease, members, *ends)
            except Unavailable:
                await asyncio.sleep(FINISH_PAUSE)
        return await self._finish(turn.lease, members, *ends)

    async def load(self, thread: ThreadKey) -> Past:
        await self.window.adopt(thread)
        k = self.keys
        script = Load(said=k.messages(thread), past=k.past(thread), turns=k.turns(thread))
        return self._past(thread, await self.client.call(script))

    def _past(self, thread: ThreadKey, loaded: Loaded) -> Past:
        texts, unread_from = loaded
        messages = records.messages(self.client.seal, thread, texts)
        locked = records.locked(self.client.seal, thread, texts) if len(messages) < len(texts) else 0
        known = unread_from if is_ts(unread_from) else messages[-1].ts if messages else "0"
        return Past(messages, known, locked)

    async def first_time(self, thread: ThreadKey, ts: str) -> bool:
        seen, seen_before = self._seen(thread, ts)
        return await self.client.call(FirstTime(seen=seen, seen_before=seen_before, seen_for=SEEN_FOR)) == 1

    async def stop(self, thread: ThreadKey, newest: str | None = None) -> bool:
        await self.window.adopt(thread)
        k, q = self.keys, self.queue
        script = Stop(
            state=q.state,
            stops=q.stops,
            leases=q.leases,
            turn=k.turn(thread),
            thread=str(thread),
            newest=newest,
        )
        return await self.client.call(script) == 1

    async def askers(self, thread: ThreadKey, before: str | None = None) -> set[str]:
        _, messages = await self._about(thread)
        return {m.author for m in messages if before is None or order(m.ts) < order(before)}

    async def record(self, thread: ThreadKey, newest: str) -> Record | None:
        record, _ = await self._about(thread, newest)
        return record

    async def posted(self, turn: Turn) -> tuple[str, ...]:
        thread = turn.batch.thread
        script = Posted(turn=self.keys.turn(thread), turns=self.keys.turns(thread), newest=turn.newest)
        running, record = await self.client.call(script)
        known = records.record(thread, record)
        return records.posted(thread, running) if running else known.posted if known else ()

    async def again(self, thread: ThreadKey, newest: str, *, passes: bool = False, model: str = "") -> str:
        await self.window.adopt(thread)
        k, q = self.keys, self.queue
        script = Again(
            state=q.state,
            ready=q.ready,
            wake=q.wake,
            said=k.messages(thread),
            waiting=k.waiting(thread),
            heard=k.heard(thread),
            past=k.past(thread),
            turn=k.turn(thread),
            turns=k.turns(thread),
            aside=k.aside,
            thread=str(thread),
            newest=newest,
            keep_for=await life(self, thread),
            passes=passes,
            model=model,
        )
        return await self.client.call(script)

    async def keep(self, turn: Turn, earlier: Earlier) -> None:
        k, thread = self.keys, turn.batch.thread
        places = [_place(message) for message in earlier.messages]
        seen = [self._seen(thread, member) for member, _ in places]
        script = Keep(
            state=self.queue.state,
            said=k.messages(thread),
            heard=k.heard(thread),
            past=k.past(thread),
            turns=k.turns(thread),
            seen=tuple(own for own, _ in seen),
            seen_before=tuple(before for _, before in seen),
            threads=tuple({k.threads(m.author) for m in earlier.messages if m.role == "user"}),
            thread=str(thread),
            token=turn.lease.token,
            keep_for=await life(self, thread),
            unread_from=earlier.read_to,
            members=tuple(member for member, _ in places),
            scores=tuple(score for _, score in places),
            messages=tuple(write_message(self.client.seal, thread, message) for message in earlier.messages),
            batch=tuple(message.ts for message in turn.batch.everything),
        )
        if not await self.client.call(script):
            raise LeaseLost("when keeping what was said before")

    async def _note(self, turn: Turn, *noted: str, taken: Sequence[Booking] | None = None) -> None:
        """`noted` is field, value, … Waits for a Redis that is away, as long as the turn is ours."""
        while True:
            try:
                return await self._note_once(turn, noted, turn.told() if taken is None else taken)
            except Unavailable:
                if turn.lease.over:
                    raise
                await asyncio.sleep(0.2)

    async def _note_once(self, turn: Turn, noted: Sequence[str], taken: Sequence[Booking]) -> None:
        keeps = turn.keeps
        script = notes.mark(self.keys, self.queue, turn, await life(self, turn.batch.thread), noted, taken)
        if not await self.client.call(script):
            raise LeaseLost(f"when noting {noted[0] if noted else 'what was taken'}")
        if turn.keeps is keeps:
            turn.keeps = None

    async def _about(self, thread: ThreadKey, newest: str | None = None) -> tuple[Record | None, list[Message]]:
        await self.window.adopt(thread)
        k = self.keys
        script = About(
            said=k.messages(thread),
            waiting=k.waiting(thread),
            turn=k.turn(thread),
            turns=k.turns(thread),
            newest=newest,
        )
        record, texts = await self.client.call(script)
        return records.record(thread, record), list(records.messages(self.client.seal, thread, texts))

    async def _finish(
        self,
        lease: Lease,
        members: Sequence[str],
        newest: str,
        answer: Message | None,
        record: Record | None,
        entries: Entries | None = None,
        payer: str = "",
    ) -> tuple[str, ...]:
        """The messages of the thread's last turn before this one."""
        entered = entries or Entries()
        k, q, thread = self.keys, self.queue, lease.thread
        script = Finish(
            state=q.state,
            leases=q.leases,
            ready=q.ready,
            wake=q.wake,
            said=k.messages(thread),
            waiting=k.waiting(thread),
            heard=k.heard(thread),
            past=k.past(thread),
            turn=k.turn(thread),
            turns=k.turns(thread),
            stops=q.stops,
            aside=k.aside,
            chosen=k.chosen(thread),
            votes=k.votes(thread),
            due=k.due,
            holds=k.holds,
            reserved=k.reserved,
            running=k.running(payer or "nobody"),
            used=entered.keys(k),
            thread=str(thread),
            token=lease.token,
            keep_for=await life(self, thread),
            capped=self.lives is None or not self.lives.hold,
            done_for=DONE_FOR,
            most_past=MOST_PAST,
            most_aside=MOST_ASIDE,
            newest=newest,
            answer_score=_place(answer)[1] if answer else None,
            answer=write_message(self.client.seal, thread, answer) if answer else None,
            record=records.write_record(record) if record else None,
            failed=record is not None and record.outcome == "failed",
            entries=entered.texts,
            lives=entered.lives,
            members=tuple(members),
        )
        done, before = await self.client.call(script)
        if not done:
            raise LeaseLost("when finishing")
        if done == UNCHARGED:
            log.error("some amounts could not be added up", extra={"in_thread": str(thread)})
        last = records.record(thread, before)
        return last.posted if last else ()

    def _seen(self, thread: ThreadKey, ts: str) -> tuple[Key, Key]:
        """Where it is noted that we have a message: for us, and for an earlier version that looks elsewhere."""
        own = self.keys.seen(thread, ts)
        return own, self.window.seen(thread, ts) or own


def _place(message: Message) -> tuple[str, str]:
    """A message's name among what was said in its thread, and its rank there: an answer comes after what it answers."""
    answer = message.role == "assistant"
    return (f"{message.ts}/answer", f"{order(message.ts)}.5") if answer else (message.ts, str(order(message.ts)))
