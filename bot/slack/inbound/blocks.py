"""What a message of an app says to those who see it: its blocks and attachments as text.

The text is encoded as Slack encodes it (`&lt;`, `<@U1>`), as in a message's `text`, and marked up as Markdown. Controls
are left out. Of a kind of block that is not known, its texts are read in the order in which they come
(Slack docs: block kit reference, rich text, attachments).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bot.slack.mrkdwn import escaped

Json = Mapping[str, Any]

MAX_INDENT = 8  # what Slack shows (docs: rich_text_list)
MAX_OFFSET = 1_000_000
MAX_DEPTH = 8  # of blocks within blocks
MAX_POINTS = 200  # of a chart
REPEATED = frozenset({"rich_text", "section", "header", "context", "markdown", "divider"})
"""Whose words the `text` beside them repeats."""
CONTROLS = frozenset({"actions", "context_actions"})
TEXTS = (
    "rich_text_title",
    "title",
    "subtitle",
    "text",
    "body",
    "label",
    "caption",
    "description",
    "details",
    "output",
    "hint",
    "alt_text",
    "fallback",
    "value",
    "name",
    "url",
)
"""Fields of a block that hold what people read, as Slack's kinds of blocks name them."""
PARTS = ("fields", "elements", "blocks", "child_blocks", "tasks", "sources", "items", "cards", "rows", "cells")
"""Fields that hold what stands within a block."""
MARKS = {"code": "`", "strike": "~~", "italic": "_", "bold": "**"}
"""From the inside out."""


def shown(blocks: Iterable[Any], *, small: bool = True) -> str:
    """The text of blocks; without `small`, context blocks are left out: what stands in small print."""
    return _joined(_block(block) for block in blocks if small or _kind(block) != "context")


def attached(attachments: Iterable[Any]) -> str:
    """The text of (legacy) attachments, as bots and forwarded messages bring them."""
    return _joined(_attachment(each) for each in attachments if isinstance(each, Mapping))


def besides(blocks: Iterable[Any]) -> str:
    """What stands in blocks and not in the message's `text`, such as a table that was pasted."""
    return shown(block for block in blocks if _kind(block) not in REPEATED)


def _block(block: Any, depth: int = 0) -> str:
    kind = _kind(block)
    if not kind or kind in CONTROLS or depth > MAX_DEPTH:
        return ""
    reader = None if depth and kind == "container" else _BLOCKS.get(kind)  # none is to hold another
    return reader(block) if reader else _unknown(block, depth)


def _unknown(block: Json, depth: int) -> str:
    own = [_any_text(block.get(name), depth) for name in TEXTS]
    within = (_within(part, depth) for name in PARTS for part in _items(block, name))
    return _joined((*dict.fromkeys(own), *within))


def _within(part: Any, depth: int) -> str:
    """A part of a block; what a person would press or fill in is none."""
    if isinstance(part, list):
        return " · ".join(filter(None, (_within(each, depth + 1) for each in part))) if depth < MAX_DEPTH else ""
    if not isinstance(part, Mapping):
        return _any_text(part, depth)
    if "action_id" in part or depth >= MAX_DEPTH:
        return ""
    return _block(part, depth + 1) if _kind(part) in _BLOCKS else _unknown(part, depth + 1)


def _any_text(value: Any, depth: int) -> str:
    """A text object, rich text, or a plain string."""
    if isinstance(value, str):
        return escaped(value)
    if _kind(value) in ("mrkdwn", "plain_text"):
        return _text(value)
    return _block(value, depth + 1) if _kind(value) in _BLOCKS else ""


def _kind(block: Any) -> str:
    return str(block.get("type")) if isinstance(block, Mapping) else ""


def _section(block: Json) -> str:
    return _joined((_text(block.get("text")), *map(_text, _items(block, "fields"))))


def _context(block: Json) -> str:
    return " ".join(filter(None, map(_text, _items(block, "elements"))))


def _header(block: Json) -> str:
    return f"## {_text(block.get('text'))}"


