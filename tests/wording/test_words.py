"""The small line under an answer, and the codes that have words."""

import ast
from pathlib import Path
from typing import get_args

import pytest

from bot.conversation.attachments import Unread, Why
from bot.conversation.notes import Note
from bot.conversation.tokens import Usage
from bot.turns.state import Taken
from bot.turns.words import Footer
from bot.wording.en import WORDS

BOT = Path(__file__).parents[2] / "bot"
ERRORS = {"Unavailable", "Unanswerable", "TooLong", "Gone"}
USAGE = Usage(1200, 34, cached=1024)
NOTES = (Note("ended.stopped"), Note("left-out", {"count": 1}))


@pytest.mark.parametrize(
    ("style", "usage", "cost", "line"),
    [
        ("full", USAGE, 0.0123, "m · 1,200 in (1,024 cached) + 34 out = 1,234 tokens · $0.0123 · 2.0 s"),
        ("full", Usage(12, 3), 0.0, "m · 12 in + 3 out = 15 tokens · $0 · 2.0 s"),
        ("full", Usage(12, 3), 0.00001, "m · 12 in + 3 out = 15 tokens · < $0.0001 · 2.0 s"),
        ("full", Usage(12, 3), None, "m · 12 in + 3 out = 15 tokens · cost unknown · 2.0 s"),
        ("full", Usage(12, 3, estimated=True), None, "m · ≈ 12 in + 3 out = 15 tokens · cost unknown · 2.0 s"),
        ("full", None, None, "m · tokens unknown · cost unknown · 2.0 s"),
        ("compact", USAGE, 0.0123, "m · $0.0123"),
        ("off", USAGE, 0.0123, None),
    ],
)
def test_the_footer_says_what_is_known(style: str, usage: Usage | None, cost: float | None, line: str | None) -> None:
    assert WORDS.footer(Footer(style, Taken("m", usage, cost, 2.04))) == line


def test_a_note_that_the_reader_needs_stands_there_even_without_a_footer() -> None:
    taken = Taken("m", None, None, 2.0)

    assert WORDS.footer(Footer("off", taken, notes=NOTES)) == "stopped · 1 earlier message left out"
    assert str(WORDS.footer(Footer("full", taken, "Bard", NOTES[:1]))).startswith("stopped · Bard · m · ")


@pytest.mark.parametrize("why", get_args(Why))
def test_there_are_words_for_each_reason_that_a_file_was_not_read(why: Why) -> None:
    assert WORDS.note(Unread(why, 5_000_000).note)


def test_a_size_is_told_in_megabytes() -> None:
    assert WORDS.note(Unread("too-large", 1_500_000).note) == "larger than 1.5 MB"


def raised(path: Path) -> set[str]:
    """The codes of what is raised in a file: what errors are made with, and what their classes say of themselves."""
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call) and node.args]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in ERRORS]
    above = [call for call in calls if ast.unparse(call.func) == "super().__init__"]
    first = [call.args[0] for call in named + (above if path.name == "errors.py" else [])]
    return {node.value for node in first if isinstance(node, ast.Constant) and isinstance(node.value, str)} - {""}


def test_there_are_words_for_each_error_that_people_are_told_of() -> None:
    codes = {code for path in BOT.rglob("*.py") for code in raised(path)}

    assert len(codes) > 15
    assert codes <= WORDS.sentences.keys()


def test_no_code_has_two_sentences() -> None:
    keys = [
        key.value
        for path in (BOT / "wording" / "en").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "SENTENCES"
        and isinstance(node.value, ast.Dict)
        for key in node.value.keys
        if isinstance(key, ast.Constant)
    ]

    assert len(keys) == len(set(keys)) == len(WORDS.sentences)
