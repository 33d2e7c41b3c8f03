"""What a turn used, and what it costs."""

from dataclasses import dataclass

BYTES_PER_TOKEN = 3  # an estimate that is seldom too low, for prose or code in any script


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer. `cached` is part of `input`; `output` includes reasoning.

    `estimated` says that the server did not report them and that we counted for ourselves.
    """

    input: int
    output: int
    cached: int = 0
    cache_written: int = 0
    estimated: bool = False

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
        )
