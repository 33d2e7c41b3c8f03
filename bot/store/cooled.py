"""What is known not to cool, so that it need not be asked for each request to a model.

All processes count how often something is made to cool. A turn learns that count as it begins: what was not cool is not
cool, as long as it stays the same.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass, field

FRESH_FOR = 2.0  # seconds after the count was told


@dataclass(slots=True)
class Cooled:
    _count: str | None = None
    _told_at: float = float("-inf")
    _seen: str | None = None
    """The count with which the names in `_warm` were not cool."""
    _warm: set[str] = field(default_factory=set)

    def told(self, count: str) -> None:
        """So often something was made to cool, just now."""
        self._count, self._told_at = count, time.monotonic()

    def changed(self) -> None:
        """One more time, by us."""
        self._count = self._seen = None

    def found(self, count: str, warm: Collection[str]) -> None:
        """With that count, these were not cool."""
        if count != self._seen:
            self._seen, self._warm = count, set()
        self._warm.update(warm)

    def are_warm(self, what: Collection[str]) -> bool:
        """Whether it is known that none of these is cool."""
        fresh = self._count is not None and time.monotonic() - self._told_at < FRESH_FOR
        return fresh and self._count == self._seen and self._warm.issuperset(what)
