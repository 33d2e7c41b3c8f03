"""How fast may we call Slack?

Edits that only show progress keep an even pace that all answers share, below Slack's published rate (tier 3: some 50
edits a minute). Everything else goes at once, until Slack says `Retry-After`: then all who share that limit wait.
"""

import asyncio
import time
from dataclasses import dataclass, field

EDITS_PER_MINUTE = 40.0
BURST = 5.0


@dataclass(slots=True)
class Pace:
    """One per process. Times are those of the monotonic clock."""

    per_minute: float = EDITS_PER_MINUTE
    _closed_until: dict[str, float] = field(default_factory=dict)
    _next_edit: float = 0.0

    def reserve_edit(self) -> float:
        """Seconds until one more progress edit may go; the place in the queue is taken."""
        gap = 60.0 / self.per_minute
        now = time.monotonic()
        self._next_edit = max(self._next_edit + gap, now - BURST * gap)
        return max(self._next_edit - now, 0.0)

    def hold(self, limit: str, seconds: float) -> None:
        """Slack has refused a call under this limit and wants us to wait."""
        self._closed_until[limit] = max(self._closed_until.get(limit, 0.0), time.monotonic() + seconds)

    def wait(self, limit: str) -> float:
        """Seconds for which Slack does not want to hear from us under this limit; mostly 0."""
        until = self._closed_until.get(limit)
        if until is None:
            return 0.0
        left = until - time.monotonic()
        if left <= 0:
            del self._closed_until[limit]
        return max(left, 0.0)

    async def clear(self, limit: str) -> None:
        """Wait until Slack wants to hear from us again; others may meanwhile have made it later still."""
        while (seconds := self.wait(limit)) > 0:  # noqa: ASYNC110 - a deadline that moves, not a condition to poll
            await asyncio.sleep(seconds)
