from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from bot.store.keys import LASTING, SHARED, Keys, shared
from tests.servers import DebianRedis
from tests.store.shelf import Shelf
from threadbot_sandbox.redis import EmbeddedRedis


@pytest.fixture(scope="session", params=[EmbeddedRedis, DebianRedis], ids=["valkey", "redis"])
def redis_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """Every test of the store runs on both."""
    server: EmbeddedRedis = request.param(tmp_path_factory.mktemp("store"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def shelf(redis_url: str) -> AsyncIterator[Shelf]:
    opened = await Shelf.open(redis_url)
    yield opened
    await opened.close()


@pytest.fixture
def mortal_redis(redis_server: EmbeddedRedis) -> Iterator[EmbeddedRedis]:
    """The server, for tests that stop it; it runs again afterwards."""
    yield redis_server
    redis_server.start()


@pytest.fixture(autouse=True)
async def every_key_has_a_lifetime(redis_url: str) -> AsyncIterator[None]:
    """After each test of the store, each key has a lifetime or stands on the list of lasting keys."""
    yield
    lasting = {getattr(Keys("test", "T1"), name) for name in LASTING} | {shared("test", name) for name in SHARED}
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        forever = {key for key in await redis.keys() if await redis.ttl(key) == -1}
    assert forever <= lasting
