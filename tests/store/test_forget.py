"""What is left when people want to be forgotten."""

import pytest

from bot.conversation.history import Earlier
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Person
from bot.store.last_known import RedisLastKnown
from bot.store.ledger import RedisLedger
from tests.store.shelf import MONTH, OTHER, THREAD, Shelf, message, texts

DIRECT = ThreadKey("slack", "T1", "D1", "1763700000.000300", direct=True)


async def words(shelf: Shelf, thread: ThreadKey = THREAD) -> list[str]:
    return texts((await shelf.load(thread)).messages)


async def test_nothing_that_was_said_is_left_of_a_forgotten_thread(shelf: Shelf) -> None:
    await shelf.ask(1, "a secret")
    await shelf.answer("about the secret")
    await shelf.mutter(2, "the secret again")

    assert await shelf.forget(THREAD)

    assert "secret" not in str(await shelf.contents())
    past = await shelf.load(THREAD)
    assert (past.messages, past.known > "1763700000") == ((), True)


@pytest.mark.parametrize("running", [True, False])
async def test_a_thread_is_not_forgotten_under_a_turn(shelf: Shelf, running: bool) -> None:
    await shelf.ask(1, "a question")
    if running:
        await shelf.turn()

    assert not await shelf.forget(THREAD)
    await shelf.lapse() if running else None
    assert texts((await shelf.turn()).batch.messages) == ["a question"]


async def test_a_forgotten_thread_can_be_taken_up_again(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await shelf.forget(THREAD)
    await shelf.ask(2, "hello again")
    await shelf.answer("hello")

    assert await words(shelf) == ["hello again", "hello"]


async def test_what_a_person_said_is_removed_wherever_it_was(shelf: Shelf) -> None:
    await shelf.ask(1, "of Ada's")
    await shelf.answer("answer")
    await shelf.mutter(2, "of Ben's")
    await shelf.put(OTHER, message(3, "of Ben's, elsewhere", "UBEN"), addressed=True)
    turn = await shelf.turn()
    await shelf.keep(turn, Earlier((message(0, "of Ada's, before"),)))
    await shelf.finish(turn, None)
    ledger = RedisLedger(shelf.client, shelf.keys, MONTH)
    before = await ledger.spent("2025-11")

    assert await shelf.forget_person("UADA") == 2

    assert "Ada" not in str(await shelf.contents())
    assert await words(shelf) == ["answer"]
    assert await words(shelf, OTHER) == ["of Ben's, elsewhere"]
    assert await ledger.spent("2025-11") == before
    assert await shelf.forget_person("UADA") == 0


async def test_direct_messages_are_forgotten_with_the_answers(shelf: Shelf) -> None:
    await shelf.ask(1, "private", DIRECT)
    await shelf.answer("private answer")

    assert await shelf.forget_person("UADA") == 1
    assert "private" not in str(await shelf.contents())


async def test_a_question_under_way_is_answered_before_it_can_be_forgotten(shelf: Shelf) -> None:
    await shelf.ask(1, "first")
    await shelf.answer()
    await shelf.ask(2, "second")

    assert await shelf.forget_person("UADA") == 1
    assert texts((await shelf.turn()).batch.messages) == ["second"]


async def test_what_slack_told_of_a_person_is_forgotten_with_them(shelf: Shelf) -> None:
    last = RedisLastKnown(shelf.client, shelf.keys)
    for user in ("UADA", "UBEN"):
        await last.keep(user, Person(known=True), {"S1": True})
    await shelf.forget_person("UADA")

    assert await last.recall("UADA") == (None, {})
    assert await last.recall("UBEN") == (Person(known=True), {"S1": True})
