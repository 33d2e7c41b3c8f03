"""Where a text is cut for its headings, rules and tables, however it arrives."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.markdown import parts, split
from bot.markdown.parts import Gauge

PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
TABLE = "| a | b |\n|---|---|\n| 1 | 2 |\n"
PIECES = [
    "# h\n",
    "h\n===\n",
    "h\n-\n",
    "---\n",
    "text\n",
    "- item\n",
    "1. # h\n",
    "> # h\n",
    "\n",
    TABLE,
    "a|b\n-|-\n",
    "```\n# c\n```\n",
]


def counted(text: str) -> tuple[int, int]:
    """How many blocks Slack makes of a text, as field reports have it, and how many of them are tables."""
    kinds = [token.type for token in PARSER.parse(text) if not token.level and token.nesting >= 0]
    apart = [kind if kind in ("heading_open", "hr", "table_open") else "other" for kind in kinds]
    runs = [kind for n, kind in enumerate(apart) if kind != "other" or n == 0 or apart[n - 1] != "other"]
    return len(runs), runs.count("table_open")


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("", True),
        ("word " * 2_000, True),
        ("# h\n" * 45, True),
        ("# h\n" * 46, False),
        ("# h\n\ntext\n\n" * 24, False),
        ("h\n===\n\n" * 46, False),
        ("***\n\n" * 46, False),
        ("```\n" + "# comment\n" * 200 + "```", True),
        (TABLE, True),
        (f"{TABLE}\n{TABLE}", False),
        (f"{TABLE}\nand\n\n> {TABLE.replace(chr(10), chr(10) + '> ')}", False),
        ("a|b\n-|-\n1|2\n\na|b\n-|-\n1|2\n", False),
        (TABLE + "| 1 | 2 |\n" * 98, True),
        (TABLE + "| 1 | 2 |\n" * 99, False),
        (TABLE + f"| {'x' * 5_000} | 2 |\n" * 2, False),
    ],
)
def test_what_fits_into_one_message(text: str, fits: bool) -> None:
    assert (Gauge().end(text) is None) == fits


def test_the_cut_lies_before_the_second_table() -> None:
    before = f"{TABLE}\nand\n\n"

    assert Gauge().end(f"{before}{TABLE}\nmore") == len(before)


def test_a_table_is_cut_between_its_rows() -> None:
    text = "".join((TABLE, *(f"| {n} | x |\n" for n in range(150))))

    end = Gauge().end(text)

    assert end is not None
    assert text[:end].count("\n") == parts.MAX_ROWS + 1  # the line below the header is no row


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=140), st.integers(1, 4))
def test_however_it_arrives_no_piece_is_too_much_for_slack(pieces: list[str], several: int) -> None:
    gauge, text, cut = Gauge(), "", list[str]()
    for n in range(0, len(pieces), several):
        text += "".join(pieces[n : n + several])
        while (end := gauge.end(text)) is not None:
            before = len(text)
            head, text = split.cut(text, split.size(text[:end]))
            assert len(text) < before
            cut.append(head)
            gauge = Gauge()
    for piece in (*cut, text):
        blocks, tables = counted(piece)
        assert blocks <= parts.MAX_PARTS + 1
        assert tables <= 1


def test_a_growing_text_is_not_read_anew_with_each_word() -> None:
    text, gauge, began = "```python\n" + "# a comment | or not\n" * 500, Gauge(), time.perf_counter()
    for end in range(0, len(text), 8):
        gauge.end(text[:end])

    assert time.perf_counter() - began < 20
