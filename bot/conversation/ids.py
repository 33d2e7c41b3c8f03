"""The ids of threads and messages, and the order of messages in a thread."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

Surface = Literal["slack", "api"]
SURFACES: tuple[Surface, ...] = get_args(Surface)

_PART = re.compile(r"[A-Za-z0-9_.-]+")
_TS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
_DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class ThreadKey:
    """A thread of one workspace. `root` is the id of its first message; a DM's top-level message is a root of its own.

    `workspace` is a Slack team, or the enterprise of an org-wide install. `direct`: one person and the bot. As text it
    is `slack/T1/C1/1763.0001`, with `/direct` behind it if it is.
    """

    surface: Surface
    workspace: str
    channel: str
    root: str
    direct: bool = False

    def __str__(self) -> str:
        text = f"{self.surface}/{self.workspace}/{self.channel}/{self.root}"
        return f"{text}/{_DIRECT}" if self.direct else text

    @classmethod
    def parse(cls, text: str) -> "ThreadKey":
        """What `str` has made of it. Raises ValueError for anything else."""
        named, *ids = text.split("/")
        surface = next((each for each in SURFACES if each == named), None)
        direct = ids[3:] == [_DIRECT]
        if surface is None or len(ids) != 3 + direct or not all(is_part(each) for each in ids):
            raise ValueError(f"no thread: {text[:100]!r}")
        workspace, channel, root = ids[:3]
        return cls(surface, workspace, channel, root, direct)

    @classmethod
    def parsed(cls, text: str) -> "ThreadKey | None":
        """The same; None for anything else."""
        try:
            return cls.parse(text)
        except ValueError:
            return None


def is_part(id: object) -> bool:
    """Whether this can be part of a thread's key: an id in letters, digits, `.`, `_` and `-`."""
    return isinstance(id, str) and _PART.fullmatch(id) is not None


def is_ts(id: object) -> bool:
    """Whether this can be a Slack `ts`, which has an order."""
    return isinstance(id, str) and _TS.fullmatch(id) is not None


def order(ts: str) -> int:
    """A Slack `ts` as whole microseconds: exact in a Redis score (below 2^53), unlike the float it resembles."""
    seconds, _, fraction = ts.partition(".")
    return int(seconds) * 1_000_000 + int((fraction + "000000")[:6])


def moment(place: int) -> str:
    """The `ts` of a place as `order` gives it."""
    seconds, fraction = divmod(place, 1_000_000)
    return f"{seconds}.{fraction:06}"


def just_before(ts: str) -> str:
    return moment(max(order(ts) - 1, 0))


def just_after(ts: str) -> str:
    """The first place behind a message: Slack gives it to nobody else for all practical purposes."""
    return moment(order(ts) + 1)
