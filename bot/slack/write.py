"""How does an answer get into Slack, once and whole, whatever Slack says on the way?

Calls that may be repeated safely (edits) are; a post whose fate is unknown is looked up in the thread before it is
sent again, because Slack knows no idempotency key. Each post carries its turn's id in its metadata for that.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Gone, Unavailable
from bot.ports import Later
from bot.reply import Shown
from bot.slack import pace, refusals, views
from bot.slack import text as slack_text
from bot.slack.calls import Calls, Doubt
from bot.slack.past import MARKER, ThreadReader
from bot.slack.people import People
from bot.slack.read import Me
from bot.slack.stream import Streams
from bot.slack.whisper import whisper
from bot.thread import Earlier, Message, Person, ThreadKey, Turn, order

log = logging.getLogger(__name__)

STATUS_WITHIN = 10.0  # seconds; nothing waits for it but the end of the turn, which has to know what became of it


@dataclass(slots=True)
class Writer:
    """The core's `Chat`, in Slack."""

    client: AsyncWebClient
    me: Me
    people: People
    calls: Calls
    streams: Streams
    reader: ThreadReader

    async def plain(self, messages: Sequence[Message], *, named: bool) -> list[Message]:
        return await self.reader.plain(messages, named=named)

    async def names(self, users: Iterable[str]) -> Mapping[str, str]:
        return await self.people.names(users)

    async def earlier(self, thread: ThreadKey, before: str, after: str, most: int) -> Earlier:
        return await self.reader.earlier(thread, before, after, most)

    async def person(self, user: str) -> Person:
        return await self.people.person(user)

    async def groups(self, user: str, among: Iterable[str]) -> frozenset[str]:
        return await self.people.groups(user, among)

    async def whisper(self, thread: ThreadKey, user: str, text: str) -> None:
        await whisper(self.client, thread, user, text)

    async def post(self, turn: Turn, index: int, latest: Callable[[], Shown]) -> tuple[str, Shown] | Later:
        """Post once. After a doubtful attempt the thread is searched for the message first."""
        if latest().growing:
            if not await self.calls.pace.join(pace.GROWING, turn.id):
                return Later(2.0)
            if await self.streams.may_start(turn) and (begun := await self._stream(turn, index, latest())):
                return begun
        return await self._post(turn, index, latest)

    async def _stream(self, turn: Turn, index: int, shown: Shown) -> tuple[str, Shown] | None:
        """Begin a stream; None when it has to be a post after all."""
        try:
            ts = await self.streams.start(turn, shown)
        except (Gone, Unavailable):  # a post will be told the same, and waits for what passes
            return None
        except Doubt as doubt:
            log.info("stream in doubt", extra={"turn": turn.id, "why": str(doubt)})
            ts = (await self.find(turn)).get(index)
        return (ts, shown) if ts else None

    async def _post(self, turn: Turn, index: int, latest: Callable[[], Shown]) -> tuple[str, Shown]:
        thread, shown = turn.batch.thread, latest()
        message: dict[str, Any] = {
            "channel": thread.channel,
            "thread_ts": thread.root,
            "metadata": _marker(turn, index),
            "unfurl_links": False,
            "unfurl_media": False,
            **views.face(turn.face),
        }

        async def send() -> str:
            nonlocal shown
            shown = latest()  # by now there may be more, or all of it
            return str((await self.client.chat_postMessage(**message, **_content(shown, turn)))["ts"])

        async def send_plain() -> str:
            return str((await self.client.chat_postMessage(**message, text=slack_text.escaped(shown.text)))["ts"])

        async def seek() -> str | None:
            return (await self.find(turn)).get(index)

        try:
            ts = await self.calls.persist("chat.postMessage", send, seek, thread.channel)
        except SlackApiError as refusal:
            if refusals.code(refusal) not in refusals.UNFIT:
                raise refusals.gone(refusal) from refusal
            log.warning("blocks refused, posting plain text", extra={"turn": turn.id, "why": refusals.code(refusal)})
            try:
                ts = await self.calls.persist("chat.postMessage", send_plain, seek, thread.channel)
            except SlackApiError as refusal:
                raise refusals.gone(refusal) from refusal
        await self._settle(turn, shown)
        return ts, shown

    async def edit(self, turn: Turn, index: int, ts: str, shown: Shown) -> str | Later:
        if shown.growing:
            return await self._grow(turn, index, ts, shown)
        if ts in self.streams:
            await self.streams.end(turn, ts)
        try:
            await self.calls.persist("chat.update", self._update(turn, index, ts, shown))
        except SlackApiError as refusal:
            ts = await self._instead(refusal, turn, index, ts, shown)
        await self._settle(turn, shown)
        return ts

    async def _grow(self, turn: Turn, index: int, ts: str, shown: Shown) -> str | Later:
        """Show how far it has come, if there is room for it. Trouble just leaves it undone: the next will tell more."""
        await self.calls.pace.join(pace.GROWING, turn.id)
        if ts in self.streams:
            later = await self.streams.grow(turn, ts, shown)
            return ts if later is None else Later(later)
        if seconds := await self.calls.pace.spare("chat.update"):
            return Later(seconds)
        try:
            await self.calls.attempt("chat.update", self._update(turn, index, ts, shown))
        except (Unavailable, Doubt):
            return Later(1.0)
        except SlackApiError as refusal:
            if refusals.code(refusal) == "streaming_state_conflict":  # begun by an attempt that has died
                await self.streams.end(turn, ts)
            return Later(1.0)
        return ts

    async def _instead(self, refusal: SlackApiError, turn: Turn, index: int, ts: str, shown: Shown) -> str:
        """What to do when the text that must stand cannot be put into its message."""
        code = refusals.code(refusal)
        if code == "streaming_state_conflict":
            await self.streams.end(turn, ts)
            try:
                await self.calls.persist("chat.update", self._update(turn, index, ts, shown))
                return ts
            except SlackApiError as again:
                refusal, code = again, refusals.code(again)
        if code not in refusals.NOT_THERE | refusals.UNFIT:
            raise refusals.gone(refusal) from refusal
        log.info("cannot edit, posting anew", extra={"turn": turn.id, "why": code})
        if code in refusals.UNFIT:
            await self.remove(turn, ts)
        ts, _ = await self._post(turn, index, lambda: shown)
        return ts

    def _update(self, turn: Turn, index: int, ts: str, shown: Shown) -> Callable[[], Awaitable[str]]:
        async def send() -> str:
            channel, metadata = turn.batch.thread.channel, _marker(turn, index)
            await self.client.chat_update(
                channel=channel, ts=ts, parse="none", metadata=metadata, **_content(shown, turn)
            )
            return ts

        return send

    async def _settle(self, turn: Turn, shown: Shown) -> None:
        """The answer is complete: no place among the edits has to be kept for it any more."""
        if not shown.growing:
            await self.calls.pace.leave(pace.GROWING, turn.id)

    async def remove(self, turn: Turn, ts: str) -> None:
        async def delete() -> None:
            await self.client.chat_delete(channel=turn.batch.thread.channel, ts=ts)

        await self.calls.pace.leave(pace.GROWING, turn.id)
        await self.streams.end(turn, ts, already=ts not in self.streams)
        try:
            await self.calls.persist("chat.delete", delete)
        except SlackApiError as refusal:
            if refusals.code(refusal) not in refusals.NOT_THERE:
                log.info("cannot delete, leaving a dash", extra={"turn": turn.id, "why": refusals.code(refusal)})
                await self.streams.end(turn, ts)
                await self._blank(turn, ts)

    async def _blank(self, turn: Turn, ts: str) -> None:
        async def send() -> None:
            await self.client.chat_update(channel=turn.batch.thread.channel, ts=ts, text="—", blocks=[])

        with suppress(Unavailable, Doubt, SlackApiError):
            await self.calls.attempt("chat.update", send)

    async def find(self, turn: Turn) -> dict[int, str]:
        """What this turn has posted, by the marker in the metadata. Empty when Slack does not let us look at all."""
        thread, found = turn.batch.thread, dict[int, str]()

        async def look() -> None:
            pages = await self.client.conversations_replies(
                channel=thread.channel, ts=thread.root, oldest=turn.newest, limit=200, include_all_metadata=True
            )
            async for page in pages:
                for message in page["messages"]:
                    metadata = message.get("metadata") or {}
                    payload = metadata.get("event_payload") or {}
                    if metadata.get("event_type") == MARKER and payload.get("turn") == turn.id:
                        found[int(payload["part"])] = message["ts"]
                    elif not metadata and self._is_stray(message, turn):
                        found.setdefault(len(turn.posted), message["ts"])

        try:
            await self.calls.persist("conversations.replies", look)
        except (SlackApiError, Gone) as refusal:
            why = refusals.code(refusal) if isinstance(refusal, SlackApiError) else refusal.detail
            log.warning("cannot look for an earlier post", extra={"turn": turn.id, "why": why})
        return found

    def _is_stray(self, message: dict[str, Any], turn: Turn) -> bool:
        """A stream that nobody knows of: it carries no marker until it is complete, and only the running turn of a
        thread begins one there."""
        ours = message.get("user") == self.me.user or message.get("bot_id") == self.me.bot
        after = order(message["ts"]) > order(turn.newest)
        return ours and after and "streaming_state" in message and message["ts"] not in turn.posted

    async def status(self, thread: ThreadKey, text: str) -> bool:
        try:
            async with asyncio.timeout(STATUS_WITHIN):
                await self.client.assistant_threads_setStatus(
                    channel_id=thread.channel, thread_ts=thread.root, status=text
                )
        except (ClientError, TimeoutError) as error:  # it may be shown all the same, and late
            log.debug("status in doubt", extra={"in_thread": str(thread), "why": refusals.reason(error)})
            return False
        except SlackApiError as refusal:
            log.debug("no status shown", extra={"in_thread": str(thread), "why": refusals.code(refusal)})
        return True


def _marker(turn: Turn, index: int) -> dict[str, Any]:
    return {"event_type": MARKER, "event_payload": {"turn": turn.id, "part": index}}


def _content(shown: Shown, turn: Turn) -> dict[str, Any]:
    """A message's blocks, and beside them the text that notifications and screen readers use."""
    blocks: list[dict[str, Any]] = [{"type": "markdown", "text": slack_text.shown(shown.text)}]
    if shown.footer:
        footer = {"type": "plain_text", "text": shown.footer[:2000], "emoji": False}  # plain: nothing in it is parsed
        blocks.append({"type": "context", "elements": [footer]})
    blocks += views.controls(shown.controls, turn)
    return {"blocks": blocks, "text": slack_text.notification(shown.text)}
