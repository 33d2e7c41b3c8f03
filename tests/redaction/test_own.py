"""The operator's own patterns: what is taken, and that none of them can hang the bot."""

import time

import pytest

from bot.redaction.find import find
from bot.redaction.own import MAX_PATTERNS, Patterns, none

HANGS = ("(a+)+$", "(a|aa)+$", "(.*a){25}b", "^(([a-z])+.)+[A-Z]([a-z])+$")
"""Each of them would keep Python's own engine busy for longer than anybody lives."""


def kinds(text: str, patterns: Patterns) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in find(text, "personal", patterns)]


def test_what_they_find_is_hidden_with_personal_data_alone() -> None:
    own = Patterns.of({"staff": r"\bE-\d{6}\b", "Projekt": "(?i)geheimprojekt [a-zäöü]+"})
    text = "E-123456 arbeitet an Geheimprojekt Öl, ada@example.org"

    assert kinds(text, own) == [("STAFF", "E-123456"), ("PROJEKT", "Geheimprojekt Öl"), ("EMAIL", "ada@example.org")]
    assert find(text, "secrets", own) == []
    assert find(text, "personal", none)[0].kind == "EMAIL"


@pytest.mark.parametrize("pattern", HANGS)
def test_no_pattern_hangs(pattern: str) -> None:
    own = Patterns.of({"slow": f"x{pattern}"})
    began = time.process_time()
    list(own("x" + "a" * 50_000 + "!"))

    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (None, "write NAME: pattern"),
        ([], "write NAME: pattern"),
        ({}, "write NAME: pattern"),
        ("staff: x", "write NAME: pattern"),
        ({f"n{n}": "x" for n in range(MAX_PATTERNS + 1)}, "write NAME: pattern"),
        ({"staff no": "x"}, "staff no: write a name"),
        ({1: "x"}, "1: write a name"),
        ({"token": "x"}, "token: write a name"),
        ({"staff": 12}, "staff: write a pattern"),
        ({"staff": ""}, "staff: write a pattern"),
        ({"staff": "x" * 2001}, "staff: write a pattern"),
        ({"staff": "(x"}, "staff: RE2 does not take the pattern"),
        ({"staff": "(?<=a)b"}, "staff: RE2 does not take the pattern"),
        ({"staff": r"(a)\1"}, "staff: RE2 does not take the pattern"),
        ({"staff": "x*"}, "staff: the pattern finds something in nothing"),
    ],
)
def test_what_is_no_pattern_is_told_with_its_name(written: object, told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("(", r"\(")):
        Patterns.of(written)
