"""What is entered, and what is read of it."""

from bot.conversation.tokens import Usage
from bot.usage.ledger import Booking, Spent


def test_a_route_is_a_model_at_a_target_that_has_a_name() -> None:
    assert Booking("2026-11-30", "m", Usage(1, 1), target="cellar").route == "m@cellar"
    assert Booking("2026-11-30", "m", Usage(1, 1)).route == ""


def test_tokens_are_those_in_and_out() -> None:
    assert Spent(input=10, output=5, cached=4, reasoning=3).tokens == 15
