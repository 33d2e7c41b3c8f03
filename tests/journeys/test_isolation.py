"""Two workspaces whose people and channels have the same ids, with everything encrypted: nothing of one is read in the
other, not even by whoever moves it there in Redis."""

import asyncio
import logging

import pytest
from redis.asyncio import Redis

from tests.journeys.test_allowances import said
from tests.journeys.test_install import SECOND, Browser, many, neighbour
from tests.town import Town
from threadbot_sandbox.slack.seed import TEAM

ONE, OTHER = "Sesame is the word of the first.", "Thistle is the word of the second."


async def test_nothing_crosses_and_what_is_moved_in_redis_is_not_read(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    settings = many(workspaces="*")
    async with neighbour(town, SECOND) as second, town.bot(**settings), Browser(settings["port"]) as browser:
        for team in (TEAM, SECOND.team):
            await browser.install(team)
        await said(town, "Ada", "/threadbot model sesame-model workspace")
        first = await town.ask("Ben", "#general", f"@Threadbot {ONE}")
        theirs = await second.ask("Ben", "#general", f"@Threadbot {OTHER}")
        asked = town.model.requests[-1]
        assert "Sesame" not in str(asked)
        assert asked["model"] == "small-model"
        assert "sesame-model" not in await said(second, "Ada", "/threadbot settings")

        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            for key in map(str, await redis.keys("*")):
                stands = str(await content(redis, key))
                assert not any(word in stands for word in ("Sesame", "Thistle", "xoxb"))
            await move(redis, first.thread, theirs.thread)
        before = len(town.model.requests)
        thread = await second.slack.say("Ben", "#general", "@Threadbot what is the word?", thread_ts=theirs.thread)
        await asyncio.sleep(2.0)
        assert thread
        assert not any("Sesame" in str(request) for request in town.model.requests[before:])
        assert "Sesame" not in str(second.slack.messages("#general"))

        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            await redis.hset("{threadbot}:grants", SECOND.team, str(await redis.hget("{threadbot}:grants", TEAM)))
            await redis.incr("{threadbot}:granted")
        calls = len(town.slack.calls)
        await asyncio.sleep(1.5)
        await second.slack.say("Ben", "#general", "@Threadbot are you there?")
        await asyncio.sleep(1.0)
        assert len(town.slack.calls) == calls  # nobody speaks there with the other's token

    assert not any(word in caplog.text for word in ("Sesame", "Thistle"))


async def content(redis: Redis, key: str) -> object:
    match await redis.type(key):
        case "hash":
            return await redis.hgetall(key)
        case "zset":
            return await redis.zrange(key, 0, -1)
        case "list":
            return await redis.lrange(key, 0, -1)
        case "set":
            return await redis.smembers(key)
        case _:
            return await redis.get(key)


async def move(redis: Redis, first: str, theirs: str) -> None:
    """Put the sealed words of one workspace's thread in the place of the other's."""
    source = f"{{threadbot}}:{TEAM}:messages:slack/{TEAM}/C000GENERAL/{first}"
    target = f"{{threadbot}}:{SECOND.team}:messages:slack/{SECOND.team}/C000GENERAL/{theirs}"
    moved, kept = await redis.hgetall(source), await redis.hgetall(target)
    assert moved
    assert kept
    for field, text in zip(kept, moved.values(), strict=False):
        await redis.hset(target, field, text)
