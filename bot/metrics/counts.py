"""Counts what happens, for Prometheus.

A label's values form a closed set, whatever comes from outside: people, channels, threads and personas are no labels,
and a model that the settings do not name is "other". Each process counts its own; what all share, in Redis, is told by
each of them and is the same everywhere: take the maximum of it, not the sum.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from bot import happenings
from bot.aio import FAILING
from bot.errors import Unavailable, Unreadable
from bot.happenings import Happening
from bot.turns.state import Record
from bot.version import VERSION

BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600)  # seconds
KNOWN_FOR = 5.0  # seconds that what is shared is good for: several may ask
LAG_EVERY = 1.0  # seconds
LAG_KEPT = 60  # measurements, of which the largest is shown
OTHER = "other"
KEPT = {"new": "kept", "again": "again"}
"""What is neither was not said to us, and is no message of ours."""
TYPES = {"app_mention", "message", "entry"}
"""How messages come: by Slack's events, or by the API."""

Depths = Mapping[str, float]
"""How many threads are "ready", "running", "later" or "aside", for how many seconds the "oldest" has waited, and how
many turns have "holds" of budgets."""
Used = Mapping[str, float]
"""How much the workspace has used of its budget of the "day" and "month"; 1 is all of it. Of several, the largest."""


class Counts:
    """All metrics of this process. `saw` listens to happenings; `text` is what Prometheus reads."""

    def __init__(self, models: Collection[str], targets: Collection[str] = ()) -> None:
        self.registry = CollectorRegistry()
        self._models, self._targets = sorted(models, key=len, reverse=True), frozenset(targets)
        ProcessCollector(registry=self.registry)
        Gauge("threadbot_info", "1, with the version.", ["version"], registry=self.registry).labels(VERSION).set(1)
        self._turns()
        self._model()
        self._spending()
        for model, target in product(models, targets):  # an alert is for the first, and needs the 0 before it
            self.model_requests.labels(model, target, "denied")
        self._outside()
        self._shared()
        self._lags: list[float] = []
        self._read_at = float("-inf")

    def _turns(self) -> None:
        self.turns = self._counter("turns", "Turns dealt with.", "outcome")
        self.seconds = self._histogram("turn_seconds", "The attempt that ended the turn.", "outcome")
        self.first_text = self._histogram("first_text_seconds", "Until the attempt's first post.", "outcome")
        self.queue = self._histogram("queue_seconds", "From the newest question to the first attempt.", "outcome")
        self.repeated = self._counter("repeated_attempts", "Attempts after a turn's first, takeovers among them.")
        self.put_back = self._counter("put_back", "Attempts that ended without ending the turn.")
        self.abandoned = self._counter("abandoned", "Turns for which not even an apology could be shown.")
        self.takeovers = self._counter("takeovers", "Turns of another replica, which had let its lease lapse.")
        self.leases_lost = self._counter("leases_lost", "Leases that another replica may have.")
        self.bugs = self._counter("bugs", "Attempts that were ended by a bug.")
        self.over_budget = self._counter("over_budget", "Questions for which a budget had no room.", "period")

    def _model(self) -> None:
        asked = "model", "target"
        self.model_requests = self._counter("model_requests", "Requests to a model that are over.", *asked, "result")
        self.answered = self._counter("model_answers", "Answers of the model, by how they ended.", "model", "end")
        self.reduced = self._counter("model_refusals", "Requests that were sent again with less in them.", "model")

    def _spending(self) -> None:
        """Cached and written tokens are input too, and those of reasoning are output."""
        self.tokens = self._counter("tokens", "Tokens; some kinds are parts of others.", "model", "target", "kind")
        self.cost = self._counter("cost_usd", "US dollars, where the price is known.", "model", "target")
        self.unpriced = self._counter("unpriced", "Answers whose price is not known.", "model", "target")

    def _outside(self) -> None:
        self.events = self._counter("events", "What people said, by what became of it.", "type", "result")
        self.last_event = self._gauge("last_event_timestamp_seconds", "When somebody last said something, or it began.")
        self.last_event.set(time.time())  # nobody is told of half an hour of silence that has not passed yet
        self.calls = self._counter("slack_calls", "Calls to Slack.", "method", "result")
        self.wait = self._histogram("slack_wait_seconds", "How long a call stood in line.", "method", "result")
        self.redis_errors = self._counter("redis_errors", "What Redis did not do when it was asked.")
        self.queue_errors = self._counter("queue_errors", "What the queue could not be asked or told.", "what")
        self.lag = self._gauge("loop_lag_seconds", "How late the event loop was, at worst, within a minute.")
        self.up = self._gauge("part_up", "1 unless this part is failing.", "part")
        self.socket = self._gauge("socket_up", "1 while Slack's socket is open; NaN where none is wanted.")
        self.socket.set(float("nan"))

    def _shared(self) -> None:
        self.threads = self._gauge("inbox_threads", "Threads, or turns set aside. Shared: take the maximum.", "state")
        self.oldest = self._gauge("inbox_oldest_ready_seconds", "How long one has been ready. Shared.")
        self.holds = self._gauge("holds", "Turns that hold something of a budget. Shared.")
        about = "How much of its budget the workspace has used; 1 is all. Shared; of several workspaces, the largest."
        self.used = self._gauge("budget_used_ratio", about, "period")

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"threadbot_{name}", about, labels, registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(f"threadbot_{name}", about, labels, registry=self.registry)

    def _histogram(self, name: str, about: str, *labels: str) -> Histogram:
        return Histogram(f"threadbot_{name}", about, labels, buckets=BUCKETS, registry=self.registry)

    def saw(self, happening: Happening) -> None:
        match happening:
            case happenings.TurnStarted() | happenings.TurnFinished() | happenings.TurnPutBack():
                self._turn(happening)
            case happenings.TurnAbandoned():
                self.abandoned.inc()
            case happenings.ProgramOverBudget(period=period):
                self.over_budget.labels(period).inc()
            case happenings.TurnBroke():
                self.bugs.inc()
            case happenings.LeaseLost():
                self.leases_lost.inc()
            case happenings.TurnTakenOver():
                self.takeovers.inc()
            case happenings.ModelRequested() | happenings.ModelAnswered() | happenings.RequestReduced():
                self._asking(happening)
            case _:
                self._outer(happening)

    def _turn(self, happening: happenings.TurnStarted | happenings.TurnFinished | happenings.TurnPutBack) -> None:
        match happening:
            case happenings.TurnStarted():
                self.repeated.inc(happening.attempt > 1)
            case happenings.TurnPutBack():
                self.put_back.inc()
                self.bugs.inc(happening.error is not None)
            case happenings.TurnFinished(outcome=outcome):
                self.turns.labels(outcome).inc()
                self.seconds.labels(outcome).observe(happening.seconds)
                if happening.first_text is not None:
                    self.first_text.labels(outcome).observe(happening.first_text)
                if happening.queue is not None:
                    self.queue.labels(outcome).observe(happening.queue)
                if happening.over:
                    self.over_budget.labels(happening.over).inc()
                self._took(happening.record, happening.model)

    def _took(self, record: Record, asked: str) -> None:
        """The model is named as it was asked for, if that is known here: its server may say another name."""
        if not record.model:
            return
        by = self.model(asked or record.model), self.target(record.target)
        for kind, tokens in (
            ("input", record.input),
            ("cached", record.cached),
            ("written", record.cache_written),
            ("output", record.output),
            ("reasoning", record.reasoning),
        ):
            self.tokens.labels(*by, kind).inc(max(tokens, 0))
        if record.cost is None:
            self.unpriced.labels(*by).inc()
        else:
            self.cost.labels(*by).inc(max(record.cost, 0.0))

    def _asking(
        self, happening: happenings.ModelRequested | happenings.ModelAnswered | happenings.RequestReduced
    ) -> None:
        model = self.model(happening.model)
        match happening:
            case happenings.ModelRequested(target=target, result=result):
                self.model_requests.labels(model, self.target(target), result).inc()
            case happenings.RequestReduced():
                self.reduced.labels(model).inc()
            case happenings.ModelAnswered(end=end):
                self.answered.labels(model, end).inc()

    def _outer(self, happening: Happening) -> None:
        match happening:
            case happenings.MessageKept(type=type, outcome=outcome):
                self.last_event.set(time.time())
                if result := KEPT.get(outcome):
                    self._event(type, result)
            case happenings.MessageNotKept(type=type):
                self.last_event.set(time.time())
                self._event(type, "failed")
            case happenings.EventRefused(type=type):
                self._event(type, "refused")
            case happenings.SurfaceCalled(method=method, result=result, waited=waited):
                self.calls.labels(method, result).inc()
                self.wait.labels(method, result).observe(waited)
            case happenings.StoreFailed():
                self.redis_errors.inc()
            case happenings.ClaimFailed():
                self.queue_errors.labels("claim").inc()
            case happenings.RenewalFailed():
                self.queue_errors.labels("renew").inc()
            case happenings.NotHandedBack():
                self.queue_errors.labels("hand_back").inc()

    def _event(self, type: str, result: str) -> None:
        self.events.labels(type if type in TYPES else OTHER, result).inc()

    def target(self, name: str) -> str:
        return name if name in self._targets else OTHER

    def model(self, name: str) -> str:
        """A model of the settings, also under the longer name that the server gives it (`gpt-5-2026-01-31`)."""
        found = (each for each in self._models if name == each or name.startswith(f"{each}-"))
        return next(found, OTHER)

    async def text(
        self,
        health: Callable[[], Awaitable[dict[str, str]]],
        depths: Callable[[], Awaitable[Depths]],
        used: Callable[[], Awaitable[Used]],
    ) -> bytes:
        """All of it, as Prometheus reads it. What nobody tells is left out."""
        if time.monotonic() - self._read_at > KNOWN_FOR:
            self._read_at = time.monotonic()
            for part, state in (await health()).items():
                self.up.labels(part).set(state != FAILING)
                if part == "slack":
                    self.socket.set(state != FAILING)
            await self._look(depths, used)
        return generate_latest(self.registry)

    async def _look(self, depths: Callable[[], Awaitable[Depths]], used: Callable[[], Awaitable[Used]]) -> None:
        self.threads.clear()
        self.used.clear()
        try:
            found, shares = dict(await depths()), await used()
        except (Unavailable, Unreadable):
            self.oldest.set(float("nan"))
            return self.holds.set(float("nan"))
        self.oldest.set(found.pop("oldest", 0.0))
        self.holds.set(found.pop("holds", 0.0))
        for state, number in found.items():
            self.threads.labels(state).set(number)
        for span, share in shares.items():
            self.used.labels(span).set(share)

    async def measure_lag(self) -> None:
        """For ever."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_EVERY
            await asyncio.sleep(LAG_EVERY)
            self._lags = [*self._lags[1 - LAG_KEPT :], max(loop.time() - due, 0.0)]
            self.lag.set(max(self._lags))
