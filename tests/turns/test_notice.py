"""Whoever asks for the first time is told what becomes of their words: once, in private, beside the answer."""

import asyncio
from dataclasses import dataclass, replace
from typing import cast

import pytest

from bot.errors import Unavailable
from bot.ports import Archive
from bot.privacy.handling import Reach
from bot.turns import notice
from bot.turns.notice import Notice
from bot.turns.turn import take
from tests.fakes import Fakes, fake_world, question, rules
from tests.privacy.fakes import FakeArchive


@dataclass
class Counted(FakeArchive):
    """Counts how often it is asked."""

    asked: int = 0

    async def first_contact(self, user: str) -> bool:
        self.asked += 1
        return await super().first_contact(user)


def noticed(fakes: Fakes, archive: FakeArchive | None = None) -> Notice:
    return Notice(cast(Archive, archive or FakeArchive()), fakes.chat, Reach(("api.openai.com",)))


async def test_each_who_asks_is_told_once() -> None:
    fakes, archive = fake_world(), Counted()
    given = noticed(fakes, archive)
    turn = await fakes.asked(question("one"), question("two", "1002.000000", "BEN"), question("three", "1003.000000"))
    for _ in range(2):
        await given.give(turn, rules(), hold=False)

    assert [(user, what.hosts, begun) for user, what, begun in fakes.chat.notified] == [
        ("ADA", ("api.openai.com",), True),
        ("BEN", ("api.openai.com",), True),
    ]
    assert archive.asked == 2, "what this process knows is not looked up"


async def test_another_process_knows_who_was_told() -> None:
    fakes, archive = fake_world(), FakeArchive()
    turn = await fakes.asked()
    for _ in range(2):
        await noticed(fakes, archive).give(turn, rules(), hold=False)

    assert len(fakes.chat.notified) == 1


async def test_who_was_not_reached_is_told_the_next_time() -> None:
    fakes = fake_world()
    given, turn = noticed(fakes), await fakes.asked()
    fakes.chat.delivers = False
    await given.give(turn, rules(), hold=False)
    fakes.chat.delivers = True
    await given.give(turn, rules(), hold=False)

    assert [user for user, _, _ in fakes.chat.notified] == ["ADA", "ADA"]


async def test_who_was_forgotten_is_told_anew() -> None:
    fakes, archive = fake_world(), FakeArchive()
    given, turn = noticed(fakes, archive), await fakes.asked()
    await given.give(turn, rules(), hold=False)
    archive.told.clear()
    given.let_go()
    await given.give(turn, rules(), hold=False)

    assert len(fakes.chat.notified) == 2


async def test_apps_are_told_nothing() -> None:
    fakes = fake_world()
    turn = await fakes.asked(replace(question("beep"), author_is="bot"))
    await noticed(fakes).give(turn, rules(), hold=False)

    assert fakes.chat.notified == []


async def test_trouble_and_slowness_keep_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice, "WITHIN", 0.05)
    fakes, archive = fake_world(), FakeArchive()
    turn = await fakes.asked()

    async def away(_user: str) -> bool:
        raise Unavailable("memory.unreachable", "Redis is away")

    async def slow(_user: str) -> bool:
        await asyncio.sleep(60)
        return True

    for broken in (away, slow):
        monkeypatch.setattr(archive, "first_contact", broken)
        await noticed(fakes, archive).give(turn, rules(), hold=False)

    assert fakes.chat.notified == []


async def test_a_turn_gives_it_beside_the_answer_and_none_where_there_is_none() -> None:
    fakes = fake_world()
    world = replace(fakes.world, notice=noticed(fakes))
    await take(await fakes.asked(), world)
    await take(await fakes.asked(question("again", "1005.000000", "BEN")), fakes.world)

    assert [user for user, _, _ in fakes.chat.notified] == ["ADA"]
    assert fakes.record.outcome == "answered"
