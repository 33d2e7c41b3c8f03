"""A thread of our own, in which Slack is tried. What stands in it in the end is deleted."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.conversation.ids import ThreadKey
from bot.errors import BotError
from bot.installations import Installation
from bot.slack import threads
from bot.slack.api.client import Lane, SlackClient
from bot.slack.api.errors import Closed, Refused
from bot.slack.api.replies import replies
from bot.slack.inbound.events import is_own

HELLO = "Threadbot tries what this Slack takes. This thread deletes itself in a minute."
log = logging.getLogger(__name__)

Json = dict[str, Any]

APART = 1.1  # seconds between two posts in a channel (Slack docs: rate limits)
SETTLE = 3.0  # seconds that Slack gets to show what it does by itself, such as previews


class NotTaken(Exception):
    """Slack refused a call. Its text says how."""


@dataclass(slots=True)
class Bench:
    """`reader` is for whom streams are, outside of direct messages."""

    client: SlackClient
    me: Installation
    thread: ThreadKey
    reader: str
    _posted: set[str] = field(default_factory=set)

    async def post(self, **shown: Any) -> str:
        """Returns the message's `ts`. As all that is tried, raises NotTaken."""
        await asyncio.sleep(APART)
        about: Json = {"unfurl_links": False, "unfurl_media": False, **shown}
        call = self.client.call(
            "chat.postMessage",
            lane=Lane.INTERACTIVE,
            channel=self.thread.channel,
            thread_ts=self.thread.root,
            **about,
        )
        return self._noted(await _taken(call))

    async def start(self, *chunks: Json) -> str:
        call = self.client.call(
            "chat.startStream",
            lane=Lane.INTERACTIVE,
            channel=self.thread.channel,
            thread_ts=self.thread.root,
            recipient_team_id=self.me.team or self.me.workspace,
            recipient_user_id=self.reader,
            chunks=list(chunks),
        )
        return self._noted(await _taken(call))

    async def append(self, ts: str, text: str) -> None:
        chunks = [{"type": "markdown_text", "text": text}]
        channel = self.thread.channel
        await _taken(
            self.client.call("chat.appendStream", lane=Lane.INTERACTIVE, channel=channel, ts=ts, chunks=chunks)
        )

    async def stop(self, ts: str) -> None:
        await _taken(self.client.call("chat.stopStream", lane=Lane.INTERACTIVE, channel=self.thread.channel, ts=ts))

    async def edit(self, ts: str, **shown: Any) -> None:
        channel = self.thread.channel
        await _taken(
            self.client.call("chat.update", lane=Lane.INTERACTIVE, channel=channel, ts=ts, parse="none", **shown)
        )

    async def status(self, text: str) -> None:
        call = self.client.call(
            "assistant.threads.setStatus",
            lane=Lane.INTERACTIVE,
            channel_id=self.thread.channel,
            thread_ts=self.thread.root,
            status=text,
        )
        await _taken(call)

    async def settle(self) -> None:
        await asyncio.sleep(SETTLE)

    async def read(self, ts: str) -> Json:
        """A message as it stands in the thread now."""
        found = [message for message in await self.messages() if message["ts"] == ts]
        if not found:
            raise NotTaken("it is not in the thread")
        return found[-1]

    async def messages(self) -> list[Json]:
        """All of the thread, the first one too."""
        try:
            return [each async for each in replies(self.client, self.thread, "0", Lane.FINAL)]
        except BotError as error:
            raise NotTaken(_why(error)) from error

    async def clear(self) -> list[str]:
        """Delete all of ours, the first message last. Returns what Slack does not let us delete."""
        try:
            ours = {str(each["ts"]) for each in await self.messages() if is_own(each, self.me)}
        except NotTaken:
            ours = set[str]()
        left = []
        for ts in sorted(ours | self._posted, reverse=True):
            try:
                await self.client.call("chat.delete", lane=Lane.FINAL, channel=self.thread.channel, ts=ts)
            except Refused as refusal:
                if refusal.code != "message_not_found":
                    left.append(f"{ts} ({refusal.code})")
            except BotError as error:
                left.append(f"{ts} ({_why(error)})")
        return left

    def _noted(self, answer: Mapping[str, Any]) -> str:
        ts = str(answer["ts"])
        self._posted.add(ts)
        return ts


@asynccontextmanager
async def opened(client: SlackClient, me: Installation, channel: str, reader: str) -> AsyncIterator[Bench]:
    """A new thread in a conversation, by its id or name. Deleted in the end, whatever happens. Raises NotTaken."""
    first = await _taken(client.call("chat.postMessage", lane=Lane.INTERACTIVE, channel=channel, text=HELLO))
    thread = threads.thread(me.workspace, str(first["channel"]), str(first["ts"]))
    bench = Bench(client, me, thread, reader)
    bench._noted(first)
    try:
        yield bench
    finally:
        if left := await bench.clear():
            log.warning("some messages could not be deleted", extra={"in_thread": str(thread), "messages": left})


async def _taken(call: Any) -> Mapping[str, Any]:
    try:
        answer: Mapping[str, Any] = await call
    except BotError as error:
        raise NotTaken(_why(error)) from error
    return answer


def _why(error: BotError) -> str:
    if isinstance(error, Refused):
        return "; ".join((error.code, *error.reasons[:2]))
    return error.code if isinstance(error, Closed) else error.detail
