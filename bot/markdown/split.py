"""Cuts Markdown so that each piece reads well on its own.

Between blocks first, then between a list's items, then between rows and lines, then between words. What a cut tears is
mended: a code fence is closed and opened again with its language, a table's header row is repeated, a numbered list
goes on with its number, and the items that the cut lies in are opened again with an ellipsis, so that what follows
stands in them as before. A Markdown parser finds the structure; nothing here guesses at it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markdown_it.token import Token

from bot.markdown import inline

MAX_HELD_BACK = 200  # characters of markup that is not closed yet; what is open for longer was not meant as markup
MAX_READ = 1_000  # characters that are read for that, at most
MAX_MARKS = 48  # of them that may be markup
BRACKET = 4  # marks that a bracket counts for: what may be a link is looked for in all that follows
_MARK = re.compile(r"[*_`\[\]$<~\\!\n|]")
_MAX_WORD = 40
_MAX_FENCE = 40  # a longer run of backticks is noise, and mending it would fill the pieces
_FENCES = ("fence", "math_block")
_ITEM = re.compile(r"( *)([-+*]|\d{1,9}[.)])( *)")
_QUOTE = re.compile(r" {0,3}> ?")
_NUMBER = re.compile(r"([\s>]*)(\d{1,9})([.)] *)")
_BEGINS_A_BLOCK = re.compile(
    r"\s|[-+*](?:\s|$)|\d{1,9}[.)](?:\s|$)|#{1,6}(?:\s|$)|>|\||`{3}|~{3}|\[[^\]]{0,999}\]:|\$\$|\\\["
    r"|=+[ \t]*$|(?:[-*_][ \t]{0,9}){3,99}$",
    re.MULTILINE,
)
_BLANK = re.compile(r"[\s>]*")


def size(text: str) -> int:
    """Length in UTF-16 units, so that an emoji is two: never less than what Slack counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class _Block:
    """`end` is the line after its last. `within` are the quotes and items around it, the outermost first."""

    kind: str  # as the parser calls it
    first: int
    end: int
    token: Token
    within: "tuple[_Block, ...]"
    number: int | None = None  # of a numbered list's item

    def torn_by(self, line: int) -> bool:
        return self.first < line < self.end

    @property
    def mark(self) -> str:
        return f"{'' if self.number is None else self.number}{self.token.markup}"


@dataclass(frozen=True, slots=True)
class _Torn:
    """What mends a cut: `close` ends the piece above it, `reopen` begins the piece below."""

    close: str = ""
    reopen: str = ""


def cut(text: str, limit: int) -> tuple[str, str]:
    """`(head, rest)`: head is not empty and not longer than `limit`; nothing of `text` is lost between them.

    `rest` may be added to, and cut again: what is said of the structure above holds for what comes later, too.
    """
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    within = _prefix(text, limit)
    page = _Page(lines, 2 * limit)  # what lies further on has no say in this cut
    for places in page.places(within.count("\n")):
        for line in places:
            head = "".join(lines[:line])
            if size(head) < limit // 3:  # a much shorter piece would be worse than a cut inside the next block
                break
            torn = page.torn(line)
            if torn is None or size(head + torn.close) > limit:
                continue
            rest = torn.reopen + "".join(page.renumbered(line))
            if len(rest) < len(text) and len(torn.close) < len(head):
                return head + torn.close, rest
    return page.cut_line(within, limit)


def presentable(text: str, begins: int = 0) -> str:
    """Text that is still growing, up to the last word that is whole, with the blank after it.

    Markup that is not closed yet is held back, so that half a `**word` or `[link](htt` never shows. `begins` is where
    the part begins in which the text grows. Of a long one, or one full of marks, only the end is read: what is open for
    longer was not meant as markup.
    """
    end = _last_word_end(text)
    before, near = _near(text, begins)
    for span in inline.spans(near, last_only=True):
        at = before + span.start
        if span.kind == "open" and len(text) - at <= MAX_HELD_BACK:
            end = min(end, at if before == begins else _last_word_end(text[:at]))  # or it may close what is not read
    return text[:end]


def marks(text: str, most: int) -> int:
    """How many signs in it may be markup, by what they cost a reader; of more than `most`, not all are counted."""
    found = 0
    for mark in _MARK.finditer(text):
        found += BRACKET if mark[0] == "[" else 1
        if found > most:
            break
    return found


