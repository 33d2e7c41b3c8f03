"""Threads of programs in Redis: what stands in them, where answers grow, and who hears of it."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.conversation.ids import order
from bot.conversation.messages import Message
from bot.errors import LeaseLost
from bot.policy.roles import Refusal
from bot.ports.api import ApiThread
from bot.store.api_chat import RedisChat
from bot.store.api_tails import RedisTails
from bot.store.api_threads import RedisApiThreads
from bot.store.archive import RedisArchive
from bot.store.tokens import RedisTokens
from bot.turns.entries import Request, Response
from bot.turns.state import Shown, Turn
from tests.patience import PATIENCE
from tests.store.sealing import FIRST
from tests.store.shelf import MONTH, Shelf, reply


@pytest.fixture(params=["", FIRST], ids=["plain", "encrypted"])
async def shelf(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[Shelf]:
    opened = await Shelf.open(redis_url, keys=request.param)
    yield opened
    await opened.close()


@pytest.fixture
def threads(shelf: Shelf) -> RedisApiThreads:
    return RedisApiThreads(shelf.client, shelf.keys, MONTH)


@pytest.fixture
def chat(shelf: Shelf) -> RedisChat:
    return RedisChat(shelf.client, shelf.keys, shelf.queue, MONTH)


@pytest.fixture
async def tails(shelf: Shelf) -> AsyncIterator[RedisTails]:
    found = RedisTails(shelf.client, "test")
    running = asyncio.ensure_future(found.run())
    yield found
    running.cancel()


async def a_thread(threads: RedisApiThreads, owner: str = "tok1") -> ApiThread:
    return await threads.create(str(uuid.uuid4()), owner, "gpt-4", "New thread with gpt-4")


async def ask(shelf: Shelf, threads: RedisApiThreads, thread: ApiThread, text: str = "hello") -> str:
    ts = await threads.place(thread)
    assert ts
    assert await shelf.put(thread.key, Message(ts, "U1", text), addressed=True) == "new"
    return ts


async def finish(shelf: Shelf, turn: Turn) -> None:
    """The turn ends with an answer."""
    await shelf.finish(turn, reply(turn, "hi"))


async def test_a_thread_is_there_for_its_token_alone(threads: RedisApiThreads) -> None:
    thread = await a_thread(threads)

    assert await threads.get(thread.guid, "tok1") == thread
    assert await threads.get(thread.guid, "tok2") is None
    assert await threads.get(str(uuid.uuid4()), "tok1") is None
    assert (thread.key.surface, thread.key.channel, thread.key.root) == ("api", "Atok1", thread.guid)


async def test_one_that_is_made_twice_is_made_once(threads: RedisApiThreads) -> None:
    thread = await a_thread(threads)

    assert await threads.create(thread.guid, "tok1", "other", "Other") == thread
    assert await threads.listed("tok1", None, 10) == [thread]


async def test_they_are_listed_page_by_page_newest_first(threads: RedisApiThreads) -> None:
    made = [await a_thread(threads) for _ in range(7)]
    await a_thread(threads, "tok2")
    await threads.forget(made[4])
    wanted = [thread for thread in reversed(made) if thread != made[4]]

    first = await threads.listed("tok1", None, 4)
    rest = await threads.listed("tok1", first[-1].at, 4)

    assert [*first, *rest] == wanted


async def test_many_that_are_forgotten_do_not_end_the_list(
    threads: RedisApiThreads, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [await a_thread(threads) for _ in range(9)]
    for thread in made[5:]:
        await shelf.raw.delete(shelf.keys.api(thread.guid))  # its time has passed

    monkeypatch.setattr("bot.store.api_threads.PAGE", 1)

    assert await threads.listed("tok1", None, 3) == made[4:1:-1]
    assert await shelf.raw.zcard(shelf.keys.owned("tok1")) == 5


async def test_a_title_can_be_changed_as_long_as_it_is_there(threads: RedisApiThreads, shelf: Shelf) -> None:
    thread = await a_thread(threads)
    renamed = await threads.rename(thread, "Jokes")
    assert renamed == await threads.get(thread.guid, "tok1") == replace(thread, title="Jokes")

    await threads.forget(thread)
    await threads.rename(thread, "Back again")

    assert await threads.get(thread.guid, "tok1") is None


async def test_places_are_in_order_and_the_same_for_the_same_request(threads: RedisApiThreads, shelf: Shelf) -> None:
    thread = await a_thread(threads)
    kept = RedisTokens(shelf.client, shelf.keys)
    await kept.begin("r", "body", "seed")

    found = [await threads.place(thread) for _ in range(50)]
    again = [await threads.place(thread, "r") for _ in range(3)]

    orders = [order(ts) for ts in [*found, again[0]] if ts]
    assert orders == sorted(set(orders))
    assert len(set(again)) == 1
    await threads.forget(thread)
    assert await threads.place(thread) is None


async def test_a_question_and_its_answer_are_read_in_order(
    threads: RedisApiThreads, chat: RedisChat, shelf: Shelf
) -> None:
    thread = await a_thread(threads)
    ts = await ask(shelf, threads, thread)
    [waiting] = await threads.entries(thread)
    turn = await shelf.turn()
    await chat.post(turn, 0, lambda: Shown("h", growing=True))
    await chat.edit(turn, 0, ts, Shown("hi"))
    [still] = await threads.entries(thread)
    await finish(shelf, turn)

    request, response = await threads.entries(thread)

    assert isinstance(waiting, Request)
    assert waiting.waiting
    assert waiting == still
    assert request == replace(waiting, waiting=False)
    assert isinstance(response, Response)
    assert response.shown is not None
    assert (response.shown.text, response.shown.kind, response.newest) == ("hi", "answer", ts)
    assert response.at > request.at


async def test_what_comes_while_an_answer_grows_stands_before_it(
    threads: RedisApiThreads, chat: RedisChat, shelf: Shelf
) -> None:
    thread = await a_thread(threads)
    await ask(shelf, threads, thread, "first")
    turn = await shelf.turn()
    await ask(shelf, threads, thread, "second")
    await chat.post(turn, 0, lambda: Shown("to the first"))
    await finish(shelf, turn)

    kinds = [(type(entry), getattr(entry, "waiting", None)) for entry in await threads.entries(thread)]

    assert kinds == [(Request, False), (Request, True), (Response, None)]


async def test_an_answer_that_is_begun_again_is_found(threads: RedisApiThreads, chat: RedisChat, shelf: Shelf) -> None:
    thread = await a_thread(threads)
    ts = await ask(shelf, threads, thread)
    turn = await shelf.turn()
    assert await chat.find(turn) == {}

    await chat.post(turn, 0, lambda: Shown("h", growing=True))
    growing = await chat.find(turn)
    await chat.edit(turn, 0, ts, Shown("hi"))

    assert growing == await chat.find(turn) == {0: ts}
    await chat.remove(turn, ts)
    assert await chat.find(turn) == {}


async def test_who_has_lost_the_turn_changes_nothing(threads: RedisApiThreads, chat: RedisChat, shelf: Shelf) -> None:
    thread = await a_thread(threads)
    ts = await ask(shelf, threads, thread)
    lost = await shelf.turn()
    await shelf.lapse(thread.key)
    turn = await shelf.turn()
    await chat.post(turn, 0, lambda: Shown("the successor's", growing=True))
    before = await shelf.contents()

    for shown in (Shown("late", growing=True), Shown("late")):
        with pytest.raises(LeaseLost):
            await chat.edit(lost, 0, ts, shown)
    with pytest.raises(LeaseLost):
        await chat.remove(lost, ts)

    assert await shelf.contents() == before


async def test_nothing_is_kept_of_an_answer_in_a_thread_that_was_forgotten(
    threads: RedisApiThreads, chat: RedisChat, shelf: Shelf
) -> None:
    thread = await a_thread(threads)
    await ask(shelf, threads, thread)
    turn = await shelf.turn()
    await chat.post(turn, 0, lambda: Shown("sent", growing=True))
    await threads.forget(thread)

    await chat.edit(turn, 0, turn.newest, Shown("sentinel", growing=True))
    await chat.edit(turn, 0, turn.newest, Shown("sentinel"))

    assert "sentinel" not in str(await shelf.contents())


async def test_forgetting_what_was_said_forgets_the_thread(
    threads: RedisApiThreads, chat: RedisChat, shelf: Shelf
) -> None:
    thread = await a_thread(threads)
    await ask(shelf, threads, thread)
    turn = await shelf.turn()
    await chat.post(turn, 0, lambda: Shown("sentinel"))
    await finish(shelf, turn)

    assert await RedisArchive(shelf.client, shelf.keys, MONTH).remove_thread(thread.key)

    assert await threads.get(thread.guid, "tok1") is None
    assert "sentinel" not in str(await shelf.contents())


async def test_why_nobody_was_answered_is_kept(threads: RedisApiThreads, chat: RedisChat, shelf: Shelf) -> None:
    thread = await a_thread(threads)
    await ask(shelf, threads, thread)
    turn = await shelf.turn()
    await chat.refuse(thread.key, "U1", Refusal("denied"), begun=True)
    await shelf.finish(turn, None)

    _, response = await threads.entries(thread)

    assert isinstance(response, Response)
    assert response.refusal == Refusal("denied")
    assert await chat.status(thread.key, "is thinking…") is True
    assert not await chat.send_file("U1", "a.csv", b"", "about")


async def test_a_long_past_is_cut(
    threads: RedisApiThreads, chat: RedisChat, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.api_chat.MAX_ENTRIES", 4)
    thread = await a_thread(threads)
    for number in range(4):
        await ask(shelf, threads, thread, f"question {number}")
        turn = await shelf.turn()
        await chat.post(turn, 0, lambda: Shown("hi"))
        await finish(shelf, turn)

    assert len(await threads.entries(thread)) == 4
    assert await shelf.raw.hlen(shelf.keys.shown(thread.key)) == 2


async def test_followers_see_an_answer_grow(
    threads: RedisApiThreads, chat: RedisChat, shelf: Shelf, tails: RedisTails
) -> None:
    thread = await a_thread(threads)
    ts = await ask(shelf, threads, thread)
    turn = await shelf.turn()
    seen: list[str] = []
    async with tails.follow(thread.key) as tail, asyncio.timeout(PATIENCE):
        assert (set(tail.waiting), tail.entries, tail.text, tail.newest) == ({ts}, 1, "", "")
        for shown in ("H", "Hel", "Hello ", "Hello ä"):
            await chat.edit(turn, 0, ts, Shown(shown, growing=True))
            while tail.text != shown:
                await tail.news(PATIENCE)
            seen.append(tail.text)
        assert tail.newest == ts
        await chat.edit(turn, 0, ts, Shown("Anew", growing=True))
        while tail.text != "Anew":
            await tail.news(PATIENCE)
        await chat.edit(turn, 0, ts, Shown("Anew."))
        await finish(shelf, turn)
        while tail.waiting:
            await tail.news(PATIENCE)

    assert seen == ["H", "Hel", "Hello ", "Hello ä"]
    assert (tail.text, tail.newest, tail.entries) == ("", "", 2)


async def test_who_comes_later_has_all_of_it_at_once(
    threads: RedisApiThreads, chat: RedisChat, shelf: Shelf, tails: RedisTails
) -> None:
    thread = await a_thread(threads)
    ts = await ask(shelf, threads, thread)
    turn = await shelf.turn()
    for shown in ("Hello", "Hello, Ada"):
        await chat.edit(turn, 0, ts, Shown(shown, growing=True))

    async with tails.follow(thread.key) as first, tails.follow(thread.key) as second:
        assert first.text == second.text == "Hello, Ada"


async def test_an_attempt_that_takes_over_writes_a_draft_of_its_own(
    threads: RedisApiThreads, chat: RedisChat, shelf: Shelf, tails: RedisTails
) -> None:
    thread = await a_thread(threads)
    ts = await ask(shelf, threads, thread)
    await chat.edit(await shelf.turn(), 0, ts, Shown("George", growing=True))
    await shelf.lapse(thread.key)
    successor = RedisChat(shelf.client, shelf.keys, shelf.queue, MONTH)
    await successor.edit(await shelf.turn(), 0, ts, Shown("Geo", growing=True))

    async with tails.follow(thread.key) as tail:
        assert tail.text == "Geo"
