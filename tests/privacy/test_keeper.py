"""What shall be removed is removed, by whoever takes it, and no more than that."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from bot.conversation.messages import Message
from bot.errors import Unavailable
from bot.happenings import Erased, ErasureFailed
from bot.privacy import keeper
from bot.privacy.held import Erasure, Progress
from bot.privacy.keeper import carry_out, keep
from tests.people import HERE, TEAM, THREAD
from tests.privacy.fakes import FakeArchive, FakeErasures

ADA = "UADA"
PERSON, CHANNEL = Erasure(TEAM, "person", ADA), Erasure(TEAM, "channel", HERE)
GONE = Erasure(TEAM, "channel", HERE, away=True)


def said(ts: str, author: str = ADA) -> Message:
    return Message(ts, author, "words")


def full(*, busy: bool = False) -> FakeErasures:
    return FakeErasures(FakeArchive({THREAD: [said("1.0"), said("2.0", "UBEN")]}, lambda _: busy))


async def test_a_person_is_forgotten_in_and_beside_threads() -> None:
    erasures = full()
    await carry_out(PERSON, erasures.keeper)

    assert erasures.archive.past == {THREAD: [said("2.0", "UBEN")]}
    assert erasures.archive.persons == [ADA]
    assert erasures.known[PERSON] == Progress(done=1, of=1, threads=1, over=True)
    assert erasures.saw == [Erased(TEAM, "person", 1, 0)]
    assert (erasures.announced, erasures.let_go) == (1, 1)


async def test_how_far_it_is_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "LOOKED_AT_ONCE", 1)
    erasures = FakeErasures(FakeArchive({replace(THREAD, root=f"{n}.0"): [said(f"{n}.0")] for n in range(1, 4)}))
    await carry_out(PERSON, erasures.keeper)

    assert [(told.done, told.of) for told in erasures.told] == [(0, 3), (1, 3), (2, 3), (3, 3), (3, 3)]
    assert erasures.told[-1].threads == 3


async def test_where_the_bot_answers_it_is_waited_for_and_what_is_said_later_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeper, "BUSY_AGAIN", 0.0)
    looks = [True]
    direct = replace(THREAD, direct=True)
    erasures = FakeErasures(FakeArchive({direct: [said("1.0")]}, lambda _: looks[0]))
    doing = asyncio.ensure_future(carry_out(PERSON, erasures.keeper))
    for _ in range(50):
        await asyncio.sleep(0)
    assert erasures.told[-1].busy
    erasures.archive.past[direct].append(said("2.0"))
    looks[:] = [False]
    await doing

    assert erasures.archive.past == {direct: [said("2.0")]}
    assert erasures.known[PERSON].threads == 1


async def test_an_answer_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "BUSY_AGAIN", 0.01)
    monkeypatch.setattr(keeper, "BUSY_FOR", 0.05)
    erasures = full(busy=True)
    await carry_out(CHANNEL, erasures.keeper)

    assert erasures.known[CHANNEL] == Progress(done=1, of=1, busy=1, over=True)
    assert erasures.archive.past[THREAD]


async def test_a_channel_is_forgotten_with_its_choices_only_if_it_is_gone() -> None:
    erasures = full()
    await carry_out(CHANNEL, erasures.keeper)
    assert (erasures.archive.past, erasures.archive.channels) == ({}, [])
    await carry_out(GONE, erasures.keeper)
    assert erasures.archive.channels == [HERE]


async def test_a_workspace_is_removed_whole() -> None:
    erasures = full()
    await carry_out(Erasure(TEAM, "workspace", away=True), erasures.keeper)

    assert erasures.archive.gone


@pytest.mark.parametrize(("away", "later"), [(False, {}), (None, {GONE: keeper.UNKNOWN_AGAIN})])
async def test_who_is_back_is_not_forgotten_and_who_may_be_is_looked_for_again(
    away: bool | None, later: dict[Erasure, float]
) -> None:
    erasures = full()
    erasures.away = away
    await carry_out(GONE, erasures.keeper)

    assert erasures.archive.past[THREAD]
    assert erasures.later == later


async def test_what_is_too_old_is_looked_for_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "LEARNT_AFTER", 0.0)
    erasures, retention = full(), Erasure(TEAM, "retention")
    await carry_out(retention, erasures.keeper)

    assert erasures.archive.shortened == [THREAD, THREAD]
    assert erasures.later == {retention: keeper.SHORTENED_EVERY}


async def kept_for_a_moment(erasures: FakeErasures, *, hold: bool = False) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(0.1):
            await keep(replace(erasures.keeper, hold=hold))


@pytest.mark.parametrize("hold", [True, False])
async def test_what_is_due_is_taken_unless_there_is_a_legal_hold(hold: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "ASKED_EVERY", 0.01)
    erasures = full()
    erasures.later = {CHANNEL: 0.0}
    await kept_for_a_moment(erasures, hold=hold)

    assert (THREAD in erasures.archive.past) is hold


async def test_on_a_legal_hold_what_would_end_by_itself_is_prolonged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "ASKED_EVERY", 0.01)
    monkeypatch.setattr(keeper, "LEARNT_AFTER", 0.0)
    erasures = full()
    erasures.later = {CHANNEL: 0.0, Erasure(TEAM, "retention"): 0.0}
    await kept_for_a_moment(erasures, hold=True)

    assert THREAD in erasures.archive.shortened
    assert erasures.archive.past[THREAD]


async def test_what_is_in_memory_is_let_go_when_another_replica_has_removed_something(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeper, "ASKED_EVERY", 0.01)
    erasures = full()
    await kept_for_a_moment(erasures)
    before = erasures.let_go
    erasures.announced += 1
    await kept_for_a_moment(erasures)

    assert erasures.let_go > before


async def test_trouble_is_told_and_outlived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "ASKED_EVERY", 0.01)
    erasures = full()
    erasures.later = {CHANNEL: 0.0}

    async def away(_thread: object) -> bool:
        raise Unavailable("memory.unreachable", "Redis is away")

    monkeypatch.setattr(erasures.archive, "remove_thread", away)
    await kept_for_a_moment(erasures)

    assert ErasureFailed("Redis is away") in erasures.saw
