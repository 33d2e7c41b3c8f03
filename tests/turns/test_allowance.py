"""What people are told of a budget that is near its end, or over."""

import pytest

from bot.errors import Unavailable
from bot.turns import allowance
from bot.turns.notices import Near, NoPrice, Over
from bot.turns.purse import OverBudget, Unpriced
from bot.turns.state import Turn
from bot.usage.budgets import Amount, Budget, Short, Standing
from tests.fakes import DAY, Fakes, fake_world

ADA = Budget("person", "ADA", DAY, Amount(tokens=1000))
STANDING = Standing(Amount(0, 900), Amount(0, 0), Amount(None, 1000))


def test_who_is_over_is_told_how_things_stand_and_when_it_starts_anew() -> None:
    world = fake_world().world

    said = allowance.notice(OverBudget(Short(ADA, STANDING), "m"), world)
    assert said == Over(ADA, STANDING, world.calendar.begins("2026-12-01"), ())
    assert allowance.notice(Unpriced("m"), world) == NoPrice("m", ())


@pytest.fixture
def fakes() -> Fakes:
    fakes = fake_world()
    fakes.budgets.book([ADA], 0, 900)
    return fakes


async def near(fakes: Fakes) -> Turn:
    turn = await fakes.asked()
    turn.budgets, turn.near = (ADA,), True
    return turn


async def test_who_comes_near_the_end_is_told_once(fakes: Fakes) -> None:
    turn = await near(fakes)
    for _ in range(2):
        await allowance.tell_near(turn, fakes.world)

    [(user, notice)] = fakes.chat.whispers
    assert isinstance(notice, Near)
    assert (user, notice.budget, notice.over) == ("ADA", ADA, False)


async def test_a_turn_that_comes_near_nothing_does_not_ask(fakes: Fakes) -> None:
    turn = await near(fakes)
    turn.near = False
    await allowance.tell_near(turn, fakes.world)

    assert fakes.chat.whispers == []


async def test_a_store_that_is_away_spoils_no_turn_that_is_over(fakes: Fakes) -> None:
    turn = await near(fakes)

    async def away(_budgets: object) -> None:
        raise Unavailable("", "away")

    fakes.budgets.reached = away  # type: ignore[assignment,method-assign]
    await allowance.tell_near(turn, fakes.world)

    assert fakes.chat.whispers == []
