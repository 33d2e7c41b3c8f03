"""Whether a turn may begin now."""

import pytest

from bot.errors import Postponed
from bot.turns.notices import TooOften
from bot.turns.turn import take
from bot.usage.budgets import Defaults, Numbers
from bot.usage.limits import Busy, Soon
from tests.fakes import BEGAN, Fakes, fake_world

LIMITED = Defaults(person=Numbers(minute=3, at_once=2))


def limited(*says: Soon | Busy) -> Fakes:
    fakes = fake_world(allowance=LIMITED)
    fakes.turn_limits.says += says
    return fakes


async def test_without_a_limit_the_store_is_not_asked() -> None:
    fakes = fake_world()
    await take(await fakes.asked(), fakes.world)

    assert fakes.turn_limits.entered == []


async def test_a_turn_is_counted_for_who_asked() -> None:
    fakes = limited()
    turn = await fakes.asked()
    await take(turn, fakes.world)

    assert fakes.turn_limits.entered == [(turn.id, "ADA", 3, 2)]
    assert fakes.record.outcome == "answered"


@pytest.mark.parametrize(("why", "after"), [(Soon(20.0), 20.0), (Busy(), 2.0)])
async def test_what_comes_too_soon_waits_in_the_inbox(why: Soon | Busy, after: float) -> None:
    fakes = limited(why)
    with pytest.raises(Postponed) as postponed:
        await take(await fakes.asked(), fakes.world)

    assert postponed.value.after == after
    assert (fakes.model.asks, fakes.chat.texts, fakes.chat.whispers) == ([], [], [])


async def test_for_longer_its_asker_is_told_when_to_ask_again() -> None:
    fakes = limited(Soon(45.0))
    await take(await fakes.asked(), fakes.world)

    assert fakes.chat.whispers == [("ADA", TooOften(3, BEGAN + 45.0))]
    assert fakes.record.outcome == "refused"


async def test_what_an_admin_lets_pass_is_not_counted() -> None:
    fakes = limited(Soon(45.0))
    turn = await fakes.asked()
    turn.passes = True
    await take(turn, fakes.world)

    assert fakes.record.outcome == "answered"
