"""Waiting for one thing without missing another."""

import asyncio

import pytest

from bot.aio import FairSemaphore, Restarts, Throttle, supervised
from tests.town import wait_until


class Hall:
    """Owners that hold a place until they are told to leave."""

    def __init__(self, most: int, each: int) -> None:
        self.places = FairSemaphore(most, each)
        self.inside: list[str] = []
        self._leave: dict[asyncio.Task[None], asyncio.Event] = {}
        self._let_in: set[asyncio.Event] = set()

    async def enter(self, owner: str) -> "asyncio.Task[None]":
        leave = asyncio.Event()
        task = asyncio.ensure_future(self._hold(owner, leave))
        self._leave[task] = leave
        await self.settle()
        return task

    async def leave(self, task: "asyncio.Task[None]") -> None:
        self._leave[task].set()
        await self.settle()

    def is_inside(self, task: "asyncio.Task[None]") -> bool:
        return self._leave[task] in self._let_in and not task.done()

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    async def _hold(self, owner: str, leave: asyncio.Event) -> None:
        async with self.places.place(owner):
            self.inside.append(owner)
            self._let_in.add(leave)
            try:
                await leave.wait()
            finally:
                self.inside.remove(owner)


async def test_nobody_can_hold_all_places() -> None:
    hall = Hall(most=3, each=2)
    for _ in range(20):
        await hall.enter("carol")
    assert hall.inside == ["carol", "carol"]

    await hall.enter("bob")

    assert hall.inside == ["carol", "carol", "bob"]


async def test_a_place_that_gets_free_goes_to_each_in_turn() -> None:
    hall = Hall(most=1, each=1)
    inside = await hall.enter("ada")
    waiting = [await hall.enter(owner) for owner in ("ada", "ada", "ada", "ben", "ben", "cleo")]
    order = []
    for _ in waiting:
        await hall.leave(inside)
        order += hall.inside
        inside = next(task for task in waiting if hall.is_inside(task))

    assert order == ["ada", "ben", "cleo", "ada", "ben", "ada"]


@pytest.mark.parametrize("given", [False, True], ids=["waiting", "just let in"])
async def test_who_gives_up_leaves_nothing_behind(given: bool) -> None:
    hall = Hall(most=1, each=1)
    holder = await hall.enter("ada")
    waiting = await hall.enter("ben")
    last = await hall.enter("cleo")
    if given:
        hall._leave[holder].set()
        await holder
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await hall.leave(holder)
    await hall.settle()

    assert hall.inside == ["cleo"]
    await hall.leave(last)
    assert hall.inside == []
    await hall.enter("dan")
    assert hall.inside == ["dan"]


HASTE = Restarts(first_pause=0.001, longest_pause=0.002, settled=0.05)


async def test_what_an_error_ends_is_begun_again_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    begun, gate, health = 0, asyncio.Event(), dict[str, str]()

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun <= 5:
            raise BaseExceptionGroup("of a task group", [RuntimeError("a bug")])
        await gate.wait()

    running = asyncio.ensure_future(supervised("claim", work, health, HASTE))
    await wait_until(lambda: begun == 6, "it is begun again")
    assert health == {"claim": "failing"}
    await wait_until(lambda: health == {"claim": "ok"}, "it is well again")
    gate.set()
    await running

    assert caplog.messages == ["ended by an error; it is begun again", "runs again"]
    assert [vars(record)["task"] for record in caplog.records] == ["claim", "claim"]


async def test_one_error_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    outcomes, health = iter([ZeroDivisionError(), None]), dict[str, str]()
    seen: list[str] = []

    async def work() -> None:
        seen.append(health["claim"])
        if (error := next(outcomes)) is not None:
            raise error

    await supervised("claim", work, health, HASTE)

    assert seen == ["ok", "restarting"]


async def test_what_is_cancelled_ends() -> None:
    health = dict[str, str]()
    running = asyncio.ensure_future(supervised("claim", lambda: asyncio.sleep(60), health, HASTE))
    await asyncio.sleep(0)
    running.cancel()

    await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()


def test_a_throttle_lets_one_through_in_its_time() -> None:
    throttle = Throttle(3600.0)

    assert [throttle.due() for _ in range(3)] == [True, False, False]
    throttle.seconds = 0.0
    assert [throttle.due() for _ in range(3)] == [True, True, True]
