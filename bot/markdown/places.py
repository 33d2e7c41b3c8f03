"""Where in a text the parser's inline content stands, character by character.

The parser tells only the lines, and in a table it drops the backslash before a `|` and the cells that are too many.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from markdown_it.common.utils import mdTrim
from markdown_it.token import Token


@dataclass(frozen=True, slots=True)
class Placed:
    """`places` has the place of each character of the token's content, and of its end. `cell` is where the table cell
    stands, if something in it was unescaped."""

    token: Token
    places: Sequence[int]
    cell: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Unplaced:
    """From `start` to `end`, what the parser made of it cannot be told."""

    start: int
    end: int


def placed(tokens: Sequence[Token], text: str) -> Iterator[Placed | Unplaced]:
    """All inline content, in the order of the text; `text` has no line end but LF."""
    lines = text.split("\n")
    starts = line_starts(lines)
    row: list[Token] | None = None
    for token in tokens:
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None and token.map is None:
            number = row[0].map[0] if row and row[0].map else 0
            yield from _row(row, lines[number], starts[number])
            row = None
        elif token.type == "inline" and row is not None:
            row.append(token)
        elif token.type == "inline" and token.map:
            yield _prose(token, lines, starts)


def line_starts(lines: Sequence[str]) -> list[int]:
    """Where each line begins, and where one after the last would."""
    return list(accumulate((len(line) + 1 for line in lines), initial=0))


def _prose(token: Token, lines: Sequence[str], starts: Sequence[int]) -> Placed | Unplaced:
    first, end = token.map or (0, 0)
    places: list[int] = []
    for offset, content in enumerate(token.content.split("\n")):
        number = first + offset
        at = lines[number].find(content.rstrip())
        if at < 0:
            return Unplaced(starts[first], starts[end] - 1)
        places += range(starts[number] + at, starts[number] + at + len(content) + 1)
    return Placed(token, places)


def _row(cells: Sequence[Token], line: str, start: int) -> Iterator[Placed | Unplaced]:
    segments = _segments(line)
    fitting = [some for some in (segments[1:], segments) if _fit(cells, some, line)]
    if not fitting:
        yield Unplaced(start, start + len(line))
        return
    for cell, (begin, end) in zip(cells, fitting[0], strict=False):
        places = _unescaped(line, begin, end)
        written = "".join(line[at] for at in places)
        before = (
            written.rfind(cell.content) if cell.content else 0
        )  # what stands before the first may be a quote's mark
        kept = [start + at for at in places[before : before + len(cell.content)]]
        whole = (start + begin, start + end) if len(places) < end - begin else None
        if kept:
            yield Placed(cell, [*kept, kept[-1] + 1], whole)
    for begin, end in fitting[0][len(cells) :]:
        yield Unplaced(start + begin, start + end)


def _segments(line: str) -> list[tuple[int, int]]:
    """What stands between the `|` that have no backslash before them."""
    bars = [at for at, sign in enumerate(line) if sign == "|" and line[at - 1 : at] != "\\"]
    return list(zip([0, *(at + 1 for at in bars)], [*bars, len(line)], strict=True))


def _unescaped(line: str, begin: int, end: int) -> list[int]:
    """The places of the signs that the parser keeps of a cell."""
    return [at for at in range(begin, end) if not (line[at] == "\\" and at + 1 < end and line[at + 1] == "|")]


def _fit(cells: Sequence[Token], segments: Sequence[tuple[int, int]], line: str) -> bool:
    """Whether these segments are the cells that the parser has found."""
    for number, cell in enumerate(cells):
        written = ""
        if number < len(segments):
            written = mdTrim("".join(line[at] for at in _unescaped(line, *segments[number])))
        if written != cell.content and not (number == 0 and written.endswith(cell.content) and cell.content):
            return False
    return True
