"""What comes of an answer while a model gives it: pieces, and an end."""

from dataclasses import dataclass
from typing import Literal

from bot.conversation.tokens import Usage


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer. `choice` is above 0 only where several answers were asked for (`n`)."""

    text: str
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Thought:
    """The model thinks: a sign of life, and so many characters that nobody reads and somebody pays."""

    characters: int


@dataclass(frozen=True, slots=True)
class Retracted:
    """What a choice has said until now was its thinking, and no part of the answer."""

    choice: int = 0


@dataclass(frozen=True, slots=True)
class Routed:
    """Who is asked now: a model, at a target that the operator has named. `instead` of the one that was wanted where
    that is another; `why` is the code of a sentence. It may come again, when the next one is asked: `late` if that is
    because the one before said nothing in time."""

    model: str
    target: str
    instead: str = ""
    why: str = ""
    late: bool = False


Piece = Text | Thought | Retracted | Routed


@dataclass(frozen=True, slots=True)
class Finished:
    """The last thing a model says. `reason` is None when the stream was cut, `usage` when the server reported none."""

    reason: str | None
    usage: Usage | None
    model: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The connection broke or went silent after some text had come. What came is worth keeping."""

    why: Literal["server-failed", "connection-lost", "oversized"]
