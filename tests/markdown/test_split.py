"""Cutting Markdown: nothing is lost, nothing is too long, nothing is left open."""

import re
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.markdown import split as markdown

PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def pieces(text: str, limit: int) -> list[str]:
    """All pieces of a text, as a reply would show them."""
    got: list[str] = []
    while markdown.size(text) > limit:
        head, rest = markdown.cut(text, limit)
        assert head
        assert markdown.size(head) <= limit
        assert len(rest) < len(text)
        got.append(head)
        text = rest
    return [*got, text]


def fences_left_open(piece: str) -> list[str]:
    """Code blocks that have no closing line of their own."""
    lines = piece.split("\n")
    fences = [token for token in PARSER.parse(piece) if token.type == "fence" and token.map]
    return [f.markup for f in fences if f.map and not re.search(rf"{re.escape(f.markup)}\s*$", lines[f.map[1] - 1])]


# -- documents as a model writes them, and as it should not; each word occurs once --

SIGNS = ["", "", "", "", "語", "é", "👩🏽‍💻", "كلمة", "&", "<b>"]
WORD = re.compile(r"w\d+x*")


class Writer:
    """Draws a document, as lines."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw, self.count = draw, 0

    def some(self, least: int, most: int) -> range:
        return range(self.draw(st.integers(least, most)))

    def one(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def word(self) -> str:
        self.count += 1
        return f"{self.one(*SIGNS)}w{self.count}{'x' * self.draw(st.integers(0, 6))}"

    def words(self, least: int = 1, most: int = 12) -> str:
        return " ".join(self.inline() for _ in self.some(least, most))

    def inline(self) -> str:
        around = self.one(
            "{}", "{}", "{}", "{}", "{}", "**{}**", "*{}*", "`{}`", "[{}](http://x.y)", "~~{}~~", "${}_1$"
        )
        inner = self.word() if around == "{}" else " ".join(self.word() for _ in self.some(1, 2))
        return around.format(inner) + self.one("", "", "", ".", ",", " -", " 1.")

    def paragraph(self, depth: int) -> list[str]:
        return [self.words() for _ in self.some(1, 3)]

    def heading(self, depth: int) -> list[str]:
        return [f"{self.one('#', '###')} {self.words(1, 4)}"] if self.draw(st.booleans()) else [self.word(), "==="]

    def code(self, depth: int) -> list[str]:
        indent, fence = " " * self.draw(st.integers(0, 3)), self.one("```", "~~~", "`````")
        lines = [f"{indent}{fence}{self.one('', 'python', ' c++ linenos')}"]
        lines += [f"{indent}{self.one('', '  ', '    ', '- ')}{self.code_line()}" for _ in self.some(1, 8)]
        return [*lines, f"{indent}{fence}"]

    def code_line(self) -> str:
        return " ".join(self.word() for _ in self.some(0, 2))

    def indented(self, depth: int) -> list[str]:
        return [f"    {self.word()}", *(f"    {self.code_line()}" for _ in self.some(0, 3))]

    def table(self, depth: int) -> list[str]:
        rows = [f"| {self.word()} | {self.word()} |" for _ in self.some(1, 8)]
        return [f"| {self.word()} | b |", "|---|---|", *rows]

    def rule(self, depth: int) -> list[str]:
        return ["---"]

    def quote(self, depth: int) -> list[str]:
        return [f"> {line}".rstrip() for line in self.blocks(depth + 1)]

    def listing(self, depth: int) -> list[str]:
        mark, first = self.one("-", "*", "1.", "1)"), self.draw(st.sampled_from([1, 1, 7, 98]))
        step = first > 1 or self.draw(st.booleans())  # many write 1. before each item
        loose, lines = self.draw(st.booleans()), list[str]()
        for index in self.some(1, 6):
            number = first + index if step else first
            marked = f"{mark.replace('1', str(number))} {self.one('', '', ' ')}"
            task = self.one("", "", "[x] ") + self.words(1, 6)
            inside = self.blocks(depth + 1) if self.draw(st.integers(0, 3)) == 0 else [task]
            if not inside[0].strip() or inside[0].startswith("    "):
                inside = [task, "", *inside]
            lines += [marked + inside[0], *(" " * len(marked) * bool(line) + line for line in inside[1:])]
            lines += [""] * loose
        return lines

    def blocks(self, depth: int) -> list[str]:
        kinds = [self.paragraph, self.paragraph, self.heading, self.code, self.indented, self.table, self.rule]
        if depth < 3:
            kinds += [self.quote, self.listing, self.listing, self.listing]
        lines: list[str] = []
        for _ in self.some(1, 2 if depth else 5):
            lines += [*self.draw(st.sampled_from(kinds))(depth), "", *self.paragraph(depth), ""]
        return lines[:-1]


@st.composite
def documents(draw: st.DrawFn) -> str:
    return "\n".join(Writer(draw).blocks(0))


Place = tuple[str, ...]


def placed(pieces: Iterable[str]) -> dict[str, Place]:
    """Each word, in order, with all that it stands in. What a cut repeats (a table's header) counts where it is first.

    The first word of an item stands in a new one; the ellipsis of an item that goes on is no word.
    """
    found: dict[str, Place] = {}
    for piece in pieces:
        around: list[str] = []
        numbers: list[int | None] = []
        for token in PARSER.parse(piece):
            if token.nesting:
                nested(token, around, numbers)
            elif token.type == "inline":
                words_in(token, known(around) if token.content.startswith("…") else around, found)
            else:
                code_in(token, known(around), found)
            if not token.nesting:
                around = known(around)
    return found


def nested(token: Token, around: list[str], numbers: list[int | None]) -> None:
    """A block begins or ends."""
    if token.nesting < 0:
        around.pop()
        if token.tag in ("ol", "ul"):
            numbers.pop()
    elif token.type == "list_item_open":
        number = numbers.pop()
        around.append(f"item {number} new")
        numbers.append(None if number is None else number + 1)
    else:
        around.append(token.tag)
        if token.tag in ("ol", "ul"):
            numbers.append(int(token.attrGet("start") or 1) if token.tag == "ol" else None)


def code_in(token: Token, around: list[str], found: dict[str, Place]) -> None:
    for line in token.content.splitlines():
        for word in WORD.findall(line):
            found.setdefault(word, (*around, token.type, token.info.strip(), line * (token.type == "fence")))


def words_in(token: Token, around: list[str], found: dict[str, Place]) -> None:
    marks: list[str] = []
    for child in token.children or []:
        if child.nesting:
            marks = [*marks, child.tag] if child.nesting > 0 else marks[:-1]
        for word in WORD.findall(child.content):
            found.setdefault(word, (*around, *marks, child.tag))
            around = known(around)


def known(around: list[str]) -> list[str]:
    return [each.removesuffix(" new") for each in around]


@settings(deadline=None, max_examples=150)
@given(documents(), st.integers(120, 600))
def test_pieces_hold_every_word_in_order_and_in_what_it_stood_in_and_close_every_fence(text: str, limit: int) -> None:
    """The same quotes, items and numbers, tables, code with its language and lines, and marks: the same document."""
    whole, cut = placed([text]), placed(pieces(text, limit))

    assert list(cut) == list(whole)
    assert cut == whole
    assert fences_left_open(text) or not any(map(fences_left_open, pieces(text, limit)))


@given(st.text(), st.integers(2, 30))
def test_any_text_whatever_is_cut_with_nothing_lost(text: str, limit: int) -> None:
    everything = iter("".join(pieces(text, limit)))

    assert all(char in everything for char in text)


NOISE = st.text(alphabet="`~ \n\r\u2028\x0c|-a1.>#*👩", max_size=400)


@given(NOISE, st.integers(2, 80))
def test_broken_markdown_is_cut_with_nothing_lost(text: str, limit: int) -> None:
    everything = iter("".join(pieces(text, limit)))

    assert all(char in everything for char in text)


@pytest.mark.parametrize("text", ["`" * 2000, "~" * 2000, "```\n" + "x" * 2000, "|" * 2000, "> " * 1000, "\n" * 2000])
def test_noise_does_not_fill_the_thread(text: str) -> None:
    assert len(pieces(text, 100)) <= 30


def test_what_is_short_enough_between_blocks_is_cut_there() -> None:
    assert markdown.cut("one one one\n\ntwo two two\n\nthree", 26) == ("one one one\n\ntwo two two\n\n", "three")


def test_a_list_is_cut_between_its_items() -> None:
    assert markdown.cut("- one one\n- two two\n  more\n- three", 30) == ("- one one\n- two two\n  more\n", "- three")


def test_a_code_block_is_closed_and_reopened_with_its_language() -> None:
    text = "```python\none = 1\ntwo = 2\nthree = 3\n```\n"

    assert markdown.cut(text, 32) == (
        "```python\none = 1\ntwo = 2\n```\n",
        "```python\nthree = 3\n```\n",
    )


def test_a_code_block_that_is_still_growing_is_closed_too() -> None:
    head, rest = markdown.cut("```\n" + "x" * 60, 40)

    assert head == "```\n" + "x" * 31 + "\n```\n"
    assert rest == "```\n" + "x" * 29


def test_a_code_block_in_a_quote_is_closed_in_the_quote() -> None:
    text = "> ```\n> one\n> two\n> three\n> ```\n"

    assert markdown.cut(text, 25) == ("> ```\n> one\n> two\n> ```\n", "> ```\n> three\n> ```\n")


def test_a_table_repeats_its_header() -> None:
    text = "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n| 5 | 6 |\n"

    assert markdown.cut(text, 40) == (
        "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n",
        "| a | b |\n|---|---|\n| 5 | 6 |\n",
    )


def test_a_long_line_is_cut_at_a_space() -> None:
    assert markdown.cut("one two three four", 12) == ("one two ", "three four")


@pytest.mark.parametrize("odd", ["\u2028", "\x0b", "\x0c", "\x85", "\r"])
def test_only_a_line_feed_ends_a_line(odd: str) -> None:
    """Python's splitlines knows ten more, and the parser one; a cut must not confuse them."""
    text = f"a{odd}b{odd}c\n\n" * 20

    assert "".join(pieces(text, 30)) == text
    assert all(piece.endswith("\n") for piece in pieces(text, 30)[:-1])


def test_size_counts_as_slack_does() -> None:
    assert markdown.size("a👩b") == 4
    assert markdown.size("Grüße") == 5
    assert markdown.size("\ud83d") == 1  # half a pair, as a broken stream may bring


@pytest.mark.parametrize(
    ("growing", "shown"),
    [
        ("Hello wor", "Hello "),
        ("Hello\nwor", "Hello\n"),
        ("Hello ", "Hello "),
        ("Hel", ""),
        ("", ""),
        ("Hello **bold wor", "Hello "),
        ("Hello **bold** wor", "Hello **bold** "),
        ("a `code wi", "a "),
        ("a ``code ` wi", "a "),
        ("see [the docs](http://x.or", "see "),
        ("see [the docs](http://x.org) n", "see [the docs](http://x.org) "),
        ("see [1] and ", "see [1] and "),
        ("a ~~gone wi", "a "),
        ("so $x_1 + ", "so "),
        ("costs $5 and ", "costs $5 and "),
        ("2 * 3 and ", "2 * 3 and "),
        ("**open for too long " + "word " * 50, "**open for too long " + "word " * 50),
        ("a **b\n\nnext ", "a **b\n\nnext "),
        ("- one\n- **two th", "- one\n- "),
        ("```\na **b\nc", "```\na **b\n"),
        ("日本語の文", "日本語の文"),
        ("日本語の**太", "日本語の"),
        ("x" * 60, "x" * 59),
        ("x" * 60 + "👩\u200d💻", "x" * 60),
    ],
)
def test_text_that_grows_is_shown_up_to_its_last_whole_word(growing: str, shown: str) -> None:
    assert markdown.presentable(growing) == shown


@pytest.mark.parametrize("number", ["{}", "1"])
def test_a_numbered_list_goes_on_with_its_number(number: str) -> None:
    text = "".join(f"{number.format(n)}. item {n}\n" for n in range(1, 10))

    head, rest = markdown.cut(text, 66)

    assert head.endswith("item 6\n")
    assert rest.startswith("7. item 7\n")


def test_what_a_cut_in_an_item_leaves_stays_in_that_item() -> None:
    text = "1. one\n2. two\n   - " + "a " * 20 + "\n   - " + "b " * 20 + "\n\n   ```py\n   x\n   ```\n3. three\n"

    assert pieces(text, 70) == [
        "1. one\n2. two\n   - " + "a " * 20 + "\n",
        "2. …\n   - " + "b " * 20 + "\n\n",
        "2. …\n   ```py\n   x\n   ```\n3. three\n",
    ]


def test_a_heading_stays_with_what_it_announces() -> None:
    assert markdown.cut("one one one one\n\n## two\n\nthree three", 30) == (
        "one one one one\n\n",
        "## two\n\nthree three",
    )


@pytest.mark.parametrize("inside", ["**{}**", "[{}](http://x.y/z)", "`{}`", "$x_1 + {}$"])
def test_no_markup_is_torn(inside: str) -> None:
    marked = inside.format("two three four")

    assert markdown.cut(f"one one one {marked} five", 26) == ("one one one ", f"{marked} five")


@pytest.mark.parametrize("sign", ["👩🏽\u200d💻", "é", "🇩🇪", "👍🏿", "☎\ufe0f"])
def test_no_sign_is_torn(sign: str) -> None:
    assert all(markdown.size(piece) % markdown.size(sign) == 0 for piece in pieces(sign * 100, 61))


def test_a_formula_over_several_lines_is_closed_and_reopened() -> None:
    text = "$$\na + b\n+ c + d\n+ e + f\n$$\n"

    assert markdown.cut(text, 22) == ("$$\na + b\n+ c + d\n$$\n", "$$\n+ e + f\n$$\n")


@given(documents())
@settings(deadline=None, max_examples=15)
def test_what_was_shown_of_growing_text_stays_while_no_markup_is_pending(text: str) -> None:
    shown = [markdown.presentable(text[:end]) for end in range(0, len(text), 17)]

    assert all(text.startswith(each) for each in shown)
    assert all(not each or each[-1].isspace() or each[-1] in "語" for each in shown)


@pytest.mark.parametrize(
    "before", ["*a " * 2_000, "[" * 3_000, "`a `` " * 1_000, "- a [b](c)\n  - d\n" * 500, "文" * 5_000]
)
def test_of_a_long_text_full_of_marks_what_is_open_at_the_end_is_held_back(before: str) -> None:
    shown = markdown.presentable(f"{before} and **bold wor")

    assert f"{before} and ".startswith(shown)
    assert len(shown) >= len(before) - markdown.MAX_HELD_BACK


def test_where_the_text_grows_in_code_nothing_is_held_back() -> None:
    text = "```\na **b "

    assert markdown.presentable(text, len(text)) == text
