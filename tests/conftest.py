import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from redis.asyncio import Redis

from bot.slack.manifest import manifest
from tests.town import Town
from threadbot_sandbox import brain
from threadbot_sandbox.model import SmallModel
from threadbot_sandbox.redis import EmbeddedRedis
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

settings.register_profile("threadbot", deadline=None)  # a busy machine is not a bug
settings.load_profile("threadbot")


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable or .env file of the developer's reaches the tests."""
    for name in list(os.environ):
        if name.startswith(("SLACK_", "OPENAI_", "REDIS_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """One real server for the whole run (per xdist worker), on a Unix socket of its own."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def redis_url(redis_server: EmbeddedRedis) -> str:
    """The server's address; it is empty when a test begins."""
    async with Redis.from_url(redis_server.url) as client:
        await client.flushall()
    return redis_server.url


@pytest.fixture
async def slack() -> AsyncIterator[SmallSlack]:
    small = SmallSlack()
    small.retry_delays = (0.0, 0.5, 1.0)
    async with serving(small.app):
        yield small


@pytest.fixture
async def model() -> SmallModel:
    """The scripted brain, speaking as fast as it can."""
    return SmallModel(think=lambda request: replace(brain.answer(request), tokens_per_second=None))


@pytest.fixture
async def town(slack: SmallSlack, model: SmallModel, redis_url: str) -> AsyncIterator[Town]:
    """The bot may do here what its manifest declares, and no more."""
    slack.install(manifest(socket_mode=True))
    async with serving(model.app) as url:
        yield Town(slack, model, url, redis_url)
