"""Asking the model until its answer is whole.

One round is one request. A request that the model refuses as too long, or for its pictures, is sent once more with
less in it; one whose answer breaks off in the middle, or does not begin in time, is sent once more as it is. A busy
model is waited for, if that is not for long. A round is also where another route, or the results of tools, would come
in: what has been said so far and the request that is on its way outlive it.
"""

import asyncio
import itertools
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Protocol

from bot import aio
from bot.conversation import prompt
from bot.conversation.marks import Unmarked
from bot.conversation.pieces import Finished, Interrupted, Piece, Retracted, Routed, Text, Thought
from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.errors import BotError, Busy, Late, PicturesRefused, TooLong, Unanswerable
from bot.happenings import AnswerBroke, ModelAnswered, ModelAsked, RequestReduced
from bot.ports import Model, World
from bot.redaction.restore import Restored
from bot.turns.draft import MAX_CHARACTERS
from bot.turns.meter import Meter, Part
from bot.usage.budgets import Budget

MAX_BUSY = 60.0  # seconds that a busy model is waited for, all in all
MAX_PAUSES = 6
LATE_TIMEOUT = 60.0  # seconds that a model which said nothing in time gets when it is asked once more
MAX_ROUNDS = 20  # a request halves each time it is too long: twelve halvings leave nothing of the longest history

