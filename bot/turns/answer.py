"""How does one answer come from the model into the thread?

The model's words are taken in as they come; a painter beside it shows them at the pace that Slack allows. Whatever is
shown is noted in Redis post by post, so that whoever takes the turn over goes on there.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from bot import aio as waiting
from bot.conversation import prompt
from bot.conversation.messages import Message
from bot.conversation.prompt import Ask
from bot.errors import LeaseLost, PicturesRefused, TooLong, Unanswerable, Unchangeable
from bot.personas.persona import DEFAULT
from bot.policy.preferences import Rules
from bot.ports import Finished, Interrupted, Later, Text, World
from bot.turns import footer as footers
from bot.turns import history as recall
from bot.turns.draft import Draft, Edit, Post, Remove, Step
from bot.turns.state import Complete, Control, Outcome, Record, Shown, Turn

log = logging.getLogger(__name__)

STOPPED = "Stopped before there was anything to read."
NOTES = {
    "length": "cut at the length limit",
    "content_filter": "stopped by the provider's content filter",
    None: "the model's server broke off before the end",
}
EMPTY = {
    "length": "The model reached its length limit before it wrote anything. A higher limit may help.",
    "content_filter": "The provider's content filter stopped the answer.",
    "stop": "The model gave an empty answer.",
    None: "The model's server broke off before it answered.",
}


def record_of(turn: Turn, outcome: Outcome) -> Record:
    """What remains of the turn as it stands; what a model took is added by whoever asked one."""
    return Record(
        outcome,
        askers=tuple(dict.fromkeys(message.author for message in turn.asked)),
        asked=tuple(message.ts for message in turn.batch.messages),
        heard=tuple(message.ts for message in turn.batch.heard),
        posted=turn.posted,
        attempt=turn.attempt,
    )


class Answer:
    """The answer of one turn. The draft knows what should stand in the thread; `turn.posted` follows it, and Redis
    follows that."""

    def __init__(self, turn: Turn, world: World) -> None:
        self.draft = Draft(turn.posted)
        self.words = ""  # what the model has said, without anything of ours
        self._turn, self._world = turn, world
        self._started = world.now()
        self._other_choices: dict[int, str] = {}
        self._strays: dict[int, str] = {}  # what earlier attempts had posted, by index, until it is needed
        self._grown = asyncio.Event()
        self._complete = asyncio.Event()
        self._posts = 0
        self._status_stands = self._status_in_doubt = False

    async def say(self, text: str, outcome: Outcome, *controls: Control) -> Record:
        """Show words of our own: no model, no footer."""
        self.draft.feed(text)
        self.draft.close(None, *controls)
        await self._catch_up()
        return record_of(self._turn, outcome)

    async def think(self, new: Sequence[Message], rules: Rules) -> Record:
        """Let the model answer `new`, the batch as people read it, until it has finished or a person stops it."""
        self._rules = rules
        await waiting.together(self._take_in(new), self._paint(), self._announce())
        if self._turn.lease.pointless:
            return await self.withdraw()
        return replace(self._record, posted=self._turn.posted)

    async def withdraw(self) -> Record:
        """All that was asked has been deleted: nothing of the answer stays."""
        turn, world = self._turn, self._world
        in_doubt = await world.chat.find(turn) if turn.intent is not None else {}
        for ts in {*turn.posted, *in_doubt.values()}:
            await world.chat.remove(turn, ts)
        turn.posted = ()
        return record_of(turn, "withdrawn")

    async def show(self, answer: Complete) -> Record:
        """Show what an earlier attempt had from the model, and may have shown in part."""
        self.draft.feed(answer.shown)
        self.draft.close(answer.footer, *_controls(answer))
        self._status_stands = True  # it may; the earlier attempt cannot tell
        await self._catch_up()
        return replace(answer.record, posted=self._turn.posted, attempt=self._turn.attempt)

    async def clear_status(self) -> None:
        """A reply clears the status by itself (Slack docs: assistant.threads.setStatus); nothing else does."""
        if self._status_stands or self._status_in_doubt:
            await self._world.chat.status(self._turn.batch.thread, "")

    async def _announce(self) -> None:
        """Say that we are at it. Where it is not certain that this came before our first post, it has to be cleared."""
        self._status_stands = True
        done = await self._world.chat.status(self._turn.batch.thread, "is thinking…")
        self._status_in_doubt = not done or self._posts > 0

    async def _take_in(self, new: Sequence[Message]) -> None:
        self._asked = await self._ask(new)
        end = await waiting.unless(self._turn.lease.stop, self._stream())
        self.words = self.draft.text
        if self._turn.lease.pointless:
            self.draft.close()
            self._grown.set()
            self._complete.set()
            return
        self._record, footer = self._account(end)
        for choice, text in sorted(self._other_choices.items()):
            self.draft.feed(f"\n\n---\n\n**Alternative {choice + 1}**\n\n{text}")
        if self.draft.empty:
            self.draft.feed(STOPPED)
        complete = Complete(self.draft.text, self.words, footer, self._record, rated=self._rules.feedback)
        await self._world.inbox.keep_answer(self._turn, complete)
        self.draft.close(footer, *_controls(complete))
        self._complete.set()
        self._grown.set()

    async def _ask(self, new: Sequence[Message]) -> Ask:
        turn, world = self._turn, self._world
        persona, limits = self._rules.persona, world.limits
        self._recalled = await recall.recall(turn, world)
        past = await world.transcript.plain(self._recalled.messages, named=persona.sees_names)
        names = await self._names((*past, *new))
        user = world.user_hash(turn.batch.newest.author)
        read = await waiting.unless(turn.lease.stop, world.files.read((*past, *new)))
        model, budget, room = self._rules.model, limits.history_tokens, limits.file_tokens
        return prompt.build(persona, model, past, new, names, budget, user, read, room)

    async def _names(self, messages: Sequence[Message]) -> Mapping[str, str]:
        """What those who speak are called, where several do; by number if the persona does not see names."""
        speakers = {message.author: message.name for message in messages if message.role == "user"}
        if len(speakers) < 2:
            return {}
        if not self._rules.persona.sees_names:
            return {author: f"Person {n}" for n, author in enumerate(speakers, start=1)}
        told = {author: name for author, name in speakers.items() if name}
        return {**told, **await self._world.directory.names(speakers.keys() - told.keys())}

    async def _stream(self) -> Finished | Interrupted:
        """Feed the draft until the model has finished, but not for ever."""
        try:
            async with asyncio.timeout(self._world.limits.turn):
                return await self._hear()
        except TimeoutError:
            if self.draft.empty:
                raise Unanswerable("The model took too long to answer.", "turn timeout") from None
            return Interrupted("the answer took too long")

    async def _hear(self) -> Finished | Interrupted:
        while True:
            try:
                async with aclosing(self._world.model.stream(self._asked)) as events:
                    async for event in events:
                        if not isinstance(event, Text):
                            return self._checked(event)
                        self._feed(event)
                raise RuntimeError("the model's stream ended without an end")
            except TooLong:
                if (cut := prompt.shorter(self._asked)) is None:
                    raise
                self._asked = cut
            except PicturesRefused:
                self._asked = prompt.without_pictures(self._asked)

    def _feed(self, piece: Text) -> None:
        if piece.choice:
            self._other_choices[piece.choice] = self._other_choices.get(piece.choice, "") + piece.text
            return
        self.draft.feed(piece.text)
        self._grown.set()

    def _checked(self, end: Finished | Interrupted) -> Finished | Interrupted:
        if not self.draft.empty:
            return end
        reason = end.reason if isinstance(end, Finished) else None
        raise Unanswerable(EMPTY.get(reason, EMPTY[None]), f"empty answer, finish reason {reason}")

    def _account(self, end: Finished | Interrupted | None) -> tuple[Record, str | None]:
        """What the answer took, and the footer that says so. `end` is None when a person stopped it."""
        ask, text = self._asked, self.words + "".join(self._other_choices.values())
        model, usage, reason = ask.model, ask.estimate(text), None
        if isinstance(end, Finished):
            model, usage, reason = end.model or model, end.usage or usage, end.reason
        persona, named = self._rules.persona, self._rules.persona.name
        cost, seconds = self._world.model.cost(model, usage), self._world.now() - self._started
        record = record_of(self._turn, "stopped" if end is None else "answered").took(model, usage, cost, seconds)
        record = replace(record, reason=reason or "", persona=named, version=persona.version)
        line = footers.footer(
            self._rules.footer,
            model=model,
            usage=usage,
            cost=cost,
            seconds=seconds,
            persona=None if named == DEFAULT else named,
            notes=self._notes(end),
        )
        return record, line

    def _notes(self, end: Finished | Interrupted | None) -> tuple[str, ...]:
        """What the reader has to know about the answer."""
        notes = list(_about_the_end(end))
        if self._rules.gone and self._rules.gone_at in ("thread", "person"):  # a place's is for who manages it
            notes.append(f"“{self._rules.gone}” is deleted, {self._rules.persona.name} answers")
        notes += self._asked.file_notes
        if self._recalled.unread:
            notes.append("some earlier messages could not be read")
        if left_out := self._asked.left_out + self._recalled.left_out:
            notes.append(f"{left_out} earlier message{'s' if left_out > 1 else ''} left out")
        return tuple(notes)

    async def _paint(self) -> None:
        """Keep the thread abreast of the draft until the whole answer stands there."""
        pause = self._world.limits.first_post_after
        while not self._complete.is_set():
            await self._grown.wait()
            self._grown.clear()
            await waiting.either(self._complete, pause)
            if not self._complete.is_set() and (step := self.draft.next()):
                later = await self._do(step)
                pause = max(self._world.limits.edit_every, later.seconds if later else 0.0)
                if later:
                    self._grown.set()  # what is there may be shown then, even if nothing more has come
        if not self._turn.lease.pointless:
            await self._catch_up()

    async def _catch_up(self) -> None:
        while step := self.draft.next():
            await self._do(step)

    async def _do(self, step: Step) -> Later | None:
        """Carry out one step in Slack, if the turn is still ours, and note what stands there now."""
        turn, world = self._turn, self._world
        turn.lease.check()
        match step:
            case Post():
                return await self._find_or_post(step)
            case Edit(index, ts, shown):
                try:
                    if later := await world.chat.edit(turn, index, ts, shown):
                        return later
                except Unchangeable as why:
                    log.info("posting anew", extra={"turn": turn.id, "why": why.detail})
                    return await self._find_or_post(step)
                await self._confirm(step, ts)
            case Remove(_, ts):
                await world.chat.remove(turn, ts)
                await self._confirm(step, ts)
        return None

    async def _find_or_post(self, step: Post | Edit) -> Later | None:
        if await self._found(step.index):
            return None
        return await waiting.see_through(self._post(step))

    async def _found(self, index: int) -> bool:
        """Whether an earlier attempt has posted this message without noting it. Looked up as late as can be: its post
        may have been under way still when this attempt began."""
        turn = self._turn
        if turn.intent is not None and index <= turn.intent:
            turn.intent, self._strays = None, dict(await self._world.chat.find(turn))
        ts = self._strays.pop(index, None)
        if ts is None or ts in turn.posted:
            return False
        self.draft.adopt(index, ts)
        await self._note()
        return True

    async def _post(self, step: Post | Edit) -> Later | None:
        turn, world, index = self._turn, self._world, step.index

        def latest() -> Shown:
            turn.lease.check()  # it may have taken long until it was our turn to post
            return self.draft.latest(index)

        await world.inbox.note_intent(turn, index)
        turn.intent = index
        posted = await world.chat.post(turn, index, latest)
        turn.intent = None
        if isinstance(posted, Later):
            return posted
        ts, shown = posted
        self._posts += 1
        self._status_stands = False
        try:
            await self._confirm(replace(step, shown=shown), ts)
        except LeaseLost:
            if ts not in await world.inbox.posted(turn):  # nobody has taken it over: it is one too many
                await world.chat.remove(turn, ts)
            raise
        return None

    async def _confirm(self, step: Step, ts: str) -> None:
        before = self.draft.posted
        self.draft.confirm(step, ts)
        if self.draft.posted != before:
            await self._note()

    async def _note(self) -> None:
        self._turn.posted = self.draft.posted
        await self._world.inbox.note_posted(self._turn)


def _about_the_end(end: Finished | Interrupted | None) -> tuple[str, ...]:
    match end:
        case None:
            return ("stopped",)
        case Interrupted(why):
            return (f"incomplete: {why}",)
        case Finished("stop" | "tool_calls" | "function_call"):
            return ()
    return (NOTES.get(end.reason, f"ended early: {end.reason}"),)


def _controls(answer: Complete) -> tuple[Control, ...]:
    """What a reader may do with a whole answer."""
    more = (Control.CONTINUE,) if answer.record.reason == "length" else ()
    rate = (Control.RATE,) if answer.rated else ()
    return (Control.AGAIN, *more, Control.PERSONA, *rate)
