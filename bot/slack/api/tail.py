"""Reading a long thread from its end, though Slack gives the oldest messages of any stretch first.

The stretch that holds the newest ones is guessed by how many messages there are in how much time. A guess that was too
short is made longer, one that was too long shorter. Places are microseconds; a stretch is what lies after its begin, up
to and with its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.conversation.ids import order

MARGIN = 1.2  # so many times as many as are wanted are looked for: what is said is not spread evenly
NEAR = 2  # pages that are read on in order; what is further from the end is jumped over
MOST = 500  # messages that a stretch shall hold: the end comes first, however many are wanted
GROWS = 8.0  # times that a stretch at most grows in which too little was


@dataclass(slots=True)
class Tail:
    """`front` is up to where the thread was read from its beginning, `end` is its end, and `wanted` how many messages
    shall be read. `rate` is how many there are in a microsecond, as far as one can tell."""

    front: int
    end: int
    wanted: int
    rate: float
    since: int | None = None
    """From there on all is known to the thread's end; None while its end was not seen."""
    _begin: int = field(init=False)
    _places: set[int] = field(default_factory=set)
    _known: list[tuple[int, int]] = field(default_factory=list)  # stretches that were read before the end was

    def __post_init__(self) -> None:
        self._begin = self._guess()

    @property
    def done(self) -> bool:
        return self.since is not None and (not self._missing or self.since <= self.front)

    @property
    def stretch(self) -> tuple[int, int | None]:
        """What to read next; its end is None for the thread's."""
        return self._begin, self.since

    def took(self, replies: Sequence[dict[str, Any]], *, more: bool) -> None:
        """What was read of the stretch; there is `more` of it."""
        found = [order(reply["ts"]) for reply in replies]
        self._places.update(found)
        begin, end = self._begin, self._end
        if not more:
            self.since = self._joined(begin)
            growth = max(1.0, min(self._missing * MARGIN / len(found), GROWS)) if found else GROWS
            earlier, floor = self.since - max(int((end - begin) * growth), 1), self._floor
            self._begin = max(floor, earlier if found else min(earlier, (floor + self.since) // 2))
            return
        at = max(found, default=begin)
        self._known.append((begin, at))
        self.rate = len(found) / max(at - begin, 1)
        near = (end - at) * self.rate <= NEAR * len(found)
        self._begin = at if near else self._guess()

    @property
    def wanting(self) -> int:
        """How many messages may lie in the stretch."""
        return min(int(self._missing * MARGIN) + 1, MOST)

    @property
    def _end(self) -> int:
        return self.end if self.since is None else self.since

    @property
    def _missing(self) -> int:
        since = self.since
        return max(self.wanted - (0 if since is None else sum(place > since for place in self._places)), 0)

    @property
    def _floor(self) -> int:
        """Up to there, below what is to be read, all is known already."""
        return max([self.front, *(to for _, to in self._known if to < self._end)])

    def _guess(self) -> int:
        width = int(self.wanting / self.rate) if self.rate > 0 else self._end
        return max(self._floor, self._end - max(width, 1))

    def _joined(self, since: int) -> int:
        """The begin of all that is known without a gap from there on."""
        for begin, to in sorted(self._known, reverse=True):
            since = begin if begin < since <= to else since
        return since