EMPTY = {
    "length": "empty.length",
    "content_filter": "empty.filtered",
    "stop": "empty.stop",
    "tool_calls": "empty.tools",
    "function_call": "empty.tools",
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


@dataclass(frozen=True, slots=True)
class OutOfBudget:
    """The answer took as much as may be spent on it."""

    budget: Budget


End = Finished | Interrupted | Stopped | TimedOut | Full | OutOfBudget


class Page(Protocol):
    """What an answer is written on, piece by piece. `text` is what it took in; once it is `full`, it takes no more."""

    @property
    def text(self) -> str: ...

    @property
    def full(self) -> bool: ...

    def feed(self, text: str) -> None: ...

    def restart(self) -> None:
        """What was fed so far is void; what comes next is the beginning."""
        ...

    def wait(self, until: float | None) -> None:
        """The model is busy, and will be asked again at this time of the world's clock; None: now."""
        ...


@dataclass(frozen=True, slots=True)
class Generated:
    """An answer as the model gave it. `text` may be empty, and the answer may have been cut off: `end` tells.

    `ask` is the request that was sent last; it may hold less than what was to be asked. `model` is who answered, by
    the server's word. `usage` is estimated where the server reported none. `others` are the further choices, by number,
    where several were asked for. `thought` counts the characters that the model thought and nobody is shown. `age` is
    how many seconds ago it was given first; None for one that was asked for now.
    """

    text: str
    end: End
    ask: Ask
    model: str
    usage: Usage
    others: Mapping[int, str] = field(default_factory=dict)
    thought: int = 0
    route: Routed | None = None
    age: float | None = None

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
        if isinstance(self.end, OutOfBudget):
            raise Unanswerable("budget.nothing", "out of budget")
        reason = self.reason or None
        sentence = "empty.thought" if reason == "stop" and self.thought else EMPTY.get(reason, EMPTY[None])
        raise Unanswerable(sentence, f"empty answer, finish reason {reason}, {self.thought} characters of thinking")


async def generate(
    ask: Ask, world: World, *, turn: str, stop: asyncio.Event, seconds: float, page: Page, meter: Meter
) -> Generated:
    """Ask until the answer is whole, `stop` is set, the time is up, or the `page` is full.

    `turn` names what the answer is for. May raise Unanswerable and Unavailable: then the model has said nothing. The
    `meter` has what was taken, whatever happens.
    """
    answer = _Answer(ask, page, world.limits.answer_messages, meter, _Reading(ask))
    try:
        async with asyncio.timeout(seconds):
            end: End = await aio.unless(stop, _rounds(answer, turn, world)) or Stopped()
    except TimeoutError:
        end = TimedOut()
    generated = answer.ended(end)
    if generated.reason == "length" and isinstance(end, Finished) and meter.capped is not None:
        generated = replace(generated, end=OutOfBudget(meter.capped))
    used, how = generated.usage, type(end).__name__  # not the server's word for it: the log gets nothing from outside
    route = generated.route or Routed(ask.model, "")
    by = (route.model, how, used.input, used.output, used.cached, used.estimated, route.target, route.instead)
    world.saw(ModelAnswered(turn, *by))
    return generated


class _Reading:
    """An answer piece by piece, as people may read it: without marks, and with what was hidden from the model."""

    def __init__(self, ask: Ask) -> None:
        self._unmarked, self._restored = Unmarked(ask.marks.word), Restored(ask.hidden)

    def feed(self, piece: str) -> str:
        return self._restored.feed(self._unmarked.feed(piece))

    def rest(self) -> str:
        return self._restored.feed(self._unmarked.rest()) + self._restored.rest()


@dataclass(slots=True)
class _Answer:
    """An answer under way: the request as it was sent last, and what has come, by choice.

    What broke off stays on the page until the answer to the request that repeats it is longer, or whole: until then
    that one is `held`.
    """

    ask: Ask
    page: Page
    messages: int  # that it may take
    meter: Meter
    unmarked: _Reading
    others: dict[int, StringIO] = field(default_factory=dict)
    held: StringIO | None = None
    within: float | None = None  # seconds for the next round
    pauses: int = 0  # for a busy model
    paused: float = 0.0  # seconds
    broken: End | None = None
    route: Routed | None = None  # of the last round
    _asking: bool = False  # a request is under way
    _broken_others: dict[int, StringIO] = field(default_factory=dict)
    _stands: int = 0  # characters of it
    _thought: int = 0  # characters, in the last round

    def take(self, piece: Piece) -> Full | None:
        match piece:
            case Thought(characters):
                self._thought += characters
                self.meter.grow(characters)
            case Retracted(choice):
                self._retract(choice)
            case Routed():
                if piece.late or self._thought:  # whoever was asked before has been at work
                    self._count(None, "")
                self.route, self._asking, self._thought = piece, True, 0
                self.meter.begin(self.ask, piece)
            case Text():
                return self._write(piece)
        return None

    def _retract(self, choice: int) -> None:
        if choice:
            self.others.pop(choice, None)
            return
        self.unmarked = _Reading(self.ask)
        if self.held is None:
            self.page.restart()
        else:
            self.held = StringIO()

    def _write(self, piece: Text) -> Full | None:
        self.meter.grow(len(piece.text.encode()))
        if piece.choice:
            other = self.others.setdefault(piece.choice, StringIO())
            if other.tell() < MAX_CHARACTERS * self.messages:  # there is no room for more below the first
                other.write(piece.text)
            return None
        self._show(self.unmarked.feed(piece.text))
        return Full(self.messages) if self.page.full else None

    def repeat(self, end: End) -> None:
        """It broke off, and the request is sent once more."""
        self._show(self.unmarked.rest())
        self.unmarked = _Reading(self.ask)
        self._count(end, self.page.text)
        self.broken, self.held, self._stands = end, StringIO(), len(self.page.text)
        self._broken_others, self.others, self._thought = self.others, {}, 0

    def settle(self, end: End) -> End:
        """How it ended, after all rounds: what is held takes the place of what broke off only if it is whole."""
        self._show(self.unmarked.rest())
        if self.held is None or self.broken is None:
            return end
        if isinstance(end, Finished) and end.reason and self.held.getvalue().strip():
            self._replace(self.held)
            return end
        return end if isinstance(end, Stopped | TimedOut) else self.broken

    def ended(self, end: End) -> Generated:
        self._show(self.unmarked.rest())
        if self._asking:
            self._count(end, self.page.text if self.held is None else self.held.getvalue())
        kept = self.others if self.held is None else self._broken_others
        others = {choice: self._unmarked(kept[choice].getvalue()) for choice in sorted(kept)}
        text, used = self.page.text, self.meter.usage
        return Generated(text, end, self.ask, self._model(end), used, others, self._thought, self.route)

    def _show(self, text: str) -> None:
        if self.held is None:
            if text:
                self.page.feed(text)
            return
        self.held.write(text)
        if self.held.tell() > self._stands:
            self._replace(self.held)

    def _replace(self, held: StringIO) -> None:
        self.held = None
        self.page.restart()
        self.page.feed(held.getvalue())

    def ask_again(self) -> None:
        """A request goes out."""
        self._asking = True
        self.meter.begin(self.ask, self.route)

    def refused(self, refusal: BotError) -> None:
        """It brought nothing; but a model that only was late, or only thought, has been at work."""
        if isinstance(refusal, Late) or self._thought:
            self._count(None, "")
        self._asking, self._thought = False, 0
        self.meter.drop()

    def _count(self, end: End | None, text: str) -> None:
        """The request has ended: note what it took."""
        others = (self.others[choice].getvalue() for choice in sorted(self.others))
        known = end.usage if isinstance(end, Finished) else None
        used = known or self.ask.estimate("".join((text, *others)), self._thought)
        self.meter.add(Part(self._model(end), used, self.route))
        self._asking = False

    def _model(self, end: End | None) -> str:
        return (end.model if isinstance(end, Finished) else "") or (self.route or self.ask).model

    def _unmarked(self, text: str) -> str:
        whole = _Reading(self.ask)
        return whole.feed(text) + whole.rest()


async def _rounds(answer: _Answer, turn: str, world: World) -> End:
    for number in itertools.count(1):
        ask = answer.ask
        world.saw(ModelAsked(turn, ask.model, number, ask.tokens, ask.pictures))
        answer.ask_again()
        try:
            end = await _round(answer, world.model)
        except BotError as refusal:
            answer.refused(refusal)
            if answer.broken is not None:
                return answer.broken
            await _prepare(answer, refusal, number, turn, world)
            continue
        if answer.broken is not None or not _broke(end, answer.page):
            return answer.settle(end)
        answer.repeat(end)
        world.saw(AnswerBroke(turn, ask.model, end.why if isinstance(end, Interrupted) else "no-end"))
    raise AssertionError("counting does not end")


async def _prepare(answer: _Answer, refusal: BotError, number: int, turn: str, world: World) -> None:
    """What has to be done before the next round, after the refusal of round `number`. Raises the refusal when asking
    again does not help."""
    match refusal:
        case Busy(after=after):
            await _pause(answer, max(after, 2.0**answer.pauses if answer.pauses else 0.0), refusal, world)
        case Late() if answer.within is None:
            answer.within = LATE_TIMEOUT
        case Late():
            raise Unanswerable(refusal.sentence, refusal.detail) from refusal
        case _:
            model, answer.ask = answer.ask.model, _less(answer.ask, refusal, number)
            world.saw(RequestReduced(turn, model, refusal.detail))


async def _pause(answer: _Answer, seconds: float, refusal: Busy, world: World) -> None:
    """Wait for a busy model. Raises Unanswerable when that would be for too long: people can ask again themselves."""
    answer.pauses, answer.paused = answer.pauses + 1, answer.paused + seconds
    if answer.paused > MAX_BUSY or answer.pauses > MAX_PAUSES:
        raise Unanswerable(refusal.sentence, refusal.detail) from refusal
    answer.page.wait(world.now() + seconds)
    await asyncio.sleep(seconds)
    answer.page.wait(None)


def _broke(end: End, page: Page) -> bool:
    """Whether it ends in its middle, and asking again may help."""
    match end:
        case Interrupted(why):
            return why != "oversized"
        case Finished(None):
            return bool(page.text.strip())
    return False


async def _round(answer: _Answer, model: Model) -> End:
    async with aclosing(model.stream(answer.ask, answer.within)) as events:
        async for event in events:
            if isinstance(event, Finished | Interrupted):
                return event
            if full := answer.take(event):
                return full
            await answer.meter.room()
            if answer.meter.tight is not None:
                return OutOfBudget(answer.meter.tight)
    raise RuntimeError("the model's stream ended without an end")


def _less(ask: Ask, refusal: BotError, number: int) -> Ask:
    """What may be asked after the refusal of round `number`. Raises the refusal when asking for less does not help."""
    less = None
    match refusal:
        case TooLong():
            less = prompt.shorter(ask)
        case PicturesRefused():
            less = prompt.without_pictures(ask) if ask.pictures else None
    if less is None or number >= MAX_ROUNDS:
        raise refusal
    return less
