"""What is kept of the models' servers, for all processes."""

import time

import pytest

from bot.errors import Unavailable
from bot.llm.learned import NO_STREAM, NO_SYSTEM, Learned
from bot.store.client import Client
from bot.store.learned import RedisLearned
from tests.store.shelf import Shelf

SERVER = "https://llm.acme.example/v1"


async def test_what_one_process_has_learned_another_knows(shelf: Shelf, redis_url: str) -> None:
    await Learned(SERVER, RedisLearned(shelf.client, "test")).learn("m", NO_STREAM, "x")
    client = Client(redis_url, "test")
    try:
        others = Learned(SERVER, RedisLearned(client, "test"))

        assert await others.of("m") == {NO_STREAM: "x"}
        assert await others.of("another model") == {}
        assert await Learned("https://other.example/v1", RedisLearned(client, "test")).of("m") == {}
    finally:
        await client.close()


async def test_it_is_kept_as_long_as_the_fact_that_holds_longest(shelf: Shelf) -> None:
    memory = RedisLearned(shelf.client, "test")
    await memory.keep("s m", NO_STREAM, "", time.time() + 1000)
    await memory.keep("s m", NO_SYSTEM, "", time.time() + 10)

    [(key, kept)] = (await shelf.contents()).items()
    assert "learned" in key
    assert len(kept) == 2
    assert 900 < await shelf.raw.ttl(key) <= 1000


async def test_what_is_over_is_not_known_any_more(shelf: Shelf) -> None:
    memory = RedisLearned(shelf.client, "test")
    await memory.keep("s m", NO_STREAM, "", time.time() - 1)
    learned = Learned("s", memory)
    await learned.learn("m", NO_SYSTEM)

    assert await learned.of("m") == {NO_SYSTEM: ""}
    await learned.learn("m", NO_SYSTEM, seconds=0.0)
    assert await learned.of("m") == {}


@pytest.mark.parametrize("odd", ["", "nonsense", "{}", '["x"]', '["x", "tomorrow"]', "\udcff"])
async def test_what_cannot_be_read_is_passed_over(shelf: Shelf, odd: str) -> None:
    memory = RedisLearned(shelf.client, "test")
    await memory.keep("s m", NO_STREAM, "", time.time() + 1000)
    [key] = await shelf.contents()
    await shelf.raw.hset(key, NO_SYSTEM, odd.encode(errors="surrogateescape"))

    assert await Learned("s", memory).of("m") == {NO_STREAM: ""}


async def test_without_redis_a_process_goes_on_with_what_it_knows() -> None:
    class Gone:
        async def load(self, about: str) -> dict[str, tuple[str, float]]:
            raise Unavailable("memory.unreachable")

        async def keep(self, about: str, fact: str, value: str, until: float) -> None:
            raise Unavailable("memory.unreachable")

    learned = Learned(SERVER, Gone())
    await learned.learn("m", NO_STREAM)

    assert await learned.of("m") == {NO_STREAM: ""}
