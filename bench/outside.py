"""What is round a subject while it is measured: a small Slack, a small model, and one clock that sees both.

All of it lives in the bench's own process, so that the moments of one turn are read from one clock, and the
subject's processor time is the subject's alone.
"""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from threadbot_sandbox.model import Reply, SmallModel
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

Json = dict[str, Any]

TOKENS = 200
TOKENS_PER_SECOND = 50.0
ANSWER_WITHIN = 60.0
"""Seconds after which a turn that has no answer ends the run: something is broken, and a figure would be a lie."""

VOCABULARY = (
    "about after again because before between could every first found great house large learn little "
    "never number often other people place point right small sound spell still study their there these "
    "thing think three through under water where which while world would write year"
)
_NUMBERED = re.compile(r"question (\d+):")


class BenchError(Exception):
    """There is no figure to report. The text says why."""


@dataclass(slots=True)
class Turn:
    """One question and its answer. Moments in seconds of one clock; 0.0 until they have come."""

    thread: str = ""
    ts: str = ""
    """Of the question."""
    said: float = 0.0
    asked: float = 0.0
    """The request has reached the model."""
    first_token: float = 0.0
    """The model has sent its first token."""
    shown: float = 0.0
    """The first text stands in Slack."""
    last_token: float = 0.0
    complete: float = 0.0
    """The whole answer stands in Slack with its footer."""
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def first(self) -> float:
        """Seconds from the mention to the model."""
        return self.asked - self.said

    @property
    def last(self) -> float:
        """Seconds from the model's last token to the complete message."""
        return self.complete - self.last_token


_under_way: ContextVar[Turn] = ContextVar("the turn whose answer is being streamed")


class Outside:
    """The world of one subject. `tokens_per_second` None: an answer comes at once, whole."""

    def __init__(self, seed: int) -> None:
        self.tokens_per_second: float | None = TOKENS_PER_SECOND
        self.slack = SmallSlack()
        self.model = SmallModel(think=self._think)
        self.model.app.add_middleware(_WithTurn)
        self.slack.workspace.watchers.append(self._watch)
        self.model_url = ""
        self.calls = 0
        self.redelivered = 0
        self.asked_again = 0
        self._random = random.Random(seed)
        self._vocabulary = VOCABULARY.split()
        self._numbers = count(1)
        self._turns: dict[int, Turn] = {}
        self._open: dict[str, Turn] = {}

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with serving(self.slack.app), serving(self.model.app) as self.model_url:
            yield

    async def ask(self, thread: str = "", channel: str = "#general", within: float = ANSWER_WITHIN) -> Turn:
        """Mention the bot, in this thread or a new one, and return when the whole answer stands there."""
        number, turn = next(self._numbers), Turn(thread)
        self._turns[number] = turn
        text = f"<@U0THREADBOT> question {number}: {' '.join(self._words(30))}?"
        turn.said = time.perf_counter()
        ts = await self.slack.say("Ada", channel, text, thread_ts=thread or None, encoded=True)
        turn.thread, turn.ts = thread or ts, ts
        self._open[turn.thread] = turn
        try:
            async with asyncio.timeout(within):
                await turn.answered.wait()
        except TimeoutError:
            seen = "was asked" if turn.asked else "was not asked"
            raise BenchError(f"no complete answer within {within:g} s; the model {seen}") from None
        return turn

    def _words(self, number: int) -> list[str]:
        return self._random.choices(self._vocabulary, k=number)

    def _think(self, request: Json) -> Reply:
        numbers = _NUMBERED.findall(str(request["messages"][-1]["content"]))
        turn = self._turns[int(numbers[-1])]
        self.asked_again += turn.asked > 0
        turn.asked = turn.asked or time.perf_counter()
        _under_way.set(turn)
        pieces = [f" {word}" for word in self._words(TOKENS)]
        return Reply(pieces=pieces, tokens_per_second=self.tokens_per_second)

    def _watch(self, kind: str, data: Json) -> None:
        """Hear of every change in Slack."""
        if kind == "call":
            self.calls += 1
        elif kind == "delivery":
            self.redelivered += data["retry"] > 0
        elif kind == "message" and "bot_id" in data and (turn := self._open.get(data.get("thread_ts", ""))):
            if data["ts"] < turn.ts:
                return  # an older answer loses its buttons
            turn.shown = turn.shown or time.perf_counter()
            if any(block["type"] == "context" for block in data["blocks"]):
                turn.complete = time.perf_counter()
                del self._open[turn.thread]
                turn.answered.set()


class _WithTurn:
    """Round the model's app: notes when the first and the last bytes with text in them were sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def noted(message: Message) -> None:
            await send(message)
            if message.get("body") and (turn := _under_way.get(None)) is not None:
                turn.last_token = time.perf_counter()
                turn.first_token = turn.first_token or turn.last_token

        await self._app(scope, receive, noted)


@dataclass(slots=True)
class Lag:
    """How late this process's own event loop is: what part of a latency may be the bench's own fault."""

    seconds: list[float] = field(default_factory=list)

    @contextmanager
    def watched(self, tasks: asyncio.TaskGroup, every: float = 0.02) -> Iterator[None]:
        watching = tasks.create_task(self._watch(every))
        try:
            yield
        finally:
            watching.cancel()

    async def _watch(self, every: float) -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(every)
            self.seconds.append(time.perf_counter() - before - every)
