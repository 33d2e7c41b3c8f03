"""The messages of a thread, page by page; Slack gives the oldest first (docs: conversations.replies)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Literal

from bot.conversation.ids import ThreadKey
from bot.slack.api.client import Lane, SlackClient

PAGE = 200  # messages; Slack's advice


@dataclass(frozen=True, slots=True)
class Page:
    """`cursor` is where it goes on; empty at the end."""

    messages: list[dict[str, Any]]
    cursor: str


async def page(
    client: SlackClient,
    thread: ThreadKey,
    lane: Literal[Lane.FINAL, Lane.LOOKUP],
    *,
    after: str,
    until: str | None = None,
    most: int,
    cursor: str | None = None,
) -> Page:
    """The first messages of the thread after one `ts` and before another, with their metadata. Its first message
    opens every page.

    What the client's call raises escapes, and KeyError or TypeError where Slack's answer has another shape.
    """
    answer = await client.call(
        "conversations.replies",
        lane=lane,
        channel=thread.channel,
        ts=thread.root,
        oldest=after,
        latest=until,
        limit=most,
        include_all_metadata=True,
        cursor=cursor,
    )
    cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
    return Page(list(answer["messages"]), cursor)


async def replies(
    client: SlackClient,
    thread: ThreadKey,
    after: str,
    lane: Literal[Lane.FINAL, Lane.LOOKUP],
    *,
    until: str | None = None,
    most: int = PAGE,
) -> AsyncIterator[dict[str, Any]]:
    """Each message of the thread after one `ts` and before another, `most` on a page. Raises as `page` does."""
    cursor: str | None = None
    while cursor != "":
        found = await page(client, thread, lane, after=after, until=until, most=most, cursor=cursor)
        for message in found.messages:
            yield message
        cursor = found.cursor
