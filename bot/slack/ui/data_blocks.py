"""Charts and sortable tables (Slack docs: data visualization block, data table block). Messages take them; where they
are refused, as on a surface or by a Slack that does not know them yet, the words beside them are shown instead."""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.conversation.places import Ref
from bot.wording.text import Cell, Chart, Number, Table

Json = dict[str, Any]

MAX_TITLE = 50  # characters
MAX_LABEL = 20  # characters
MAX_SHARES, MAX_POINTS = 6, 20
MAX_ROWS = 100
MAX_LETTERS = 9_000  # characters in all cells: a message takes 10,000
PAGE_SIZE = 10
ELEMENTS = {"user": "user", "channel": "channel", "group": "usergroup"}
NOTHING = "–"  # no cell may be empty


def chart(drawn: Chart) -> Json | None:
    """None where there is nothing to draw."""
    points = [*_labelled(drawn.points)]
    if drawn.kind == "pie":
        segments = [{"label": label, "value": value} for label, value in points if value > 0][:MAX_SHARES]
        return _visual(drawn.title, {"type": "pie", "segments": segments}) if segments else None
    points = points[:MAX_POINTS]
    series = {
        "name": drawn.series[:MAX_LABEL],
        "data": [{"label": label, "value": value} for label, value in points],
    }
    axes = {"categories": [label for label, _ in points], "y_label": drawn.series[:MAX_TITLE]}
    return _visual(drawn.title, {"type": drawn.kind, "series": [series], "axis_config": axes}) if points else None


def table(shown: Table) -> Json | None:
    """None where it has no rows."""
    rows = [[_text(name) for name in shown.head]]
    letters = sum(map(len, shown.head))
    for row in shown.rows[:MAX_ROWS]:
        letters += sum(map(_letters, row))
        if letters > MAX_LETTERS:
            break
        rows.append([_cell(cell) for cell in row])
    if len(rows) == 1:
        return None
    return {"type": "data_table", "caption": shown.caption, "page_size": PAGE_SIZE, "rows": rows}


def _visual(title: str, drawn: Json) -> Json:
    return {"type": "data_visualization", "title": title[:MAX_TITLE], "chart": drawn}


def _labelled(points: Sequence[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    """With labels that are short enough, and each only once."""
    seen: set[str] = set()
    for label, value in points:
        short = label if len(label) <= MAX_LABEL else f"{label[: MAX_LABEL - 1]}…"
        n = 2
        while short in seen or not short:
            short = f"{label[: MAX_LABEL - 4]} {n}"
            n += 1
        seen.add(short)
        yield short, value


def _cell(cell: Cell) -> Json:
    match cell:
        case Number(value, text):
            return {"type": "raw_number", "value": value, "text": text}
        case Ref():
            kind = ELEMENTS[cell.kind]
            named = {"type": kind, f"{kind}_id": cell.id}
            return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [named]}]}
    return _text(cell)


def _text(text: str) -> Json:
    return {"type": "raw_text", "text": text or NOTHING}


def _letters(cell: Cell) -> int:
    return len(cell.text if isinstance(cell, Number) else cell.id if isinstance(cell, Ref) else cell)
