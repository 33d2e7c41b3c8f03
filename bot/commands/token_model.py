"""What people can ask about tokens for programs; see `model`."""

from dataclasses import dataclass
from typing import ClassVar

from bot.usage.budgets import NOTHING, Numbers


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token with the actor's rights; it is shown once. `numbers` are how much it may use, besides their budget."""

    act: ClassVar[str] = "token.new"
    name: str
    numbers: Numbers = NOTHING


@dataclass(frozen=True, slots=True)
class ListTokens:
    """One's own; admins see all."""

    act: ClassVar[str] = "token.list"


@dataclass(frozen=True, slots=True)
class RevokeToken:
    act: ClassVar[str] = "token.revoke"
    name: str


@dataclass(frozen=True, slots=True)
class AllowTokens:
    """Let somebody make tokens who is no admin, or no longer."""

    act: ClassVar[str] = "token.allow"
    user: str
    add: bool


TokenCommand = NewToken | ListTokens | RevokeToken | AllowTokens
