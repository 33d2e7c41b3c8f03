"""How is one person told something that nobody else shall read? (Slack docs: chat.postEphemeral)"""

import asyncio
import logging

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import refusals
from bot.thread import ThreadKey

log = logging.getLogger(__name__)

WITHIN = 10.0  # seconds; then it is left unsaid


async def whisper(client: AsyncWebClient, thread: ThreadKey, user: str, text: str) -> None:
    """`text` as Slack encodes it. Never raises: Slack promises no delivery either, and nothing depends on it."""
    try:
        async with asyncio.timeout(WITHIN):
            await client.chat_postEphemeral(channel=thread.channel, user=user, thread_ts=thread.root, text=text)
    except (SlackApiError, ClientError, TimeoutError) as error:
        log.info("not told", extra={"in_thread": str(thread), "user": user, "why": refusals.reason(error)})
