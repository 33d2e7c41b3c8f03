"""Bringing an answer into the thread.

The draft knows what should stand there. Its steps are carried out one by one, each only while the lease holds, and
what stands in the thread is noted in the inbox post by post: whoever takes the turn over goes on there.
"""

import asyncio
from dataclasses import dataclass, replace

from bot import aio
from bot.conversation.messages import Kind
from bot.errors import LeaseLost, Oversized, Unchangeable
from bot.happenings import PostReplaced
from bot.ports import Later, World
from bot.turns.draft import Draft, Edit, Post, Remove, Step
from bot.turns.state import Complete, Control, Shown, Turn

STATUS_EVERY = 30.0  # seconds; Slack takes a status away after two minutes (Slack docs: assistant.threads.setStatus)
COUNT_EVERY = 10.0  # seconds, where it counts down


@dataclass(slots=True)
class Status:
    """What is known of the status under the thread. A reply takes a status away by itself (Slack docs:
    assistant.threads.setStatus), but only one that came before it."""

    announced: bool = False
    may_stand: bool = False
    came_first: bool = False
    replied: bool = False

    def reply(self) -> None:
        self.replied = True
        self.may_stand = self.may_stand and not self.came_first


class Publisher:
    """What one attempt at a turn shows in its thread. `turn.posted` follows what stands there."""

    def __init__(self, turn: Turn, world: World) -> None:
        self._turn, self._world = turn, world
        limits = world.limits
        self._draft = Draft(
            world.words,
            turn.posted,
            most=limits.answer_messages,
            uncut=limits.uncut,
            tables=limits.tables,
            begins=turn.begins,
        )
        self._grown = asyncio.Event()
        self._closed = asyncio.Event()
        self._readable = False  # there is something to read, or will be in a moment, or never
        self._status = Status()
        self._news = asyncio.Event()  # something to say in the status, or no more need of one
        self._busy_until: float | None = None
        self._strays: dict[int, str] = {}  # what earlier attempts had posted without noting it, by index

    @property
    def text(self) -> str:
        """All that was fed so far, as far as there was room for it."""
        return self._draft.text

    @property
    def last(self) -> str:
        """What stands in the last message of the whole answer."""
        return self._draft.last

    @property
    def full(self) -> bool:
        """There is no room for more."""
        return self._draft.full

    def feed(self, text: str) -> None:
        """More of the answer."""
        self._draft.feed(text)
        self._grown.set()
        self._reading()

    def wait(self, until: float | None) -> None:
        """The model is busy, and will be asked again at this time of the world's clock; None: now."""
        self._busy_until = until
        self._news.set()

    def restart(self) -> None:
        """What was fed so far is void; what stands of it in the thread is edited as more comes."""
        self._draft.restart()

    def complete(self, answer: Complete) -> None:
        """The answer is whole; what was fed so far is the beginning of what it shows."""
        self.feed(answer.shown.removeprefix(self._draft.text))
        self._close(answer.footer, *_controls(answer), kind=answer.kind)

    def close(self) -> None:
        """Nothing more will come, and what has come need not be shown to its end."""
        self._close(None)

    async def follow(self) -> None:
        """Keep the thread abreast of the draft until the answer is whole and stands there."""
        limits, pause = self._world.limits, self._world.limits.first_post_after
        while not self._closed.is_set():
            await self._grown.wait()
            self._grown.clear()
            await aio.either(self._closed, pause)
            if not self._closed.is_set() and (step := self._draft.next()):
                later = await self._do(step)
                pause = max(limits.edit_every, later.seconds if later else 0.0)
                if later:
                    self._grown.set()  # what is there may be shown then, even if nothing more has come
        if not self._turn.lease.pointless:
            await self._catch_up()

    async def show(self, answer: Complete) -> None:
        """Show what an earlier attempt had from the model, and may have shown in part."""
        self._status = Status(announced=True, may_stand=True, came_first=True)  # the earlier attempt may have set one
        self.complete(answer)
        await self._catch_up()

    async def say(self, kind: Kind, text: str, *controls: Control) -> None:
        """Show words of our own: no model, no footer."""
        self.feed(text)
        self._close(None, *controls, kind=kind)
        await self._catch_up()

    async def leave(self) -> None:
        """Nothing comes after what stood there before: it is to stand there as it did."""
        self._draft.restart()
        self._close(None)
        await self._catch_up()

    async def withdraw(self) -> None:
        """Take away all that stands in the thread of this turn, also what an earlier attempt posted without noting."""
        turn, world = self._turn, self._world
        in_doubt = await world.chat.find(turn) if turn.intent is not None else {}
        before = turn.posted[:1] if turn.begins else ()
        for ts in {*turn.posted, *in_doubt.values()}.difference(before):
            await world.chat.remove(turn, ts)
        turn.posted = before
        if before:
            await Publisher(turn, world).leave()

    async def keep_announcing(self) -> None:
        """Show what is waited for, until there is something to read or all is over."""
        began = self._world.now()
        await self.announce()
        while not self._readable:
            await aio.either(self._news, STATUS_EVERY if self._busy_until is None else COUNT_EVERY)
            self._news.clear()
            if not self._readable:
                await self._set_status(self._waited_for(began))

    async def announce(self) -> None:
        """Show that we are thinking about it: by a status, or where none is shown, in the place of the answer."""
        await self._set_status(self._world.words.label("thinking"))

    def _waited_for(self, began: float) -> str:
        now, words = self._world.now(), self._world.words
        if self._busy_until is not None:
            return words.label("thinking.busy", seconds=max(round(self._busy_until - now), 1))
        seconds = round(now - began)
        return words.label("thinking.still", seconds=seconds) if seconds >= 1 else words.label("thinking")

    async def _set_status(self, text: str) -> None:
        status = self._status
        status.announced, status.may_stand, status.came_first = True, True, False
        done = await self._world.chat.status(self._turn.batch.thread, text)
        status.came_first = bool(done) and not status.replied
        if done is None:
            status.may_stand = False
            self._draft.hold_place()
            self._grown.set()

    async def clear_status(self) -> None:
        """Leave no status behind."""
        if self._status.announced:
            await self._world.chat.status(self._turn.batch.thread, "", cleared=not self._status.may_stand)

    def _close(self, footer: str | None, *controls: Control, kind: Kind = "answer") -> None:
        self._draft.close(footer, *controls, kind=kind)
        self._closed.set()
        self._grown.set()
        self._reading()

    def _reading(self) -> None:
        """No status has to say any more what is waited for."""
        self._readable = True
        self._news.set()

    async def _catch_up(self) -> None:
        while step := self._draft.next():
            await self._do(step)

    async def _do(self, step: Step) -> Later | None:
        """Carry out one step, if the turn is still ours, and note what stands in the thread now. Of a message that is
        too much for one, the next step shows less."""
        self._turn.lease.check()
        try:
            return await self._carried_out(step)
        except Oversized as over:
            self._draft.shorten(step.index, over.fits)
            self._grown.set()
            return None

    async def _carried_out(self, step: Step) -> Later | None:
        turn, chat = self._turn, self._world.chat
        match step:
            case Post():
                return await self._find_or_post(step)
            case Edit(index, ts, shown):
                try:
                    if later := await chat.edit(turn, index, ts, shown):
                        return later
                except Unchangeable as why:
                    self._world.saw(PostReplaced(turn.id, why.detail))
                    return await self._find_or_post(step)
                await self._confirm(step, ts)
            case Remove(_, ts):
                await chat.remove(turn, ts)
                await self._confirm(step, ts)
        return None

    async def _find_or_post(self, step: Post | Edit) -> Later | None:
        if await self._found(step.index):
            return None
        return await aio.see_through(self._post(step))

    async def _found(self, index: int) -> bool:
        """Whether an earlier attempt has posted this message without noting it. Looked up as late as can be: its post
        may have been under way still when this attempt began."""
        turn = self._turn
        if turn.intent is not None and index <= turn.intent:
            turn.intent, self._strays = None, dict(await self._world.chat.find(turn))
        ts = self._strays.pop(index, None)
        if ts is None or ts in turn.posted:
            return False
        self._draft.adopt(index, ts)
        await self._note()
        return True

    async def _post(self, step: Post | Edit) -> Later | None:
        """Post a message: the intent is noted before, the message after. One that nobody knows of is taken away."""
        turn, world, index = self._turn, self._world, step.index

        def latest() -> Shown:
            turn.lease.check()  # it may have taken long until it was our turn to post
            return self._draft.latest(index) or step.shown

        if turn.announced != index:
            await world.inbox.note_intent(turn, index)
            turn.announced = index
        turn.intent = index
        posted = await world.chat.post(turn, index, latest)
        turn.intent = None
        if isinstance(posted, Later):
            return posted
        ts, shown = posted
        self._status.reply()
        self._reading()
        try:
            await self._confirm(replace(step, shown=shown), ts)
        except LeaseLost:
            if ts not in await world.inbox.posted(turn):  # nobody has taken it over: it is one too many
                await world.chat.remove(turn, ts)
            raise
        return None

    async def _confirm(self, step: Step, ts: str) -> None:
        before = self._draft.posted
        self._draft.confirm(step, ts)
        if self._draft.posted != before:
            await self._note()

    async def _note(self) -> None:
        turn = self._turn
        turn.posted = self._draft.posted
        if turn.first_text is None:
            turn.first_text = self._world.now() - turn.started
        await self._world.inbox.note_posted(turn)


def _controls(answer: Complete) -> tuple[Control, ...]:
    """What a reader may do with a whole answer."""
    stopped = answer.record.outcome == "stopped" and answer.kind == "answer"
    more = (Control.CONTINUE,) if answer.record.reason == "length" or stopped else ()
    rate = (Control.RATE,) if answer.rated else ()
    return (Control.AGAIN, *more, Control.PERSONA, *rate)
