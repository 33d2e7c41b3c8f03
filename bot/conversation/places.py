"""Where something is said or asked outside of a thread, and how values name people and things."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that several people read."""

    id: str


@dataclass(frozen=True, slots=True)
class Direct:
    """One person's direct messages with the bot; `id` is None where the surface does not say which channel that is."""

    id: str | None = None


Place = Channel | Direct


@dataclass(frozen=True, slots=True)
class Ref:
    """A person, channel or user group, by id. Each surface shows its name in its own way."""

    kind: Literal["user", "channel", "group"]
    id: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, in seconds since 1970, shown in the reader's own time zone where the surface can."""

    at: float
