"""What the requests of an answer took, together."""

import asyncio

from bot.conversation import prompt
from bot.conversation.marks import Marks
from bot.conversation.tokens import Usage
from bot.personas.persona import Persona
from bot.turns.meter import Meter, Part
from bot.usage.budgets import Amount, Budget


def test_no_request_takes_nothing() -> None:
    assert Meter().usage == Usage(0, 0, cost=0.0)


def test_several_are_added_up_and_one_that_was_estimated_makes_it_an_estimate() -> None:
    meter = Meter()
    meter.add(Part("m", Usage(10, 5, cached=4, cost=0.5)))
    meter.add(Part("m", Usage(7, 1, estimated=True)))

    assert meter.usage == Usage(17, 6, cached=4, estimated=True)


async def test_what_is_under_way_is_estimated_by_its_bytes_or_its_pieces() -> None:
    meter, ask = Meter(), prompt.build(Persona("Bard", "Rhyme."), "m", [], [], Marks("q7w"), 1000)
    meter.begin(ask, None)
    for size in (30, 1, 1):
        meter.grow(size)
    assert meter.so_far == (Part("m", Usage(ask.tokens, 10, estimated=True)),)
    for _ in range(20):
        meter.grow(1)
    assert meter.produced == 23
    meter.drop()
    assert not meter.so_far


async def test_no_more_is_taken_than_is_held_until_there_is_more_or_nothing_left() -> None:
    meter, ask = Meter(), prompt.build(Persona("Bard", "Rhyme."), "m", [], [], Marks("q7w"), 1000)
    meter.begin(ask, None)
    meter.allow(10)
    meter.grow(30)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(meter.room())
        await asyncio.sleep(0)
        assert meter.news.is_set()
        assert not waiting.done()
        meter.allow(20)
    meter.grow(30)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(meter.room())
        await asyncio.sleep(0)
        meter.refuse(Budget("workspace", "", "2026-11", Amount(tokens=1)))
    assert meter.tight is not None
