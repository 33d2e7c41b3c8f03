"""Spans that overlap become one, and nothing of a secret comes back with another value."""

from bot.redaction.spans import Span, apart


def test_what_overlaps_is_one_and_named_by_the_gravest() -> None:
    found = apart([Span(0, 8, "PHONE", 4), Span(4, 20, "CARD", 1), Span(30, 31, "IP", 3)])

    assert found == [Span(0, 20, "CARD", 1), Span(30, 31, "IP", 3)]


def test_what_touches_is_not_one() -> None:
    assert len(apart([Span(0, 4, "EMAIL"), Span(4, 8, "EMAIL")])) == 2


def test_a_secret_stands_alone() -> None:
    secret = Span(5, 10, "PASSWORD", 3, secret=True)

    assert apart([Span(8, 20, "EMAIL", 2), secret, Span(30, 40, "EMAIL", 2)]) == [secret, Span(30, 40, "EMAIL", 2)]
    assert apart([Span(8, 12, "TOKEN", 2, secret=True), secret]) == [Span(5, 12, "TOKEN", 2, secret=True)]
