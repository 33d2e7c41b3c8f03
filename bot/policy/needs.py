"""Roles, highest first, and which of them an act needs."""

from dataclasses import dataclass
from typing import Literal, get_args

from bot.personas.persona import Chooser

Role = Literal[Chooser, "bot"]
ROLES: tuple[Role, ...] = get_args(Role)
Grant = Literal["yes", "own", "no"]
"""`own`: only what is theirs: a thread they started, an answer they asked for."""


@dataclass(frozen=True, slots=True)
class Needs:
    """`role` is the lowest that may do it anywhere; `own` the lowest that may do it with what is theirs."""

    role: Role
    own: Role | None = None

    def grant(self, role: Role) -> Grant:
        if _rank(role) <= _rank(self.role):
            return "yes"
        return "own" if self.own is not None and _rank(role) <= _rank(self.own) else "no"


def _rank(role: Role) -> int:
    return ROLES.index(role)
