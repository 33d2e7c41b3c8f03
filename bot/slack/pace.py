"""How fast may we call Slack?

Edits that only show progress keep an even pace that all answers share, below Slack's published rate (tier 3: some 50
edits a minute). Everything else goes at once, as bursts are mostly tolerated, until Slack says `Retry-After`: then all
who share that limit wait, and for a minute they go one after the other, so that one refusal does not become forty.
"""

import asyncio
import time
from dataclasses import dataclass, field

EDITS_PER_MINUTE = 40.0
BURST = 5.0
METERED_FOR = 60.0  # seconds in single file after a refusal
APART = {"chat.postMessage": 1.05, "chat.update": 1.25}  # seconds between two calls in single file (docs: rate limits)


@dataclass(slots=True)
class Pace:
    """One per process. A limit is named by its method, followed by the channel where Slack counts per channel."""

    per_minute: float = EDITS_PER_MINUTE
    _closed_until: dict[str, float] = field(default_factory=dict)
    _metered_until: dict[str, float] = field(default_factory=dict)
    _next_call: dict[str, float] = field(default_factory=dict)
    _edits_from: float = 0.0

    def next_edit(self) -> float:
        """Seconds until one more progress edit may go."""
        return max(self._edits_from - time.monotonic(), 0.0)

    def take_edit(self) -> bool:
        """Whether a progress edit may go now; if so, it counts. Nobody queues: newer text will ask again."""
        if self.next_edit() > 0:
            return False
        gap = 60.0 / self.per_minute
        self._edits_from = max(self._edits_from, time.monotonic() - BURST * gap) + gap
        return True

    def hold(self, limit: str, seconds: float) -> None:
        """Slack has refused a call under this limit and wants us to wait."""
        now = time.monotonic()
        self._closed_until[limit] = max(self._closed_until.get(limit, 0.0), now + seconds)
        self._metered_until[limit] = now + seconds + METERED_FOR

    def wait(self, limit: str) -> float:
        """Seconds until a call under this limit could go; mostly 0."""
        now = time.monotonic()
        if now >= self._metered_until.get(limit, 0.0):
            for past in (self._closed_until, self._metered_until, self._next_call):
                past.pop(limit, None)
            return 0.0
        return max(self._closed_until.get(limit, 0.0) - now, self._next_call.get(limit, 0.0) - now, 0.0)

    async def clear(self, limit: str) -> None:
        """Wait for this call's turn. Others may meanwhile be refused, and make it later still."""
        while True:
            seconds = self.wait(limit)
            if limit not in self._metered_until:
                return
            self._next_call[limit] = time.monotonic() + seconds + APART.get(limit.split()[0], 1.25)
            if seconds > 0:
                await asyncio.sleep(seconds)
            if self._closed_until.get(limit, 0.0) <= time.monotonic():
                return
