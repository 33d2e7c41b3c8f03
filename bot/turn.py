"""One turn, told as a story: what was said, what the model answers, what the thread shows, what is remembered."""

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Literal

from bot import prompt, recall, reply, waiting
from bot.budget import Usage
from bot.errors import BotError, Gone, LeaseLost, PicturesRefused, TooLong, Unanswerable
from bot.ports import Finished, Interrupted, Later, Text, World
from bot.prompt import Ask
from bot.reply import Control, Draft, Edit, Post, Remove, Shown, Step
from bot.thread import Complete, Message, Record, Turn

log = logging.getLogger(__name__)

HELLO = (
    "Hello! Ask me something in the message that mentions me, and I answer here in the thread. "
    "Mention me again to go on: I remember what was said in this thread. In a direct message no mention is needed."
)
APOLOGY = "Something went wrong on my side, and I could not answer. Please try again."
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


async def take(turn: Turn, world: World) -> None:
    """Answer a batch and finish the turn. What escapes leaves it unfinished: Unavailable, LeaseLost, or a bug."""
    answer, words = _Answer(turn, world), ""
    try:
        record, words = await _speak(answer, turn, world)
    except Gone as gone:
        record = _failed(turn, gone)
        log.warning("cannot answer there", extra={"turn": turn.id, "why": record.why})
    except Unanswerable as no:
        record = await _apologise(no, turn, world)
    await answer.clear_status()
    await world.inbox.finish(turn, _remembered(turn, words), record)


async def give_up(turn: Turn, world: World, error: Exception) -> None:
    """No further attempt will be made: say so in one plain sentence and finish the turn. Raises as `take` does."""
    record = await _apologise(error, turn, world)
    await world.chat.status(turn.batch.thread, "")
    await world.inbox.finish(turn, None, record)


async def abandon(turn: Turn, world: World) -> None:
    """Not even an apology can be shown. The turn is set aside for the operator, and its thread goes on."""
    record = replace(_record(turn, "failed"), why="neither an answer nor an apology could be shown")
    log.error("turn abandoned", extra={"turn": turn.id, "why": record.why})
    await world.inbox.finish(turn, _remembered(turn, turn.complete.words if turn.complete else ""), record)


async def _speak(answer: "_Answer", turn: Turn, world: World) -> tuple[Record, str]:
    """What became of it, and the words that will be remembered as the bot's."""
    if not turn.batch.messages:
        return await answer.withdraw(), ""
    if turn.complete is not None:
        return await answer.show(turn.complete), turn.complete.words
    new = await world.chat.plain(turn.batch.everything)
    if not any(message.text or message.files for message in new):
        return await answer.say(HELLO, "greeted"), ""
    return await answer.think(new), answer.words


async def _apologise(error: Exception, turn: Turn, world: World) -> Record:
    """One plain sentence in the thread; its reference stands in the log beside what the log may know."""
    failed = replace(_failed(turn, error), reference=secrets.token_hex(4))
    log.warning("turn failed", extra={"turn": turn.id, "reference": failed.reference, "why": failed.why})
    shown = str(error) if isinstance(error, BotError) and str(error) else APOLOGY
    try:
        await _Answer(turn, world).say(f"{shown} (reference {failed.reference})", "failed", Control.RETRY)
    except Gone as gone:
        log.warning("cannot apologise there", extra={"turn": turn.id, "why": gone.detail})
    return replace(failed, posted=turn.posted)


def _remembered(turn: Turn, words: str) -> Message | None:
    return Message(turn.newest, "", words, role="assistant") if words.strip() else None


def _controls(answer: Complete) -> tuple[Control, ...]:
    """What a reader may do with a whole answer."""
    more = (Control.CONTINUE,) if answer.record.reason == "length" else ()
    rate = (Control.RATE,) if answer.rated else ()
    return (Control.AGAIN, *more, Control.PERSONA, *rate)


async def _names(speakers: Mapping[str, str], world: World) -> Mapping[str, str]:
    """What people are called, by id, where the message has not told it."""
    told = {author: name for author, name in speakers.items() if name}
    return {**told, **await world.chat.names(speakers.keys() - told.keys())}


def _failed(turn: Turn, error: Exception) -> Record:
    why = error.detail if isinstance(error, BotError) else type(error).__name__
    return replace(_record(turn, "failed"), why=why)


def _record(turn: Turn, outcome: Literal["answered", "stopped", "failed", "greeted", "withdrawn"]) -> Record:
    return Record(
        outcome,
        askers=tuple(dict.fromkeys(message.author for message in turn.batch.messages)),
        asked=tuple(message.ts for message in turn.batch.messages),
        heard=tuple(message.ts for message in turn.batch.heard),
        posted=turn.posted,
        attempt=turn.attempt,
    )


