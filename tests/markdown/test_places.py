"""Each character that the parser found is where it is said to stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.markdown.places import Placed, Unplaced, line_starts, placed

PARSER = MarkdownIt("commonmark").enable("table")
TABLE = "| a | b |\n|---|---|\n"


def found(text: str) -> list[Placed | Unplaced]:
    return list(placed(PARSER.parse(text), text))


def read(text: str, place: Placed) -> str:
    """What stands at the places; where a line of the content ends there is a line end, or whatever comes after it."""
    signs = "".join(text[at : at + 1] for at in place.places[:-1])
    return "".join("\n" if sign == "\n" else signs[at] for at, sign in enumerate(place.token.content))


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("one two", "one two"),
        ("# Heading", "Heading"),
        ("> quoted\n> twice", "quoted\ntwice"),
        ("- one\n  two", "one\ntwo"),
        ("   indented", "indented"),
        (TABLE + "| c | d |", "a"),
    ],
)
def test_content_is_found_where_it_stands(text: str, content: str) -> None:
    first = found(text)[0]

    assert isinstance(first, Placed)
    assert (first.token.content, read(text, first)) == (content, content)


def test_a_cell_in_which_a_backslash_was_dropped_knows_where_it_stands() -> None:
    text = TABLE + r"| x\|y | d |"
    cells = [each for each in found(text) if isinstance(each, Placed)]
    cell = cells[2]

    assert (cell.token.content, read(text, cell)) == ("x|y", "x|y")
    assert cell.cell is not None
    assert text[slice(*cell.cell)] == r" x\|y "


def test_cells_that_are_too_many_are_told_as_unplaced() -> None:
    text = TABLE + "| c | d | more |"
    [rest] = [each for each in found(text) if isinstance(each, Unplaced) and text[each.start : each.end].strip()]

    assert text[rest.start : rest.end] == " more "


def test_lines_begin_after_their_ends() -> None:
    assert line_starts(["ab", "", "c"]) == [0, 3, 4, 6]


@given(st.lists(st.sampled_from(["a", "|", "\\|", "\\", "\n", "> ", "- ", "`", "*", " ", TABLE]), max_size=14))
def test_what_is_placed_is_there(pieces: list[str]) -> None:
    text = "".join(pieces)
    for each in found(text):
        if isinstance(each, Placed):
            assert len(each.places) == len(each.token.content) + 1
            assert read(text, each) == each.token.content
        else:
            assert 0 <= each.start <= each.end <= len(text)
