"""What is not tried for a while, as all processes know it."""

import asyncio

from bot.store.client import Client
from bot.store.cooling import RedisCooling
from tests.store.shelf import Shelf


async def test_what_cools_is_known_to_all_with_its_reason_and_time(redis_url: str) -> None:
    one, other = Client(redis_url, "test"), Client(redis_url, "test")
    await RedisCooling(one, "test").cool("key:a", "model.key", 60)

    found = await RedisCooling(other, "test").cold(["key:b", "key:a"])
    await one.close()
    await other.close()

    assert set(found) == {"key:a"}
    why, seconds = found["key:a"]
    assert why == "model.key"
    assert 50 < seconds <= 60


async def test_the_longer_time_counts_and_an_end_ends_it(redis_url: str) -> None:
    client = Client(redis_url, "test")
    cooling = RedisCooling(client, "test")
    await cooling.cool("key:a", "model.key", 60)
    await cooling.cool("key:a", "model.busy", 1)
    kept = await cooling.cold(["key:a"])
    await cooling.warm(["key:a"])
    ended = await cooling.cold(["key:a"])
    await client.close()

    assert kept["key:a"][0] == "model.key"
    assert ended == {}


async def test_it_is_over_by_itself(redis_url: str) -> None:
    client = Client(redis_url, "test")
    cooling = RedisCooling(client, "test")
    await cooling.cool("key:a", "model.busy", 0.01)
    while await cooling.cold(["key:a"]):  # noqa: ASYNC110 - only the server knows
        await asyncio.sleep(0.01)
    await client.close()


async def test_of_many_only_one_is_the_first(redis_url: str) -> None:
    client = Client(redis_url, "test")
    cooling = RedisCooling(client, "test")
    told = await asyncio.gather(*(cooling.first("told:a", 60) for _ in range(8)))
    await client.close()

    assert sorted(told) == [False] * 7 + [True]


async def test_what_is_warm_need_not_be_asked_again_while_nothing_cools(redis_url: str) -> None:
    """As a turn's beginning tells how often something did."""
    shelf, other = await Shelf.open(redis_url), Client(redis_url, "test")
    cooling, far = RedisCooling(shelf.client, "test"), RedisCooling(other, "test")
    assert await cooling.cold(["key:a", "key:b"]) == {}
    await shelf.ask(1)
    await shelf.answer()
    assert shelf.client.cooled.are_warm(["key:a"])
    assert not shelf.client.cooled.are_warm(["key:a", "key:c"])

    await far.cool("key:a", "model.key", 60)
    assert await cooling.cold(["key:a"]) == {}, "what is told as a turn begins is enough"
    await shelf.ask(2)
    await shelf.answer()
    assert set(await cooling.cold(["key:a"])) == {"key:a"}
    assert set(await cooling.cold(["key:a", "key:b"])) == {"key:a"}
    assert await cooling.cold(["key:b"]) == {}
    await cooling.cool("key:b", "model.busy", 60)
    assert set(await cooling.cold(["key:b"])) == {"key:b"}, "what we cool ourselves we know"
    await other.close()
    await shelf.close()
