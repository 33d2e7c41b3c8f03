"""Answers that are given again, in Redis."""

from dataclasses import replace

from bot.conversation.ids import ThreadKey
from bot.store import answers
from bot.store.answers import RedisAnswers
from bot.store.keys import Keys
from bot.turns.state import Kept
from tests.store.shelf import THREAD, Shelf, at

HELLO = Kept("Hello, Ada.", {1: "Hi."}, "small-model", "cloud", 1_763_700_000.5)
DIRECT = ThreadKey("slack", "T1", "D1", "1763700000.000300", direct=True)


def of(shelf: Shelf, workspace: str = "T1") -> RedisAnswers:
    return RedisAnswers(shelf.client, Keys("test", workspace))


async def test_an_answer_is_found_by_its_question_for_a_while(shelf: Shelf) -> None:
    await of(shelf).keep("q1", HELLO, THREAD, 60)

    assert await of(shelf).find("q1") == HELLO
    assert await of(shelf).find("q2") is None
    assert 0 < await shelf.raw.ttl(shelf.keys.asked("q1")) <= 60
    assert 0 < await shelf.raw.ttl(shelf.keys.answers(THREAD)) <= 60


async def test_one_that_is_kept_for_less_shortens_no_other(shelf: Shelf) -> None:
    await of(shelf).keep("q1", HELLO, THREAD, 60)
    await of(shelf).keep("q2", HELLO, THREAD, 1)
    await shelf.raw.delete(shelf.keys.asked("q2"))  # its time is over

    assert await of(shelf).find("q1") == HELLO
    assert await of(shelf).find("q2") is None


async def test_another_answer_takes_its_place(shelf: Shelf) -> None:
    await of(shelf).keep("q1", HELLO, THREAD, 60)
    await of(shelf).keep("q1", other := replace(HELLO, text="Good day."), DIRECT, 60)

    assert await of(shelf).find("q1") == other


async def test_a_workspace_has_its_own(shelf: Shelf) -> None:
    await of(shelf).keep("q1", HELLO, THREAD, 60)

    assert await of(shelf, "T2").find("q1") is None


async def test_they_are_forgotten_with_the_thread(shelf: Shelf) -> None:
    await of(shelf).keep("q1", HELLO, THREAD, 60)
    assert await shelf.forget(THREAD)

    assert await of(shelf).find("q1") is None
    assert "Hello" not in str(await shelf.contents())


async def test_they_are_forgotten_with_each_who_spoke_there(shelf: Shelf) -> None:
    for n, thread in enumerate((THREAD, DIRECT)):
        await shelf.ask(n, thread=thread)
        await shelf.answer()
        await of(shelf).keep(f"q{n}", HELLO, thread, 60)
    await shelf.forget_person("UADA")

    assert [await of(shelf).find(f"q{n}") for n in range(2)] == [None, None]


async def test_they_go_with_a_message_that_its_author_deletes(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await of(shelf).keep("q1", HELLO, THREAD, 60)
    await shelf.drop(THREAD, at(1))

    assert await of(shelf).find("q1") is None


async def test_a_thread_keeps_no_more_than_so_many(shelf: Shelf) -> None:
    for n in range(answers.MOST + 1):
        await of(shelf).keep(f"q{n}", HELLO, THREAD, 60)

    assert await shelf.raw.hlen(shelf.keys.answers(THREAD)) <= answers.MOST
    assert await of(shelf).find(f"q{answers.MOST}") == HELLO


async def test_what_cannot_be_read_is_none(shelf: Shelf) -> None:
    await of(shelf).keep("q1", HELLO, THREAD, 60)
    await shelf.raw.hset(shelf.keys.answers(THREAD), "q1", '{"text": 1}')
    await shelf.raw.set(shelf.keys.asked("q2"), "no thread", ex=60)

    assert await of(shelf).find("q1") is None
    assert await of(shelf).find("q2") is None
