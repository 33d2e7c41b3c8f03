"""One turn, told as a story: what was said, what the model answers, what the thread shows, what is remembered."""

import asyncio
import json
import logging
import secrets
from collections.abc import Coroutine, Sequence
from contextlib import aclosing
from typing import Any

from bot import prompt, reply
from bot.budget import Usage
from bot.errors import BotError, Gone, LeaseLost, TooLong, Unanswerable
from bot.ports import Finished, Interrupted, Text, World
from bot.prompt import Ask
from bot.reply import Draft, Edit, Post, Remove, Step
from bot.thread import Message, Turn

log = logging.getLogger(__name__)

HELLO = (
    "Hello! Ask me something in the message that mentions me, and I answer here in the thread. "
    "Mention me again to go on: I remember what was said in this thread. In a direct message no mention is needed."
)
APOLOGY = "Something went wrong on my side, and I could not answer. Please try again."

NOTES = {
    "length": "cut at the length limit",
    "content_filter": "stopped by the provider's content filter",
    None: "the model's server broke off before the end",
}


async def take(turn: Turn, world: World) -> None:
    """Answer a batch and finish the turn. Only Unavailable and LeaseLost escape: the turn is then not finished."""
    answer = await _open(turn, world)
    remembered = None
    try:
        new = await world.chat.plain(turn.batch.everything)
        if not any(message.text or message.files for message in new):
            await answer.say(HELLO)
        else:
            await answer.think(new)
            remembered = Message(turn.batch.newest.ts, "", answer.draft.text, role="assistant")
    except Gone as gone:
        log.info("nobody to answer", extra={"turn": turn.id, "why": gone.detail})
    except Unanswerable as no:
        await _apologise(no, turn, world)
    await answer.clear_status()
    await world.inbox.finish(turn, remembered)


async def give_up(turn: Turn, world: World, error: Exception) -> None:
    """No further attempt will be made: say so in one plain sentence and finish the turn. May raise as `take` does."""
    await _apologise(error, turn, world)
    await world.chat.status(turn.batch.thread, "")
    await world.inbox.finish(turn, None)


async def _apologise(error: Exception, turn: Turn, world: World) -> None:
    """One plain sentence in the thread; its reference stands in the log beside what the log may know."""
    reference = secrets.token_hex(4)
    shown = str(error) if isinstance(error, BotError) and str(error) else APOLOGY
    detail = getattr(error, "detail", type(error).__name__)
    log.warning("turn failed", extra={"turn": turn.id, "reference": reference, "why": detail})
    try:
        await (await _open(turn, world)).say(f"{shown} (reference {reference})")
    except Gone as gone:
        log.info("nobody to apologise to", extra={"turn": turn.id, "why": gone.detail})


async def _open(turn: Turn, world: World) -> "_Answer":
    """An answer that goes on in the messages which an earlier attempt has posted; looked up where that is in doubt."""
    if turn.intent and not turn.posted:
        turn.posted = await world.chat.find(turn)
    return _Answer(turn, world)


