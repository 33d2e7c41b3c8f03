"""What was said in a thread before.

Our own answers are known by their markers; what the bot says of itself is no part of what was said.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

from bot.conversation.history import Earlier
from bot.conversation.ids import ThreadKey, order
from bot.conversation.messages import Message
from bot.errors import BotError
from bot.installations import Installation
from bot.slack import mrkdwn
from bot.slack.api import markers
from bot.slack.api.client import Lane, SlackClient
from bot.slack.api.replies import replies
from bot.slack.inbound import blocks
from bot.slack.inbound.events import is_own, overheard, to_us

log = logging.getLogger(__name__)

READ_TIMEOUT = 10.0  # seconds; what has been read by then is used
STILL_COMING = 600  # seconds: Slack's last attempt to tell of a message comes some six minutes after it was written


@dataclass(slots=True)
class ThreadReader:
    """The core's `Transcript`, from Slack."""

    client: SlackClient
    me: Installation

    async def earlier(self, thread: ThreadKey, before: str, after: str, most: int) -> Earlier:
        """As the port says. What was said to us is left out while Slack may still bring it: it is answered then."""
        found = _Found(thread, self.me)
        stopped_at = await self._read(thread, after, found)
        said = found.said(after, before)
        kept = said[-most:]
        return Earlier(tuple(kept), len(said) - len(kept), stopped_at)

    async def _read(self, thread: ThreadKey, after: str, found: "_Found") -> str | None:
        """Read the thread to its end. Returns None, or where that ended early."""
        try:
            async with asyncio.timeout(READ_TIMEOUT):
                async for message in replies(self.client, thread, after, Lane.LOOKUP):
                    found.add(message)
            return None
        except (BotError, TimeoutError, KeyError, TypeError) as error:
            why = error.detail if isinstance(error, BotError) else type(error).__name__
        log.info("answering without all that was said before", extra={"in_thread": str(thread), "why": why})
        return max(found.newest, after, key=order)


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
            for message, addressed in self._others.values()
            if not addressed or order(message.ts) <= settled
        ]
        for newest, parts in self._own.items():
            text = "\n\n".join(parts[part] for part in sorted(parts))
            said.append((order(newest) + 0.5, Message(newest, "", text, kind="answer")))
        between = (one for one in said if order(after) < one[0] < order(before))
        return [message for _, message in sorted(between, key=lambda one: one[0])]

    def _add_own(self, message: dict[str, Any]) -> None:
        """A part of an answer. One without a marker is a stream that broke off, and is complete elsewhere."""
        marker = markers.read(message)
        if marker is None or marker.part is None or not marker.turn.startswith(markers.named(self.thread, "")):
            return
        words = _own_words(message)
        if words and marker.answers(words):
            self._own.setdefault(marker.turn.rpartition("/")[2], {})[marker.part] = words


def _own_words(message: dict[str, Any]) -> str:
    """What one of our messages says, without the footer, which stands in small print."""
    encoded = blocks.shown(message.get("blocks") or (), small=False) or str(message.get("text") or "")
    return mrkdwn.decode(encoded).strip()
