"""What is round the replicas while things break: a small Slack, a small model, and who notes what both of them see."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from bench import chaos_plan as plans
from bench.chaos_plan import WORDS_PER_SECOND, Id, Plan, Saying
from threadbot_sandbox.model import Reply, SmallModel
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

Json = dict[str, Any]

RETRIES = (0.0, 0.5, 1.0, 1.0, *(2.0,) * 20)
"""Slack tries again at once, after a minute and after five. Here sooner, and for longer than both replicas are down."""


@dataclass(slots=True)
class Asked:
    """One request to the model: the messages that it shall answer, and those that it is shown as the past."""

    thread: int
    ids: tuple[Id, ...]
    past: tuple[Id, ...]
    sound: bool
    """Each question stands there once, and each answer at most once, below what it answers."""
    began: float
    ended: float = 0.0
    whole: bool = False
    """The answer was taken to its end."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of the bot's, as it stands in its thread."""

    ts: str
    text: str
    complete: bool
    """It has its footer."""


_under_way: ContextVar[list[Asked]] = ContextVar("the request that is being answered")


@dataclass(slots=True)
class Noted:
    """What was seen. Moments in seconds of one clock."""

    said: dict[Id, float] = field(default_factory=dict)
    acknowledged: dict[Id, float] = field(default_factory=dict)
    """When the bot first said that it has it."""
    asked: list[Asked] = field(default_factory=list)
    completed: dict[str, float] = field(default_factory=dict)
    """When a message of the bot's last became complete, by its ts."""
    faults: list[float] = field(default_factory=list)
    delivered: int = 0
    unacknowledged: int = 0
    sent_again: int = 0


class Town:
    """The world of one scenario."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.noted = Noted()
        self.slack = SmallSlack()
        self.slack.retry_delays = RETRIES
        self.slack.workspace.watchers.append(self._watch)
        self.model = SmallModel(think=self._think, remember=10)
        self.model.app.add_middleware(_Timed)
        self.model_url = ""
        self._again = {saying.id: dict(saying.again) for thread in plan.threads for saying in thread}
        self._ids: dict[str, Id] = {}
        self._roots: dict[int, str] = {}
        self._shown: dict[str, Shown] = {}
        self._threads: dict[str, list[str]] = {}
        self._waiting = {saying.id for thread in plan.threads for saying in thread}
        self._news = asyncio.Event()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with serving(self.slack.app), serving(self.model.app) as self.model_url:
            yield

    async def talk(self, thread: Sequence[Saying], began: float) -> None:
        """What one person says in one thread, each at its time, whether or not there was an answer."""
        person = plans.PEOPLE[thread[0].id.thread % len(plans.PEOPLE)]
        for saying in thread:
            await asyncio.sleep(max(began + saying.at - time.monotonic(), 0))
            root = self._roots.get(saying.id.thread)
            text = f"<@U0THREADBOT> {plans.question(saying.id)}"
            self.noted.said[saying.id] = time.monotonic()
            ts = await self.slack.say(person, "#general", text, thread_ts=root, encoded=True)
            self._roots.setdefault(saying.id.thread, ts)
            self._ids[ts] = saying.id

    async def answered(self) -> None:
        """Return when every message of the plan stands in a complete answer."""
        while self._waiting:
            await self._news.wait()

    async def quiet(self) -> None:
        """Return when Slack has nothing more to deliver."""
        while self.slack.courier.under_way:  # noqa: ASYNC110 - the courier announces no end
            await asyncio.sleep(0.05)

    def shown(self, thread: int) -> list[Shown]:
        """What the bot has said in a thread, oldest first."""
        root = self._roots.get(thread)
        messages = self.slack.thread("#general", root) if root else []
        return [_shown(message) for message in messages if "bot_id" in message]

    def _think(self, request: Json) -> Reply:
        talk = [(m["role"], plans.named(str(m["content"]))) for m in request["messages"] if m["role"] != "system"]
        ids = tuple(talk[-1][1])
        questions = [id for role, said in talk[:-1] if role == "user" for id in said]
        asked = Asked(ids[-1].thread, ids, tuple(questions), _sound(talk), time.monotonic())
        self.noted.asked.append(asked)
        _under_way.get().append(asked)
        pieces = [f"{word} " for word in plans.answer(ids).split(" ")]
        pieces[-1] = pieces[-1].rstrip()
        return Reply(pieces=pieces, tokens_per_second=WORDS_PER_SECOND)

    def _watch(self, kind: str, data: Json) -> None:
        """Hear of every change in Slack."""
        if kind == "delivery" and data["kind"] == "events_api":
            self._delivered()
        elif kind == "message" and "bot_id" in data:
            shown = _shown(data)
            before, self._shown[shown.ts] = self._shown.get(shown.ts), shown
            if shown.complete and shown != before:  # its buttons go when a later answer is there
                self.noted.completed[shown.ts] = time.monotonic()
                self._waiting.difference_update(plans.named(shown.text))
                self._news.set()
                self._news = asyncio.Event()

    def _delivered(self) -> None:
        delivery = self.slack.courier.deliveries[-1]
        id = self._ids.get(delivery.ts or "")
        if id is None or delivery.type not in ("app_mention", "message"):
            return
        self.noted.delivered += 1
        self.noted.unacknowledged += not delivery.acked
        if delivery.acked:
            self.noted.acknowledged.setdefault(id, time.monotonic())
        after = self._again[id].pop(delivery.type, None)
        if after is not None and delivery.event_id is not None:
            self.slack.courier.spawn(self._send_again(delivery.event_id, after))

    async def _send_again(self, event_id: str, after: float) -> None:
        await asyncio.sleep(after)
        self.noted.sent_again += 1
        await self.slack.redeliver(event_id)


class _Timed:
    """Round the model's app: notes when each request ended, and whether its client stayed to the end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked: list[Asked] = []
        _under_way.set(asked)

        async def noted(message: Any) -> None:
            await send(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                for each in asked:
                    each.whole = True

        try:
            await self._app(scope, receive, noted)
        finally:
            for each in asked:
                each.ended = time.monotonic()


def _sound(talk: Sequence[tuple[str, list[Id]]]) -> bool:
    """Each question stands there once, and each answer at most once, below what it answers."""
    asked: set[Id] = set()
    answered: set[Id] = set()
    for role, ids in talk:
        before = asked if role == "user" else answered
        if len(set(ids)) < len(ids) or before & set(ids) or (role == "assistant" and not set(ids) <= asked):
            return False
        before |= set(ids)
    return True


def _shown(message: Json) -> Shown:
    blocks = message.get("blocks") or [{"type": "markdown", "text": message["text"]}]
    text = "".join(block["text"] for block in blocks if block["type"] == "markdown")
    return Shown(message["ts"], text, any(block["type"] == "context" for block in blocks))
