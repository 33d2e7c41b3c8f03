"""Where a text has to be cut for what stands in it, whatever its length.

Slack makes a block of each heading, rule and table, and of each run of other text between them. A message takes fifty
blocks and one table, and a table a hundred rows (Slack docs: markdown block, table block; field reports for the count).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from bot.markdown import inline

MAX_PARTS = 45
"""Headings, rules, tables and runs of other text in one message. Up to three blocks of our own come on top."""
MAX_ROWS = 100
MAX_TABLE = 10_000  # characters in one table
_APART = ("heading_open", "hr", "table_open")
_NUMBERS = "0123456789.)"


@dataclass(frozen=True, slots=True)
class _Signs:
    """Lines that may be what is counted, each counted whether it is or not."""

    marks: int = 0  # headings, underlines of headings, rules and tables
    tables: int = 0
    rows: int = 0
    written: int = 0  # characters in rows

    def __add__(self, other: "_Signs") -> "_Signs":
        return _Signs(
            self.marks + other.marks, self.tables + other.tables, self.rows + other.rows, self.written + other.written
        )

    def within(self, other: "_Signs") -> bool:
        return (
            self.marks <= other.marks
            and self.tables <= other.tables
            and self.rows <= other.rows
            and self.written <= other.written
        )


_FEW = _Signs(MAX_PARTS // 2, 1, MAX_ROWS, MAX_TABLE)


@dataclass(slots=True)
class Gauge:
    """Tells of a growing text where it has to be cut. Its lines are counted once, and it is read anew only when enough
    signs have come for that."""

    tables: int = 1
    """So many may stand in one message."""
    _enough: _Signs = field(default=_FEW)
    _counted: _Signs = field(default_factory=_Signs)
    _at: int = 0  # of the text, so much was counted: whole lines, of which this is the last
    _before: str = ""

    def end(self, text: str) -> int | None:
        """The place of the line before which to cut, at the latest; None while all of it fits. Never 0."""
        signs = self._count(text)
        if signs.within(self._enough):
            return None
        lines = text.split("\n")
        parts = _Parts(lines, self.tables)
        line = parts.overflow(inline.blocks(text))
        if line is not None:
            return sum(map(len, lines[:line])) + line
        self._enough = _Signs(
            max(signs.marks + (MAX_PARTS - parts.count) // 2, _FEW.marks),
            max(signs.tables, _FEW.tables),
            max(signs.rows + MAX_ROWS - parts.rows, _FEW.rows),
            max(signs.written + MAX_TABLE - parts.written, _FEW.written),
        )
        return None

    def _count(self, text: str) -> _Signs:
        *whole, last = text[self._at :].split("\n")
        if whole:
            self._counted += _signs(whole, self._before)
            self._at, self._before = self._at + sum(map(len, whole)) + len(whole), whole[-1]
        return self._counted + _signs([last], self._before)


@dataclass(slots=True)
class _Parts:
    """What was counted: all parts, and the rows and characters of the table."""

    lines: Sequence[str]
    most_tables: int
    count: int = 0
    rows: int = 0
    written: int = 0

    def overflow(self, tokens: Sequence[Token]) -> int | None:
        """The first line that is too much; None where nothing is."""
        tables, before = 0, 0
        for token in tokens:
            if not token.map:
                continue
            first, end = token.map
            if token.type in _APART:
                self.count += 1 + any(line.strip() for line in self.lines[before:first])
                tables += token.type == "table_open"
                before = end
                if self.count > MAX_PARTS or tables > self.most_tables:
                    return first
            elif token.type == "tr_open" and self._is_too_much(first):
                return first
        return None

    def _is_too_much(self, row: int) -> bool:
        self.rows += 1
        self.written += len(self.lines[row])
        return self.rows > 1 and (self.rows > MAX_ROWS or self.written > MAX_TABLE)


def _signs(lines: Sequence[str], before: str) -> _Signs:
    found = [(_is_mark(line), _is_delimiter(line, last), len(line)) for line, last in _rowed(lines, before)]
    rows = [length for line, (_, _, length) in zip(lines, found, strict=True) if "|" in line]
    tables = sum(delimiter for _, delimiter, _ in found)
    return _Signs(sum(mark for mark, _, _ in found) + tables, tables, len(rows), sum(rows))


def _rowed(lines: Sequence[str], before: str) -> Iterator[tuple[str, str]]:
    """Each line with the one before it."""
    return zip(lines, (before, *lines), strict=False)


def _is_mark(line: str) -> bool:
    bare = line.lstrip(f"{_NUMBERS}>-+* \t").rstrip()
    return bare.startswith("#") or (not bare.strip("=_ \t") and bool(line.strip("> \t\r")))


def _is_delimiter(line: str, before: str) -> bool:
    """The line below a table's header."""
    return "-" in line and not line.strip("|-: \t>") and ("|" in before or "|" in line or ":" in line)
