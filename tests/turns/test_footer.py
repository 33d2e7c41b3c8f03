"""The small line under an answer."""

import pytest

from bot.conversation.tokens import Usage
from bot.turns.footer import footer
from bot.turns.state import Taken

USAGE = Usage(1200, 34, cached=1024)


@pytest.mark.parametrize(
    ("style", "usage", "cost", "line"),
    [
        ("full", USAGE, 0.0123, "m · 1,200 in (1,024 cached) + 34 out = 1,234 tokens · $0.0123 · 2.0 s"),
        ("full", Usage(12, 3), 0.0, "m · 12 in + 3 out = 15 tokens · $0 · 2.0 s"),
        ("full", Usage(12, 3), 0.00001, "m · 12 in + 3 out = 15 tokens · < $0.0001 · 2.0 s"),
        ("full", Usage(12, 3), None, "m · 12 in + 3 out = 15 tokens · cost unknown · 2.0 s"),
        ("full", Usage(12, 3, estimated=True), None, "m · ≈ 12 in + 3 out = 15 tokens · cost unknown · 2.0 s"),
        ("full", None, None, "m · tokens unknown · cost unknown · 2.0 s"),
        ("compact", USAGE, 0.0123, "1,234 tokens · $0.0123 · 2.0 s"),
        ("off", USAGE, 0.0123, None),
    ],
)
def test_the_footer_says_what_is_known(style: str, usage: Usage | None, cost: float | None, line: str | None) -> None:
    assert footer(style, Taken("m", usage, cost, 2.04)) == line


def test_a_note_that_the_reader_needs_stands_there_even_without_a_footer() -> None:
    taken = Taken("m", None, None, 2.0)

    assert footer("off", taken, notes=("incomplete", "not read: a.pdf")) == "incomplete · not read: a.pdf"
    assert str(footer("full", taken, notes=("incomplete",))).startswith("incomplete · m · ")
