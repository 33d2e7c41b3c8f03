"""What was used in a month."""

from bot.commands.dispatch import dispatch
from bot.commands.model import ShowUsage
from bot.commands.reports import UsageReport
from bot.commands.usage import this_month
from bot.turns.state import Record
from bot.usage.ledger import Spent
from tests.commands import fakes
from tests.commands.fakes import Fakes
from tests.commands.test_authorize import by
from tests.people import PEOPLE


async def used() -> Fakes:
    world = fakes.with_everybody()
    for month, role, persona in (("2025-10", "member", "Bard"), ("2025-10", "guest", "concise")):
        world.ledger.now = month
        record = Record("answered", (), (), persona=persona, model="m", input=10, output=2, cost=0.5)
        await world.ledger.charge(PEOPLE[role], record)
    return world


async def test_everyone_sees_their_own_use() -> None:
    result = await dispatch(ShowUsage(month="2025-10"), by("member"), (await used()).world)

    assert result.shows == UsageReport("2025-10", Spent(1, 10, 2, cost=0.5), everyone=False, past=True, personas={})


async def test_admins_see_everyones_use_by_persona() -> None:
    result = await dispatch(ShowUsage(everyone=True, month="2025-10"), by("owner"), (await used()).world)

    assert isinstance(result.shows, UsageReport)
    assert result.shows.spent.answers == 2
    assert {name: spent.answers for name, spent in result.shows.personas.items()} == {"Bard": 1, "concise": 1}


async def test_without_a_month_it_is_the_present_one_which_is_not_over() -> None:
    result = await dispatch(ShowUsage(), by("member"), (await used()).world)

    assert result.shows == UsageReport(this_month(), Spent(), everyone=False, past=False, personas={})
