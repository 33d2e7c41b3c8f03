"""What a turn used, and what it costs."""

from dataclasses import dataclass

BYTES_PER_TOKEN = 3  # an estimate that is seldom too low, for prose or code in any script


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer. `cached` is part of `input`; `output` includes reasoning.

    `estimated` says that the server did not report them and that we counted for ourselves. `reasoning` is part of
    `output`. `cost` in US dollars is what the server itself says that they cost; None where it does not.
    """

    input: int
    output: int
    cached: int = 0
    cache_written: int = 0
    estimated: bool = False
    reasoning: int = 0
    cost: float | None = None

    @property
    def total(self) -> int:
        return self.input + self.output

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input + other.input,
            self.output + other.output,
            self.cached + other.cached,
            self.cache_written + other.cache_written,
            estimated=self.estimated or other.estimated,
            reasoning=self.reasoning + other.reasoning,
            cost=None if self.cost is None or other.cost is None else self.cost + other.cost,
        )
