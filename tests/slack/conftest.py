from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from bot.slack.api.client import SlackClient
from bot.slack.api.rate_limits import Pace
from threadbot_sandbox.slack import SmallSlack


@pytest.fixture
async def client(slack: SmallSlack) -> AsyncIterator[SlackClient]:
    """The bot's own, without a count of its calls."""
    async with ClientSession() as session:
        yield SlackClient(slack.bot_token, f"{slack.url}/api/", session, Pace(None))
