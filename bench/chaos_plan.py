"""What happens when? Who says what at which moment, what Slack sends twice, and what breaks: all of it from a seed.

The same seed gives the same plan. What the machine makes of it differs a little from run to run: a kill at second 12.3
may find another turn under way.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bench.outside import VOCABULARY

Scenario = Literal["kill", "rolling", "redis", "upgrade", "freeze"]
ALL: tuple[Scenario, ...] = ("kill", "rolling", "redis")
SCENARIOS: tuple[Scenario, ...] = (*ALL, "upgrade", "freeze")
"""`upgrade` and `freeze` run by name alone: one needs an earlier commit, the other more than a minute."""

PEOPLE = ("Ada", "Ben", "Chloe", "Dora")
AT_ONCE = 0.3
"""Share of messages that follow the one before at once, as when one thought is sent in two messages."""
TWICE = 0.15
"""Share of events that Slack sends again although they were acknowledged."""
FROZEN = 60.0  # seconds
LONGEST = 60  # words of an answer
WORDS_PER_SECOND = 25.0
_NAME = re.compile(r"\bq(\d+)\.(\d+)\b")


@dataclass(frozen=True, slots=True, order=True)
class Id:
    """One message: its thread, and its place among what people say there."""

    thread: int
    number: int

    def __str__(self) -> str:
        return f"q{self.thread}.{self.number}"


@dataclass(frozen=True, slots=True)
class Saying:
    """Seconds from the start. `again`: how long after its first delivery an event of it is sent once more."""

    id: Id
    at: float
    again: dict[str, float]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something breaks at that second. `which` replica; `away`: seconds that Redis is down, or the replica frozen."""

    at: float
    what: Literal["kill", "terminate", "kill redis", "stop redis", "upgrade", "upgrade killed", "freeze"]
    which: int = 0
    away: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    scenario: Scenario
    threads: tuple[tuple[Saying, ...], ...]
    faults: tuple[Fault, ...]
    seconds: float

    @property
    def messages(self) -> int:
        return sum(len(sayings) for sayings in self.threads)


@dataclass(frozen=True, slots=True)
class Size:
    """`threads` with `messages` each, said within `seconds`. `calm`: shortest and longest pause between two faults."""

    threads: int
    messages: int
    seconds: float
    calm: tuple[float, float]


def make(seed: int, scenario: Scenario, size: Size) -> Plan:
    chance = random.Random(f"{seed} {scenario}")
    threads = tuple(tuple(_thread(chance, number, size)) for number in range(size.threads))
    return Plan(seed, scenario, threads, tuple(_faults(chance, scenario, size)), size.seconds)


def _thread(chance: random.Random, thread: int, size: Size) -> Iterator[Saying]:
    at = chance.uniform(0, size.seconds * 0.4)
    moments = sorted(chance.uniform(at, size.seconds) for _ in range(size.messages - 1))
    for number, moment in enumerate((at, *moments)):
        at = at + chance.uniform(0.005, 0.3) if number and chance.random() < AT_ONCE else max(at, moment)
        again = {
            kind: chance.uniform(0, size.seconds / 4) for kind in ("app_mention", "message") if chance.random() < TWICE
        }
        yield Saying(Id(thread, number), at, again)


def _faults(chance: random.Random, scenario: Scenario, size: Size) -> Iterator[Fault]:
    if scenario == "upgrade":  # between the two, and for most of the time, one of either version is at work
        yield Fault(size.seconds * 0.2, "upgrade", 0)
        yield Fault(size.seconds * 0.8, "upgrade killed", 1)
        return
    if scenario == "freeze":
        yield Fault(size.seconds * 0.05, "freeze", chance.randrange(2), away=FROZEN)
        return
    turn, at = 0, chance.uniform(*size.calm)
    while at < size.seconds:
        match scenario:
            case "kill":
                yield Fault(at, "kill", chance.randrange(2))
            case "rolling":
                yield Fault(at, "terminate", turn % 2)
            case "redis":
                yield Fault(at, "kill redis" if turn % 2 else "stop redis", away=chance.uniform(0.2, 3.0))
        turn += 1
        at += chance.uniform(*size.calm)


def named(text: str) -> list[Id]:
    """The messages that a text names, as often and in the order as it does."""
    return [Id(int(thread), int(number)) for thread, number in _NAME.findall(text)]


def question(id: Id) -> str:
    return f"{id} what do you say to {_words(id, 12)}?"


def answer(ids: Sequence[Id]) -> str:
    """What the model says to these messages: always the same, so that a torn answer shows."""
    return (
        f"To {', '.join(map(str, ids))}: {_words(ids[-1], 5 + random.Random(str(ids[-1])).randrange(LONGEST))}. Over."
    )


def longest_answer(messages: int) -> float:
    """Seconds that the model takes at most for one answer to so many messages."""
    return (messages + LONGEST + 7) / WORDS_PER_SECOND


def _words(id: Id, number: int) -> str:
    return " ".join(random.Random(str(id)).choices(VOCABULARY.split(), k=number))
