"""Tokens as people read of them."""

from bot import wording
from bot.commands.reports import TokenList
from bot.commands.result import Result
from bot.policy.tokens import Token
from bot.wording import tokens

ENGLISH = wording.of("en")
MINE = Token("1", "mine", "hash", "U1", "U1", expires=2_000_000_000.0)


def test_they_are_listed_with_whose_they_are_and_how_long() -> None:
    over, ever = Token("2", "old", "hash", "U1", "U1", expires=1.0), Token("3", "ci", "hash", "", "operator")
    lines = tokens.listed(TokenList({MINE: 1_700_000_000.0, over: None, ever: None}), ENGLISH, 1_800_000_000.0)

    assert lines == [
        "**Tokens for programs**",
        "- **mine** of @{U1}, valid until {date:2000000000}, last used {date:1700000000}",
        "- **old**: expired",
        "- **ci** of the operator, valid for ever, not used yet",
    ]
    assert "hash" not in "".join(lines)
    assert tokens.listed(TokenList({}), ENGLISH, 0.0)[1:] == ["There are none."]


def test_the_secret_is_shown_where_it_is_made_and_nowhere_else() -> None:
    made = Result("token.made", {"name": "ci", "token": "tb_secret", "expires": 2_000_000_000.0})

    *_, secret = tokens.made(made, ENGLISH)

    assert getattr(secret, "text", "") == "tb_secret"
