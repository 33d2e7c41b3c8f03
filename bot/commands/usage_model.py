"""What people can ask about what was used, and about what others think of the answers; `model` has all commands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

UsageOf = Literal["me", "everyone", "channel", "person", "persona"]
USAGE_ACTS: Mapping[UsageOf, str] = {
    "me": "usage.mine",
    "everyone": "usage.all",
    "channel": "usage.here",
    "person": "usage.person",
    "persona": "usage.persona",
}


@dataclass(frozen=True, slots=True)
class ShowUsage:
    """What was used in a month, written as 2026-11; None for the present one. `id` is the person's, the channel's or
    the persona's name. `as_file`: as one for a spreadsheet, in the actor's direct messages."""

    of: UsageOf = "me"
    id: str = ""
    month: str | None = None
    as_file: bool = False

    @property
    def act(self) -> str:
        return USAGE_ACTS[self.of]


@dataclass(frozen=True, slots=True)
class ShowReasons:
    """What people wrote with their thumbs of late."""

    act: ClassVar[str] = "feedback.read"
    most: int = 10