def _near(text: str, begins: int) -> tuple[int, str]:
    """What is read of it, and where that begins."""
    least = max(begins, len(text) - MAX_READ)
    at, room = least, MAX_MARKS
    for mark in reversed([*_MARK.finditer(text, least)]):
        room -= BRACKET if mark[0] == "[" else 1
        if room < 0:
            at = mark.end()
            break
    if at > begins:  # in the middle: from the next line on, if there is one, and no code only for its indent
        at = text.find("\n", at, len(text) - MAX_HELD_BACK) + 1 or at
        at += len(text[at:]) - len(text[at:].lstrip())
    return at, text[at:]


def _last_word_end(text: str) -> int:
    """Where no blank is near, scripts that write none are shown to their last sign, but none of these is torn."""
    for end in range(len(text), max(len(text) - _MAX_WORD, 0), -1):
        if text[end - 1].isspace() or _is_ideograph(text[end - 1]):
            return end
    return _whole_sign(text, len(text) - 1) if len(text) > _MAX_WORD else 0


def _is_ideograph(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" and unicodedata.category(char) in ("Lo", "Po", "Ps", "Pe")


def _whole_sign(text: str, end: int) -> int:
    """`end`, or a little before it, so that no accent, variation or joined emoji is torn from what it belongs to."""
    for at in range(end, max(end - 30, 0), -1):
        if not (_belongs_to_the_last(text[at : at + 1]) or text[at - 1] == "\u200d" or _is_flag(text[at - 1 : at + 1])):
            return at
    return end


def _belongs_to_the_last(char: str) -> bool:
    return bool(char) and (unicodedata.category(char) in ("Mn", "Me", "Mc") or char in "\u200d🏻🏼🏽🏾🏿")


def _is_flag(pair: str) -> bool:
    return len(pair) == 2 and all("🇦" <= char <= "🇿" for char in pair)


def _prefix(text: str, limit: int) -> str:
    """The longest beginning of `text` that is not longer than `limit`."""
    low, high = 0, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= limit else (low, middle - 1)
    return text[:low]


def _outline(tokens: Sequence[Token]) -> list[_Block]:
    """All blocks, in the order of the text: those that hold others (quotes, items) before what they hold."""
    found: list[_Block] = []
    within: list[_Block] = []
    numbers: list[int | None] = []  # of the lists around: what their next item is called
    for token in tokens:
        if token.type.endswith("_list_open"):
            numbers.append(int(token.attrGet("start") or 1) if token.type.startswith("ordered") else None)
        elif token.type.endswith("_list_close"):
            numbers.pop()
        elif token.type in ("list_item_close", "blockquote_close"):
            within.pop()
        elif token.map and token.type not in ("inline", "thead_open", "tbody_open", "tr_open", "th_open", "td_open"):
            number = numbers[-1] if token.type == "list_item_open" else None
            first, end = token.map
            found.append(_Block(token.type.removesuffix("_open"), first, end, token, tuple(within), number))
            if token.type in ("list_item_open", "blockquote_open"):
                within.append(found[-1])
            if number is not None:
                numbers[-1] = number + 1
    return found


class _Page:
    """A text by its lines and blocks: where it may be cut, and what each cut takes."""

    def __init__(self, lines: list[str], far: int) -> None:
        self._lines = lines
        self._far = far  # characters of each block that are looked at
        self._text = "".join(lines)
        self._blocks = _outline(inline.blocks(self._text[:far]))
        self._spans: list[inline.Span] | None = None  # looked for when they are first asked for

    def places(self, reach: int) -> Iterator[list[int]]:
        """The lines before which to cut, the best kind first, and of each kind the last first."""
        tops = [block for block in self._blocks if not block.within]
        after_heading = {below.first for above, below in pairwise(tops) if above.kind == "heading"}
        items = [block for block in self._blocks if block.kind == "list_item" and not block.within]
        every = [line for line in range(1, reach + 1) if line < len(self._lines)]
        worse = {line for line in every if _BLANK.fullmatch(self._lines[line])}
        worse |= {block.first for above, block in pairwise(self._blocks) if above.kind == "heading"}
        for block in self._blocks:
            if block.kind in _FENCES:
                worse -= set(range(block.first, block.end))
            elif block.kind == "paragraph":
                worse |= set(range(block.first + 1, block.end))
        kinds = (
            [block.first for block in tops if block.first not in after_heading],
            [block.first for block in items],
            [line for line in every if line not in worse],
            [line for line in every if line in worse],
        )
        for kind in kinds:
            yield sorted((line for line in kind if 0 < line <= reach), reverse=True)

    def torn(self, line: int) -> _Torn | None:
        """What a cut before `line` tears; None where no cut may be, as between a table's header and its rule."""
        around = [block for block in self._blocks if block.torn_by(line)]
        holders = [block for block in around if block.kind in ("blockquote", "list_item")]
        leaf = next((block for block in around if block not in holders), None)
        if leaf is None:
            return self._between(line, holders)
        if leaf.kind in _FENCES:
            return self._fence(leaf, line, holders)
        if leaf.kind == "table":
            return self._table(leaf, line, holders)
        if leaf.kind == "paragraph":
            return self._prose(line, holders)
        if leaf.kind == "code_block":
            return _Torn(reopen=self._opened(holders, apart=True))
        return None

    def _between(self, line: int, holders: list[_Block]) -> _Torn:
        below = next((block for block in self._blocks if block.first == line), None)
        joins = below is not None and below.kind in ("list_item", "heading", "fence") and below.number in (None, 1)
        return _Torn(reopen=self._opened(holders, apart=not joins))

    def _prose(self, line: int, holders: list[_Block]) -> _Torn | None:
        if self._tears_markup(sum(map(len, self._lines[:line]))):
            return None
        if any(block.kind == "list_item" for block in holders):
            return _Torn(reopen=self._opened(holders))
        content = re.sub("^ {0,3}", "", self._lines[line][self._inner(line, holders) :])
        return None if _BEGINS_A_BLOCK.match(content) or self._is_lazy(line, holders) else _Torn()

    def _fence(self, fence: _Block, line: int, holders: list[_Block]) -> _Torn | None:
        if not fence.first + 1 < line < fence.end - 1:  # no empty fence on either side
            return None
        return self._fence_torn(fence, holders)

    def _fence_torn(self, fence: _Block, holders: list[_Block]) -> _Torn | None:
        """Closed and opened inside of the quotes and items that it stands in."""
        opening, token = self._lines[fence.first], fence.token
        if len(token.markup) > _MAX_FENCE:
            return None
        around = re.sub(r"[^>\s]", " ", opening[: opening.find(token.markup)])
        closing, info = (
            (token.markup, token.info.strip()[:40]) if fence.kind == "fence" else (inline.closing(token.markup), "")
        )
        return _Torn(f"{around}{closing}\n", f"{self._opened(holders)}{around}{token.markup}{info}\n")

    def _table(self, table: _Block, line: int, holders: list[_Block]) -> _Torn | None:
        if line <= table.first + 2:
            return None
        return _Torn(reopen=self._opened(holders, apart=True) + self._header(table))

    def _header(self, table: _Block) -> str:
        """Its first two lines. What stands before the first of them may be an item's mark, which is not repeated."""
        at = self._inner(table.first, table.within)
        before, first = self._lines[table.first][:at], self._lines[table.first][at:]
        return f"{re.sub(r'[^>]', ' ', before)}{first}{self._lines[table.first + 1]}"

    def _opened(self, holders: Sequence[_Block], *, apart: bool = False) -> str:
        """The items that a cut lies in, with an ellipsis each; with `apart`, a blank line before what follows."""
        said, indent = "", ""
        for block in holders:
            if block.kind == "blockquote":
                indent += "> "
                continue
            mark, width = self._mark(block)
            gap = f"{indent.rstrip()}\n" if said and block.number not in (None, 1) else ""
            said += f"{gap}{indent}{mark}…\n"
            indent += " " * width
        return f"{said}{indent.rstrip()}\n" if said and apart else said

    def _mark(self, item: _Block) -> tuple[str, int]:
        """How an item begins, and how wide that is: what stands in it is indented by as much."""
        line = self._lines[item.first].expandtabs(4).rstrip("\n")
        found = _ITEM.match(line, self._inner(item.first, item.within))
        assert found, "the parser found an item there"
        before, written, gap = found.groups()
        blanks = gap if len(gap) in range(1, 5) and found.end() < len(line) else " "
        width = len(before) + len(written) + len(blanks)
        fits = f"{before}{item.mark}".ljust(width)
        return (fits if len(fits) == width and fits.endswith(" ") else f"{before}{written}{blanks}"), width

    def _inner(self, line: int, holders: Sequence[_Block]) -> int:
        """Where in a line, its tabs expanded, that begins which stands in all these quotes and items."""
        text, at = self._lines[line].expandtabs(4).rstrip("\n"), 0
        for block in holders:
            if block.kind == "blockquote":
                quote = _QUOTE.match(text, at)
                at = quote.end() if quote else at
            elif block.first == line:
                at += self._mark(block)[1]
            else:
                at = min(at + self._mark(block)[1], at + len(text[at:]) - len(text[at:].lstrip()))
        return min(at, len(text))

    def _is_lazy(self, line: int, holders: Sequence[_Block]) -> bool:
        """Whether a quote's line leaves out the mark that says so."""
        before = self._lines[line].expandtabs(4)[: self._inner(line, holders)]
        return before.count(">") < sum(block.kind == "blockquote" for block in holders)

    def renumbered(self, line: int) -> list[str]:
        """The lines from `line` on. Where a list goes on with them, its first item bears the number that it had."""
        item = next((block for block in self._blocks if block.first == line and block.number is not None), None)
        found = _NUMBER.match(self._lines[line]) if item else None
        if item is None or found is None or int(found[2]) == item.number:
            return self._lines[line:]
        before, written, after = found.groups()
        number = str(item.number).zfill(len(written))  # as wide at least: what stands in the item is indented so
        wider = len(number) - len(written)
        spare = min(max(len(after) - 2, 0), wider)  # blanks after the mark that the longer number may take
        first = f"{before}{number}{after[: len(after) - spare]}{self._lines[line][found.end() :]}"
        indent = " " * (wider - spare)
        rest, inside = self._lines[line + 1 :], 0
        while inside < len(rest) and (rest[inside][:1] == " " or not rest[inside].strip()):
            inside += 1
        return [first, *(indent * bool(each.strip()) + each for each in rest[:inside]), *rest[inside:]]

    def _tears_markup(self, at: int) -> bool:
        """Whether a cut there would leave only half of a link, of code or of emphasis."""
        if self._spans is None:
            self._spans = [span for span in inline.spans(self._text[: self._far]) if span.kind != "open"]
        return any(span.start < at < span.end for span in self._spans)

    def cut_line(self, within: str, limit: int) -> tuple[str, str]:
        """One line alone is too long: cut it between words, or where it must be."""
        text, line = self._text, within.count("\n")
        holders = [b for b in self._blocks if b.kind in ("blockquote", "list_item") and b.first <= line < b.end]
        others = (b for b in self._blocks if b not in holders and b.first <= line < b.end)
        torn = self._line_torn(next(others, None), line, holders)
        if torn is not None:
            head = self._to_a_word(_prefix(text, limit - size(torn.close) - bool(torn.close)), line)
            end = "\n" if torn.close and not head.endswith("\n") else ""
            if head and len(torn.reopen) + len(torn.close) + len(end) < len(head):
                return f"{head}{end}{torn.close}", torn.reopen + text[len(head) :]
        head = self._to_a_word(within, line) or within
        return head, text[len(head) :]

    def _line_torn(self, leaf: _Block | None, line: int, holders: list[_Block]) -> _Torn | None:
        if leaf is None:
            return None
        indent = "".join("> " if b.kind == "blockquote" else " " * self._mark(b)[1] for b in holders)
        if leaf.kind in _FENCES:
            torn = self._fence_torn(leaf, holders) if leaf.first < line else None
            return torn and _Torn(torn.close, f"{torn.reopen}{indent}")
        opened = self._opened(holders)
        if leaf.kind == "paragraph":
            return _Torn(reopen=f"{opened}{indent}")
        apart = self._opened(holders, apart=True)
        if leaf.kind == "heading" and leaf.token.markup.startswith("#"):
            return _Torn(reopen=f"{apart}{indent}{leaf.token.markup} ")
        if leaf.kind == "code_block":
            return _Torn(reopen=f"{apart}{indent}    ")
        if leaf.kind == "table" and line >= leaf.first + 2:
            return _Torn(reopen=f"{apart}{self._header(leaf)}{indent}| ")
        return None

    def _to_a_word(self, head: str, line: int) -> str:
        """Without the word that would be torn, and the markup, if that takes less than half away. "" if no word of
        the line is left: where its content begins depends on what stands before it."""
        begins = head.rfind("\n") + 1
        if head.count("\n") != line:
            return ""
        content = begins + len(head[begins:]) - len(head[begins:].lstrip(" >"))
        for end in self._word_ends(head, max(content + 1, len(head) // 4)):
            if not self._tears_markup(end):
                return head[:end]
        end = next(self._word_ends(head, max(content + 1, len(head) // 2)), _whole_sign(self._text, len(head)))
        return head[:end] if end > content else ""

    def _word_ends(self, head: str, least: int) -> Iterator[int]:
        for end in range(len(head), least, -1):
            before = self._text[end - 1]
            if (before.isspace() or before in "。！？；，、") and not _BEGINS_A_BLOCK.match(self._text, end):
                yield end
