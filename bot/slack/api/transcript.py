"""What was said in a thread before, and how do people read it?

Slack tells the oldest messages first (docs: conversations.replies). Our own answers are known by the metadata that they
carry: which turn wrote them, and which part of its answer it is.
"""

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.conversation.history import Earlier
from bot.conversation.ids import ThreadKey, order
from bot.conversation.messages import Message
from bot.errors import BotError
from bot.installations import Installation
from bot.slack import mrkdwn
from bot.slack.api.client import Json, Lane, SlackClient
from bot.slack.api.directory import People
from bot.slack.inbound import blocks
from bot.slack.inbound.events import is_own, overheard, to_us
from bot.turns.turn import HELLO, STOPPED

log = logging.getLogger(__name__)

MARKER = "threadbot_turn"
"""The `event_type` of the metadata on what we post; the payload holds "turn" and "part". A turn is named there by
workspace, channel, thread and the newest message that it answers: an earlier version reads it too."""
PAGE = 200  # messages; Slack's advice
WITHIN = 10.0  # seconds; what has been read by then is used
STILL_COMING = 600  # seconds: Slack's last attempt to tell of a message comes some six minutes after it was written
BLANK = "—"  # what stands in place of a message that we may not delete

_APOLOGY = re.compile(r"\(reference [0-9a-f]{8}\)\s*$")


@dataclass(slots=True)
class ThreadReader:
    """The core's `Transcript`, from Slack."""

    client: SlackClient
    me: Installation
    people: People

    async def plain(self, messages: Sequence[Message], *, named: bool) -> list[Message]:
        """The same messages as people read them; our own are so already."""
        return await self._readable(messages, "user", named=named)

    async def earlier(self, thread: ThreadKey, before: str, after: str, most: int) -> Earlier:
        """As the port says. What was said to us is left out while Slack may still bring it: it is answered then."""
        found = _Found(thread, self.me)
        stopped_at = await self._read(thread, after, found)
        said = found.said(after, before)
        kept = await self._readable(said[-most:], "assistant", named=True)
        return Earlier(tuple(kept), len(said) - len(kept), stopped_at)

    async def _read(self, thread: ThreadKey, after: str, found: "_Found") -> str | None:
        """Read the thread to its end. Returns None, or where that ended early."""
        try:
            async with asyncio.timeout(WITHIN):
                await self._pages(thread, after, found)
            return None
        except (BotError, TimeoutError, KeyError, TypeError) as error:
            why = error.detail if isinstance(error, BotError) else type(error).__name__
        log.info("answering without all that was said before", extra={"in_thread": str(thread), "why": why})
        return max(found.newest, after, key=order)

    async def _pages(self, thread: ThreadKey, after: str, found: "_Found") -> None:
        cursor: str | None = None
        while cursor != "":
            page = await self._page(thread, after, cursor)
            for message in page["messages"]:
                found.add(message)
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""

    async def _page(self, thread: ThreadKey, after: str, cursor: str | None) -> Json:
        return await self.client.call(
            "conversations.replies",
            lane=Lane.LOOKUP,
            channel=thread.channel,
            ts=thread.root,
            oldest=after,
            limit=PAGE,
            include_all_metadata=True,
            cursor=cursor,
        )

    async def _readable(self, messages: Sequence[Message], role: str, *, named: bool) -> list[Message]:
        """The messages, of which those of one role are decoded. Names are looked up for all of them together."""
        texts = [message.text for message in messages if message.role == role]
        people = {user for text in texts for user in mrkdwn.mentioned(text)} - {self.me.bot_user}
        channels, groups = mrkdwn.unnamed(texts)
        names, channel_names, group_names = await asyncio.gather(
            self.people.names(people if named else ()),
            self.people.channel_names(channels),
            self.people.group_names(groups),
        )
        unnamed = {} if named else dict.fromkeys(people, "someone")
        names = {**names, **unnamed, **channel_names, **group_names, self.me.bot_user: self.me.name}
        return [
            replace(m, text=mrkdwn.plain(m.text, names, self.me.bot_user)) if m.role == role else m for m in messages
        ]


@dataclass(slots=True)
class _Found:
    """What was read so far: messages of others, and parts of our answers by the turn that wrote them."""

    thread: ThreadKey
    me: Installation
    newest: str = "0"
    _others: dict[str, tuple[Message, bool]] = field(default_factory=dict)
    _own: dict[str, dict[int, str]] = field(default_factory=dict)

    def add(self, message: dict[str, Any]) -> None:
        ts = str(message["ts"])
        if is_own(message, self.me):
            self._add_own(message)
        elif (heard := overheard(message, self.thread.channel, self.me)) is not None:
            self._others[ts] = heard, to_us(message, self.thread, self.me)
        if ts != self.thread.root:  # it opens every page, wherever that begins
            self.newest = ts

    def said(self, after: str, before: str) -> list[Message]:
        """All of it in order, between two messages."""
        answered = max((order(newest) for newest in self._own), default=0)
        settled = max(answered, order(before) - STILL_COMING * 1_000_000)
        said: list[tuple[float, Message]] = [
            (order(message.ts), message)
            for message, asked_us in self._others.values()
            if not asked_us or order(message.ts) <= settled
        ]
        for newest, parts in self._own.items():
            text = "\n\n".join(parts[part] for part in sorted(parts))
            said.append((order(newest) + 0.5, Message(newest, "", text, role="assistant")))
        between = (one for one in said if order(after) < one[0] < order(before))
        return [message for _, message in sorted(between, key=lambda one: one[0])]

    def _add_own(self, message: dict[str, Any]) -> None:
        text = _own_words(message)
        written_by = _written_by(message, self.thread)
        if text and written_by:
            newest, part = written_by
            self._own.setdefault(newest, {})[part] = text


def turn_marked(thread: ThreadKey, newest: str) -> str:
    """How a turn is named in the metadata of its messages."""
    return f"{thread.workspace}/{thread.channel}/{thread.root}/{newest}"


def _own_words(message: dict[str, Any]) -> str:
    """The model's words in one of our messages; none in what we say ourselves. The footer stands in small print."""
    text = blocks.shown(message.get("blocks") or (), small=False) or str(message.get("text") or "")
    bare = text.strip()
    if bare in (HELLO, STOPPED, BLANK) or _APOLOGY.search(bare):
        return ""
    return bare


def _written_by(message: dict[str, Any], thread: ThreadKey) -> tuple[str, int] | None:
    """The newest message that it answers, which names the turn, and which part of the answer it is.

    None without our metadata: a stream that broke off, and is complete elsewhere.
    """
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    turn, part = str(payload.get("turn") or ""), payload.get("part")
    newest = turn.rpartition("/")[2]
    if metadata.get("event_type") != MARKER or turn != turn_marked(thread, newest) or not isinstance(part, int):
        return None
    return newest, part
