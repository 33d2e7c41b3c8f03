"""What is held, granted and told, in Redis: by itself, and beside a model in memory that is as plain as can be."""

import asyncio
from dataclasses import replace

import pytest

from bot.conversation.tokens import Usage
from bot.errors import LeaseLost
from bot.policy.preferences import Entry
from bot.store.budgets import RedisBudgets
from bot.store.ledger import RedisLedger
from bot.turns.state import Record
from bot.usage.budgets import NOTHING, OFF, Amount, Budget, Hold, Numbers, Owner, Rate, Short, Want
from bot.usage.ledger import Booking
from tests.store.shelf import DAY, MONTH, Shelf, at, reply

DOLLAR = 1_000_000_000
ADA = Budget("person", "UADA", DAY, Amount(tokens=1000))
ALL = Budget("workspace", "", "2025-11", Amount(cost=DOLLAR))
RATE = Rate(input=1000.0, output=2000.0)
WANT = Want(prompt=100, answer=400, rate=RATE)


@pytest.fixture
def budgets(shelf: Shelf) -> RedisBudgets:
    return RedisBudgets(shelf.client, shelf.keys, shelf.queue, 60.0)


@pytest.fixture
def ledger(shelf: Shelf) -> RedisLedger:
    return RedisLedger(shelf.client, shelf.keys, MONTH)


async def held(shelf: Shelf) -> dict[str, str]:
    """What running turns may still take, all in all."""
    return {str(field): str(value) for field, value in (await shelf.raw.hgetall(shelf.keys.reserved)).items()}


def booking(tokens: int, cost: int = 0) -> Booking:
    return Booking(DAY, "m", Usage(tokens, 0), cost / DOLLAR, "UADA", "C1")


async def test_what_is_held_is_what_was_wanted_while_there_is_room(shelf: Shelf, budgets: RedisBudgets) -> None:
    first = await budgets.reserve("T1", WANT, [ADA, ALL])
    second = await budgets.reserve("T2", WANT, [ADA, ALL])

    assert first == Hold(400, 900, ADA)
    assert second == Hold(400, 400, ADA)
    assert await held(shelf) == {
        f"{DAY}/person:UADA tokens": "1000",
        f"{DAY}/person:UADA cost": "1800000",
        "2025-11/workspace: tokens": "1000",
        "2025-11/workspace: cost": "1800000",
    }


async def test_a_hold_is_never_more_than_is_left_and_too_little_is_refused(budgets: RedisBudgets) -> None:
    await budgets.reserve("T1", replace(WANT, answer=600), [ADA])
    assert await budgets.reserve("T2", WANT, [ADA]) == Hold(200, 200, ADA)
    await budgets.release("T2")
    await budgets.reserve("T1", replace(WANT, answer=601), [ADA])

    short = await budgets.reserve("T2", WANT, [ADA])

    assert isinstance(short, Short)
    assert (short.budget, short.standing.held.tokens, short.standing.limit) == (ADA, 701, Amount(tokens=1000))


async def test_what_is_entered_counts(budgets: RedisBudgets, ledger: RedisLedger) -> None:
    await ledger.charge("preview/1", [booking(701)])
    short = await budgets.reserve("T1", WANT, [ADA])

    assert isinstance(short, Short)
    assert short.standing.used == Amount(0, 701)
    assert (await budgets.standing([ADA, ALL]))[1].limit == Amount(cost=DOLLAR)


async def test_a_day_that_is_over_counts_no_more(budgets: RedisBudgets, ledger: RedisLedger) -> None:
    await ledger.charge("preview/1", [booking(1000)])

    assert isinstance(await budgets.reserve("T1", WANT, [ADA]), Short)
    assert isinstance(await budgets.reserve("T1", WANT, [replace(ADA, period="2025-11-22")]), Hold)


async def test_a_limit_of_nothing_lets_nobody_through_but_what_has_no_price(budgets: RedisBudgets) -> None:
    none = replace(ALL, limit=Amount(cost=0))

    assert isinstance(await budgets.reserve("T1", WANT, [none]), Short)
    assert isinstance(await budgets.reserve("T1", replace(WANT, rate=None), [none]), Short)
    assert isinstance(await budgets.reserve("T1", replace(WANT, rate=Rate(0.0, 0.0)), [none]), Hold)


