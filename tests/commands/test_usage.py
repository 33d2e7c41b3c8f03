"""What was used in a month."""

from bot.commands.dispatch import dispatch
from bot.commands.model import ShowUsage
from bot.commands.reports import UsageReport
from bot.conversation.tokens import Usage
from bot.usage.ledger import Booking, Spent
from bot.usage.periods import Calendar
from tests.commands import fakes
from tests.commands.fakes import Fakes
from tests.commands.test_authorize import by
from tests.people import PEOPLE


async def used() -> Fakes:
    world = fakes.with_everybody()
    for role, persona in (("member", "Bard"), ("guest", "concise")):
        booking = Booking("2025-10-31", "m", Usage(10, 2), 0.5, PEOPLE[role], persona=persona, answers=1)
        await world.ledger.charge(role, [booking])
    return world


async def test_everyone_sees_their_own_use() -> None:
    result = await dispatch(ShowUsage(month="2025-10"), by("member"), (await used()).world)

    assert result.shows == UsageReport(
        "2025-10", Spent(1, 10, 2, cost=0.5, calls=1), everyone=False, past=True, personas={}
    )


async def test_admins_see_everyones_use_by_persona() -> None:
    result = await dispatch(ShowUsage(everyone=True, month="2025-10"), by("owner"), (await used()).world)

    assert isinstance(result.shows, UsageReport)
    assert result.shows.spent.answers == 2
    assert {name: spent.answers for name, spent in result.shows.personas.items()} == {"Bard": 1, "concise": 1}


async def test_without_a_month_it_is_the_present_one_which_is_not_over() -> None:
    result = await dispatch(ShowUsage(), by("member"), (await used()).world)

    assert result.shows == UsageReport(Calendar().month(), Spent(), everyone=False, past=False, personas={})
