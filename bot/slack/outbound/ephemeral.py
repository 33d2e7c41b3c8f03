"""What one person is told and nobody else shall read. (Slack docs: chat.postEphemeral)"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from bot.conversation.ids import ThreadKey
from bot.errors import BotError
from bot.slack.api.client import Lane, SlackClient

log = logging.getLogger(__name__)


async def post_ephemeral(
    client: SlackClient,
    thread: ThreadKey,
    user: str,
    encoded: str,
    *,
    begun: bool = True,
    blocks: Sequence[Mapping[str, Any]] = (),
) -> bool:
    """`encoded` as Slack takes it; the `blocks` are shown in its place, if there are any. False where Slack did not
    take it. Never raises: Slack promises no delivery either, and nothing depends on it.

    In a thread that has not `begun`, where nobody has replied to its first message, Slack would show it nowhere: it is
    said in the channel then.
    """
    root, channel = thread.root if begun else None, thread.channel
    try:
        await client.call(
            "chat.postEphemeral",
            lane=Lane.INTERACTIVE,
            channel=channel,
            user=user,
            text=encoded,
            thread_ts=root,
            blocks=list(blocks) or None,
        )
    except BotError as error:
        log.info("not told", extra={"in_thread": str(thread), "user": user, "why": error.detail})
        return False
    return True
