"""Tokens: how they are made, known again, and told from what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import tokens
from bot.policy.tokens import OPERATOR, Token


def test_a_token_is_known_again_by_its_hash_alone() -> None:
    token, kept = tokens.make("T1")

    assert tokens.read(token) == kept
    assert kept.workspace == "T1"
    assert token not in repr(kept)
    assert token.rpartition("_")[2][:32] not in repr(kept)


def test_no_two_are_alike() -> None:
    made = [tokens.make("T1") for _ in range(200)]

    assert len({token for token, _ in made}) == len({kept.id for _, kept in made}) == 200


@given(st.data())
def test_a_mistyped_one_is_known_at_sight(data: st.DataObject) -> None:
    token, _ = tokens.make("E0ACME")
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda sign: sign != token[at]))

    assert tokens.read(token[:at] + other + token[at + 1 :]) is None


@given(st.text() | st.from_regex(r"tb_[A-Z0-9]+_\w{46}"))
def test_anything_else_is_none(text: str) -> None:
    assert tokens.read(text) is None


def test_it_ends_when_it_was_to_end() -> None:
    lasting, passing = Token("1", "a", "", "U1", "U1"), Token("2", "b", "", "U1", "U1", expires=100.0)

    assert [passing.over(now) for now in (99.9, 100.0, 101.0)] == [False, True, True]
    assert not lasting.over(1e12)


def test_one_that_is_nobodys_acts_for_the_operator() -> None:
    assert Token("1", "a", "", "", OPERATOR).actor == OPERATOR
    assert Token("1", "a", "", "U1", OPERATOR).actor == "U1"
    assert Token("1", "a", "", "U1", OPERATOR).channel == "A1"


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90d", 90 * 86400), ("12h", 12 * 3600), ("30m", 1800), ("45s", 45), (" 1d ", 86400)]
    + [(odd, None) for odd in ("", "90", "d", "0d", "-1d", "1.5h", "90 days", "1w", "9999999d", "٣d")],
)
def test_how_long_one_holds_is_written_with_a_unit(written: str, seconds: float | None) -> None:
    assert tokens.span(written) == seconds


def test_names_are_one_plain_word() -> None:
    assert all(map(tokens.is_name, ("ci", "my-app.v2", "A_1", "x" * 64)))
    assert not any(map(tokens.is_name, ("", "two words", "x" * 65, "ä", "a/b", "a\n")))
