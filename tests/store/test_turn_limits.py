"""How often somebody may ask, and how much at once: exact, whoever counts."""

import asyncio
import time

import pytest

from bot.store.turn_limits import RedisTurnLimits
from bot.usage.limits import Busy, Fuse, Soon
from tests.store.shelf import Shelf, reply


@pytest.fixture
def limits(shelf: Shelf) -> RedisTurnLimits:
    return RedisTurnLimits(shelf.client, shelf.keys, 60.0)


async def test_so_many_are_let_through_at_once_and_then_one_after_the_other(
    shelf: Shelf, limits: RedisTurnLimits
) -> None:
    found = await asyncio.gather(*(limits.enter(f"T{n}", "UADA", 3, 0) for n in range(50)))
    soon = [each for each in found if isinstance(each, Soon)]

    assert found.count(None) == 3
    assert len(soon) == 47
    assert all(19.0 < each.seconds <= 20.0 for each in soon), "one each twenty seconds"
    assert await limits.enter("T99", "UBEN", 3, 0) is None
    assert 50_000 < await shelf.raw.pttl(shelf.keys.minute("UADA")) <= 61_000


async def test_with_one_a_minute_the_next_waits_for_a_minute(limits: RedisTurnLimits) -> None:
    assert await limits.enter("T1", "UADA", 1, 0) is None
    found = await limits.enter("T2", "UADA", 1, 0)

    assert isinstance(found, Soon)
    assert 59.0 < found.seconds <= 60.0


async def test_as_time_passes_more_may_be_asked(shelf: Shelf, limits: RedisTurnLimits) -> None:
    for n in range(3):
        await limits.enter(f"T{n}", "UADA", 3, 0)
    due = float(await shelf.raw.get(shelf.keys.minute("UADA")) or 0)
    await shelf.raw.set(shelf.keys.minute("UADA"), str(int(due - 20_000)), px=60_000)

    assert await limits.enter("T8", "UADA", 3, 0) is None
    assert isinstance(await limits.enter("T9", "UADA", 3, 0), Soon)


async def test_a_turn_that_is_tried_again_or_taken_over_is_counted_once(shelf: Shelf, limits: RedisTurnLimits) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    for _ in range(3):
        assert await limits.enter(turn.id, "UADA", 1, 1, turn) is None
    await shelf.hand_back(turn.lease, 0.0, counted=False)
    again = await shelf.turn()

    assert await limits.enter(again.id, "UADA", 1, 1, again) is None


async def test_a_turn_that_is_done_again_is_another_one(shelf: Shelf, limits: RedisTurnLimits) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await limits.enter(turn.id, "UADA", 1, 0, turn)
    await shelf.finish(turn, reply(turn, "answer"))
    await shelf.again(turn.batch.thread, turn.newest)
    again = await shelf.turn()

    assert isinstance(await limits.enter(again.id, "UADA", 1, 0, again), Soon)


async def test_so_many_are_answered_at_once_until_one_is_finished(shelf: Shelf, limits: RedisTurnLimits) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    assert await limits.enter(turn.id, "UADA", 0, 1, turn) is None
    assert await limits.enter("T2", "UADA", 0, 1) == Busy()
    assert await limits.enter("T3", "UBEN", 0, 1) is None
    await shelf.finish(turn, reply(turn, "answer"))
    assert await limits.enter("T2", "UADA", 0, 1) is None
    await limits.leave("T2", "UADA")

    assert await limits.enter("T4", "UADA", 0, 1) is None


async def test_what_a_dead_process_was_answering_counts_for_a_while_only(shelf: Shelf, limits: RedisTurnLimits) -> None:
    await limits.enter("T1", "UADA", 0, 1)
    await shelf.raw.zadd(shelf.keys.running("UADA"), {"T1": 1})

    assert await limits.enter("T2", "UADA", 0, 1) is None


async def test_who_has_to_wait_for_one_limit_is_not_counted_by_the_other(limits: RedisTurnLimits) -> None:
    await limits.enter("T1", "UADA", 2, 1)
    assert await limits.enter("T2", "UADA", 2, 1) == Busy()
    await limits.leave("T1", "UADA")

    assert await limits.enter("T2", "UADA", 2, 1) is None


async def test_a_fuse_blows_with_so_many_requests_in_an_hour_and_says_once_when_it_goes_on(
    shelf: Shelf, limits: RedisTurnLimits
) -> None:
    found = await asyncio.gather(*(limits.fuse(Fuse(calls=10)) for _ in range(15)))
    blown = [each for each in found if each is not None]

    assert (found.count(None), len(blown), sum(each.first for each in blown)) == (10, 5, 1)
    assert all(3500 < each.at - time.time() <= 3660 for each in blown)
    [field] = await shelf.raw.hkeys(shelf.keys.burnt)
    minute = int(str(field).partition(":")[0])
    await shelf.raw.hdel(shelf.keys.burnt, field)
    await shelf.raw.hset(shelf.keys.burnt, f"{minute - 61}:calls", 10)

    assert await limits.fuse(Fuse(calls=10)) is None, "what is older than an hour counts no more"


async def test_a_fuse_blows_with_so_much_money_too(limits: RedisTurnLimits) -> None:
    await limits.burn("T1", 4_999)
    assert await limits.fuse(Fuse(cost=5_000)) is None
    await limits.burn("T2", 1)

    assert await limits.fuse(Fuse(cost=5_000)) is not None
    assert await limits.fuse(Fuse(calls=100)) is None


async def test_a_fuse_that_is_lifted_begins_anew(limits: RedisTurnLimits) -> None:
    fuse = Fuse(calls=2)
    assert not await limits.lift(), "it has not blown"
    for _ in range(2):
        assert await limits.fuse(fuse) is None
    blown = await limits.fuse(fuse)
    assert blown is not None
    assert blown.first

    assert await limits.lift()
    assert not await limits.lift()

    assert await limits.fuse(fuse) is None
    assert await limits.fuse(fuse) is None
    again = await limits.fuse(fuse)
    assert again is not None
    assert again.first, "its admins are told again"
