from collections.abc import AsyncIterator

import aiohttp
import openai
import pytest

from tests.sandbox.bots import Bot
from threadbot_sandbox.model import SmallModel
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack


@pytest.fixture
def model() -> SmallModel:
    return SmallModel()


@pytest.fixture
async def client(model: SmallModel) -> AsyncIterator[openai.AsyncOpenAI]:
    async with (
        serving(model.app) as url,
        openai.AsyncOpenAI(api_key="sandbox", base_url=f"{url}/v1", max_retries=0, timeout=5) as client,
    ):
        yield client


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def bot(slack: SmallSlack) -> AsyncIterator[Bot]:
    async with aiohttp.ClientSession() as session:
        bot = Bot(slack, session)
        await bot.socket.connect()  # type: ignore[no-untyped-call]
        await slack.wait_for(lambda: slack.connected)
        yield bot
        await bot.socket.close()  # type: ignore[no-untyped-call]
