"""Cutting Markdown: nothing is lost, nothing is too long, nothing is left open."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot import markdown

PARSER = MarkdownIt("commonmark").enable("table")


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


# -- documents as a model writes them; each word occurs once --

WORDS = st.lists(st.integers(2, 8), min_size=1, max_size=30)


@st.composite
def documents(draw: st.DrawFn) -> str:
    count = iter(range(1_000_000))

    def words() -> str:
        return " ".join(f"w{next(count)}{'x' * length}" for length in draw(WORDS))

    def code() -> str:
        fence, indent = draw(st.sampled_from(["```", "~~~~", "`````"])), " " * draw(st.integers(0, 3))
        lines = [f"{indent}{fence}{draw(st.sampled_from(['', 'python', 'c++ linenos']))}"]
        lines += [words() for _ in range(draw(st.integers(1, 8)))]
        return "\n".join([*lines, f"{indent}{fence}"])

    def table() -> str:
        rows = "\n".join(f"| w{next(count)} | w{next(count)} |" for _ in range(draw(st.integers(1, 12))))
        return f"| head | head |\n|---|---|\n{rows}"

    def listing() -> str:
        marks = st.sampled_from(["-", "1.", "  *"])
        items = "\n".join(f"{draw(marks)} {words()}" for _ in range(draw(st.integers(1, 8))))
        return f"{items}\n\n{words()}"  # what is indented below would be the last item's

    def step() -> str:
        lines = "\n".join(f"   {words()}" for _ in range(draw(st.integers(1, 8))))
        return f"1. {words()}\n\n   ```bash\n{lines}\n   ```\n\n{words()}"

    blocks = st.sampled_from([words, lambda: f"## {words()}", lambda: f"> {words()}", code, table, listing, step])
    return "\n\n".join(draw(blocks)() for _ in range(draw(st.integers(1, 8))))


@given(documents(), st.integers(80, 600))
def test_words_stay_whole_and_in_order(text: str, limit: int) -> None:
    assert re.findall(r"w\d+x*", " ".join(pieces(text, limit))) == re.findall(r"w\d+x*", text)


@given(documents(), st.integers(80, 600))
def test_no_piece_leaves_a_code_fence_open(text: str, limit: int) -> None:
    assert [fences_left_open(piece) for piece in pieces(text, limit)] == [[]] * len(pieces(text, limit))


@given(documents(), st.integers(80, 600))
def test_code_stays_code_and_prose_stays_prose(text: str, limit: int) -> None:
    assert [word for piece in pieces(text, limit) for word in code_words(piece)] == code_words(text)


def code_words(text: str) -> list[str]:
    return [word for token in PARSER.parse(text) if token.type == "fence" for word in token.content.split()]


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
    [("Hello **wor", "Hello"), ("Hello\nwor", "Hello"), ("Hello ", "Hello"), ("Hel", "Hel"), ("", "")],
)
def test_text_that_grows_is_shown_up_to_its_last_whole_word(growing: str, shown: str) -> None:
    assert markdown.presentable(growing) == shown
