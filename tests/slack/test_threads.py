"""The same thread has the same key, whatever payload it is read from."""

import pytest

from bot.conversation.ids import ThreadKey
from bot.conversation.places import Channel, Direct
from bot.slack import threads


def test_a_direct_message_is_known_by_its_channel() -> None:
    assert threads.thread("T1", "D1", "1.0") == ThreadKey("slack", "T1", "D1", "1.0", direct=True)
    assert threads.thread("T1", "C1", "1.0") == ThreadKey("slack", "T1", "C1", "1.0")
    assert threads.place("D1") == Direct("D1")
    assert threads.place("C1") == Channel("C1")
    assert threads.place("") == Direct()


@pytest.mark.parametrize("ids", [("T1", "C/1", "1.0"), ("T1", "C1", ""), ("", "C1", "1.0"), ("T1", None, "1.0")])
def test_what_are_no_ids_make_no_key(ids: tuple[str, str, str]) -> None:
    with pytest.raises(ValueError, match="not ids"):
        threads.thread(*ids)
