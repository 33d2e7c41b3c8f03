"""How often each method may be called, and what is said to one who calls more often."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Rate:
    """`allowed` calls in `window` seconds; with `burst`, evenly over it but for so many at once."""

    allowed: int
    window: float
    burst: int = 0
    per_channel: bool = False


TIER_1 = Rate(1, 60)
TIER_2 = Rate(20, 60)
TIER_3 = Rate(50, 60)
TIER_4 = Rate(100, 60)
POSTING = Rate(1, 1, burst=4, per_channel=True)
POSTING_IN_ALL = Rate(300, 60)
"""Over all channels: Slack says "several hundred a minute"."""
STATUS = Rate(600, 60)
UNPUBLISHED = Rate(100, 60)
"""`auth.test` and the like: Slack says "hundreds a minute" at most."""
READING = ("conversations.history", "conversations.replies")


class Meter(Protocol):
    rate: Rate

    def wait(self, now: float) -> float:
        """Seconds until a call is allowed; 0 or less: it is now."""

    def take(self, now: float) -> None: ...

    def used(self, now: float) -> int: ...


@dataclass(slots=True)
class Bucket:
    """Fills with time, a call takes one out. Full, it lets a burst through, and goes on at the rate."""

    rate: Rate
    left: float
    at: float

    def wait(self, now: float) -> float:
        self.left = min(self.most, self.left + (now - self.at) * self.rate.allowed / self.rate.window)
        self.at = now
        return (1 - self.left) * self.rate.window / self.rate.allowed

    def take(self, now: float) -> None:
        self.left = max(self.left - 1, -self.most)

    def used(self, now: float) -> int:
        self.wait(now)
        return round(self.most - self.left)

    @property
    def most(self) -> int:
        return self.rate.burst or self.rate.allowed


@dataclass(slots=True)
class Window:
    """Slides with time: never more than what is allowed in any stretch of its length."""

    rate: Rate
    times: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        while self.times and self.times[0] <= now - self.rate.window:
            self.times.popleft()
        over = len(self.times) - self.rate.allowed
        return self.times[over] + self.rate.window - now if over >= 0 else 0.0

    def take(self, now: float) -> None:
        self.times.append(now)

    def used(self, now: float) -> int:
        self.wait(now)
        return len(self.times)


class Limits:
    """Off, it counts and refuses nothing; switched on, it starts afresh.

    `sliding`: the harder reading of "50+ per minute", the default; False fills evenly after a first burst.
    `posting_burst`: so many messages at once before one a second holds in a channel. `rates` replaces the rate
    of a method by name. `refusals` counts what was refused, by method.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.sliding = True
        self.posting_burst = POSTING.burst
        self.rates: dict[str, Rate] = {}
        self.refusals: Counter[str] = Counter()
        self._clock = clock
        self._enabled = False
        self._meters: dict[tuple[str, str], Meter] = {}

    @property
    def enabled(self) -> bool:
        return self._enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        self._enabled = enabled
        self._meters.clear()
        self.refusals.clear()

    def refused(self, method: str, rate: Rate, channel: str) -> int | None:
        """Count a call; the seconds to wait if it is one too many."""
        now = self._clock()
        meters = self._of(method, self._rate(method, rate), channel, now)
        wait = max(meter.wait(now) for meter in meters)
        if self._enabled and wait > 0:
            self.refusals[method] += 1
            return max(1, ceil(wait))
        for meter in meters:
            meter.take(now)
        return None

    def meter(self) -> list[dict[str, Any]]:
        """How full each meter is. With limits off, `used` may pass `allowed`."""
        shown, now = [], self._clock()
        for (method, channel), meter in self._meters.items():
            if (used := meter.used(now)) > 0:
                name = f"{method} {channel}".rstrip()
                rate = {"allowed": meter.rate.burst or meter.rate.allowed, "window": meter.rate.window}
                shown.append({"method": name, "used": used, "refused": self.refusals[method]} | rate)
        return shown

    def _rate(self, method: str, rate: Rate) -> Rate:
        if rate is POSTING:
            rate = replace(POSTING, burst=self.posting_burst)
        return self.rates.get(method, rate)

    def _of(self, method: str, rate: Rate, channel: str, now: float) -> list[Meter]:
        """The method's meter; what counts by channel has one for all channels besides."""
        if not rate.per_channel:
            return [self._made(method, "", rate, now)]
        return [self._made(method, channel, rate, now), self._made(method, "", POSTING_IN_ALL, now)]

    def _made(self, method: str, channel: str, rate: Rate, now: float) -> Meter:
        meter = self._meters.get((method, channel))
        if meter is None or meter.rate != rate:
            even = rate.burst or not self.sliding
            meter = Bucket(rate, rate.burst or rate.allowed, now) if even else Window(rate)
            self._meters[method, channel] = meter
        return meter