class _Answer:
    """The answer of one turn on its way from the model to the thread.

    The model's words are taken in as they come; a painter beside it shows them at the pace that Slack allows.
    """

    def __init__(self, turn: Turn, world: World) -> None:
        self.draft = Draft(turn.posted)
        self._turn, self._world = turn, world
        self._started = world.now()
        self._other_choices: dict[int, str] = {}
        self._grown = asyncio.Event()
        self._complete = asyncio.Event()
        self._status_stands = False

    async def say(self, text: str) -> None:
        """Show words of our own: no model, no footer."""
        self.draft.feed(text)
        self.draft.close()
        await self._catch_up()

    async def think(self, new: Sequence[Message]) -> None:
        """Let the model answer `new`, the batch as people read it."""
        await _together(self._take_in(new), self._paint())

    async def clear_status(self) -> None:
        """A reply clears the status by itself (Slack docs: assistant.threads.setStatus); nothing else does."""
        if self._status_stands:
            await self._world.chat.status(self._turn.batch.thread, "")

    async def _take_in(self, new: Sequence[Message]) -> None:
        ask = await self._ask(new)
        try:
            async with asyncio.timeout(self._world.limits.turn):
                ask, end = await self._stream(ask)
        except TimeoutError:
            end = Interrupted("the answer took too long")
            if self.draft.empty:
                raise Unanswerable("The model took too long to answer.", "turn timeout") from None
        for choice, text in sorted(self._other_choices.items()):
            self.draft.feed(f"\n\n---\n\n**Alternative {choice + 1}**\n\n{text}")
        self.draft.close(self._footer(ask, end))
        self._complete.set()
        self._grown.set()

    async def _ask(self, new: Sequence[Message]) -> Ask:
        turn, world = self._turn, self._world
        past = await world.chat.plain(await world.history.load(turn.batch.thread))
        speakers = {message.author for message in (*past, *new) if message.role == "user"}
        names = await world.chat.names(speakers) if len(speakers) > 1 else {}
        user = world.user_hash(turn.batch.newest.author)
        return prompt.build(world.persona, past, new, names, world.limits.history_tokens, user)

    async def _stream(self, ask: Ask) -> tuple[Ask, Finished | Interrupted]:
        """Feed the draft until the model has finished. Returns the request that was answered in the end."""
        while True:
            try:
                async with aclosing(self._world.model.stream(ask)) as events:
                    async for event in events:
                        if not isinstance(event, Text):
                            return ask, self._checked(event)
                        self._feed(event)
                raise RuntimeError("the model's stream ended without an end")
            except TooLong:
                if (cut := prompt.shorter(ask)) is None:
                    raise
                ask = cut

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

    def _footer(self, ask: Ask, end: Finished | Interrupted) -> str | None:
        text = self.draft.text + "".join(self._other_choices.values())
        estimate = Usage(ask.tokens, prompt.tokens(text), estimated=True)
        model, usage = ask.model, estimate
        notes: list[str] = []
        if isinstance(end, Interrupted):
            notes.append(f"incomplete: {end.why}")
        else:
            model, usage = end.model or ask.model, end.usage or estimate
            if end.reason not in ("stop", "tool_calls", "function_call"):
                notes.append(NOTES.get(end.reason, f"ended early: {end.reason}"))
        if ask.unread:
            notes.append(f"not read: {', '.join(file.name for file in ask.unread)}")
        if ask.left_out:
            notes.append(f"{ask.left_out} earlier messages left out")
        return reply.footer(
            self._world.footer,
            model=model,
            usage=usage,
            cost=self._world.model.cost(model, usage),
            seconds=self._world.now() - self._started,
            notes=tuple(notes),
        )

    async def _paint(self) -> None:
        """Keep the thread abreast of the draft until the whole answer stands there."""
        self._status_stands = True
        await self._world.chat.status(self._turn.batch.thread, "is thinking…")
        pause = self._world.limits.first_post_after
        while not self._complete.is_set():
            await self._grown.wait()
            self._grown.clear()
            await _either(self._complete, pause)
            if not self._complete.is_set() and (step := self.draft.next()):
                await self._do(step, final=False)
                pause = max(self._world.limits.edit_every, self._world.chat.pause(self._turn.batch.thread))
        await self._catch_up()

    async def _catch_up(self) -> None:
        while step := self.draft.next():
            await self._do(step, final=True)

    async def _do(self, step: Step, *, final: bool) -> None:
        """Carry out one step in Slack, if the turn is still ours, and note what stands there now."""
        turn, world = self._turn, self._world
        if world.now() >= turn.lease.until:
            raise LeaseLost("our own deadline has passed")
        match step:
            case Post(index, shown):
                await world.inbox.mark(turn, "intent", str(index))
                ts = await world.chat.post(turn, index, shown)
                self._status_stands = False
            case Edit(index, ts, shown):
                edited = await world.chat.edit(turn, index, ts, shown, final=final)
                if edited is None:
                    return
                ts = edited
            case Remove(_, ts):
                await world.chat.remove(turn, ts)
        before = self.draft.posted
        self.draft.confirm(step, ts)
        if self.draft.posted != before:
            turn.posted = self.draft.posted
            await world.inbox.mark(turn, "posted", json.dumps(turn.posted))


EMPTY = {
    "length": "The model reached its length limit before it wrote anything. A higher limit may help.",
    "content_filter": "The provider's content filter stopped the answer.",
    "stop": "The model gave an empty answer.",
    None: "The model's server broke off before it answered.",
}


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, but not longer than that."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


async def _together(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run all; the first error cancels the others and escapes as it is (a TaskGroup would wrap it)."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
