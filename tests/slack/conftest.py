from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from slack_sdk.web.async_client import AsyncWebClient

from threadbot_sandbox.slack import SmallSlack


@pytest.fixture
async def client(slack: SmallSlack) -> AsyncIterator[AsyncWebClient]:
    """As the bot's own: without the SDK's retries."""
    async with ClientSession() as session:
        yield AsyncWebClient(slack.bot_token, base_url=f"{slack.url}/api/", session=session, retry_handlers=[])
