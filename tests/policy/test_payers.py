"""Under whom a question is entered."""

from bot.conversation.ids import ThreadKey
from bot.policy.payers import who
from bot.usage.budgets import Who


def test_a_channel_counts_and_direct_messages_do_not() -> None:
    assert who(ThreadKey("slack", "T1", "C1", "1.0"), "UADA", "Bard") == Who("UADA", "C1", "Bard")
    assert who(ThreadKey("slack", "T1", "D1", "1.0", direct=True), "UADA", "Bard") == Who("UADA", "", "Bard")


def test_what_a_program_asks_counts_for_its_token_and_the_operator_is_nobody() -> None:
    thread = ThreadKey("api", "T1", "Aabcd1234", "1.0", direct=True)

    assert who(thread, "UADA", "Bard") == Who("UADA", "", "Bard", "Aabcd1234")
    assert who(thread, "operator", "Bard") == Who("", "", "Bard", "Aabcd1234")