def _pictured(block: Json) -> str:
    words = _text(block.get("title")) or escaped(str(block.get("alt_text") or ""))
    return _joined((words, _text(block.get("description"))))


def _table(block: Json) -> str:
    return _rows([[_cell(cell) for cell in row] for row in _items(block, "rows") if isinstance(row, list)])


def _rows(rows: list[list[str]]) -> str:
    if not rows:
        return ""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def _cell(cell: Any) -> str:
    if not isinstance(cell, Mapping):
        said = "" if cell is None else escaped(str(cell))
    elif _kind(cell) == "rich_text":
        said = _rich(cell)
    else:
        plain = cell.get("text", cell.get("value", ""))
        said = _text(plain) if isinstance(plain, Mapping) else escaped(str(plain))
    return said.replace("\n", " ").replace("|", "\\|")


def _data_table(block: Json) -> str:
    return _joined((_any_text(block.get("caption"), 0), _table(block)))


def _chart(block: Json) -> str:
    """A title, and a line for each point: of each series, or of a pie (Slack docs: data visualization block)."""
    chart = block.get("chart")
    series = [*_items(chart, "series"), {"data": _items(chart, "segments")}] if isinstance(chart, Mapping) else []
    lines = [
        f"- {': '.join(filter(None, (_cell(each.get('name')), _cell(point.get('label')), _cell(point.get('value')))))}"
        for each in series
        if isinstance(each, Mapping)
        for point in _items(each, "data")
        if isinstance(point, Mapping)
    ]
    return _joined((_any_text(block.get("title"), 0), "\n".join(lines[:MAX_POINTS])))


def _card(block: Json) -> str:
    return _joined(_any_text(block.get(name), 0) for name in ("title", "subtitle", "body"))


def _carousel(block: Json) -> str:
    return _joined(_card(card) for card in _items(block, "elements") if isinstance(card, Mapping))


def _container(block: Json) -> str:
    title = _any_text(block.get("rich_text_title") or block.get("title"), 0)
    inside = (_block(each, 1) for each in _items(block, "child_blocks"))
    return _joined((title, _any_text(block.get("subtitle"), 0), *inside))


def _plan(block: Json) -> str:
    tasks = (_task(task) for task in _items(block, "tasks") if isinstance(task, Mapping))
    return _joined((_any_text(block.get("title"), 0), *tasks))


def _task(block: Json) -> str:
    title, status = _any_text(block.get("title"), 0), escaped(str(block.get("status") or ""))
    sources = (_link(source) for source in _items(block, "sources") if isinstance(source, Mapping))
    said = (_any_text(block.get(name), 0) for name in ("details", "output"))
    return _joined((f"{title} ({status})" if title and status else title, *said, *sources))


def _input(block: Json) -> str:
    return _joined((_text(block.get("label")), _text(block.get("hint"))))


def _call(block: Json) -> str:
    call = block.get("call")
    said = call.get("v1") if isinstance(call, Mapping) else None
    return _joined(_any_text(said.get(name), 0) for name in ("name", "join_url")) if isinstance(said, Mapping) else ""


def _file(block: Json) -> str:
    """A file that is shown in the message: its content comes with the message's files."""
    file = block.get("file")
    return _any_text(file.get("title") or file.get("name"), 0) if isinstance(file, Mapping) else ""


def _rich(block: Json) -> str:
    """Lists that follow one another are one list: Slack makes a new one where the indent changes."""
    said, before = "", ""
    for part in _items(block, "elements"):
        kind = _kind(part)
        text = _part(kind, part)
        if text:
            said += ("\n" if kind == before == "rich_text_list" else "\n\n") + text
            before = kind
    return said.strip("\n")


def _part(kind: str, part: Json) -> str:
    if kind == "rich_text_list":
        return "\n".join(_list_items(part))
    inside = "".join(map(_inline, _items(part, "elements")))
    if kind == "rich_text_preformatted":
        return f"```{part.get('language') or ''}\n{inside}\n```"
    if kind == "rich_text_quote":
        return "\n".join(f"> {line}" for line in inside.split("\n"))
    return inside.strip("\n")


