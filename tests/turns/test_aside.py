"""One answer that is no turn: limited, held and entered as one."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from bot.conversation.marks import Marks
from bot.conversation.pieces import Finished, Text
from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.ports import Ledger
from bot.turns.aside import Aside
from bot.turns.fuse import PausedByFuse
from bot.turns.holding import OverBudget
from bot.turns.pace import TooOftenAsked
from bot.usage.budgets import STEP, USUAL_ANSWER, Amount, Defaults, Numbers, Owner, Who
from bot.usage.ledger import Booking
from bot.usage.limits import Busy, Fuse, FuseBlown, Soon
from tests.fakes import Fakes, Said, fake_world, rules
from tests.turns.test_completion import Sheet

WHO = Who("U1", persona="Bard", token="Aabcd1234")


@dataclass
class Book:
    """Which settles what is held, as the real one does."""

    fakes: Fakes
    charged: list[Booking] = field(default_factory=list)

    async def charge(self, name: str, bookings: tuple[Booking, ...]) -> None:
        self.charged += bookings
        self.held = self.fakes.budgets.holds[name].tokens if name in self.fakes.budgets.holds else 0
        await self.fakes.budgets.release(name)


NONE, NO_FUSE = Defaults(), Fuse()


def asides(*answers: list[Said], allowance: Defaults = NONE, fuse: Fuse = NO_FUSE) -> tuple[Fakes, Aside, Book]:
    fakes = fake_world(*answers, allowance=allowance, fuse=fuse)
    book = Book(fakes)
    world = replace(fakes.world, ledger=cast(Ledger, book))
    return fakes, Aside("aside/1", WHO, rules(), world), book


async def answered(aside: Aside) -> str:
    sheet = Sheet()
    await aside.answer(Ask("m", (), {}, marks=Marks("q7w", direct=True)), page=sheet, stop=asyncio.Event(), seconds=5.0)
    return sheet.text


async def test_it_is_entered_for_who_asked() -> None:
    fakes, aside, book = asides()

    assert await answered(aside) == "Hello, Ada."
    [booking] = book.charged
    assert (booking.person, booking.channel, booking.persona, booking.answers) == ("U1", "Aabcd1234", "Bard", 1)
    assert fakes.budgets.calls == []
    assert fakes.turn_limits.entered == []


@pytest.mark.parametrize("owner", [Owner("token", "Aabcd1234"), Owner("persona", "bard"), Owner("everyone")])
async def test_all_budgets_hold_that_apply(owner: Owner) -> None:
    fakes, aside, book = asides()
    fakes.budgets.said[owner] = Numbers(day=Amount(tokens=100))

    with pytest.raises(OverBudget):
        await answered(aside)
    assert (fakes.model.asks, book.charged) == ([], [])


async def test_a_long_answer_is_held_step_by_step_and_not_cut() -> None:
    words = [Text("word " * 400)] * 8
    fakes, aside, book = asides([*words, Finished("stop", Usage(10, 4000), "m")])
    fakes.budgets.said[Owner("everyone")] = Numbers(day=Amount(tokens=1_000_000))

    assert len(await answered(aside)) == 8 * 2000
    assert "max_tokens" not in fakes.model.asks[0].params
    assert book.held > USUAL_ANSWER + STEP
    assert fakes.budgets.holds == {}


@pytest.mark.parametrize(("why", "count", "seconds"), [(Soon(45.0), 3, 45.0), (Busy(), 2, 2.0)])
async def test_who_asks_too_often_is_told_so_at_once(why: Soon | Busy, count: int, seconds: float) -> None:
    fakes, aside, _ = asides(allowance=Defaults(person=Numbers(minute=3, at_once=2)))
    fakes.turn_limits.says.append(why)

    with pytest.raises(TooOftenAsked) as no:
        await answered(aside)
    assert (no.value.count, no.value.seconds, fakes.turn_limits.left) == (count, seconds, [])
    await answered(aside)
    assert (fakes.turn_limits.entered[-1], fakes.turn_limits.left) == (("aside/1", "U1", 3, 2), ["aside/1"])


async def test_the_fuse_counts_it_and_stops_it() -> None:
    fakes, aside, _ = asides(fuse=Fuse(calls=10, cost=5_000_000_000))
    await answered(aside)
    assert (fakes.turn_limits.calls, fakes.turn_limits.burnt) == (1, [13_000_000])
    fakes.turn_limits.blown.append(FuseBlown(2000.0, first=True))

    with pytest.raises(PausedByFuse):
        await answered(aside)
    assert len(fakes.model.asks) == 1
