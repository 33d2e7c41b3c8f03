"""Stopping a turn, and doing it again: what Redis decides."""

import pytest

from bot.turns.state import Record
from tests.store.shelf import OTHER, THREAD, Shelf, at, reply, texts


async def test_only_a_thread_where_something_runs_or_waits_can_be_stopped(shelf: Shelf) -> None:
    before = await shelf.stop(THREAD)
    await shelf.ask(1)
    waiting = await shelf.stop(THREAD)
    await shelf.answer()

    assert (before, waiting) == (False, True)
    assert await shelf.stop(THREAD) is False


async def test_a_stop_is_told_until_the_turn_is_over_and_not_longer(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.ask(1, thread=OTHER)
    await shelf.stop(THREAD)
    told = await shelf.stopped()
    for lease in await shelf.claim(2):
        turn = await shelf.started(lease)
        await shelf.finish(turn, reply(turn, "answer"))

    assert told == {str(THREAD): False}
    assert await shelf.stopped() == {}


async def test_a_turn_that_waits_for_its_next_attempt_is_claimed_at_once_when_it_shall_stop(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.hand_back(await shelf.take(), after=600, counted=True)
    before = await shelf.claim(1)
    await shelf.stop(THREAD)

    assert before == []
    assert len(await shelf.claim(1)) == 1


async def test_askers_are_those_whom_the_running_or_the_next_turn_answers(shelf: Shelf) -> None:
    await shelf.ask(1)
    waiting = await shelf.askers(THREAD)
    await shelf.turn()
    await shelf.mutter(2)

    assert waiting == await shelf.askers(THREAD) == {"UADA"}
    assert await shelf.askers(THREAD, before=at(1)) == set()
    assert await shelf.askers(OTHER) == set()


async def test_a_finished_turn_is_done_again_with_the_same_batch_where_it_stood(shelf: Shelf) -> None:
    await shelf.ask(0)
    await shelf.answer("first")
    await shelf.mutter(1, "aside")
    await shelf.ask(2, "question")
    turn = await shelf.turn()
    turn.posted = ("9.1", "9.2")
    await shelf.finish(turn, reply(turn, "second"))

    outcome = await shelf.again(THREAD, turn.newest)
    anew = await shelf.turn()

    assert outcome == "ready"
    assert texts(anew.batch.everything) == ["aside", "question"]
    assert texts(anew.batch.heard) == ["aside"]
    assert (anew.newest, anew.posted, anew.attempt) == (turn.newest, ("9.1", "9.2"), 1)
    assert texts((await shelf.load(THREAD)).messages) == ["message 0", "first"]


async def test_only_the_newest_turn_of_an_idle_thread_is_done_again(shelf: Shelf) -> None:
    await shelf.ask(1)
    first = await shelf.answer()
    await shelf.ask(2)
    busy = await shelf.again(THREAD, first.newest)
    await shelf.answer()

    assert busy == "busy"
    assert await shelf.again(THREAD, first.newest) == "old"
    assert await shelf.again(THREAD, "1.000000") == "unknown"
    assert await shelf.again(OTHER, first.newest) == "unknown"


async def test_what_its_author_has_deleted_is_not_answered_again(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.answer()
    await shelf.drop(THREAD, at(1))

    assert await shelf.again(THREAD, turn.newest) == "unknown"
    assert await shelf.idle()


@pytest.mark.parametrize("outcome", ["failed", "answered"])
async def test_failed_turns_are_set_aside_until_they_succeed(shelf: Shelf, outcome: str) -> None:
    await shelf.ask(1)
    failed = await shelf.turn()
    await shelf.finish(failed, None)
    before = await shelf.raw.zrange(shelf.keys.aside, 0, -1)
    await shelf.again(THREAD, failed.newest)
    turn = await shelf.turn()
    await shelf.finish(turn, reply(turn, "answer") if outcome == "answered" else None)

    assert before == [turn.id]
    assert await shelf.raw.zrange(shelf.keys.aside, 0, -1) == ([] if outcome == "answered" else [turn.id])


async def test_the_record_says_what_became_of_a_turn(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    nothing_yet = await shelf.record(THREAD, turn.newest)
    kept = Record("stopped", ("UADA",), (at(1),), posted=("9.1",), model="m", input=3, output=2, cost=None, seconds=1.5)
    await shelf.finish(turn, reply(turn, "answer"), kept)

    assert nothing_yet is None
    assert await shelf.record(THREAD, turn.newest) == kept
    assert await shelf.posted(turn) == ("9.1",)


async def test_when_all_that_was_asked_is_deleted_the_running_turn_is_pointless(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.ask(2)
    await shelf.turn()
    await shelf.drop(THREAD, at(1))
    one_left = await shelf.stopped()
    await shelf.drop(THREAD, at(2))

    assert one_left == {}
    assert await shelf.stopped() == {str(THREAD): True}


async def test_a_stop_that_names_another_turn_stops_nothing(shelf: Shelf) -> None:
    await shelf.ask(1)
    first = await shelf.answer()
    await shelf.ask(2)
    second = await shelf.turn()

    assert await shelf.stop(THREAD, first.newest) is False
    assert await shelf.stop(THREAD, second.newest) is True


async def test_a_turn_that_has_shown_something_is_begun_again_to_take_it_back(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    turn.posted = ("9.1",)
    await shelf.note_posted(turn)
    await shelf.hand_back(turn.lease, after=0, counted=False)
    await shelf.drop(THREAD, at(1))
    again = await shelf.turn()

    assert again.batch.messages == ()
    assert again.posted == ("9.1",)


async def test_a_refused_again_changes_nothing(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.answer()
    await shelf.drop(THREAD, at(1))
    before = await shelf.contents()
    outcome = await shelf.again(THREAD, turn.newest)

    assert outcome == "unknown"
    assert await shelf.contents() == before


async def test_a_word_is_obeyed_once(shelf: Shelf) -> None:
    assert await shelf.first_time(THREAD, at(1)) is True
    assert await shelf.first_time(THREAD, at(1)) is False
    assert await shelf.ask(1) == "again"