def _list_items(part: Json) -> Iterator[str]:
    indent = "    " * _number(part.get("indent"), MAX_INDENT)
    for number, item in enumerate(_items(part, "elements"), start=1 + _number(part.get("offset"), MAX_OFFSET)):
        mark = f"{number}." if part.get("style") == "ordered" else "-"
        yield f"{indent}{mark} {''.join(map(_inline, _items(item, 'elements')))}"


def _inline(element: Any) -> str:
    kind = _kind(element)
    reader = _INLINE.get(kind)
    said = reader(element) if reader else escaped(str(element.get("text") or "")) if kind else ""
    return _marked(said, element.get("style") or {}) if kind in ("text", "link") else said


def _marked(said: str, style: Json) -> str:
    """Markdown wants its marks next to the words, blanks outside."""
    words = said.strip()
    if not words:
        return said
    marked = words
    for name, mark in MARKS.items():
        if style.get(name):
            marked = f"{mark}{marked}{mark}"
    return said.replace(words, marked, 1)


def _link(element: Json) -> str:
    url, label = escaped(str(element.get("url") or "")), escaped(str(element.get("text") or ""))
    return f"[{label}]({url})" if label and label != url else url


def _attachment(each: Json) -> str:
    if (inside := shown((*_items(each, "blocks"), *_message_blocks(each)))) and not each.get("text"):
        return inside
    fields = (
        f"{field.get('title') or ''}: {field.get('value') or ''}"
        for field in _items(each, "fields")
        if isinstance(field, Mapping)
    )
    own = (each.get(name) for name in ("pretext", "author_name", "title", "text"))
    said = _joined((*(str(part or "") for part in own), *fields, besides(_items(each, "blocks"))))
    return said or str(each.get("fallback") or "")


def _message_blocks(each: Json) -> Iterator[Any]:
    """The blocks of a message that was forwarded."""
    for forwarded in _items(each, "message_blocks"):
        message = forwarded.get("message") if isinstance(forwarded, Mapping) else None
        yield from _items(message, "blocks") if isinstance(message, Mapping) else ()


def _text(text: Any) -> str:
    """A text object: `mrkdwn` is encoded already, `plain_text` is as it is."""
    if not isinstance(text, Mapping):
        return ""
    said = str(text.get("text") or "")
    return said if text.get("type") == "mrkdwn" else escaped(said)


def _number(value: object, most: int) -> int:
    return min(max(value, 0), most) if isinstance(value, int) else 0


def _items(holder: Json, name: str) -> list[Any]:
    items = holder.get(name)
    return items if isinstance(items, list) else []


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(filter(None, parts))


_BLOCKS: Mapping[str, Callable[[Json], str]] = {
    "markdown": lambda block: escaped(str(block.get("text") or "")),
    "rich_text": _rich,
    "section": _section,
    "header": _header,
    "context": _context,
    "table": _table,
    "image": _pictured,
    "video": _pictured,
    "divider": lambda block: "---",
    "alert": lambda block: _any_text(block.get("text"), 0),
    "card": _card,
    "carousel": _carousel,
    "container": _container,
    "data_table": _data_table,
    "data_visualization": _chart,
    "file": _file,
    "input": _input,
    "plan": _plan,
    "task_card": _task,
    "call": _call,
}
_INLINE: Mapping[str, Callable[[Json], str]] = {
    "link": _link,
    "user": lambda element: f"<@{element.get('user_id')}>",
    "channel": lambda element: f"<#{element.get('channel_id')}>",
    "usergroup": lambda element: f"<!subteam^{element.get('usergroup_id')}>",
    "broadcast": lambda element: f"<!{element.get('range')}>",
    "emoji": lambda element: f":{element.get('name')}:",
    "date": lambda element: escaped(str(element.get("fallback") or element.get("timestamp") or "")),
    "color": lambda element: escaped(str(element.get("value") or "")),
}
