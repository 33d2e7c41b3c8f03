"""What the core asks of the store for tokens: whose they are, and what came of what was done with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.policy.tokens import Shown, Token
from bot.usage.budgets import NOTHING, Numbers


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request with a token that there is. `left` more may come at once, and all of them again after `whole` seconds;
    this one comes too early where there is a `wait`, in seconds."""

    token: Token
    left: int
    whole: float
    wait: float


@dataclass(frozen=True, slots=True)
class Begun:
    """How a request stands that may be sent again: "new" (do it; nobody else does), "busy" (somebody does it), "other"
    (that was another request), or "done": with this `reply`.

    What it makes is named by the `seed`, however often it is begun.
    """

    state: str
    seed: str
    reply: object = None
    status: int = 0


class Tokens(Protocol):
    """Of one workspace."""

    async def put(self, token: Token, numbers: Numbers = NOTHING) -> bool:
        """Keep it, with what it may use. False when there is another one of that name."""
        ...

    async def all(self) -> Mapping[Token, float | None]:
        """By name, with the time of its last use, in seconds since 1970."""
        ...

    async def remove(self, tokens: Sequence[Token]) -> None:
        """They are good for nothing from now on."""
        ...

    async def admit(self, shown: Shown, most: int) -> Admitted | None:
        """The token that somebody shows; None where there is none. It is good for `most` requests a minute."""
        ...

    async def begin(self, request: str, digest: str, seed: str) -> Begun:
        """Begin what may be sent again, under the name `request`; `digest` tells one body from another."""
        ...

    async def end(self, request: str, reply: object, status: int) -> None:
        """It is done, with this reply."""
        ...

    async def give_up(self, request: str) -> None:
        """It was not done, and may be begun anew at once."""
        ...
