"""What was used and spent in one month, by whom and on what."""

from dataclasses import dataclass
from typing import Literal

By = Literal["user", "channel", "persona", "model"]
Vote = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Spent:
    """`cost` in US dollars, without the `unpriced` answers: what those cost is not known. `up` and `down` are votes."""

    answers: int = 0
    input: int = 0
    output: int = 0
    cached: int = 0
    cost: float = 0.0
    unpriced: int = 0
    up: int = 0
    down: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person thinks of an answer; `reason` in their words, often empty."""

    vote: Vote
    reason: str = ""
