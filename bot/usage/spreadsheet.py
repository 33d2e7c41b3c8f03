"""What was used, as a file for a spreadsheet: a row for each day, dimension and id."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from bot.usage.ledger import Spent

COLUMNS = (
    *("day", "dimension", "id", "name", "answers"),
    *("input_tokens", "output_tokens", "cached_tokens", "cost_usd", "estimated"),
)
FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet would compute begins with one of these."""


@dataclass(frozen=True, slots=True)
class Row:
    """What was used on one day by one person, in one channel, of one model and so on. `name` may be empty."""

    day: str
    dimension: str
    id: str
    name: str
    spent: Spent

    @property
    def cells(self) -> tuple[object, ...]:
        spent = self.spent
        named = (self.day, self.dimension, harmless(self.id), harmless(self.name))
        return *named, spent.answers, spent.input, spent.output, spent.cached, cost(spent), spent.estimated


def written(rows: Iterable[Row]) -> str:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    lines.writerows(row.cells for row in rows)
    return text.getvalue()


def harmless(value: str) -> str:
    """On one line, and only read, whatever program opens it."""
    line = " ".join(value.split())
    return f"'{line}" if line.startswith(FORMULA) else line


def cost(spent: Spent) -> str:
    """Exact; empty where nothing of it is known, which is not the same as free."""
    if not spent.cost and spent.unpriced:
        return ""
    return f"{spent.cost:.9f}".rstrip("0").rstrip(".")
