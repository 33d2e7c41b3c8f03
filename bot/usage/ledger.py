"""What was used and spent in a day or a month, by whom and on what."""

from dataclasses import dataclass
from typing import Literal

from bot.conversation.tokens import Usage

By = Literal["workspace", "person", "channel", "persona", "model", "route"]
"""What the amounts of a period are parted by. A route is a model at a target that the operator has named."""
Vote = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Spent:
    """`cost` in US dollars, without the `unpriced` calls: what those cost is not known. `up` and `down` are votes.

    `calls` are requests that a model has worked on, whatever became of the answer; of `estimated` ones the server did
    not report what they took. `cached` and `written` (into the server's cache) are part of `input`, `reasoning` of
    `output`.
    """

    answers: int = 0
    input: int = 0
    output: int = 0
    cached: int = 0
    cost: float = 0.0
    unpriced: int = 0
    up: int = 0
    down: int = 0
    written: int = 0
    reasoning: int = 0
    calls: int = 0
    estimated: int = 0

    @property
    def tokens(self) -> int:
        return self.input + self.output


@dataclass(frozen=True, slots=True)
class Booking:
    """What one request to a model took, and under whom it is entered.

    `day` as 2026-11-30, in the workspace's time zone. `cost` None: its price is not known. `answers` is 1 where people
    could read what came of it; `calls` is 0 where that had been answered before. Empty is what it had nothing to do
    with: a preview has no channel.
    """

    day: str
    model: str
    usage: Usage
    cost: float | None = None
    person: str = ""
    channel: str = ""
    persona: str = ""
    target: str = ""
    answers: int = 0
    calls: int = 1

    @property
    def route(self) -> str:
        return f"{self.model}@{self.target}" if self.target else ""


@dataclass(frozen=True, slots=True)
class Reason:
    """What somebody wrote with their vote, and on whose answer. `direct`: the channel is their direct messages."""

    at: float
    user: str
    channel: str
    direct: bool
    vote: Vote
    text: str
    persona: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person thinks of an answer; `reason` in their words, often empty."""

    vote: Vote
    reason: str = ""