class _Answer:
    """The answer of one turn on its way from the model to the thread.

    The model's words are taken in as they come; a painter beside it shows them at the pace that Slack allows. The
    draft knows what should stand in the thread; `turn.posted` follows it, and Redis follows that, post by post.
    """

    def __init__(self, turn: Turn, world: World) -> None:
        self.draft = Draft(turn.posted)
        self.words = ""  # what the model has said, without anything of ours
        self._turn, self._world = turn, world
        self._started = world.now()
        self._other_choices: dict[int, str] = {}
        self._grown = asyncio.Event()
        self._complete = asyncio.Event()
        self._posts = 0
        self._status_stands = self._status_in_doubt = False

    async def say(self, text: str, outcome: Literal["failed", "greeted"], *controls: Control) -> Record:
        """Show words of our own: no model, no footer."""
        self.draft.feed(text)
        self.draft.close(None, *controls)
        await self._catch_up()
        return _record(self._turn, outcome)

    async def think(self, new: Sequence[Message]) -> Record:
        """Let the model answer `new`, the batch as people read it, until it has finished or a person stops it."""
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
        return _record(turn, "withdrawn")

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
        complete = Complete(self.draft.text, self.words, footer, self._record)
        await self._world.inbox.keep_answer(self._turn, complete)
        self.draft.close(footer, *_controls(complete))
        self._complete.set()
        self._grown.set()

    async def _ask(self, new: Sequence[Message]) -> Ask:
        turn, world = self._turn, self._world
        self._recalled = await recall.recall(turn, world)
        past = await world.chat.plain(self._recalled.messages)
        speakers = {message.author: message.name for message in (*past, *new) if message.role == "user"}
        names = await _names(speakers, world) if len(speakers) > 1 else {}
        user = world.user_hash(turn.batch.newest.author)
        persona, budget = world.persona, world.limits.history_tokens
        read = await waiting.unless(turn.lease.stop, world.files.read((*past, *new)))
        room = world.limits.file_tokens
        return prompt.build(persona, persona.model or "", past, new, names, budget, user, read, room)

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
        model, usage, reason = ask.model, Usage(ask.tokens, prompt.tokens(text), estimated=True), None
        notes: list[str] = []
        match end:
            case None:
                notes.append("stopped")
            case Interrupted(why):
                notes.append(f"incomplete: {why}")
            case Finished():
                reason = end.reason
                model, usage = end.model or model, end.usage or usage
                if reason not in ("stop", "tool_calls", "function_call"):
                    notes.append(NOTES.get(reason, f"ended early: {reason}"))
        notes += ask.file_notes
        if self._recalled.unread:
            notes.append("some earlier messages could not be read")
        if left_out := ask.left_out + self._recalled.left_out:
            notes.append(f"{left_out} earlier message{'s' if left_out > 1 else ''} left out")
        cost, seconds = self._world.model.cost(model, usage), self._world.now() - self._started
        record = replace(
            _record(self._turn, "stopped" if end is None else "answered"),
            model=model,
            input=usage.input,
            output=usage.output,
            cached=usage.cached,
            estimated=usage.estimated,
            cost=cost,
            seconds=seconds,
            reason=reason or "",
        )
        style = self._world.footer
        return record, reply.footer(style, model=model, usage=usage, cost=cost, seconds=seconds, notes=tuple(notes))

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
        self._check_lease()
        match step:
            case Post(index):
                if not await self._found(index):
                    return await waiting.see_through(self._post(index))
            case Edit(index, ts, shown):
                stands = await world.chat.edit(turn, index, ts, shown)
                if isinstance(stands, Later):
                    return stands
                await self._confirm(step, stands)
            case Remove(_, ts):
                await world.chat.remove(turn, ts)
                await self._confirm(step, ts)
        return None

    def _check_lease(self) -> None:
        if self._world.now() >= self._turn.lease.until:
            raise LeaseLost("our own deadline has passed")

    async def _found(self, index: int) -> bool:
        """Whether an earlier attempt has posted this message without noting it. Looked up as late as can be: its post
        may have been under way still when this attempt began."""
        turn = self._turn
        if turn.intent is None or index > turn.intent:
            return False
        turn.intent, found = None, await self._world.chat.find(turn)
        if index not in found:
            return False
        self.draft.adopt(found[index])
        await self._note()
        return True

    async def _post(self, index: int) -> Later | None:
        turn, world = self._turn, self._world

        def latest() -> Shown:
            self._check_lease()  # it may have taken long until it was our turn to post
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
            await self._confirm(Post(index, shown), ts)
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
