"""Asking the model until its answer is whole.

One round is one request. A request that the model refuses as too long, or for its pictures, is sent once more with
less in it. A round is also where another route, or the results of tools, would come in: what has been said so far and
the request that is on its way outlive it.
"""

import asyncio
import itertools
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from io import StringIO
from typing import Protocol

from bot import aio
from bot.conversation import prompt
from bot.conversation.marks import Unmarked
from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.errors import PicturesRefused, TooLong, Unanswerable
from bot.happenings import ModelAnswered, ModelAsked, RequestReduced
from bot.ports import Finished, Interrupted, Model, Text, World
from bot.turns.draft import MAX_CHARACTERS

MAX_ROUNDS = 20  # a request halves each time it is too long: twelve halvings leave nothing of the longest history

EMPTY = {
    "length": "empty.length",
    "content_filter": "empty.filtered",
    "stop": "empty.stop",
    None: "empty.broken-off",
}
"""The sentence about an answer without a word in it, by the reason that the model gave for its end."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A person ended the answer."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The answer took longer than a turn may."""


@dataclass(frozen=True, slots=True)
class Full:
    """The answer took as many messages as one may, and the model had more to say."""

    messages: int


End = Finished | Interrupted | Stopped | TimedOut | Full


class Page(Protocol):
    """What an answer is written on, piece by piece. `text` is what it took in; once it is `full`, it takes no more."""

    @property
    def text(self) -> str: ...

    @property
    def full(self) -> bool: ...

    def feed(self, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Generated:
    """An answer as the model gave it. `text` may be empty, and the answer may have been cut off: `end` tells.

    `ask` is the request that was sent last; it may hold less than what was to be asked. `model` is who answered, by
    the server's word. `usage` is estimated where the server reported none. `others` are the further choices, by number,
    where several were asked for.
    """

    text: str
    end: End
    ask: Ask
    model: str
    usage: Usage
    others: Mapping[int, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why the answer ends, in the API's word; empty when the model did not say."""
        match self.end:
            case Finished(reason):
                return reason or ""
            case Full():
                return "length"
        return ""

    def check(self) -> None:
        """Raise Unanswerable if there is nothing to read, unless a person wanted it so."""
        if self.text.strip() or isinstance(self.end, Stopped):
            return
        if isinstance(self.end, TimedOut):
            raise Unanswerable("model.too-slow", "turn timeout")
        reason = self.reason or None
        raise Unanswerable(EMPTY.get(reason, EMPTY[None]), f"empty answer, finish reason {reason}")


async def generate(ask: Ask, world: World, *, turn: str, stop: asyncio.Event, seconds: float, page: Page) -> Generated:
    """Ask until the answer is whole, `stop` is set, the time is up, or the `page` is full.

    `turn` names what the answer is for. May raise Unanswerable and Unavailable: then the model has said nothing.
    """
    answer = _Answer(ask, page, world.limits.answer_messages, Unmarked(ask.marks.word))
    try:
        async with asyncio.timeout(seconds):
            end: End = await aio.unless(stop, _rounds(answer, turn, world)) or Stopped()
    except TimeoutError:
        end = TimedOut()
    generated = answer.ended(end)
    used, how = generated.usage, type(end).__name__  # not the server's word for it: the log gets nothing from outside
    world.saw(ModelAnswered(turn, ask.model, how, used.input, used.output, used.cached, used.estimated))
    return generated


@dataclass(slots=True)
class _Answer:
    """An answer under way: the request as it was sent last, and what has come, by choice."""

    ask: Ask
    page: Page
    messages: int  # that it may take
    unmarked: Unmarked
    others: dict[int, StringIO] = field(default_factory=dict)

    def take(self, piece: Text) -> Full | None:
        if piece.choice:
            other = self.others.setdefault(piece.choice, StringIO())
            if other.tell() < MAX_CHARACTERS * self.messages:  # there is no room for more below the first
                other.write(piece.text)
            return None
        if text := self.unmarked.feed(piece.text):
            self.page.feed(text)
        return Full(self.messages) if self.page.full else None

    def ended(self, end: End) -> Generated:
        if rest := self.unmarked.rest():
            self.page.feed(rest)
        text, others = self.page.text, {choice: self._other(choice) for choice in sorted(self.others)}
        model, usage = self.ask.model, self.ask.estimate("".join((text, *others.values())))
        if isinstance(end, Finished):
            model, usage = end.model or model, end.usage or usage
        return Generated(text, end, self.ask, model, usage, others)

    def _other(self, choice: int) -> str:
        whole = Unmarked(self.ask.marks.word)
        return whole.feed(self.others[choice].getvalue()) + whole.rest()


async def _rounds(answer: _Answer, turn: str, world: World) -> End:
    for number in itertools.count(1):
        ask = answer.ask
        world.saw(ModelAsked(turn, ask.model, number, ask.tokens, ask.pictures))
        try:
            return await _round(answer, world.model)
        except (TooLong, PicturesRefused) as refusal:
            less = _less(ask, refusal) if number < MAX_ROUNDS else None
            if less is None:
                raise
            answer.ask = less
            world.saw(RequestReduced(turn, ask.model, refusal.detail))
    raise AssertionError("counting does not end")


async def _round(answer: _Answer, model: Model) -> End:
    async with aclosing(model.stream(answer.ask)) as events:
        async for event in events:
            if not isinstance(event, Text):
                return event
            if full := answer.take(event):
                return full
    raise RuntimeError("the model's stream ended without an end")


def _less(ask: Ask, refusal: TooLong | PicturesRefused) -> Ask | None:
    """What may be asked after a refusal; None when there is nothing left to leave out."""
    match refusal:
        case TooLong():
            return prompt.shorter(ask)
        case PicturesRefused():
            return prompt.without_pictures(ask) if ask.pictures else None
