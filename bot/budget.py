"""What a turn used, and what it costs."""

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars, or None where the model's price is unknown: unknown is never free."""

    dollars: float | None
