"""What the core asks of the model's server."""

from collections.abc import AsyncGenerator
from typing import Protocol

from bot.conversation.pieces import Finished, Interrupted, Piece, Routed
from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.personas.persona import Chooser
from bot.usage.budgets import Rate


class Model(Protocol):
    def stream(self, ask: Ask, within: float | None = None) -> AsyncGenerator[Piece | Finished | Interrupted]:
        """Answer. Ends with `Finished` or `Interrupted`. May raise Unanswerable, TooLong, Busy, and Late when nothing
        has come in time: `within` so many seconds, where that is given."""
        ...

    async def offered(self) -> tuple[str, ...]:
        """The models that may be chosen, as far as they are known; may be empty."""
        ...

    async def has(self, model: str) -> bool:
        """Whether it may be chosen, as far as the lists tell; where there is no list, any may."""
        ...

    def chosen_by(self, model: str) -> Chooser | None:
        """The lowest role that may choose it; None where the operator does not say."""
        ...

    async def prove(self, model: str) -> None:
        """Have it say one word. Raises Unanswerable, NotOffered if it may not be chosen."""
        ...

    def cost(self, model: str, usage: Usage, route: Routed | None = None) -> float | None:
        """US dollars, where this route led to the model; None when the price is unknown."""
        ...

    def rate(self, ask: Ask) -> Rate | None:
        """What a token may cost at most, whoever answers this; None when a price is unknown."""
        ...

    def free(self, route: Routed | None) -> bool:
        """Whether the operator says that what this route leads to costs nothing."""
        ...
