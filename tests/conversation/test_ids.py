"""Names of threads, there and back again; and the order of messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.ids import SURFACES, ThreadKey, just_after, order

PARTS = st.from_regex(r"[A-Za-z0-9_.-]+", fullmatch=True)


@given(st.builds(ThreadKey, st.sampled_from(SURFACES), PARTS, PARTS, PARTS, st.booleans()))
def test_a_thread_is_what_its_name_says(thread: ThreadKey) -> None:
    assert ThreadKey.parse(str(thread)) == thread


def test_a_name_says_the_surface_and_whether_it_is_direct() -> None:
    assert str(ThreadKey("slack", "T1", "C1", "1763.0001")) == "slack/T1/C1/1763.0001"
    assert str(ThreadKey("slack", "T1", "D1", "1763.0001", direct=True)) == "slack/T1/D1/1763.0001/direct"


@pytest.mark.parametrize(
    "text",
    ["", "T1/C1/1.0", "slack/T1/C1", "irc/T1/C1/1.0", "slack/T1/C1/1.0/2.0", "slack/T1/C1/1.0/direct/", "slack//C1/1.0",
     "slack/T1/C1/1.0/Direct", "slack/T1/C 1/1.0", "slack/T1/C1/1.0\n", "slack/T1/C1/1.0/direct/2.0"],
)  # fmt: skip
def test_anything_else_is_no_thread(text: str) -> None:
    with pytest.raises(ValueError, match="no thread"):
        ThreadKey.parse(text)


def test_the_order_of_messages_is_exact() -> None:
    assert order("1763700000.000100") == 1763700000000100
    assert order("1763700000.1") == 1763700000100000
    assert just_after("1763700000.999999") == "1763700001.000000"
