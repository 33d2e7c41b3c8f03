"""What the requests of one answer take, one after another: to be paid whatever becomes of the answer."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.conversation.pieces import Routed
from bot.conversation.tokens import Usage


@dataclass(frozen=True, slots=True)
class Part:
    """One request: who answered it, by the server's word, what it took, and the way that led there."""

    model: str
    usage: Usage
    route: Routed | None = None
    kept: bool = False
    """It was no request: the answer had been given before."""


@dataclass(slots=True)
class Meter:
    """`taken` are requests that have ended."""

    taken: list[Part] = field(default_factory=list)

    def add(self, part: Part) -> None:
        self.taken.append(part)

    @property
    def usage(self) -> Usage:
        return total(part.usage for part in self.taken)


def total(usages: Iterable[Usage]) -> Usage:
    """No request takes nothing."""
    all_of_it = Usage(0, 0, cost=0.0)
    for usage in usages:
        all_of_it += usage
    return all_of_it