async def test_without_a_price_tokens_are_counted(shelf: Shelf, budgets: RedisBudgets) -> None:
    assert await budgets.reserve("T1", replace(WANT, rate=None), [ALL]) == Hold(400)
    assert await budgets.reserve("T2", replace(WANT, rate=None), [ADA, ALL]) == Hold(400, 900, ADA)
    assert (await held(shelf))["2025-11/workspace: cost"] == "0"


async def test_what_costs_nothing_takes_nothing_along_from_what_others_hold(
    shelf: Shelf, budgets: RedisBudgets
) -> None:
    await budgets.reserve("T1", WANT, [ALL])
    await budgets.reserve("T2", replace(WANT, rate=None), [ALL])
    await budgets.release("T2")
    assert (await held(shelf))["2025-11/workspace: cost"] == "900000"
    await budgets.release("T1")

    assert await held(shelf) == {}


async def test_what_is_held_grows_step_by_step_until_nothing_is_left(budgets: RedisBudgets) -> None:
    hold = await budgets.reserve("T1", WANT, [ADA])
    assert isinstance(hold, Hold)
    hold = await budgets.grow("T1", WANT, [ADA], None, hold, 400)
    assert (hold.answer, hold.left) == (800, 900)
    hold = await budgets.grow("T1", WANT, [ADA], None, hold, 400)
    assert (hold.answer, hold.left) == (900, 900)
    again = await budgets.grow("T1", WANT, [ADA], None, hold, 400)

    assert (again.answer, again.left, again.budget) == (900, 900, ADA)
    assert (await budgets.standing([ADA]))[0].held.tokens == 1000


async def test_who_takes_a_turn_over_holds_under_the_same_name(shelf: Shelf, budgets: RedisBudgets) -> None:
    await budgets.reserve("T1", WANT, [ADA])
    await budgets.reserve("T1", replace(WANT, before=Amount(0, 300)), [ADA])

    assert (await held(shelf))[f"{DAY}/person:UADA tokens"] == "800"


async def test_what_passes_is_held_and_counted_all_the_same(shelf: Shelf, budgets: RedisBudgets) -> None:
    await budgets.reserve("T1", replace(WANT, answer=800), [ADA])

    assert await budgets.reserve("T2", WANT, [ADA], passes=True) == Hold(400, None, ADA)
    assert (await held(shelf))[f"{DAY}/person:UADA tokens"] == "1400"


