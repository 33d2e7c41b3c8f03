"""What the requests of one answer take, one after another: to be paid whatever becomes of the answer."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.conversation.pieces import Routed
from bot.conversation.prompt import Ask
from bot.conversation.tokens import BYTES_PER_TOKEN, Usage
from bot.usage.budgets import Budget


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
    """`taken` are requests that have ended. There is `news` whenever one begins, and when the answer under way has come
    to `tell_at` tokens.

    No more may be taken once `tight` is the budget that says so. `capped` is the one because of which the model was
    told how long its answer may be at most.
    """

    taken: list[Part] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    tight: Budget | None = None
    capped: Budget | None = None
    closed: bool = False
    tell_at: float = 0.0
    limit: float = float("inf")
    """Tokens of the answer under way that are held: there must be more before more is taken."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _under_way: Part | None = None
    _bytes: int = 0
    _pieces: int = 0

    def begin(self, ask: Ask, route: Routed | None) -> None:
        """A request goes out."""
        self._under_way = Part((route or ask).model, Usage(ask.tokens, 0, estimated=True), route)
        self._bytes = self._pieces = 0
        self.news.set()

    def grow(self, size: int) -> None:
        """A piece of so many bytes has come."""
        self._bytes, self._pieces = self._bytes + size, self._pieces + 1
        if self.produced >= self.tell_at:
            self.news.set()

    def add(self, part: Part) -> None:
        """The request has ended."""
        self._under_way = None
        self.taken.append(part)

    def drop(self) -> None:
        """It has ended, and brought nothing."""
        self._under_way = None

    def close(self) -> None:
        self.closed = True
        self.news.set()

    def allow(self, limit: float) -> None:
        """So much is held now."""
        self.limit = limit
        self._changed.set()

    def refuse(self, tight: Budget | None) -> None:
        """There is no more."""
        self.tight = tight
        self._changed.set()

    async def room(self) -> None:
        """Return when more may be taken, or never again."""
        while self.produced >= self.limit and self.tight is None:
            self._changed.clear()
            self.news.set()
            await self._changed.wait()

    @property
    def produced(self) -> int:
        """Tokens that the request under way has brought, estimated: a piece has at least one."""
        return max(self._bytes // BYTES_PER_TOKEN, self._pieces)

    @property
    def under_way(self) -> bool:
        return self._under_way is not None

    @property
    def so_far(self) -> tuple[Part, ...]:
        """What was taken, with an estimate of the request under way."""
        if (part := self._under_way) is None:
            return tuple(self.taken)
        usage = Usage(part.usage.input, self.produced, estimated=True)
        return (*self.taken, Part(part.model, usage, part.route))

    @property
    def usage(self) -> Usage:
        return total(part.usage for part in self.taken)


def total(usages: Iterable[Usage]) -> Usage:
    """No request takes nothing."""
    all_of_it = Usage(0, 0, cost=0.0)
    for usage in usages:
        all_of_it += usage
    return all_of_it
