"""Messages and batches of them."""

import pytest

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Batch, File, Message, Quote

THREAD = ThreadKey("slack", "T1", "C1", "1.000001")


def said(ts: str) -> Message:
    return Message(ts, "U1", "hello")


def test_a_batch_is_answered_at_its_newest_message() -> None:
    assert Batch(THREAD, (said("9.000001"), said("10.000001"))).newest.ts == "10.000001"


def test_what_was_heard_stands_where_it_was_said_by_number_and_not_by_letters() -> None:
    batch = Batch(THREAD, (said("9.000001"), said("11.000001")), (said("10.000001"), said("8.999999")))

    assert [message.ts for message in batch.everything] == ["8.999999", "9.000001", "10.000001", "11.000001"]


def test_only_the_bots_own_words_are_the_assistants() -> None:
    kinds = [Message("1.1", "B1", "x", kind=kind).role for kind in (None, "answer", "notice", "apology")]

    assert kinds == ["user", "assistant", "assistant", "assistant"]


@pytest.mark.parametrize(
    ("message", "something"),
    [
        (Message("1.1", "U1", "hello"), True),
        (Message("1.1", "U1", ""), False),
        (Message("1.1", "U1", " \u200b\U000e0061"), False),
        (Message("1.1", "U1", "", files=(File("F1", "a.txt"),)), True),
        (Message("1.1", "U1", "", quotes=(Quote("that"),)), True),
    ],
)
def test_a_message_says_something_if_there_is_anything_to_see(message: Message, something: bool) -> None:
    assert message.says_something == something
