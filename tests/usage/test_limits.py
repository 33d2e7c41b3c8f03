"""How long a question waits that comes too soon."""

import pytest

from bot.usage.limits import Busy, Soon, wait


@pytest.mark.parametrize(("why", "seconds"), [(Soon(30.0), 30.0), (Soon(30.1), None), (Busy(), 2.0)])
def test_a_short_wait_is_waited_for_and_a_long_one_told(why: Soon | Busy, seconds: float | None) -> None:
    assert wait(why) == seconds
