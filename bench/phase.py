"""One measurement: so many threads at once, so many turns in each, and what they cost whom."""

import asyncio
import os
import random
import time
from dataclasses import dataclass
from statistics import quantiles

from bench.outside import TOKENS, TOKENS_PER_SECOND, Lag, Turn
from bench.subject import Subject, busy, cpu_of

TOO_BUSY = 0.2
"""Share of one core that other processes may use before a result is marked as disturbed."""
ANSWER_SECONDS = TOKENS / TOKENS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Phase:
    """`threads` at once with `turns` each, the first question of each at a random moment within `spread` seconds.

    `instant`: the model answers at once, all in one piece. One turn each over a long spread is then a steady load:
    questions at random moments, so many a second, each in a thread of its own.
    """

    threads: int
    turns: int
    spread: float = ANSWER_SECONDS
    instant: bool = False

    @property
    def name(self) -> str:
        if self.instant and self.spread:
            return f"{self.threads / self.spread:g} a second, instant answers"
        if self.instant:
            return f"{self.threads}, instant answers"
        if self.turns == 1 and self.spread > ANSWER_SECONDS:
            return f"{self.threads / self.spread:g} a second"
        return f"{self.threads}" if self.spread or self.threads == 1 else f"{self.threads}, same instant"


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and 95th percentile, in milliseconds."""

    median: float
    p95: float

    @classmethod
    def of(cls, seconds: list[float]) -> "Spread":
        if len(seconds) < 2:
            return cls(seconds[0] * 1000, seconds[0] * 1000)
        cuts = quantiles(seconds, n=20, method="inclusive")
        return cls(cuts[9] * 1000, cuts[18] * 1000)


@dataclass(frozen=True, slots=True)
class Result:
    """What one phase showed of one subject. `cpu`, `redis` and `outside` are processor seconds."""

    subject: str
    phase: Phase
    turns: int
    seconds: float
    first: Spread
    shown: Spread
    last: Spread
    cpu: float
    peak_mb: float
    calls: int
    redelivered: int
    asked_again: int
    redis: float
    outside: float
    others: float
    lag: Spread

    @property
    def cpu_per_thousand(self) -> float:
        return self.cpu / self.turns * 1000

    @property
    def disturbed(self) -> bool:
        return self.others / self.seconds > TOO_BUSY

    @property
    def turns_per_second(self) -> float:
        return self.turns / self.seconds


async def measure(subject: Subject, phase: Phase, redis: int, seed: int) -> Result:
    """Run the phase. `redis` is the process id of the subject's Redis."""
    outside, lag = subject.outside, Lag()
    outside.tokens_per_second = None if phase.instant else TOKENS_PER_SECOND
    calls, redelivered, asked_again = outside.calls, outside.redelivered, outside.asked_again
    began, before = time.perf_counter(), _spent(subject, redis)
    async with asyncio.TaskGroup() as tasks:
        dying = tasks.create_task(subject.died())
        with lag.watched(tasks):
            turns = await _load(subject, phase, random.Random(seed))
        dying.cancel()
    seconds = time.perf_counter() - began
    cpu, redis_cpu, own, machine = (after - was for after, was in zip(_spent(subject, redis), before, strict=True))
    return Result(
        subject=subject.name,
        phase=phase,
        turns=len(turns),
        seconds=seconds,
        first=Spread.of([turn.first for turn in turns]),
        shown=Spread.of([turn.shown - turn.said for turn in turns]),
        last=Spread.of([turn.last for turn in turns]),
        cpu=cpu,
        peak_mb=subject.peak_mb,
        calls=outside.calls - calls,
        redelivered=outside.redelivered - redelivered,
        asked_again=outside.asked_again - asked_again,
        redis=redis_cpu,
        outside=own,
        others=max(machine - cpu - redis_cpu - own, 0.0),
        lag=Spread.of(lag.seconds),
    )


async def _load(subject: Subject, phase: Phase, chance: random.Random) -> list[Turn]:
    """Each thread asks, waits for the whole answer, and asks again below it."""
    done: list[Turn] = []

    async def talk(after: float) -> None:
        await asyncio.sleep(after)
        thread = ""
        for _ in range(phase.turns):
            turn = await subject.outside.ask(thread)
            thread = turn.thread
            done.append(turn)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(phase.threads):
            tasks.create_task(talk(chance.uniform(0, phase.spread)))
    return done


def _spent(subject: Subject, redis: int) -> tuple[float, float, float, float]:
    """Processor seconds so far: the subject's, its Redis's, our own, the whole machine's."""
    own = os.times()
    return subject.cpu, cpu_of(redis), own.user + own.system, busy()
