"""What is asked for beyond a budget, and what admins say to it."""

from dataclasses import replace
from typing import Any

import pytest

from bot.commands.budget_model import AskForMore, Cheaper, Decide
from bot.commands.dispatch import dispatch
from bot.ports import World
from bot.turns.notices import Decided, MoreAsked
from bot.turns.state import Record
from bot.usage.budgets import OFF, Amount, Budget, Defaults, Numbers, Request
from tests.commands import fakes
from tests.commands.fakes import Fakes
from tests.commands.test_authorize import by
from tests.people import NEWEST, PEOPLE, THREAD

LIMIT = Amount(tokens=100)
ALLOWED = Defaults(person=Numbers(day=LIMIT))


def over(role: str = "member") -> tuple[Fakes, World, Budget]:
    """A question of somebody for which there was no room."""
    world = fakes.with_everybody()
    world.inbox.records[THREAD, NEWEST] = Record("refused", (PEOPLE[role],), (NEWEST,))
    limited = replace(world.world, allowance=ALLOWED, cheaper="tiny-model")
    return world, limited, Budget("person", PEOPLE[role], limited.calendar.day(), OFF)


async def code(command: Any, role: str, world: World) -> str:
    return (await dispatch(command, by(role), world)).code


async def test_the_admins_are_asked_once() -> None:
    world, limited, budget = over()
    world.chat.admins_known = frozenset({PEOPLE["owner"]})
    ask = AskForMore(THREAD, NEWEST, budget)

    assert [await code(ask, "member", limited) for _ in range(2)] == ["more.asked", "more.again"]
    told = dict(world.chat.direct)
    assert told.keys() == {PEOPLE["owner"], PEOPLE["named"]}
    notice = told[PEOPLE["owner"]]
    assert isinstance(notice, MoreAsked)
    assert (notice.request.user, notice.request.budget.limit) == (PEOPLE["member"], LIMIT)


async def test_where_no_admin_can_be_reached_one_may_ask_again() -> None:
    world, limited, budget = over()
    world.chat.reachable = False

    assert [await code(AskForMore(THREAD, NEWEST, budget), "member", limited) for _ in range(2)] == ["more.nobody"] * 2


async def test_only_who_had_asked_asks_for_more_and_only_of_what_is_in_the_way() -> None:
    world, limited, budget = over()

    assert (await dispatch(AskForMore(THREAD, NEWEST, budget), by("manager"), limited)).refused
    yesterday = replace(budget, period="1999-12-31")
    others = replace(budget, id=PEOPLE["owner"])
    assert [await code(AskForMore(THREAD, NEWEST, each), "member", limited) for each in (yesterday, others)] == [
        "more.over",
        "more.over",
    ]
    assert world.chat.direct == []


@pytest.mark.parametrize(("verdict", "again", "lifted"), [("once", True, 0), ("period", True, 1), ("no", False, 0)])
async def test_what_an_admin_says_is_done_told_and_noted(verdict: Any, again: bool, lifted: int) -> None:
    world, limited, budget = over()
    request = Request("r1", str(THREAD), NEWEST, PEOPLE["member"], replace(budget, limit=LIMIT))
    await world.budgets.ask(request)

    assert await code(Decide("r1", verdict), "owner", limited) == f"more.{verdict}"
    assert world.inbox.passed == ([(NEWEST, verdict == "once", "")] if again else [])
    assert len(world.budgets.lifts[budget.period, budget.field]) == lifted
    [entry] = world.prefs.entries
    assert (entry.by, entry.act, entry.what) == (PEOPLE["owner"], f"budget.{verdict}", f"users:{PEOPLE['member']}")
    assert "100 tokens per day" in entry.after
    assert world.chat.whispers == [(PEOPLE["member"], Decided(verdict, PEOPLE["owner"], True))]


async def test_the_first_who_decides_holds() -> None:
    world, limited, budget = over()
    await world.budgets.ask(Request("r1", str(THREAD), NEWEST, PEOPLE["member"], replace(budget, limit=LIMIT)))
    await code(Decide("r1", "no"), "owner", limited)
    result = await dispatch(Decide("r1", "once"), by("admin"), limited)

    assert (result.code, result.values["by"], result.values["verdict"]) == ("more.decided", PEOPLE["owner"], "no")
    assert await code(Decide("r2", "once"), "admin", limited) == "more.unknown"
    assert (await dispatch(Decide("r1", "once"), by("manager"), limited)).refused


async def test_a_cheaper_model_answers_who_had_asked() -> None:
    world, limited, _ = over()

    assert await code(Cheaper(THREAD, NEWEST), "member", limited) == "regenerating"
    assert world.inbox.passed == [(NEWEST, False, "tiny-model")]
    assert await code(Cheaper(THREAD, NEWEST), "member", world.world) == "more.over"
