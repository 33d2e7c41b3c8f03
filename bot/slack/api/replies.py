"""The messages of a thread, page by page; Slack gives the oldest first (docs: conversations.replies)."""

from collections.abc import AsyncIterator
from typing import Any, Literal

from bot.conversation.ids import ThreadKey
from bot.slack.api.client import Lane, SlackClient

PAGE = 200  # messages; Slack's advice


async def replies(
    client: SlackClient, thread: ThreadKey, after: str, lane: Literal[Lane.FINAL, Lane.LOOKUP]
) -> AsyncIterator[dict[str, Any]]:
    """Each message of the thread after that `ts`, with its metadata; the first message of the thread opens every page.

    What the client's call raises escapes, and KeyError or TypeError where Slack's answer has another shape.
    """
    cursor: str | None = None
    while cursor != "":
        page = await client.call(
            "conversations.replies",
            lane=lane,
            channel=thread.channel,
            ts=thread.root,
            oldest=after,
            limit=PAGE,
            include_all_metadata=True,
            cursor=cursor,
        )
        for message in page["messages"]:
            yield message
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
