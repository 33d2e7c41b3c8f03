"""Everything is brought under the first key: whole, beside a bot that works, and killed at any point."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.store import reseal
from bot.store.keys_used import note
from bot.store.reseal import KINDS
from tests.store.sealing import FIRST, SECOND, SENTINELS, dumped, fill, read, seals
from tests.store.shelf import THREAD, Shelf, at, texts
from threadbot_sandbox.redis import EmbeddedRedis

ROOT = Path(__file__).resolve().parents[2]
POINTS = 6


async def opened(url: str, keys: str) -> Shelf:
    return await Shelf.open(url, keys=keys)


@pytest.mark.parametrize("before", ["", FIRST], ids=["plain", "under another key"])
async def test_all_is_brought_under_the_first_key_and_nothing_else_changes(redis_url: str, before: str) -> None:
    shelf = await opened(redis_url, before)
    await fill(shelf)
    lives = {key: await shelf.raw.pttl(key) for key in await shelf.names()}
    later = await opened(redis_url, f"{SECOND},{FIRST}")

    found = await reseal.reseal(later.client, "test")

    contents = await later.contents()
    assert set(seals(contents)) == {"k2"}
    assert found.changed == found.under["k2"] == len(list(seals(contents)))
    assert not found.locked
    assert [key for key in lives if (await later.raw.pttl(key) == -1) != (lives[key] == -1)] == []
    alone = await opened(redis_url, SECOND)
    text = await dumped(alone)
    assert [name for name, word in SENTINELS.items() if word in text and name != "draft"] == []  # it lapses in a day
    assert await read(alone) | {"draft"} == SENTINELS.keys()
    assert (await reseal.reseal(later.client, "test")).changed == 0
    for each in (shelf, later, alone):
        await each.close()


async def test_every_place_that_is_sealed_is_walked(redis_url: str) -> None:
    """A new place for words has to stand in the table of kinds."""
    shelf = await opened(redis_url, FIRST)
    await fill(shelf)

    families = {key.split(":")[2] for key, value in (await shelf.contents()).items() if list(seals(value))}
    assert families == set(KINDS)
    await shelf.close()


async def test_of_what_is_locked_it_is_told_how_much_and_the_rest_is_done(redis_url: str) -> None:
    shelf, other = await opened(redis_url, FIRST), await opened(redis_url, SECOND)
    await shelf.ask(1)
    await shelf.ask(2)
    await other.ask(3)
    later = await opened(redis_url, "k3:" + SECOND[3:] + "," + SECOND)

    found = await reseal.reseal(later.client, "test")

    assert (found.changed, dict(found.under), dict(found.locked)) == (1, {"k3": 1}, {"k1": 2})
    surveyed = await reseal.survey(later.client, "test")
    assert (surveyed.under, surveyed.locked) == (found.under, found.locked)
    for each in (shelf, other, later):
        await each.close()


async def test_what_is_odd_stays(shelf: Shelf, redis_url: str) -> None:
    await shelf.ask(1)
    odd = {"1.0": "no JSON", "2.0": "[]", "3.0": "{}", "4.0": '{"ts":"4.0"}', "5.0": '{"ts":"5.0","sealed":"x"}'}
    await shelf.raw.hset(shelf.keys.messages(THREAD), mapping=dict(odd))  # type: ignore[arg-type]
    await shelf.raw.set("{test}:T1:messages:nowhere", "x", ex=60)
    await shelf.raw.set("{test}:T1:votes:slack/T1/C1/1.0", "x", ex=60)
    later = await opened(redis_url, FIRST)

    assert (await reseal.reseal(later.client, "test")).changed == 1
    stored = await shelf.raw.hgetall(shelf.keys.messages(THREAD))
    assert odd.items() <= stored.items()
    await later.close()


async def test_a_message_that_is_edited_meanwhile_keeps_its_edit(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await opened(redis_url, FIRST)
    await old.ask(1, "first")
    later = await opened(redis_url, f"{SECOND},{FIRST}")
    changes, edits = reseal._changes, ["edited"]

    def edited(*args):  # type: ignore[no-untyped-def]
        found = changes(*args)
        if edits:
            edits.pop()
            seal, about = old.client.seal, f"message {THREAD}"
            text = seal.shut({"ts": at(1), "author": "UADA", "text": "edited"}, ["text"], about)
            import redis

            with redis.Redis.from_url(redis_url) as raw:
                raw.hset(old.keys.messages(THREAD), at(1), text)
        return found

    monkeypatch.setattr(reseal, "_changes", edited)
    found = await reseal.reseal(later.client, "test")

    assert found.changed == 1
    assert texts((await later.turn()).batch.messages) == ["edited"]
    assert set(seals(await later.contents())) == {"k2"}
    await old.close()
    await later.close()


async def process(url: str, last: int) -> tuple[int, str]:
    """One that is killed before its `last` script; how it ended, and what it said."""
    ending = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.store.doomed", url, f"{SECOND},{FIRST}", str(last)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await ending.communicate()
    assert ending.returncode is not None
    return ending.returncode, said.decode()


async def test_killed_at_any_point_and_run_again_all_is_under_the_first_key(
    redis_server: EmbeddedRedis, redis_url: str
) -> None:
    async def filled() -> None:
        async with Redis.from_url(redis_url) as raw:
            await raw.flushall()
        shelf = await opened(redis_url, FIRST)
        await fill(shelf)
        await shelf.close()

    await filled()
    ended, count = await process(redis_url, 0)
    assert ended == 0
    for point in range(1, POINTS + 1):
        await filled()
        ended, _ = await process(redis_url, max(int(count) * point // POINTS, 1))
        assert ended == -signal.SIGKILL
        both = await opened(redis_url, f"{SECOND},{FIRST}")
        await reseal.reseal(both.client, "test")
        assert set(seals(await both.contents())) == {"k2"}
        assert await read(both) == SENTINELS.keys()
        await both.close()


async def test_it_walks_beside_a_bot_that_works(redis_url: str) -> None:
    bot = await opened(redis_url, f"{SECOND},{FIRST}")
    await note(bot.client, "test")
    old = await opened(redis_url, FIRST)

    async def work() -> None:
        for n in range(1, 60):
            await (old if n % 3 else bot).ask(n, f"question {n}")
            turn = await bot.turn()
            assert texts(turn.batch.messages) == [f"question {n}"]
            await bot.finish(turn, None)

    working = asyncio.ensure_future(work())
    while not working.done():
        await reseal.reseal(bot.client, "test")
    await working
    await reseal.reseal(bot.client, "test")

    assert set(seals(await bot.contents())) == {"k2"}
    assert len((await bot.load(THREAD)).messages) == 59
    await bot.close()
    await old.close()
