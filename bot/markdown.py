"""Where may Markdown be cut, so that each piece reads well on its own?

Between blocks first, then between list items, then lines, then words. A cut inside a code fence closes the fence and
reopens it with its language; a cut inside a table repeats the header row. A Markdown parser finds the structure;
nothing here guesses at it with patterns.
"""

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_LONGEST_WORD = 40
_LONGEST_FENCE = 40  # a longer run of backticks is noise, and mending it would fill the pieces


def size(text: str) -> int:
    """Length in UTF-16 units, so that an emoji is two: never less than what Slack counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class _Torn:
    """What mends a cut: `close` ends the piece above it, `reopen` begins the piece below."""

    close: str = ""
    reopen: str = ""


def cut(text: str, limit: int) -> tuple[str, str]:
    """`(head, rest)`: head is not empty and not longer than `limit`; nothing of `text` is lost between them."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    reach = _prefix(text, limit).count("\n")  # whole lines within the limit
    tokens = _parsed(_prefix(text, 2 * limit))  # what lies further on has no say in this cut
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
    """Text that is still growing, up to its last whole word, so that half a `**word` never shows.

    All of it where the last blank is far back: scripts such as Japanese write none.
    """
    end = max(text.rfind(" "), text.rfind("\n"))
    return text[:end].rstrip() if end > 0 and len(text) - end <= _LONGEST_WORD else text


def _parsed(text: str) -> list[Token]:
    """Its blocks. The parser takes a lone CR for a line's end; here only LF is one, so that both count alike."""
    return _PARSER.parse(text.replace("\r", " "))


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
        first, end = token.map
        if _is_mendable_fence(token):
            return _fence(token, lines[first]) if first + 1 < line < end - 1 else None  # no empty fence on either side
        if token.type == "table_open":
            return _Torn(reopen="".join(lines[first : first + 2])) if line > first + 2 else None
    return _Torn()


def _is_mendable_fence(token: Token) -> bool:
    return token.type == "fence" and len(token.markup) <= _LONGEST_FENCE


def _fence(token: Token, opening: str) -> _Torn:
    """Closed and opened inside of the quote or list item that it stands in."""
    around = re.sub(r"[^>\s]", " ", opening[: opening.find(token.markup)])
    return _Torn(f"{around}{token.markup}\n", f"{around}{token.markup}{token.info.strip()[:40]}\n")


def _cut_line(text: str, tokens: list[Token], lines: list[str], limit: int) -> tuple[str, str]:
    """One line alone is too long: cut it at a space, or where it must be."""
    whole = _prefix(text, limit).count("\n")
    for token in tokens:
        if token.map and token.map[0] < whole < token.map[1] and _is_mendable_fence(token):
            torn = _fence(token, lines[token.map[0]])
            head = _up_to_a_space(_prefix(text, limit - size(torn.close) - 1))
            if len(head) > len("".join(lines[: token.map[0] + 1])):  # something of the code is in it
                end = "" if head.endswith("\n") else "\n"
                return f"{head}{end}{torn.close}", torn.reopen + text[len(head) :]
    head = _up_to_a_space(_prefix(text, limit))
    return head, text[len(head) :]


def _up_to_a_space(head: str) -> str:
    """Without the word that would be torn, if that takes less than half away."""
    torn = head.split()[-1] if head and not head[-1].isspace() else ""
    whole = head[: len(head) - len(torn)]
    if len(whole) <= len(head) // 2:
        return head
    before = whole.rstrip(" ")
    return before if before.endswith("\n") else whole  # an indent stays with its line