async def test_finishing_a_turn_settles_what_it_held(shelf: Shelf, budgets: RedisBudgets) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await budgets.reserve(turn.id, WANT, [ADA], turn)
    record = Record("answered", ("UADA",), (at(1),), model="m", input=50, output=20, cost=0.5)
    await shelf.finish(turn, reply(turn, "answer"), record)

    [standing] = await budgets.standing([ADA])
    assert (standing.used, standing.held) == (Amount(DOLLAR // 2, 70), Amount(0, 0))
    assert await held(shelf) == {}


async def test_what_a_preview_held_is_settled_as_it_is_entered(
    shelf: Shelf, budgets: RedisBudgets, ledger: RedisLedger
) -> None:
    for bookings in ([booking(70)], []):
        await budgets.reserve("preview/1", WANT, [ADA])
        await ledger.charge("preview/1", bookings)

    assert await held(shelf) == {}
    assert (await ledger.spent(DAY)).input == 70


async def test_who_has_lost_its_turn_holds_nothing(shelf: Shelf, budgets: RedisBudgets) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.lapse()
    await shelf.turn()

    with pytest.raises(LeaseLost):
        await budgets.reserve(turn.id, WANT, [ADA], turn)
    assert await held(shelf) == {}


async def test_what_nobody_settles_lapses(shelf: Shelf, budgets: RedisBudgets) -> None:
    """A hundred at a time, so that nobody waits for it."""
    for n in range(150):
        await budgets.reserve(f"T{n}", Want(1, 5, longest=5), [ADA])
    await shelf.raw.zadd(shelf.keys.due, {f"T{n}": 1 for n in range(150)})
    [first] = await budgets.standing([ADA])
    [second] = await budgets.standing([ADA])

    assert (first.held.tokens, second.held.tokens) == (300, 0)
    assert isinstance(await budgets.reserve("T1", replace(WANT, answer=900), [ADA]), Hold)


async def test_of_many_at_the_same_instant_only_those_are_let_through_for_whom_there_is_room(shelf: Shelf) -> None:
    """Each from a replica of its own."""
    some = [RedisBudgets(shelf.client, shelf.keys, shelf.queue, 60.0) for _ in range(50)]
    found = await asyncio.gather(*(each.reserve(f"T{n}", WANT, [ADA]) for n, each in enumerate(some)))

    assert [each.answer for each in found if isinstance(each, Hold)] == [400, 400]


async def test_a_limit_that_is_lifted_is_higher_by_half_until_its_period_ends(budgets: RedisBudgets) -> None:
    for grant in ("a1", "a1"):
        await budgets.lift(ADA, grant)
    assert (await budgets.standing([ADA, replace(ADA, period="2025-11-22")]))[0].limit == Amount(tokens=1500)

    await budgets.lift(ADA, "a2")
    today, tomorrow = await budgets.standing([ADA, replace(ADA, period="2025-11-22")])
    assert (today.limit.tokens, tomorrow.limit.tokens) == (2000, 1000)


async def test_people_are_told_once_of_each_budget_and_not_of_both(budgets: RedisBudgets, ledger: RedisLedger) -> None:
    assert await budgets.reached([ADA, ALL]) == []
    await ledger.charge("1", [booking(800)])
    [near] = await budgets.reached([ADA, ALL])
    assert (near.budget, near.over, near.standing.used.tokens) == (ADA, False, 800)
    assert await budgets.reached([ADA, ALL]) == []
    await ledger.charge("2", [booking(200, DOLLAR)])
    assert [(each.budget, each.over) for each in await budgets.reached([ADA, ALL])] == [(ADA, True), (ALL, True)]
    assert await budgets.reached([ADA, ALL]) == []


ENTRY = Entry("UADA", "budget.set", "person:UBEN", "", "$2.00 a day")


async def test_numbers_are_set_as_they_were_seen_and_noted(shelf: Shelf, budgets: RedisBudgets) -> None:
    ben, some = Owner("person", "UBEN"), Numbers(day=Amount(2 * DOLLAR), month=OFF, minute=3)
    assert await budgets.set(ben, some, NOTHING, ENTRY)
    assert not await budgets.set(ben, NOTHING, NOTHING, ENTRY)
    assert await budgets.numbers() == {ben: some}
    assert await budgets.set(ben, NOTHING, some, ENTRY)

    assert await budgets.numbers() == {}
    assert await shelf.raw.llen(shelf.keys.audit) == 2


@pytest.mark.parametrize("odd", ["", "7", "{", '{"day": 5}', '{"minute": -1}', '{"day": {"cost": 1e300}}', "[" * 9999])
async def test_what_cannot_be_read_is_no_number(shelf: Shelf, budgets: RedisBudgets, odd: str) -> None:
    await shelf.raw.hset(shelf.keys.limits, mapping={"person:UBEN": odd, "nobody": "{}", "workspace:": '{"minute": 1}'})

    assert await budgets.numbers() == {Owner("workspace"): Numbers(minute=1)}


@pytest.mark.parametrize("hold", ["", "7", '{"labels": 7}', '{"labels": ["x"], "cost": "y"}', '{"cost": 1}'])
async def test_a_hold_that_cannot_be_read_keeps_nobody_out(shelf: Shelf, budgets: RedisBudgets, hold: str) -> None:
    await shelf.raw.hset(shelf.keys.holds, "T1", hold)
    await shelf.raw.expire(shelf.keys.holds, 60)
    await shelf.raw.zadd(shelf.keys.due, {"T1": 1})
    await shelf.raw.expire(shelf.keys.due, 60)

    assert isinstance(await budgets.reserve("T1", WANT, [ADA]), Hold)
    assert (await held(shelf))[f"{DAY}/person:UADA tokens"] == "500"
