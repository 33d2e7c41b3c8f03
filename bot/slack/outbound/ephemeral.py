"""How is one person told something that nobody else shall read? (Slack docs: chat.postEphemeral)"""

import asyncio
import logging
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.conversation.ids import ThreadKey
from bot.slack.api import errors as refusals

log = logging.getLogger(__name__)

WITHIN = 10.0  # seconds; then it is left unsaid


async def whisper(client: AsyncWebClient, thread: ThreadKey, user: str, text: str, *, begun: bool = True) -> None:
    """`text` as Slack encodes it. Never raises: Slack promises no delivery either, and nothing depends on it.

    In a thread that has not `begun`, where nobody has replied to its first message, Slack would show it nowhere: it is
    said in the channel then.
    """
    where: dict[str, Any] = {"thread_ts": thread.root} if begun else {}
    try:
        async with asyncio.timeout(WITHIN):
            await client.chat_postEphemeral(channel=thread.channel, user=user, text=text, **where)
    except (SlackApiError, ClientError, TimeoutError, OSError) as error:
        log.info("not told", extra={"in_thread": str(thread), "user": user, "why": refusals.reason(error)})
