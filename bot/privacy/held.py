"""What is stored of a thread and of a person, what of it is somebody's own, and what shall be removed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.conversation.ids import ThreadKey, order
from bot.conversation.messages import Message
from bot.usage.ledger import Verdict


@dataclass(frozen=True, slots=True)
class Held:
    """One thread. `messages` are by their names among what was said: a `ts`, or the `ts` that the bot answered and
    `/answer`; None is one that cannot be read. `turns` say who asked, by the newest message that was answered,
    `votes` are by that and the user, parted by `/`. `busy`: a turn runs or waits there."""

    thread: ThreadKey
    messages: Mapping[str, Message | None] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()
    turns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    votes: Mapping[str, Verdict] = field(default_factory=dict)
    busy: bool = False

    @property
    def newest(self) -> int:
        """The place of the newest message; 0 where there is none."""
        return max(map(place, self.messages), default=0)


@dataclass(frozen=True, slots=True)
class Own:
    """What of a thread is one person's, by the names in `Held`. `whole`: all of it is theirs. `quoting` are others'
    messages without what they pass on of this person's words; `answers` were given with their words in view."""

    messages: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    quoting: Mapping[str, Message] = field(default_factory=dict)
    votes: tuple[str, ...] = ()
    turns: tuple[str, ...] = ()
    whole: bool = False

    def __bool__(self) -> bool:
        return bool(self.whole or self.messages or self.answers or self.quoting or self.votes or self.turns)


Kind = Literal["person", "words", "channel", "workspace", "retention"]
"""A person's words and the answers to them, or only their words; a channel's threads; all of a workspace; and what is
older than may be kept."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """Something that shall be removed. `id` is a user's or a channel's, empty for the others. `away`: because they are
    no longer there, which is looked at again when the time has come."""

    workspace: str
    kind: Kind
    id: str = ""
    away: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an erasure is: `done` of `of` threads are looked through. Something was removed in `threads`; in `busy`
    ones it is removed as soon as the bot has answered there."""

    done: int = 0
    of: int = 0
    threads: int = 0
    busy: int = 0
    over: bool = False


def place(member: str) -> int:
    """Where a message, or the one that was answered, stands in its thread; 0 for what is no message's name."""
    try:
        return order(member.partition("/")[0])
    except ValueError:
        return 0
