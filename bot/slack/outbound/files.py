"""A file for one person alone: into their direct messages (Slack docs: working with files, uploading files)."""

import logging
from typing import Any

from bot.errors import BotError
from bot.slack.api.client import Lane, SlackClient
from bot.slack.api.errors import Closed, Refused
from bot.slack.mrkdwn import escaped

log = logging.getLogger(__name__)


async def hand_over(client: SlackClient, user: str, name: str, content: bytes, about: str) -> bool:
    """Send it, below a message that says what it is. False where Slack does not let us; may raise Unavailable.

    Only a message tells, without a further scope, in which conversation somebody's direct messages are.
    """
    try:
        place = await client.call(
            "files.getUploadURLExternal", lane=Lane.INTERACTIVE, filename=name, length=len(content)
        )
        await client.upload(str(place["upload_url"]), content)
        note = await client.call("chat.postMessage", lane=Lane.INTERACTIVE, channel=user, text=escaped(about))
    except (Refused, Closed) as refusal:
        log.info("a file was not sent", extra={"user": user, "why": refusal.detail})
        return False
    return await _shared(client, str(place["file_id"]), name, note)


async def _shared(client: SlackClient, file: str, name: str, note: Any) -> bool:
    """Show the file. Where Slack does not let us, the message that announces it goes."""
    channel = str(note["channel"])
    try:
        await client.call(
            "files.completeUploadExternal",
            lane=Lane.INTERACTIVE,
            files=[{"id": file, "title": name}],
            channel_id=channel,
        )
    except BotError as trouble:
        log.info("a file was not shown", extra={"file": file, "why": trouble.detail})
        await _take_back(client, channel, str(note["ts"]))
        if isinstance(trouble, Refused | Closed):
            return False
        raise
    return True


async def _take_back(client: SlackClient, channel: str, ts: str) -> None:
    try:
        await client.call("chat.delete", lane=Lane.INTERACTIVE, channel=channel, ts=ts)
    except BotError as trouble:
        log.info("a message about a file stays", extra={"why": trouble.detail})
