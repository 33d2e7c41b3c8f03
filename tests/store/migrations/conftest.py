import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.slack import mrkdwn
from bot.store import migrations
from bot.store.client import Client
from bot.store.keys import LASTING, SHARED, shared
from bot.store.migrations import step_1
from bot.store.migrations.step_1 import Ground
from tests.fixtures.dump import load
from tests.town import KEYS
from threadbot_sandbox.slack.seed import BOT_USER, TEAM

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
LEFT: dict[str, Any] = json.loads((FIXTURES / "redis-0.json").read_text("utf-8"))
FACTS: dict[str, Any] = json.loads((FIXTURES / "redis-0-facts.json").read_text("utf-8"))
MONTH = 30 * 24 * 3600
STEPS = migrations.steps(lambda text: mrkdwn.unaddressed(mrkdwn.decode(text), BOT_USER))
RUNNING = "T00SANDBOX0/C000GENERAL/1796082600.515126"
"""A thread of the fixture whose turn was under way."""


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        yield client


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Client]:
    client = Client(redis_url)
    yield client
    await client.close()


@pytest.fixture
async def left(redis: Redis) -> Redis:
    """What the landed version has left."""
    await load(redis, LEFT)
    return redis


@pytest.fixture
def ground(client: Client) -> Ground:
    return Ground(client, "threadbot", TEAM)


@pytest.fixture(autouse=True)
async def every_key_has_a_lifetime(redis_url: str) -> AsyncIterator[None]:
    """Or stands on our list of lasting keys, or lasts for the earlier version as long as that may run."""
    yield
    lasting = {getattr(KEYS, name) for name in LASTING} | {shared("threadbot", name) for name in SHARED}
    lasting |= {shared("threadbot", f"copied:{name}") for name in (*step_1.CHOICES, "chosen")}
    earlier = {f"{{threadbot}}:{name}" for name in step_1.OLD_NAMES}
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        forever = {key for key in await redis.keys() if await redis.ttl(key) == -1}
        window = await redis.exists("{threadbot}:migration")
    assert forever <= (lasting | earlier if window else lasting)
