"""What travels with a turn."""

import pytest

from bot.conversation.ids import ThreadKey
from bot.errors import LeaseLost
from bot.turns.state import Lease


def test_a_lease_holds_until_its_own_clock_says_otherwise() -> None:
    time = 9.99
    lease = Lease(ThreadKey("slack", "T1", "C1", "1.0"), "token", until=10.0, now=lambda: time)
    lease.check()

    time = 10.0

    assert lease.over
    with pytest.raises(LeaseLost):
        lease.check()
