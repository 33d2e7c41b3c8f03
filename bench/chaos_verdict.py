"""Was anything lost, doubled or out of order? Read off the threads in Slack and the model's requests."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from bench import chaos_plan as plans
from bench.chaos_plan import Id
from bench.chaos_town import Asked, Noted, Town

PREPARED = 0.25
"""Seconds from fixing a batch to its request at the model, at most: history, names and the network lie between."""
NOTICED = 2.0
"""Seconds after which a lapsed lease must have been noticed, and the turn begun."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Seconds: `lease` and `grace` are the bot's settings, `model` is what the longest answer takes, `swept` until it
    is noticed what another version has left."""

    lease: float
    grace: float
    model: float
    swept: float = 0.0

    @property
    def longest(self) -> float:
        """From a message to its complete answer, the answer that it has to wait for included."""
        return self.lease + self.grace + self.swept + 2 * self.model


@dataclass(slots=True)
class Verdict:
    """Each list names what went wrong, one line each; empty lists are what is required."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    came_later: list[str] = field(default_factory=list)
    """Answered below a later message, because Slack delivered it only after that one was being answered: counted and
    shown, but no fault of the bot's, which cannot put in order what it does not have yet."""
    torn: list[str] = field(default_factory=list)
    """A message of the bot's that is no complete answer, word by word as the model gave it."""
    past: list[str] = field(default_factory=list)
    """The model was shown a past in which something was doubled, out of order, or answered before it was asked."""
    slow: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    """A replica died by itself, or something was left behind."""
    delays: list[float] = field(default_factory=list)
    takeovers: list[float] = field(default_factory=list)
    """Seconds from a broken-off request to the next one for the same messages, if nothing else broke meanwhile."""
    answers: int = 0

    @property
    def judged(self) -> dict[str, list[str]]:
        return {
            "lost": self.lost,
            "doubled": self.doubled,
            "out of order": self.out_of_order,
            "torn": self.torn,
            "wrong past": self.past,
            "too slow": self.slow,
            "other": self.other,
        }

    @property
    def kept(self) -> bool:
        return not any(self.judged.values())


def of(town: Town, promise: Promise) -> Verdict:
    verdict = Verdict()
    by_thread: dict[int, list[Asked]] = {}
    for asked in town.noted.asked:
        by_thread.setdefault(asked.thread, []).append(asked)
    for thread, sayings in enumerate(town.plan.threads):
        ids = [saying.id for saying in sayings]
        _read(verdict, thread, ids, town, by_thread.get(thread, []), PREPARED + promise.swept)
    delays, takeovers = dict(_delays(town)), dict(_takeovers(town.noted))
    verdict.delays, verdict.takeovers = list(delays.values()), list(takeovers.values())
    verdict.slow = [
        f"{id}: answered after {seconds:.1f} s, in which {_met(town.noted, id, seconds)}"
        for id, seconds in delays.items()
        if seconds > promise.longest
    ]
    verdict.slow += [
        f"{id}: taken over after {seconds:.1f} s"
        for id, seconds in takeovers.items()
        if seconds > promise.lease + promise.swept + NOTICED
    ]
    return verdict


def _read(
    verdict: Verdict, thread: int, ids: Sequence[Id], town: Town, asked: Sequence[Asked], prepared: float
) -> None:
    shown = town.shown(thread)
    answered = [id for message in shown if message.complete for id in plans.named(message.text)]
    verdict.answers += len(shown)
    verdict.lost += [str(id) for id in ids if id not in answered]
    verdict.doubled += [f"{id}: {times} times" for id, times in _times(town, thread).items() if times > 1]
    first = {id: request.began for request in reversed(asked) for id in request.ids}
    for newest, id in zip(accumulate(answered, max), answered, strict=True):
        if id < newest:
            _misplaced(verdict, id, newest, town.noted, first, prepared)
    for message in shown:
        named = plans.named(message.text)
        if not message.complete or not named or message.text.strip() != plans.answer(named):
            verdict.torn.append(f"q{thread} at {message.ts}: {message.text[:80]!r}")
    verdict.past += [
        f"{request.ids[-1]} was shown {', '.join(map(str, request.past))}"
        for request in asked
        if not request.sound or list(request.past) != sorted(request.past)
    ]


def _times(town: Town, thread: int) -> Counter[Id]:
    """In how many messages of the bot's each question is named."""
    return Counter(id for message in town.shown(thread) for id in set(plans.named(message.text)))


def _misplaced(verdict: Verdict, older: Id, newer: Id, noted: Noted, first: dict[Id, float], prepared: float) -> None:
    """`older` was answered below `newer`: out of order, if the bot had it when it fixed what it was going to answer.

    That moment cannot be seen from outside; it lies after `newer` came, and at most `prepared` seconds before its
    request.
    """
    had, had_newer, began = noted.acknowledged.get(older), noted.acknowledged.get(newer), first.get(newer)
    if had is None or had_newer is None or began is None:
        verdict.out_of_order.append(f"{older} after {newer}: acknowledged or asked never")
        return
    told = (
        f"{older} after {newer}: acknowledged {had - had_newer:+.2f} s from it, {had - began:+.2f} s from its request"
    )
    late = had > had_newer and had > began - prepared
    (verdict.came_later if late else verdict.out_of_order).append(told)


def _delays(town: Town) -> Iterator[tuple[Id, float]]:
    """Said → complete answer, for each message that has one."""
    for thread in range(len(town.plan.threads)):
        for message in town.shown(thread):
            if (completed := town.noted.completed.get(message.ts)) is not None:
                for id in plans.named(message.text):
                    yield id, completed - town.noted.said[id]


def _met(noted: Noted, id: Id, seconds: float) -> str:
    """What happened to its thread between the question and the answer."""
    said, answered = noted.said[id], noted.said[id] + seconds
    requests = [asked for asked in noted.asked if asked.thread == id.thread and said < asked.ended < answered]
    broken = sum(not asked.whole for asked in requests)
    faults = sum(said < fault < answered for fault in noted.faults)
    return f"{faults} faults came, and {broken} of {len(requests)} requests of its thread were broken off"


def _takeovers(noted: Noted) -> Iterator[tuple[Id, float]]:
    broken: dict[tuple[Id, ...], float] = {}
    for asked in noted.asked:
        ended = broken.pop(asked.ids, None)
        if ended is not None and not any(ended + 0.1 < fault < asked.began for fault in noted.faults):
            yield asked.ids[-1], asked.began - ended
        if not asked.whole:
            broken[asked.ids] = asked.ended
