"""What may be used: how things stand, and what is set by whom."""

import pytest

from bot.commands.budget_model import ONESELF, SetBudget, SetLimit, ShowBudget
from bot.commands.dispatch import dispatch
from bot.commands.reports import BudgetReport
from bot.conversation.places import Channel, Direct
from bot.usage.budgets import OFF, Amount, Numbers, Owner
from tests.commands import fakes
from tests.commands.test_authorize import by
from tests.people import HERE, PEOPLE

DOLLAR = 1_000_000_000
PLACE, TWO, SOME = Channel(HERE), Amount(cost=2 * DOLLAR), Amount(tokens=500)
ME = Owner("person", PEOPLE["owner"])


async def test_what_is_set_holds_for_its_period_and_is_noted() -> None:
    world = fakes.with_everybody()
    first = await dispatch(SetBudget(Owner("everyone"), "day", TWO, PLACE), by("owner"), world.world)
    again = await dispatch(SetBudget(Owner("everyone"), "day", TWO, PLACE), by("owner"), world.world)
    await dispatch(SetBudget(Owner("everyone"), "day", SOME, PLACE), by("owner"), world.world)

    assert (first.code, first.changed, again.changed) == ("budget.set", True, False)
    assert world.budgets.said == {Owner("everyone"): Numbers(day=Amount(2 * DOLLAR, 500))}
    assert [(entry.by, entry.act, entry.what, entry.before, entry.after) for entry in world.budgets.entries] == [
        (PEOPLE["owner"], "budget.set", "everyone", "", "$2.00 per day"),
        (PEOPLE["owner"], "budget.set", "everyone", "$2.00 per day", "$2.00 and 500 tokens per day"),
    ]


async def test_off_holds_for_both_periods_and_reset_takes_all_back() -> None:
    world = fakes.with_everybody()
    off = await dispatch(SetBudget(Owner("everyone"), None, OFF, PLACE), by("admin"), world.world)
    assert world.budgets.said == {Owner("everyone"): Numbers(OFF, OFF)}
    reset = await dispatch(SetBudget(Owner("everyone"), None, None, PLACE), by("admin"), world.world)

    assert (off.code, reset.code) == ("budget.off", "budget.reset")
    assert world.budgets.said == {Owner("everyone"): Numbers()}


async def test_who_means_themselves_and_which_persona_is_found_out() -> None:
    world = fakes.with_everybody()
    await dispatch(SetBudget(Owner("person", ONESELF), "day", TWO, Direct()), by("owner"), world.world)
    await dispatch(SetBudget(Owner("persona", "CONCISE"), "month", TWO, PLACE), by("owner"), world.world)
    unknown = await dispatch(SetBudget(Owner("persona", "concize"), "month", TWO, PLACE), by("owner"), world.world)

    assert world.budgets.said == {ME: Numbers(day=TWO), Owner("persona", "concise"): Numbers(month=TWO)}
    assert (unknown.code, unknown.values["nearest"]) == ("persona.unknown", "concise")


@pytest.mark.parametrize("role", ["manager", "member", "guest", "outsider"])
async def test_only_admins_set_anything_not_even_for_themselves(role: str) -> None:
    world = fakes.with_everybody_let_in()
    mine = Owner("person", ONESELF)
    for command in (SetBudget(mine, "day", OFF, PLACE), SetLimit(mine, "minute", 0, PLACE)):
        assert (await dispatch(command, by(role), world.world)).refused
    assert world.budgets.said == {}


async def test_limits_are_set_too() -> None:
    world = fakes.with_everybody()
    found = [
        (await dispatch(SetLimit(Owner("everyone"), "minute", count, PLACE), by("owner"), world.world)).code
        for count in (3, 0, None)
    ]
    await dispatch(SetLimit(Owner("person", "UBEN"), "at_once", 2, PLACE), by("owner"), world.world)

    assert found == ["limit.set", "limit.off", "limit.reset"]
    assert world.budgets.said[Owner("person", "UBEN")] == Numbers(at_once=2)
    assert world.budgets.entries[-1].what == "users:UBEN"
    assert world.budgets.entries[-1].after == "2 at once"


async def test_everybody_sees_what_applies_to_them_here() -> None:
    world = fakes.with_everybody()
    result = await dispatch(ShowBudget(PLACE), by("member"), world.world)

    assert result.shows == BudgetReport([])
