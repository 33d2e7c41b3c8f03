"""What was said in a thread before.

Our own answers are known by their markers; what the bot says of itself is no part of what was said.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any

from bot.conversation.history import Earlier
from bot.conversation.ids import ThreadKey, just_after, moment, order
from bot.conversation.messages import Message
from bot.errors import BotError
from bot.installations import Installation
from bot.slack import mrkdwn
from bot.slack.api import markers, replies
from bot.slack.api.client import Lane, SlackClient
from bot.slack.api.errors import Closed
from bot.slack.api.replies import Page, page
from bot.slack.api.tail import Tail
from bot.slack.inbound import blocks
from bot.slack.inbound.events import is_own, overheard, to_us

log = logging.getLogger(__name__)

READ_TIMEOUT = 2.0  # seconds; what has been read by then is used
LOOK_TIMEOUT = 5.0  # seconds, once in a thread, after a time in which nobody listened
MAX_PAGE = 1_000  # messages (Slack docs: conversations.replies)
MAX_CALLS = 10  # for one reading, of the fifty that all have in a minute
STILL_COMING = 600  # seconds: Slack's last attempt to tell of a message comes some six minutes after it was written


@dataclass(slots=True)
class ThreadReader:
    """The core's `Transcript`, from Slack. `seconds` is how long reading may take."""

    client: SlackClient
    me: Installation
    seconds: float = READ_TIMEOUT

    async def earlier(self, thread: ThreadKey, before: str, after: str, most: int) -> Earlier:
        """As the port says. What was said to us is left out while Slack may still bring it: it is answered then."""
        found = _Found(thread, self.me)
        reading = _Reading(thread, after, before, most, found)
        whole = await self._read(reading)
        since, unread = reading.since, reading.unread
        said = found.said(since, before if whole or reading.jumped else just_after(reading.read_to))
        kept = said[-most:]
        read_to = None if whole else reading.read_to
        gap = read_to is None and unread is None
        return Earlier(tuple(kept), len(said) - len(kept) + (unread or 0 if whole else 0), read_to, gap=gap)

    async def present(self, thread: ThreadKey, before: str) -> frozenset[str] | None:
        found: set[str] = set()
        said = replies.replies(self.client, thread, "0", Lane.LOOKUP, until=before, most=MAX_PAGE)
        try:
            async with asyncio.timeout(LOOK_TIMEOUT):
                async for each in said:
                    if each.get("subtype") != "tombstone":
                        found.add(str(each["ts"]))
        except (BotError, TimeoutError, KeyError, TypeError) as error:
            if isinstance(error, Closed) and error.code == "thread_not_found":
                return frozenset()
            why = error.detail if isinstance(error, BotError) else type(error).__name__
            log.info("it is not known what was deleted", extra={"in_thread": str(thread), "why": why})
            return None
        return frozenset(found)

    async def _read(self, reading: "_Reading") -> bool:
        """Whether all was read that is wanted."""
        try:
            async with asyncio.timeout(self.seconds):
                for _ in range(MAX_CALLS):
                    after, until = reading.stretch
                    most = reading.at_once
                    reading.took(
                        await page(self.client, reading.thread, Lane.LOOKUP, after=after, until=until, most=most)
                    )
                    if reading.done:
                        return True
            why = "too many calls"
        except (BotError, TimeoutError, KeyError, TypeError) as error:
            why = error.detail if isinstance(error, BotError) else type(error).__name__
        log.info("answering without all that was said before", extra={"in_thread": str(reading.thread), "why": why})
        return False


@dataclass(slots=True)
class _Reading:
    """How far a thread was read between two messages: first from its beginning; if that is not all, from its end."""

    thread: ThreadKey
    after: str
    before: str
    most: int
    found: "_Found"
    replies: int | None = None
    """How many the thread has; None where Slack does not tell."""
    done: bool = False
    _tail: Tail | None = None

    @property
    def _whole(self) -> bool:
        """Whether the thread is read from its very first message."""
        return order(self.after) < order(self.thread.root)

    @property
    def stretch(self) -> tuple[str, str | None]:
        """What to read next: after the one message and before the other."""
        if self._tail is None:
            return self.after, None
        start, until = self._tail.stretch
        return moment(start), None if until is None else moment(until + 1)

    def took(self, page: Page) -> None:
        for message in page.messages:
            self.found.add(message)
        own = [message for message in page.messages if message["ts"] != self.thread.root]
        if self._tail is not None:
            self._tail.took(own, more=bool(page.cursor))
            self.done = self._tail.done
        elif page.cursor:
            root = next((m for m in page.messages if m["ts"] == self.thread.root), {})
            self.replies = root.get("reply_count")
            self._tail = self._begun(own, str(root.get("latest_reply") or self.before))
        else:
            self.done = True

    def _begun(self, own: list[dict[str, Any]], newest: str) -> Tail:
        front, first = order(self.found.newest), order(own[0]["ts"]) if own else 0
        end = max(min(order(self.before), order(newest)), front + 1)
        rate = len(own) / max(front - first, 1)
        if self._whole and self.replies:
            rate = max(self.replies - len(own), 1) / (end - front)
        return Tail(front, end, self.most, rate)

    @property
    def at_once(self) -> int:
        """So many are asked for in one call."""
        return replies.PAGE if self._tail is None else min(max(2 * self._tail.wanting, replies.PAGE), MAX_PAGE)

    @property
    def jumped(self) -> bool:
        tail = self._tail
        return tail is not None and tail.since is not None and tail.since > tail.front

    @property
    def since(self) -> str:
        """The message after which all is known that was found."""
        tail = self._tail
        return moment(tail.since) if self.jumped and tail is not None and tail.since is not None else self.after

    @property
    def unread(self) -> int | None:
        """How many messages lie before those; None where that cannot be told."""
        if not self.jumped:
            return 0
        if not self._whole or self.replies is None:
            return None
        return self.replies + 1 - self.found.count_after(order(self.since))

    @property
    def read_to(self) -> str:
        """Up to where all is known from the beginning."""
        if self.jumped:
            return self.after
        front = moment(self._tail.front) if self._tail is not None else self.after
        return max(front, self.after, key=order)


@dataclass(slots=True)
class _Found:
    """What was read so far: messages of others, and parts of our answers by the turn that wrote them."""

    thread: ThreadKey
    me: Installation
    newest: str = "0"
    _places: set[int] = field(default_factory=set)  # of all replies
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
            self._places.add(order(ts))

    def count_after(self, place: int) -> int:
        return sum(each > place for each in self._places)

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
