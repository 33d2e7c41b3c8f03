"""What the core asks of the store for what may be used."""

from collections.abc import Sequence
from typing import Protocol

from bot.policy.preferences import Entry
from bot.turns.state import Turn
from bot.usage.budgets import (
    Budget,
    Decision,
    Hold,
    Numbers,
    Owner,
    Reached,
    Request,
    Set,
    Short,
    Standing,
    Verdict,
    Want,
)


class Budgets(Protocol):
    """A turn holds what it may still take, under its id, until it is entered by `Inbox.finish` in the same step; what
    nobody enters or releases lapses by itself. Whoever holds under the same name again replaces that."""

    async def reserve(
        self, name: str, want: Want, budgets: Sequence[Budget], turn: Turn | None = None, *, passes: bool = False
    ) -> Hold | Short:
        """Hold what a request may take, if every budget has room, or if it `passes` anyway. May raise LeaseLost."""
        ...

    async def grow(
        self, name: str, want: Want, budgets: Sequence[Budget], turn: Turn | None, hold: Hold, by: int
    ) -> Hold:
        """Hold so many more tokens of the answer, or as many as there are; none where there are none left. May raise
        LeaseLost."""
        ...

    async def release(self, name: str) -> None:
        """Hold nothing any more."""
        ...

    async def standing(self, budgets: Sequence[Budget]) -> Sequence[Standing]:
        """How things stand with each of them."""
        ...

    async def reached(self, budgets: Sequence[Budget]) -> Sequence[Reached]:
        """Those that have come near their limit, or reached it; each is told once in its period."""
        ...

    async def lift(self, budget: Budget, grant: str) -> None:
        """Let a limit be higher until the end of its period. The same `grant` counts once."""
        ...

    async def ask(self, request: Request) -> bool:
        """Keep what somebody asks for. False if they have asked so before."""
        ...

    async def withdraw(self, id: str) -> None:
        """Forget that they have, as if they never had."""
        ...

    async def decide(self, id: str, by: str, verdict: Verdict) -> Decision | None:
        """What was decided: this, or what somebody else has said before. None where nothing is known of it."""
        ...

    async def numbers(self, owners: Sequence[Owner] = ()) -> Set:
        """What is set in Slack for these; all of it, if nobody is named."""
        ...

    async def set(self, owner: Owner, wanted: Numbers, seen: Numbers, entry: Entry) -> bool:
        """Change what is set for somebody, with its entry in the audit. False when it is not as it was seen."""
        ...
