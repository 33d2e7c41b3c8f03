"""How often each method may be called, and what is said to one who calls more often."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any


@dataclass(frozen=True, slots=True)
class Rate:
    """`allowed` calls in `window` seconds, and as many at once as `burst` (by default a whole window's)."""

    allowed: int
    window: float
    burst: int = 0
    per_channel: bool = False

    @property
    def most(self) -> int:
        return self.burst or self.allowed


TIER_1 = Rate(1, 60)
TIER_2 = Rate(20, 60)
TIER_3 = Rate(50, 60)
TIER_4 = Rate(100, 60)
POSTING = Rate(1, 1, burst=4, per_channel=True)
STATUS = Rate(600, 60)
UNPUBLISHED = Rate(100, 60)
"""`auth.test` and the like: Slack says "hundreds a minute" at most."""


@dataclass(slots=True)
class Bucket:
    """Fills with time, a call takes one out."""

    rate: Rate
    left: float
    at: float

    def refill(self, now: float) -> None:
        self.left = min(self.rate.most, self.left + (now - self.at) * self.rate.allowed / self.rate.window)
        self.at = now


class Limits:
    """Off, it counts and refuses nothing; switched on, it starts afresh."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._enabled = False
        self._buckets: dict[tuple[str, str], Bucket] = {}

    @property
    def enabled(self) -> bool:
        return self._enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self._enabled = enabled
        self._buckets.clear()

    def refused(self, method: str, rate: Rate, channel: str) -> int | None:
        """Count a call; the seconds to wait if it is one too many."""
        key = (method, channel if rate.per_channel else "")
        now = self._clock()
        bucket = self._buckets.setdefault(key, Bucket(rate, rate.most, now))
        bucket.refill(now)
        if self._enabled and bucket.left < 1:
            return max(1, ceil((1 - bucket.left) * rate.window / rate.allowed))
        bucket.left = max(bucket.left - 1, -rate.most)
        return None

    def meter(self) -> list[dict[str, Any]]:
        """How full each bucket is. With limits off, `used` may pass `allowed`."""
        shown = []
        for (method, channel), bucket in self._buckets.items():
            bucket.refill(self._clock())
            name = f"{method} {channel}".rstrip()
            used = round(bucket.rate.most - bucket.left)
            if used > 0:
                shown.append({"method": name, "used": used, "allowed": bucket.rate.most, "window": bucket.rate.window})
        return shown
