"""What was used in a month."""

from dataclasses import replace
from typing import Any

import pytest

from bot.commands.dispatch import dispatch
from bot.commands.reports import Reasons, UsageReport
from bot.commands.result import Offer, Result
from bot.commands.usage_file import DIRECT
from bot.commands.usage_model import ShowReasons, ShowUsage
from bot.conversation.tokens import Usage
from bot.ports import World
from bot.usage.ledger import Booking, Reason, Spent
from bot.usage.periods import Calendar
from bot.usage.reports import OTHERS, People
from tests.commands import fakes
from tests.commands.fakes import Fakes
from tests.commands.test_authorize import by
from tests.people import HERE, PEOPLE

NOVEMBER = Calendar(now=lambda: 1_763_700_000.0)  # the 21st, 2025


def booked(day: str, role: str, persona: str = "Bard", channel: str = HERE, cost: float | None = 0.5) -> Booking:
    return Booking(day, "m", Usage(10, 2), cost, PEOPLE[role], channel=channel, persona=persona, answers=1)


async def used() -> Fakes:
    world = fakes.with_everybody()
    bookings = [
        *(booked("2025-11-20", "member"), booked("2025-11-21", "guest", "concise"), booked("2025-11-22", "named")),
        *(booked("2025-10-03", "member"), booked("2025-10-31", "member", cost=8.0)),
        booked("2025-11-20", "manager", channel="D000000ABC"),
    ]
    await world.ledger.charge("all", bookings)
    return world


async def told(command: Any, role: str = "owner", people: People = "off", fakes: Fakes | None = None) -> Result:
    world: World = replace((fakes or await used()).world, calendar=NOVEMBER, people=people)
    return await dispatch(command, by(role), world)


async def shown(command: ShowUsage, role: str = "owner", people: People = "off") -> UsageReport:
    result = await told(command, role, people)
    assert isinstance(result.shows, UsageReport)
    return result.shows


async def test_everyone_sees_their_own_use_day_by_day() -> None:
    mine = await shown(ShowUsage(), "member")

    assert (mine.of, mine.month, mine.past) == ("me", "2025-11", False)
    assert mine.spent == Spent(1, 10, 2, cost=0.5, calls=1)
    assert [*mine.days][-1] == "2025-11-21"
    assert [day for day, spent in mine.days.items() if spent.calls] == ["2025-11-20"]
    assert mine.parts == {}


async def test_the_month_before_counts_until_the_same_day() -> None:
    assert (await shown(ShowUsage(), "member")).before == Spent(1, 10, 2, cost=0.5, calls=1)
    assert (await shown(ShowUsage(), "manager")).before is None


async def test_a_month_that_is_over_is_whole() -> None:
    last = await shown(ShowUsage(month="2025-10"), "member")

    assert (last.past, len(last.days), last.spent.cost) == (True, 31, 8.5)


async def test_admins_see_everyones_use_by_all_that_there_is_but_people() -> None:
    seen = await shown(ShowUsage("everyone"))

    assert seen.spent.answers == 4
    assert seen.parts["person"] == []
    assert {id: spent.answers for id, spent in seen.parts["persona"]} == {"Bard": 3, "concise": 1}
    assert {id: spent.answers for id, spent in seen.parts["channel"]} == {HERE: 3, DIRECT: 1}
    assert seen.last["persona"]["Bard"].cost == 8.5
    assert seen.names == {HERE: HERE.lower()}


async def test_people_are_named_where_the_operator_wants_that() -> None:
    named = await shown(ShowUsage("everyone"), people="names")
    hidden = await shown(ShowUsage("everyone"), people="pseudonyms")

    assert {id for id, _ in named.parts["person"]} == {PEOPLE[role] for role in ("member", "guest", "named", "manager")}
    assert [(id, spent.answers) for id, spent in hidden.parts["person"]] == [(OTHERS, 4)]  # four would be guessed


@pytest.mark.parametrize("people", ["off", "pseudonyms"])
async def test_one_persons_use_is_theirs_alone_unless_people_are_named(people: People) -> None:
    someone = ShowUsage("person", PEOPLE["member"])

    assert (await told(someone, "owner", people)).code == "usage.not-named"
    assert (await told(someone, "manager", people)).code == "refused.admins"
    assert (await shown(someone, "member", people)).spent.answers == 1
    assert (await shown(someone, "owner", "names")).spent.answers == 1


async def test_managers_see_the_sum_of_their_channel_and_of_no_other() -> None:
    assert (await shown(ShowUsage("channel", HERE), "manager")).spent.answers == 3
    assert (await told(ShowUsage("channel", "C0000ANOTHER"), "manager")).refused
    assert (await told(ShowUsage("channel", HERE), "member")).code == "refused.managers"


async def test_a_persona_is_found_however_it_is_written() -> None:
    assert (await shown(ShowUsage("persona", "CONCISE"))).spent.answers == 1
    assert (await told(ShowUsage("persona", "concize"))).values["nearest"] == "concise"


async def test_the_file_is_offered_where_there_is_something_in_it() -> None:
    result = await told(ShowUsage("channel", HERE))

    assert result.offers == (Offer(ShowUsage("channel", HERE, "2025-11", as_file=True)),)
    assert (await told(ShowUsage(), "owner")).offers == ()


async def test_the_file_comes_by_direct_message() -> None:
    fakes = await used()
    result = await told(ShowUsage(as_file=True), "member", fakes=fakes)
    [(user, name, content, about)] = fakes.chat.files

    assert result == Result("usage.sent")
    assert (user, name) == (PEOPLE["member"], "usage-2025-11.csv")
    assert content.decode().splitlines()[1].startswith("2025-11-20,person,")
    assert "2025-11" in about


async def test_why_there_is_no_file_is_said() -> None:
    fakes = await used()
    fakes.chat.takes_files = False

    assert (await told(ShowUsage(as_file=True), "member", fakes=fakes)).code == "usage.not-sent"
    assert (await told(ShowUsage(as_file=True), "owner", fakes=fakes)).code == "usage.nothing"


@pytest.mark.parametrize("people", ["names", "off"])
async def test_admins_read_the_reasons_and_who_gave_them_if_people_are_named(people: People) -> None:
    fakes = await used()
    given = [Reason(float(n), "U1", HERE, False, "down", f"reason {n}", "Bard") for n in range(3)]
    fakes.ledger.written += given

    assert (await told(ShowReasons(2), "owner", people, fakes)).shows == Reasons(given[:2], named=people == "names")
    assert (await told(ShowReasons(2), "manager", people, fakes)).code == "refused.admins"
