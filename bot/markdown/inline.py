"""Where links, code, mathematics and emphasis stand in a line of Markdown, and what is not closed yet.

A maintained parser reads the text; the rules below only note what it finds and where. HTML is not read as such, because
Slack is sent none, and mathematics is, because its backslashes and underscores would otherwise be taken for Markdown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from markdown_it import MarkdownIt, rules_inline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from bot.markdown.places import Placed, Unplaced, line_starts, placed

Kind = Literal["code", "link", "image", "math", "emphasis", "tag", "open", "unplaced"]

MAX_FORMULA = 1_000
_FORMULA = re.compile(r"[\\^_{}=<>+*/|]|^[a-zA-Z]$")
_FORMULA_BLOCK = re.compile(r"\$\$|\\\[")
_CLOSED_BY = {r"\(": r"\)", r"\[": r"\]", "$$": "$$", "$": "$"}


@dataclass(frozen=True, slots=True)
class Span:
    """`start` and `end` are positions in the text that was read; `label` is as it was written.

    An "open" span has no end yet. A "tag" is a lone `<` that HTML would take for its own. Of what is "unplaced" nobody
    can tell where in it the parser has found what.
    """

    kind: Kind
    start: int
    end: int
    label: str = ""
    target: str = ""


def blocks(text: str) -> list[Token]:
    """The parser's block tokens. It takes a lone CR for a line's end; here only LF is one, so that both count alike."""
    tokens: list[Token] = []
    PARSER.block.parse(_one_line_end(text), PARSER, {}, tokens)
    return tokens


def spans(text: str, *, last_only: bool = False) -> list[Span]:
    """All of them, in order of their starts; or only those of the last paragraph, heading or cell, which may grow."""
    env: dict[str, Any] = {}
    tokens: list[Token] = []
    PARSER.block.parse(_one_line_end(text), PARSER, env, tokens)
    last = next((token for token in reversed(tokens) if token.type == "inline"), None)
    if last_only and (last is None or not last.map or last.map[1] <= text.rstrip().count("\n")):
        return []
    found: list[Span] = []
    for part in placed(tokens, _one_line_end(text)):
        if isinstance(part, Unplaced):
            found.append(Span("unplaced", part.start, part.end))
        elif not last_only or part.token is last:
            found += _within(part, env)
    return sorted(found, key=lambda span: span.start)


def _within(part: Placed, env: dict[str, Any]) -> list[Span]:
    env["spans"], env["marks"] = [], {}
    PARSER.inline.parse(part.token.content, PARSER, env, [])
    if part.cell and any(span.kind in ("link", "image", "tag") for span in env["spans"]):
        return [Span("unplaced", *part.cell)]  # what stands there now is not written as it was read
    at = part.places
    return [Span(span.kind, at[span.start], at[span.end], span.label, span.target) for span in env["spans"]]


def formulas_with_fences(text: str) -> Iterator[tuple[int, int]]:
    """Formulas of several lines that no fence can be put around: `(start, end)`."""
    starts = line_starts(text.split("\n"))
    for token in _formulas(text):
        if token.map and "```" in token.content:
            yield starts[token.map[0]], starts[token.map[1]] - 1


def fences_of_formulas(text: str) -> Iterator[tuple[int, int]]:
    r"""Where the lines `$$` or `\[` above and below each formula of several lines have these marks: `(start, end)`."""
    lines = text.split("\n")
    starts = line_starts(lines)
    for token in _formulas(text):
        if not token.map or "```" in token.content:
            continue
        marks = [(token.map[0], token.markup)]
        if token.info:
            marks.append((token.map[1] - 1, token.info))
        for number, mark in marks:
            start = starts[number] + lines[number].rfind(mark)
            yield start, start + len(mark)


def _formulas(text: str) -> list[Token]:
    return [token for token in blocks(text) if token.type == "math_block"] if _FORMULA_BLOCK.search(text) else []


def words(text: str) -> str:
    """The text without its markup, as it would be read aloud: a line for each paragraph, item and row of a table."""
    said: list[str] = []
    in_row = False
    for token in PARSER.parse(_one_line_end(text)):
        if token.type in ("fence", "code_block", "math_block"):
            said.append(token.content.strip("\n"))
        elif token.type == "inline":
            cell = _aloud(token.children or [])
            if in_row:
                said[-1] += f"{' · ' if said[-1] else ''}{cell}"
            else:
                said.append(cell)
        elif token.type in ("tr_open", "tr_close"):
            in_row = token.nesting > 0
            said += [""] * in_row
    return "\n".join(filter(None, said))


def _aloud(tokens: list[Token]) -> str:
    breaks = {"softbreak": " ", "hardbreak": "\n"}
    return "".join(breaks.get(each.type, each.content) for each in tokens)


def closing(opening: str) -> str:
    """What closes a formula."""
    return _CLOSED_BY[opening]


def _one_line_end(text: str) -> str:
    return text.replace("\r", " ")


def _note(state: StateInline, kind: Kind, start: int, label: str = "", target: str = "") -> None:
    if "spans" in state.env:
        state.env["spans"].append(Span(kind, start, state.pos, label, target))


def _open(state: StateInline, start: int) -> None:
    if "spans" in state.env:
        state.env["spans"].append(Span("open", start, state.posMax))


def _link(state: StateInline, silent: bool) -> bool:
    start, before = state.pos, len(state.tokens)
    if not rules_inline.link(state, silent):
        if not silent and state.src[start] == "[" and _is_unfinished(state, start):
            _open(state, start)
        return False
    if not silent:
        opened = next(at for at in range(before, len(state.tokens)) if state.tokens[at].type == "link_open")
        target = str(state.tokens[opened].attrGet("href") or "")
        _note(state, "link", start, state.src[start + 1 : state.md.helpers.parseLinkLabel(state, start)], target)
    return True


def _is_unfinished(state: StateInline, start: int) -> bool:
    end = state.md.helpers.parseLinkLabel(state, start)
    return end < 0 or state.src[end + 1 : end + 2] == "("


def _image(state: StateInline, silent: bool) -> bool:
    start, noting = state.pos, state.env.pop("spans", None)  # what stands in its label has positions of its own
    found = rules_inline.image(state, silent)
    if noting is not None:
        state.env["spans"] = noting
    if not found:
        return False
    if not silent:
        _note(state, "image", start, state.tokens[-1].content, str(state.tokens[-1].attrGet("src") or ""))
    return True


def _backticks(state: StateInline, silent: bool) -> bool:
    start = state.pos
    if not rules_inline.backtick(state, silent):
        return False
    if not silent:
        passed = state.src[start : state.pos]
        if passed.strip("`"):
            _note(state, "code", start)
        else:
            _open(state, start)
    return True


def _math(state: StateInline, silent: bool) -> bool:
    r"""`$x^2$`, `$$x^2$$`, `\(x^2\)`, `\[x^2\]`. Money is no mathematics: what follows the first `$` and what stands
    before the last is no blank, no digit follows the last, and what begins with a digit has no blank in it."""
    start = state.pos
    opener = next((each for each in ("$$", *_CLOSED_BY) if state.src.startswith(each, start)), None)
    if opener is None:
        return False
    first = start + len(opener)
    end = state.src.find(_CLOSED_BY[opener], first, min(first + MAX_FORMULA, state.posMax))
    formula = state.src[first : end if end >= 0 else state.posMax]
    if opener == "$" and (formula[:1].isspace() or (formula[:1].isdigit() and re.search(r"\s", formula))):
        return False
    if end < 0:
        if not silent and len(formula) < MAX_FORMULA and not formula[:1].isdigit():
            _open(state, start)
        return False
    after = end + len(opener)
    if opener == "$" and (formula[-1:].isspace() or "\n" in formula or state.src[after : after + 1].isdigit()):
        return False
    if not _FORMULA.search(formula.strip()):
        return False
    state.pos = after
    if not silent:
        token = state.push("code_inline", "code", 0)
        token.content = formula.strip()
        _note(state, "math", start, formula)
    return True


def _tag(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] == "<" and re.compile("[A-Za-z/!?]").match(state.src, state.pos + 1) and not silent:
        state.env.get("spans", []).append(Span("tag", state.pos, state.pos + 1))
    return False


def _pairs(state: StateInline) -> None:
    """After the marks were paired: note the pairs, and those that wait for their partner."""
    if "spans" not in state.env:
        return
    for delimiters in (state.delimiters, *(meta["delimiters"] for meta in state.tokens_meta if meta)):
        for mark in delimiters:
            start = state.env["marks"][mark.token]
            if mark.end >= 0:
                closing = delimiters[mark.end].token
                end = state.env["marks"][closing] + len(state.tokens[closing].content)
                state.env["spans"].append(Span("emphasis", start, end))
            elif mark.open:
                _open(state, start)


def _marks(rule: str) -> None:
    original = {"emphasis": rules_inline.emphasis.tokenize, "strikethrough": rules_inline.strikethrough.tokenize}[rule]

    def noted(state: StateInline, silent: bool) -> bool:
        start = state.pos
        if not original(state, silent):
            return False
        at, token = state.pos, len(state.tokens)
        while "spans" in state.env and at > start:
            token -= 1
            at -= len(state.tokens[token].content)
            state.env["marks"][token] = at
        return True

    PARSER.inline.ruler.at(rule, noted)


def _math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    r"""A line `$$` or `\[` alone, up to one that closes it; to the end of the text while there is none."""
    opener = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]].strip()
    if opener not in ("$$", r"\[") or state.is_code_block(start):
        return False
    if silent:
        return True
    line = start + 1
    while line < end and state.sCount[line] >= state.blkIndent:
        if state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip() == _CLOSED_BY[opener]:
            break
        line += 1
    closed = line < end and state.sCount[line] >= state.blkIndent
    token = state.push("math_block", "code", 0)
    token.content = state.getLines(start + 1, line, state.sCount[start], True)
    token.markup, token.info = opener, _CLOSED_BY[opener] if closed else ""
    state.line = line + closed
    token.map = [start, state.line]
    return True


PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
PARSER.inline.ruler.at("link", _link)
PARSER.inline.ruler.at("image", _image)
PARSER.inline.ruler.at("backticks", _backticks)
_marks("emphasis")
_marks("strikethrough")
PARSER.inline.ruler.before("escape", "math", _math)
PARSER.inline.ruler.push("tag", _tag)
PARSER.inline.ruler2.after("balance_pairs", "pairs", _pairs)
PARSER.block.ruler.before("fence", "math_block", _math_block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
