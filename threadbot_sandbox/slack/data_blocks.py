"""Charts and sortable tables: what Slack takes of `data_visualization` and `data_table`.

Sources: docs.slack.dev/reference/block-kit/blocks/data-visualization-block and …/data-table-block. Their pages name
messages as the only surface; a Home tab took both (field report), a modal takes neither. Of numbers that have grown
since these blocks began, the first and smaller ones hold here.
"""

from collections.abc import Iterator
from math import isfinite
from typing import Any

from threadbot_sandbox.slack.controls import Problems, items, too_long

Json = dict[str, Any]

CHARTS = 2
"""In one message."""
TITLE = AXIS = 50
LABEL = 20
SERIES, POINTS = 6, 20
ROWS, COLUMNS, PAGE = 101, 20, 100
CELLS = 10_000
"""Characters in all cells of all tables of a message."""


def chart(block: Json) -> Problems:
    yield from _named(block, "title", TITLE, "")
    drawn: Any = block.get("chart")
    match drawn:
        case {"type": "pie"}:
            yield from _pie(drawn)
        case {"type": "bar" | "line" | "area"}:
            yield from _series(drawn)
        case {"type": other}:
            yield "/chart/type", f"must be a valid enum value: {other}"
        case _:
            yield "", "missing required field: chart"


def table(block: Json) -> Problems:
    if not isinstance(block.get("caption"), str) or not block["caption"]:
        yield "", "missing required field: caption"
    size = block.get("page_size", 5)
    if not isinstance(size, int) or not 1 <= size <= PAGE:
        yield "/page_size", f"must be from 1 to {PAGE}"
    rows = items(block, "rows")
    if not 2 <= len(rows) <= ROWS:
        yield "/rows", f"must have from 2 to {ROWS} items"
    if any(not isinstance(row, list) or not 1 <= len(row) <= COLUMNS for row in rows):
        yield "/rows", f"a row must have from 1 to {COLUMNS} cells"
        return
    if len({len(row) for row in rows}) > 1:
        yield "/rows", "all rows must have the same number of cells"
    for n, row in enumerate(rows):
        for column, cell in enumerate(row):
            yield from _cell(cell, f"/rows/{n}/{column}", head=n == 0)


def whole(blocks: list[Json]) -> Iterator[str]:
    """What holds for all blocks of a message together."""
    if sum(block["type"] == "data_visualization" for block in blocks) > CHARTS:
        yield f"no more than {CHARTS} data_visualization blocks allowed [json-pointer:/blocks]"
    cells = [cell for block in blocks if block["type"] == "data_table" for row in block["rows"] for cell in row]
    if sum(map(_letters, cells)) > CELLS:
        yield f"must be less than {CELLS + 1} characters in all cells [json-pointer:/blocks]"


def _pie(drawn: Json) -> Problems:
    segments = items(drawn, "segments")
    if not 1 <= len(segments) <= SERIES:
        yield "/chart/segments", f"must have from 1 to {SERIES} items"
    for n, segment in enumerate(segments):
        yield from _point(segment, f"/chart/segments/{n}")
        if isinstance(segment, dict) and _number(segment.get("value")) and segment["value"] <= 0:
            yield f"/chart/segments/{n}/value", "must be greater than 0"


def _series(drawn: Json) -> Problems:
    axis, series = drawn.get("axis_config"), items(drawn, "series")
    if not isinstance(axis, dict):
        yield "/chart", "missing required field: axis_config"
        return
    categories = items(axis, "categories")
    if not 1 <= len(categories) <= POINTS:
        yield "/chart/axis_config/categories", f"must have from 1 to {POINTS} items"
    for n, each in enumerate(categories):
        yield from _label(each, f"/chart/axis_config/categories/{n}")
    for name in ("x_label", "y_label"):
        yield from too_long(axis.get(name), AXIS, f"/chart/axis_config/{name}")
    if not 1 <= len(series) <= SERIES:
        yield "/chart/series", f"must have from 1 to {SERIES} items"
    names = [each.get("name") for each in series if isinstance(each, dict)]
    if len(set(map(str, names))) < len(series):
        yield "/chart/series", "names must be unique"
    for n, each in enumerate(series):
        yield from _one_series(each, categories, f"/chart/series/{n}")


def _one_series(series: Any, categories: list[Any], at: str) -> Problems:
    if not isinstance(series, dict):
        yield at, "must be an object"
        return
    yield from _named(series, "name", LABEL, at)
    points = items(series, "data")
    for n, point in enumerate(points):
        yield from _point(point, f"{at}/data/{n}")
    labels = [point.get("label") for point in points if isinstance(point, dict)]
    if sorted(map(str, labels)) != sorted(map(str, categories)):
        yield f"{at}/data", "must have one point for each of axis_config.categories"


def _point(point: Any, at: str) -> Problems:
    if not isinstance(point, dict):
        yield at, "must be an object"
        return
    yield from _label(point.get("label"), f"{at}/label")
    if not _number(point.get("value")):
        yield f"{at}/value", "must be a number"


def _label(label: Any, at: str) -> Problems:
    if not isinstance(label, str) or not label:
        yield at, "must be more than 0 characters"
    yield from too_long(label, LABEL, at)


def _named(holder: Json, name: str, most: int, at: str) -> Problems:
    if not isinstance(holder.get(name), str) or not holder[name]:
        yield at, f"missing required field: {name}"
    yield from too_long(holder.get(name), most, f"{at}/{name}")


def _cell(cell: Any, at: str, *, head: bool) -> Problems:
    match cell:
        case {"type": "raw_text", "text": str(text)} if text:
            return
        case {"type": "raw_number", "text": str(text), "value": value} if text and _number(value):
            return
        case {"type": "rich_text"} if not head:
            return
    yield at, "must be a raw_text, a raw_number or, below the header, a rich_text"


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def _letters(part: Any) -> int:
    if isinstance(part, list):
        return sum(map(_letters, part))
    if not isinstance(part, dict):
        return 0
    own = len(part["text"]) if isinstance(part.get("text"), str) else 0
    return own + sum(_letters(value) for value in part.values() if isinstance(value, dict | list))
