"""Commands to what may be used, and to what is asked for beyond that."""

from dataclasses import dataclass
from typing import ClassVar

from bot.conversation.ids import ThreadKey
from bot.conversation.places import Place
from bot.usage.budgets import Amount, Budget, Limited, Owner, Span, Verdict

ONESELF = ""
"""The id of a person who means themselves."""


@dataclass(frozen=True, slots=True)
class ShowBudget:
    """What somebody may use at a place, and what is left of it."""

    act: ClassVar[str] = "budget.show"
    place: Place


@dataclass(frozen=True, slots=True)
class SetBudget:
    """Set how much may be used, in a day or a month, or in both for `span` None. `amount` None takes back what was
    set."""

    act: ClassVar[str] = "budget.set"
    owner: Owner
    span: Span | None
    amount: Amount | None
    place: Place

    @property
    def name(self) -> str:
        """The persona whose it is, if it is one's."""
        return self.owner.id


@dataclass(frozen=True, slots=True)
class SetLimit:
    """Set how many questions of a person are answered in a minute, or at once; 0 is any number, None takes back."""

    act: ClassVar[str] = "limit.set"
    owner: Owner
    what: Limited
    count: int | None
    place: Place


@dataclass(frozen=True, slots=True)
class LiftFuse:
    """Let a workspace go on that the fuse has paused, as if nothing had been used within the last hour."""

    act: ClassVar[str] = "fuse.lift"


@dataclass(frozen=True, slots=True)
class AskForMore:
    """Ask the admins to let the question `newest` be answered, for which a budget has no room."""

    act: ClassVar[str] = "budget.ask"
    thread: ThreadKey
    newest: str
    budget: Budget


@dataclass(frozen=True, slots=True)
class Cheaper:
    """Have the operator's cheaper model answer it."""

    act: ClassVar[str] = "answer.cheaper"
    thread: ThreadKey
    newest: str


@dataclass(frozen=True, slots=True)
class Decide:
    """What an admin says to what somebody has asked for."""

    act: ClassVar[str] = "budget.decide"
    id: str
    verdict: Verdict
