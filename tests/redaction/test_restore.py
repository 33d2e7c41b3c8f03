"""An answer with what was hidden, wherever it is cut."""

import random

import pytest

from bot.redaction.restore import Restored, restored

VALUES = {"[EMAIL_1]": "ada@example.org", "[EMAIL_12]": "ben@example.org", "[STAFF_NO_3]": "E-123456"}
PARTS = (
    *("[EMAIL_1]", "**[EMAIL_12]**", "[email_1]", "\\[EMAIL\\_1\\]", "[STAFF_NO_3]", "[EMAIL_2]", "[", "\\", "]", "[["),
    *(
        "[a](b)",
        "- [ ] task",
        "[EMAIL",
        "_1]",
        "[EMAIL_1",
        " ",
        "\n",
        "text",
        "[x" * 40,
        "1",
        "[ EMAIL_1 ]",
        "\\\\[EMAIL_1]",
    ),
)


def read(pieces: list[str]) -> str:
    reading = Restored(VALUES)
    return "".join([*map(reading.feed, pieces), reading.rest()])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Write to [EMAIL_1].", "Write to ada@example.org."),
        ("**[EMAIL_12]**", "**ben@example.org**"),
        ("[email_1] and \\[EMAIL\\_1\\]", "ada@example.org and ada@example.org"),
        ("[a link]([EMAIL_1])", "[a link](ada@example.org)"),
        ("[EMAIL_2] nobody gave", "[EMAIL_2] nobody gave"),
        ("[STAFF_NO_3] [staff\\_no\\_3]", "E-123456 E-123456"),
        ("[API_KEY] stays", "[API_KEY] stays"),
    ],
)
def test_placeholders_are_known_as_models_write_them(written: str, read: str) -> None:
    assert restored(written, VALUES) == read


def test_two_thousand_random_cuts_give_the_same_text() -> None:
    rng = random.Random(2026)
    for _ in range(2000):
        text = "".join(rng.choices(PARTS, k=rng.randint(1, 25)))
        cuts = sorted(rng.choices(range(len(text) + 1), k=rng.randint(0, min(len(text), 30))))
        pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        assert read(pieces) == restored(text, VALUES), (text, pieces)
        assert read(list(text)) == restored(text, VALUES), text


def test_no_more_is_held_back_than_may_become_a_placeholder() -> None:
    reading = Restored(VALUES)

    assert reading.feed("see [EMAIL") == "see "
    assert reading.feed(" me") == "[EMAIL me"
    assert reading.feed("[" + "x" * 100) == "[" + "x" * 100


def test_where_nothing_is_hidden_nothing_is_held_back() -> None:
    assert Restored({}).feed("[EMAIL_") == "[EMAIL_"
