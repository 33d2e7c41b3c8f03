"""How often somebody may ask: what is said of a question that has to wait."""

from dataclasses import dataclass

MAX_WAIT = 30.0  # seconds that a question waits in the inbox; for longer, its asker is told when to ask again
LOOKED_AGAIN = 2.0  # seconds until a question is looked at again that waits for the end of another


@dataclass(frozen=True, slots=True)
class Soon:
    """They have asked too often: it may be answered in so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Busy:
    """As many of their questions are being answered as may be."""


def wait(why: Soon | Busy) -> float | None:
    """Seconds that a question waits in the inbox; None if that is too long."""
    if isinstance(why, Busy):
        return LOOKED_AGAIN
    return why.seconds if why.seconds <= MAX_WAIT else None


@dataclass(frozen=True, slots=True)
class Fuse:
    """Requests to models, and billionths of a dollar, within an hour with which a workspace pauses. 0: no such fuse."""

    calls: int = 0
    cost: int = 0

    @property
    def on(self) -> bool:
        return bool(self.calls or self.cost)


@dataclass(frozen=True, slots=True)
class FuseBlown:
    """It goes on `at` that time, in seconds since 1970. `first`: nobody was told yet."""

    at: float
    first: bool
