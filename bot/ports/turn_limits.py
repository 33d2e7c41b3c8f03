"""What the core asks of the store for how often somebody may ask."""

from typing import Protocol

from bot.turns.state import Turn
from bot.usage.limits import Busy, Fuse, FuseBlown, Soon


class TurnLimits(Protocol):
    async def enter(
        self, name: str, person: str, per_minute: int, at_once: int, turn: Turn | None = None
    ) -> Soon | Busy | None:
        """Count a question of somebody, once, if both limits let it through: then None. 0 is no limit."""
        ...

    async def fuse(self, fuse: Fuse) -> FuseBlown | None:
        """Count a request, unless the fuse has blown."""
        ...

    async def lift(self) -> bool:
        """Go on as if nothing had been used within the last hour; False where the fuse has not blown."""
        ...

    async def burn(self, name: str, cost: int) -> None:
        """Count what was paid for it, in billionths of a dollar."""
        ...

    async def leave(self, name: str, person: str) -> None:
        """It is answered no more. Of a turn, `Inbox.finish` tells so."""
        ...
