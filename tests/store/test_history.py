"""What is remembered of a thread before the bot came to it, or while it was away."""

import pytest

from bot.conversation.history import Earlier, Past
from bot.conversation.messages import Message
from bot.errors import LeaseLost
from tests.store.shelf import THREAD, Shelf, message, texts


def answer(ts: str, text: str) -> Message:
    return Message(ts, "", text, kind="answer")


async def past(shelf: Shelf) -> list[str]:
    return texts((await shelf.load(THREAD)).messages)


async def test_nothing_is_known_of_a_thread_at_first_and_later_all_up_to_the_last_answer(shelf: Shelf) -> None:
    await shelf.ask(1)
    at_first = await shelf.load(THREAD)
    turn = await shelf.answer()

    assert at_first == Past((), "0")
    assert (await shelf.load(THREAD)).known == turn.newest


async def test_what_slack_told_stands_in_its_place(shelf: Shelf) -> None:
    await shelf.ask(9)
    turn = await shelf.turn()
    earlier = (message(1, "question"), answer(message(1).ts, "its answer"), message(2, "thanks"))
    await shelf.keep(turn, Earlier(tuple(reversed(earlier))))

    assert await past(shelf) == ["question", "its answer", "thanks"]


async def test_what_we_hold_already_is_kept_as_it_is_and_told_once(shelf: Shelf) -> None:
    await shelf.ask(1, "ours")
    first = await shelf.answer("our answer")
    await shelf.mutter(2, "heard")
    await shelf.ask(3, "asked")
    turn = await shelf.turn()
    await shelf.ask(4, "waits")
    told = (*(message(n, "Slack's") for n in (1, 2, 3, 4)), answer(first.newest, "Slack's"))
    await shelf.keep(turn, Earlier(told))
    before = await past(shelf)
    await shelf.finish(turn, None)

    assert before == ["ours", "our answer"]
    assert await past(shelf) == ["ours", "our answer", "heard", "asked"]


async def test_what_was_deleted_or_was_a_command_does_not_come_back(shelf: Shelf) -> None:
    await shelf.ask(1, "deleted")
    await shelf.ask(9)
    await shelf.drop(THREAD, message(1).ts)
    await shelf.first_time(THREAD, message(2).ts)
    turn = await shelf.turn()
    await shelf.keep(turn, Earlier((message(1, "deleted"), message(2, "stop"), message(3, "stays"))))

    assert await past(shelf) == ["stays"]


async def test_a_question_that_was_taken_for_context_is_asked_when_it_comes(shelf: Shelf) -> None:
    await shelf.ask(9)
    turn = await shelf.turn()
    await shelf.keep(turn, Earlier((message(1, "late"),)))
    await shelf.ask(1, "late")

    assert await past(shelf) == []
    assert (await shelf.askers(THREAD)) == {message(9).author}


async def test_edits_and_deletions_of_what_slack_told_are_followed(shelf: Shelf) -> None:
    await shelf.ask(9)
    turn = await shelf.turn()
    await shelf.keep(turn, Earlier((message(1, "a"), message(2, "b"))))
    await shelf.change(THREAD, message(1, "edited"))
    await shelf.drop(THREAD, message(2).ts)

    assert await past(shelf) == ["edited"]


async def test_where_reading_ended_early_it_goes_on_from_there(shelf: Shelf) -> None:
    await shelf.ask(9)
    turn = await shelf.turn()
    await shelf.keep(turn, Earlier((message(1),), read_to=message(1).ts))
    await shelf.finish(turn, None)
    begun = (await shelf.load(THREAD)).known
    await shelf.ask(10)
    again = await shelf.turn()
    await shelf.keep(again, Earlier((message(2),)))

    assert begun == message(1).ts
    assert (await shelf.load(THREAD)).known == message(9).ts


async def test_who_has_lost_the_turn_keeps_nothing(shelf: Shelf) -> None:
    await shelf.ask(9)
    turn = await shelf.turn()
    turn.lease.token = "another's"

    with pytest.raises(LeaseLost):
        await shelf.keep(turn, Earlier((message(1),)))
    assert await past(shelf) == []
