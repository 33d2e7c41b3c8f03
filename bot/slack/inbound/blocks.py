"""What a message of an app says to those who see it: its blocks and attachments as text.

The text is encoded as Slack encodes it (`&lt;`, `<@U1>`), as in a message's `text`, and marked up as Markdown. Controls
are left out (Slack docs: block kit reference, rich text, attachments).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bot.slack.mrkdwn import escaped

Json = Mapping[str, Any]

MAX_INDENT = 8  # what Slack shows (docs: rich_text_list)
MAX_OFFSET = 1_000_000
MARKS = {"code": "`", "strike": "~~", "italic": "_", "bold": "**"}
"""From the inside out."""


def shown(blocks: Iterable[Any], *, small: bool = True) -> str:
    """The text of blocks; without `small`, context blocks are left out: what stands in small print."""
    return _joined(_block(block) for block in blocks if small or _kind(block) != "context")


def attached(attachments: Iterable[Any]) -> str:
    """The text of (legacy) attachments, as bots and forwarded messages bring them."""
    return _joined(_attachment(each) for each in attachments if isinstance(each, Mapping))


def _block(block: Any) -> str:
    reader = _BLOCKS.get(_kind(block))
    return reader(block) if reader else ""


def _kind(block: Any) -> str:
    return str(block.get("type")) if isinstance(block, Mapping) else ""


def _section(block: Json) -> str:
    return _joined((_text(block.get("text")), *map(_text, _items(block, "fields"))))


def _context(block: Json) -> str:
    return " ".join(filter(None, map(_text, _items(block, "elements"))))


def _header(block: Json) -> str:
    return f"## {_text(block.get('text'))}"


def _pictured(block: Json) -> str:
    return _text(block.get("title")) or escaped(str(block.get("alt_text") or ""))


def _table(block: Json) -> str:
    rows = [[_cell(cell) for cell in row] for row in _items(block, "rows") if isinstance(row, list)]
    if not rows:
        return ""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def _cell(cell: Any) -> str:
    said = _rich(cell) if _kind(cell) == "rich_text" else escaped(str(cell.get("text", cell.get("value", ""))))
    return said.replace("\n", " ").replace("|", "\\|")


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
    if each.get("blocks"):
        return shown(_items(each, "blocks"))
    fields = (
        f"{field.get('title') or ''}: {field.get('value') or ''}"
        for field in _items(each, "fields")
        if isinstance(field, Mapping)
    )
    own = (each.get(name) for name in ("pretext", "author_name", "title", "text"))
    return _joined((*(str(part or "") for part in own), *fields)) or str(each.get("fallback") or "")


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
