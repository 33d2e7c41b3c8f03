"""Where may Markdown be cut, so that each piece reads well on its own?

Between blocks first, then between list items, then lines, then words. A cut inside a code fence closes the fence and
reopens it with its language; a cut inside a table repeats the header row. A Markdown parser finds the structure;
nothing here guesses at it with patterns.
"""

from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def size(text: str) -> int:
    """Length in UTF-16 units, so that an emoji is two: never less than what Slack counts."""
    return len(text) + sum(1 for char in text if char > "\uffff")


@dataclass(frozen=True, slots=True)
class _Torn:
    """What mends a cut: `close` ends the piece above it, `reopen` begins the piece below."""

    close: str = ""
    reopen: str = ""


def cut(text: str, limit: int) -> tuple[str, str]:
    """`(head, rest)`: head is not empty and not longer than `limit`; nothing of `text` is lost between them."""
    lines = text.splitlines(keepends=True)
    reach = _prefix(text, limit).count("\n")  # whole lines within the limit
    tokens = _PARSER.parse(_prefix(text, 2 * limit))  # what lies further on has no say in this cut
    for line in (*_best(_blocks(tokens), reach), *_best(_items(tokens), reach)):
        head = "".join(lines[:line])
        if size(head) >= limit // 3:  # a much shorter piece would be worse than a cut inside the next block
            return head, "".join(lines[line:])
    for line in range(reach, 0, -1):
        torn = _torn(tokens, lines, line)
        head = "".join(lines[:line])
        if torn is not None and head.strip() and size(head + torn.close) <= limit:
            return head + torn.close, torn.reopen + "".join(lines[line:])
    return _cut_line(text, tokens, lines, limit)


def presentable(text: str) -> str:
    """Text that is still growing, up to its last whole word, so that half a `**word` never shows."""
    end = max(text.rfind(" "), text.rfind("\n"))
    return text[:end].rstrip() if end > 0 else text


def _prefix(text: str, limit: int) -> str:
    """The longest beginning of `text` that is not longer than `limit`."""
    low, high = 0, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= limit else (low, middle - 1)
    return text[:low]


def _blocks(tokens: list[Token]) -> list[int]:
    return [token.map[0] for token in tokens if token.level == 0 and token.map]


def _items(tokens: list[Token]) -> list[int]:
    return [token.map[0] for token in tokens if token.type == "list_item_open" and token.map]


def _best(candidates: list[int], reach: int) -> list[int]:
    return [max(near)] if (near := [line for line in candidates if 0 < line <= reach]) else []


def _torn(tokens: list[Token], lines: list[str], line: int) -> _Torn | None:
    """What a cut before `line` tears; None where no cut may be, as between a table's header and its rule."""
    for token in tokens:
        if not token.map or not token.map[0] < line < token.map[1]:
            continue
        first = token.map[0]
        if token.type == "fence":
            return _fence(token, lines[first]) if line > first + 1 else None
        if token.type == "table_open":
            return _Torn(reopen="".join(lines[first : first + 2])) if line > first + 2 else None
    return _Torn()


def _fence(token: Token, opening: str) -> _Torn:
    indent = " " * min(opening.find(token.markup), 3)
    return _Torn(f"{indent}{token.markup}\n", f"{indent}{token.markup}{token.info.strip()[:40]}\n")


def _cut_line(text: str, tokens: list[Token], lines: list[str], limit: int) -> tuple[str, str]:
    """One line alone is too long: cut it at a space, or where it must be."""
    whole = _prefix(text, limit).count("\n")
    torn = (_torn(tokens, lines, whole + 1) if whole else None) or _Torn()
    head = _prefix(text, limit - size(torn.close) - 1)
    space = head.rfind(" ")
    if space > len(head) // 2:
        head = head[: space + 1]
    if torn.close:
        return f"{head}\n{torn.close}", torn.reopen + text[len(head) :]
    return head, text[len(head) :]
