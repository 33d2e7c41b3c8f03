"""Scripts that are wanted in the same moment travel together, and each gets its own reply."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from bot.store import pipeline
from bot.store.pipeline import Pipeline

ECHO = "return ARGV[1]"
FAIL = "return redis.call('LPUSH', KEYS[1])"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


async def test_each_gets_its_own_reply(redis: Redis) -> None:
    pipe = Pipeline(redis)

    replies = await asyncio.gather(*(pipe.run(ECHO, [], [str(n)]) for n in range(200)))

    assert replies == [str(n) for n in range(200)]


async def test_what_is_wanted_at_once_is_written_together(redis: Redis) -> None:
    pipe = Pipeline(redis)
    await pipe.run(ECHO, [], ["first"])  # the script is known, and a connection made
    before = await _written(redis)
    await asyncio.gather(*(pipe.run(ECHO, [], [str(n)]) for n in range(50)))

    assert await _written(redis) - before <= 3  # with our own two questions


async def test_one_that_fails_leaves_the_others_alone(redis: Redis) -> None:
    pipe = Pipeline(redis)

    wanted = (pipe.run(ECHO, [], ["a"]), pipe.run(FAIL, ["k"], []), pipe.run(ECHO, [], ["b"]))
    replies: list[object] = await asyncio.gather(*wanted, return_exceptions=True)

    assert (replies[0], replies[2]) == ("a", "b")
    assert isinstance(replies[1], ResponseError)


async def test_a_script_that_redis_has_forgotten_is_sent_again(redis: Redis) -> None:
    pipe = Pipeline(redis)
    await pipe.run(ECHO, [], ["a"])
    await redis.script_flush()

    assert list(await asyncio.gather(pipe.run(ECHO, [], ["b"]), pipe.run(ECHO, [], ["c"]))) == ["b", "c"]


async def test_who_is_cancelled_takes_nobody_along(redis: Redis) -> None:
    pipe = Pipeline(redis)
    gone = asyncio.ensure_future(pipe.run(ECHO, [], ["gone"]))
    stays = asyncio.ensure_future(pipe.run(ECHO, [], ["stays"]))
    await asyncio.sleep(0)
    gone.cancel()

    assert await stays == "stays"
    assert await pipe.run(ECHO, [], ["next"]) == "next"


async def test_the_end_of_what_is_under_way_can_be_waited_for(redis: Redis) -> None:
    pipe = Pipeline(redis)
    started = asyncio.ensure_future(pipe.run("return redis.call('SET', KEYS[1], 1, 'EX', 60)", ["kept"], []))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    started.cancel()
    await pipe.ended(60.0)

    assert await redis.get("kept") == "1"


async def test_more_than_fit_into_the_writes_at_once_wait_their_turn(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "AT_ONCE", 1)
    monkeypatch.setattr(pipeline, "MOST_TOGETHER", 3)
    pipe = Pipeline(redis)

    assert len(await asyncio.gather(*(pipe.run(ECHO, [], [str(n)]) for n in range(20)))) == 20


async def _written(redis: Redis) -> int:
    """How many times Redis has read from a client."""
    return int((await redis.info("stats"))["total_reads_processed"])
