"""What is held of a thread."""

from bot.privacy.held import Held, Own, place
from tests.people import THREAD


def test_a_message_and_its_answer_stand_in_the_same_place() -> None:
    assert place("1001.000001") == place("1001.000001/answer") == 1_001_000_001
    assert place("what is no message") == 0


def test_the_newest_of_a_thread_is_known() -> None:
    assert Held(THREAD, {"1001.0": None, "1002.0/answer": None}).newest == 1_002_000_000
    assert Held(THREAD).newest == 0


def test_nothing_of_ones_own_is_nothing() -> None:
    assert not Own()
    assert Own(whole=True)
    assert Own(votes=("1001.0/UADA",))
