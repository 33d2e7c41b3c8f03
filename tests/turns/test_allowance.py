"""What people are told of a budget that is near its end, or over."""

from dataclasses import replace

import pytest

from bot.conversation.tokens import Usage
from bot.errors import Unavailable
from bot.turns import allowance
from bot.turns.holding import OverBudget, Unpriced
from bot.turns.notices import Near, NoPrice, Over
from bot.turns.state import Turn
from bot.usage.budgets import Amount, Budget, Short, Standing
from bot.usage.ledger import Booking
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
    turn.budgets, turn.bookings = (ADA,), (Booking(DAY, "m", Usage(5, 5), person="ADA"),)
    return turn


async def test_who_comes_near_the_end_is_told_once(fakes: Fakes) -> None:
    turn = await near(fakes)
    for _ in range(2):
        await allowance.tell_near(turn, fakes.world)

    [(user, notice)] = fakes.chat.whispers
    assert isinstance(notice, Near)
    assert (user, notice.budget, notice.over) == ("ADA", ADA, False)


async def test_who_was_not_answered_was_told_why(fakes: Fakes) -> None:
    turn = await near(fakes)
    turn.bookings = ()
    await allowance.tell_near(turn, fakes.world)

    assert fakes.chat.whispers == []


async def test_a_programs_answer_leaves_it_to_the_next_one_in_the_chat(fakes: Fakes) -> None:
    turn = await near(fakes)
    turn.batch = replace(turn.batch, thread=replace(turn.batch.thread, surface="api"))
    await allowance.tell_near(turn, fakes.world)

    assert fakes.chat.whispers == []


async def test_a_store_that_is_away_spoils_no_turn_that_is_over(fakes: Fakes) -> None:
    turn = await near(fakes)

    async def away(_budgets: object) -> None:
        raise Unavailable("", "away")

    fakes.budgets.reached = away  # type: ignore[assignment,method-assign]
    await allowance.tell_near(turn, fakes.world)

    assert fakes.chat.whispers == []
