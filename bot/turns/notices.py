"""What one person is told in private about limits, as values. `refuses` is why they are not answered, in short."""

from dataclasses import dataclass
from typing import ClassVar

from bot.conversation.places import Ref
from bot.policy.roles import Reason
from bot.usage.budgets import Budget, Standing


@dataclass(frozen=True, slots=True)
class Over:
    """There is no room for their question. `resets` in seconds since 1970."""

    budget: Budget
    standing: Standing
    resets: float
    ask: tuple[Ref, ...]
    refuses: ClassVar[Reason] = "over-budget"


@dataclass(frozen=True, slots=True)
class Near:
    """A budget is nearly used up, or is now."""

    refuses: ClassVar[Reason | None] = None
    ask: ClassVar[tuple[Ref, ...]] = ()

    budget: Budget
    standing: Standing
    resets: float
    over: bool


@dataclass(frozen=True, slots=True)
class NoPrice:
    """The model that would answer has no known price, and is not asked for that."""

    model: str
    ask: tuple[Ref, ...]
    refuses: ClassVar[Reason] = "no-price"


@dataclass(frozen=True, slots=True)
class TooOften:
    """They have asked as often as they may. They can ask again `at` that time, in seconds since 1970."""

    count: int
    at: float
    refuses: ClassVar[Reason] = "too-often"
    ask: ClassVar[tuple[Ref, ...]] = ()


@dataclass(frozen=True, slots=True)
class Paused:
    """The workspace has used more in an hour than the operator lets it; it goes on `at` that time."""

    at: float
    ask: tuple[Ref, ...]
    refuses: ClassVar[Reason] = "paused"


Notice = Over | Near | NoPrice | TooOften | Paused
