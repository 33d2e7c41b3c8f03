"""How does an answer get into Slack, once and whole, whatever Slack says on the way?

Calls that may be repeated safely (edits) are; a post whose fate is unknown is looked up in the thread before it is
sent again, because Slack knows no idempotency key. Each post carries its turn's id in its metadata for that.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from aiohttp import ClientConnectorError, ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Gone, Unavailable
from bot.reply import Shown
from bot.slack import refusals, views
from bot.slack import text as slack_text
from bot.slack.pace import Pace
from bot.slack.people import People
from bot.slack.read import Me, overheard
from bot.thread import Message, ThreadKey, Turn, order

log = logging.getLogger(__name__)

T = TypeVar("T")

MARKER = "threadbot_turn"
PATIENCE = 120.0  # seconds that one call may take with all its repetitions
STATUS_WITHIN = 10.0  # seconds; nothing waits for it but the end of the turn, which has to know what became of it
MOST_EARLIER = 400  # messages of a thread that are read when we are first asked there
TEXT_LIMIT = 3_900  # characters of `text` beside the blocks; Slack refuses an edit with more than 4,000

GONE = frozenset(
    {
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "thread_not_found",
        "restricted_action",
        "messages_tab_disabled",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_thread_locked",
        "cannot_reply_to_message",
        "token_revoked",
        "account_inactive",
        "invalid_auth",
        "not_authed",
        "team_access_not_granted",
        "user_not_found",
        "cannot_dm_bot",
        "ekm_access_denied",
    }
)
UNFIT = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "block_mismatch"})
NOT_THERE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "is_inactive"})


class Doubt(Exception):
    """The call may have been carried out, or not: the connection was lost, or Slack failed, after it was sent."""


@dataclass(slots=True)
class Writer:
    """The core's `Chat`, in Slack."""

    client: AsyncWebClient
    me: Me
    people: People
    rhythm: Pace = field(default_factory=Pace)

    async def plain(self, messages: Sequence[Message]) -> list[Message]:
        mentioned = {user for m in messages if m.role == "user" for user in slack_text.mentioned(m.text)}
        names = {**await self.people.names(mentioned - {self.me.user}), self.me.user: self.me.name}
        return [self._plain(message, names) for message in messages]

    def _plain(self, message: Message, names: Mapping[str, str]) -> Message:
        if message.role == "assistant":
            return message
        text = slack_text.plain(message.text, names, self.me.user)
        return replace(message, text=text)

    async def names(self, users: Iterable[str]) -> Mapping[str, str]:
        return await self.people.names(users)

    async def earlier(self, thread: ThreadKey, before: str) -> list[Message]:
        said: deque[Message] = deque(maxlen=MOST_EARLIER)  # Slack tells the oldest first; the newest are wanted
        try:
            pages = await self.client.conversations_replies(
                channel=thread.channel, ts=thread.root, latest=before, limit=200
            )
            async for page in pages:
                said += filter(None, (overheard(each, thread.channel, self.me) for each in page["messages"]))
        except (SlackApiError, ClientError, TimeoutError) as error:
            log.info(
                "answering without what was said before",
                extra={"in_thread": str(thread), "why": refusals.reason(error)},
            )
            return []
        return [message for message in said if order(message.ts) < order(before)]

    async def is_admin(self, user: str) -> bool:
        return await self.people.is_admin(user)

    async def post(self, turn: Turn, index: int, shown: Shown) -> str:
        """Post once. After a doubtful attempt the thread is searched for the message first."""
        thread = turn.batch.thread
        message = {
            "channel": thread.channel,
            "thread_ts": thread.root,
            "metadata": {"event_type": MARKER, "event_payload": {"turn": turn.id, "part": index}},
            "unfurl_links": False,
            "unfurl_media": False,
            **_content(shown, turn),
        }

        async def send() -> str:
            return str((await self.client.chat_postMessage(**message))["ts"])

        async def seek() -> str | None:
            return (await self.find(turn)).get(index)

        limit = f"chat.postMessage {thread.channel}"
        try:
            return await self._persist(limit, send, seek)
        except SlackApiError as refusal:
            if refusals.code(refusal) not in UNFIT:
                raise _gone(refusal) from refusal
            log.warning("blocks refused, posting plain text", extra={"turn": turn.id, "why": refusals.code(refusal)})
        message |= {"blocks": [], "text": slack_text.escaped(shown.text)}
        try:
            return await self._persist(limit, send, seek)
        except SlackApiError as refusal:
            raise _gone(refusal) from refusal

    async def edit(self, turn: Turn, index: int, ts: str, shown: Shown, *, final: bool) -> str | None:
        channel = turn.batch.thread.channel
        limit = "chat.update"
        if not final and (self.rhythm.wait(limit) > 0 or not self.rhythm.take_edit()):
            return None

        async def send() -> str:
            await self.client.chat_update(channel=channel, ts=ts, parse="none", **_content(shown, turn))
            return ts

        if not final:
            return await self._once(limit, send)
        try:
            return await self._persist(limit, send)
        except SlackApiError as refusal:
            code = refusals.code(refusal)
            if code not in NOT_THERE | UNFIT:
                raise _gone(refusal) from refusal
            log.info("cannot edit, posting anew", extra={"turn": turn.id, "why": code})
            if code in UNFIT:
                await self.remove(turn, ts)
            return await self.post(turn, index, shown)

    async def remove(self, turn: Turn, ts: str) -> None:
        channel = turn.batch.thread.channel

        async def delete() -> None:
            await self.client.chat_delete(channel=channel, ts=ts)

        async def blank() -> str:
            await self.client.chat_update(channel=channel, ts=ts, text="—", blocks=[])
            return ts

        try:
            await self._persist("chat.delete", delete)
        except SlackApiError as refusal:
            if refusals.code(refusal) not in NOT_THERE:
                log.info("cannot delete, leaving a dash", extra={"turn": turn.id, "why": refusals.code(refusal)})
                await self._once("chat.update", blank)

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

        try:
            await self._persist("conversations.replies", look)
        except (SlackApiError, Gone) as refusal:
            why = refusals.code(refusal) if isinstance(refusal, SlackApiError) else refusal.detail
            log.warning("cannot look for an earlier post", extra={"turn": turn.id, "why": why})
        return found

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

    def pause(self, thread: ThreadKey) -> float:
        return max(self.rhythm.next_edit(), self.rhythm.wait("chat.update"))

    async def _once(self, limit: str, send: Callable[[], Awaitable[str]]) -> str | None:
        """A call that another will soon make up for: trouble just leaves it undone."""
        try:
            return await self._attempt(limit, send)
        except (Unavailable, Doubt, SlackApiError):
            return None

    async def _persist(
        self, limit: str, send: Callable[[], Awaitable[T]], seek: Callable[[], Awaitable[T | None]] | None = None
    ) -> T:
        """A call that has to succeed: passing trouble is waited out, refusals escape.

        `seek` finds out whether a doubtful attempt did its work; without it, doing it twice does no harm.
        """
        give_up, pause = time.monotonic() + PATIENCE, 0.5
        while True:
            await self.rhythm.clear(limit)
            try:
                return await self._attempt(limit, send)
            except Unavailable as trouble:
                if time.monotonic() > give_up:
                    raise
                if not trouble.after:  # a rate limit: `clear` waits for it
                    continue
            except Doubt as doubt:
                if time.monotonic() > give_up:
                    raise Unavailable("Slack does not answer.", str(doubt), 5.0) from doubt
                await asyncio.sleep(pause)
                if seek is not None and (done := await seek()) is not None:
                    return done
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10.0)

    async def _attempt(self, limit: str, send: Callable[[], Awaitable[T]]) -> T:
        """Once. Raises Gone, Unavailable (not carried out), Doubt, or SlackApiError for any other refusal."""
        try:
            return await send()
        except SlackApiError as refusal:
            code = refusals.code(refusal)
            if code in refusals.LIMITED:
                self.rhythm.hold(limit, refusals.retry_after(refusal))
                raise Unavailable("Slack asks me to slow down.", f"{limit}: {code}", 0.0) from refusal
            if code in GONE:
                raise Gone("I cannot write there.", f"{limit}: {code}") from refusal
            if code in refusals.PASSING or refusals.status(refusal) >= 500:
                raise Doubt(f"{limit}: {code or refusals.status(refusal)}") from refusal
            raise
        except ClientConnectorError as error:
            raise Unavailable("Slack is not reachable.", f"{limit}: {refusals.reason(error)}", 1.0) from error
        except (ClientError, TimeoutError, OSError) as error:
            raise Doubt(f"{limit}: {refusals.reason(error)}") from error


def _content(shown: Shown, turn: Turn) -> dict[str, Any]:
    """A message's blocks, and beside them the text that notifications and screen readers use."""
    blocks: list[dict[str, Any]] = [{"type": "markdown", "text": slack_text.harmless(shown.text)}]
    if shown.footer:
        footer = {"type": "plain_text", "text": shown.footer[:2000], "emoji": False}  # plain: nothing in it is parsed
        blocks.append({"type": "context", "elements": [footer]})
    if shown.button:
        blocks.append(views.actions(shown.button, turn.newest))
    return {"blocks": blocks, "text": _shortened(slack_text.escaped(shown.text))}


def _shortened(text: str) -> str:
    if len(text) <= TEXT_LIMIT:
        return text
    cut = text[: TEXT_LIMIT - 1]
    return cut[: cut.rfind("&")] + "…" if "&" in cut[-5:] else cut + "…"


def _gone(refusal: SlackApiError) -> Gone:
    """Whatever else Slack refuses us for, trying again would not change it."""
    return Gone("I cannot write there.", f"Slack: {refusals.code(refusal) or refusals.status(refusal)}")
