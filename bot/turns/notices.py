"""What one person is told in private about limits, as values. `refuses` is why they are not answered, in short."""

from dataclasses import dataclass
from typing import ClassVar

from bot.conversation.ids import ThreadKey
from bot.conversation.places import Ref
from bot.policy.roles import Reason
from bot.usage.budgets import Budget, Request, Standing, Verdict


@dataclass(frozen=True, slots=True)
class Over:
    """There is no room for their question. `resets` in seconds since 1970; `cheaper` is a model that may be tried
    instead, if there is one. `thread` and `newest` name the question, where it can be asked again."""

    budget: Budget
    standing: Standing
    resets: float
    ask: tuple[Ref, ...]
    thread: ThreadKey | None = None
    newest: str = ""
    cheaper: str = ""
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


@dataclass(frozen=True, slots=True)
class MoreAsked:
    """For admins: somebody asks for more, in this channel."""

    request: Request
    channel: str
    standing: Standing
    resets: float
    refuses: ClassVar[Reason | None] = None
    ask: ClassVar[tuple[Ref, ...]] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What an admin has said to who asked. `answered`: their question is answered now."""

    verdict: Verdict
    by: str
    answered: bool
    refuses: ClassVar[Reason | None] = None
    ask: ClassVar[tuple[Ref, ...]] = ()


@dataclass(frozen=True, slots=True)
class Blown:
    """For admins: the workspace pauses until then, because more was used within an hour than the operator lets it."""

    at: float
    calls: int
    cost: int
    refuses: ClassVar[Reason | None] = None
    ask: ClassVar[tuple[Ref, ...]] = ()


@dataclass(frozen=True, slots=True)
class InstallAsked:
    """For admins of the operator's workspace: another one has installed the app, and waits `until` that time."""

    workspace: str
    name: str
    until: float
    refuses: ClassVar[Reason | None] = None
    ask: ClassVar[tuple[Ref, ...]] = ()


Notice = InstallAsked | Blown | MoreAsked | Decided | Over | Near | NoPrice | TooOften | Paused
