"""The pace of all calls to Slack.

Slack counts calls per method and workspace, and posts per channel too (Slack docs: rate limits). All replicas share the
count. Posts and final texts take the next place that is free; edits that only show progress share what is left, so that
they come more slowly the more answers grow, and never keep one from being completed; what a person waits for, and
look-ups, go if their turn comes soon. What Slack refuses with `Retry-After` is obeyed by all.
"""

import asyncio
import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.errors import Unavailable

log = logging.getLogger(__name__)

WINDOW = 61.0  # seconds: Slack's minute, and a little for calls that overtake each other on the way
TIER_2, TIER_3, TIER_4 = 20, 50, 100
PER_MINUTE = {
    "agents.sessions.setStatus": TIER_3,
    "apps.connections.open": TIER_3,
    "assistant.threads.setStatus": 600,
    "auth.teams.list": TIER_2,
    "bots.info": TIER_3,
    "chat.appendStream": TIER_4,
    "chat.delete": TIER_3,
    "chat.postEphemeral": TIER_4,
    "chat.startStream": TIER_2,
    "chat.stopStream": TIER_2,
    "chat.update": TIER_3,
    "conversations.info": TIER_3,
    "conversations.replies": TIER_3,
    "files.completeUploadExternal": TIER_4,
    "files.getUploadURLExternal": TIER_4,
    "files.info": TIER_4,
    "usergroups.list": TIER_2,
    "usergroups.users.list": TIER_2,
    "users.info": TIER_4,
    "users.list": TIER_2,
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.push": TIER_4,
    "views.update": TIER_4,
}
UNCOUNTED = frozenset({"api.test", "auth.test", "auth.revoke", "blocks.validate", "oauth.v2.access"})
"""Called at the start, by `check`, or when the app is installed; Slack publishes no number for them."""
SPREAD = frozenset({"chat.update", "chat.appendStream"})
"""Progress that comes again and again: what is spare is spread evenly over the minute."""
COUNT_TIMEOUT = 0.5  # seconds: what a person waits for goes uncounted when Redis does not tell its turn by then
POSTS_APART = 1.05  # seconds between two posts in a channel: one a second is what Slack promises
POSTS_PER_MINUTE = 300  # in the workspace: "several hundred"
GROWING = "growing"
"""Answers that stand in the thread and are not complete. Each will need one more edit: a place is kept for it."""
MAX_GROWING = 45
STREAMS = "streams"
"""Streams that are open, or were until a minute ago: if no more than may be ended in a minute, no end has to wait."""
MAX_STREAMS = 19
GROWS_FOR = 60.0  # seconds that an answer counts as growing after it was last seen to do so
PROLONGED_EVERY = GROWS_FOR / 3  # seconds
MAX_GONE = 4  # answers that grow no more and may count until another begins to
STREAMS_FOR = 320.0  # seconds: Slack ends a stream after 300

Bucket = tuple[str, int, float]
"""Name, how many calls are allowed, in how many seconds."""


class Places(Protocol):
    """The shared count of calls; see `store.rate_limits`, which conforms by its shape."""

    async def reserve(self, buckets: Sequence[Bucket], patience: float | None = None) -> float: ...
    async def spare(self, name: str, allowed: int, within: float, *, among: str) -> float: ...
    async def hold(self, name: str, seconds: float) -> None: ...
    async def held(self, name: str) -> float: ...
    async def join(self, group: str, member: str, most: int, seconds: float, gone: Collection[str] = ()) -> bool: ...
    async def leave(self, group: str, member: str, seconds: float = 0.0) -> None: ...


@dataclass(frozen=True, slots=True)
class Pace:
    """`places` is None where there are no limits to keep. Without Redis for a moment, calls that must go are made at
    once: an answer does not wait for a count. What Slack refused then, we remember alone."""

    places: Places | None
    _alone: dict[str, float] = field(default_factory=dict)  # until when a bucket is closed, on our clock
    _nothing_spare: dict[str, float] = field(default_factory=dict)  # until when there is certainly none
    _growing: dict[str, float] = field(default_factory=dict)  # when it was last told
    _gone: set[str] = field(default_factory=set)

    async def turn(self, method: str, channel: str = "") -> None:
        """Return when it is this call's turn."""
        buckets = _buckets(method, channel)
        try:
            while self.places is not None and buckets:
                seconds = await self.places.reserve(buckets)
                if seconds <= 0:
                    break
                await asyncio.sleep(seconds)
                if not await self.places.held(_name(method, channel)):
                    break
        except Unavailable as trouble:
            log.debug("calling Slack uncounted", extra={"method": method, "why": trouble.detail})
        await asyncio.sleep(self._closed_to_us(_name(method, channel)))

    async def _held(self, method: str, channel: str) -> float:
        """Seconds for which a refusal that came while we waited still holds."""
        try:
            return await self.places.held(_name(method, channel)) if self.places is not None else 0.0
        except Unavailable:
            return 0.0

    def _closed_to_us(self, name: str) -> float:
        return max(self._alone.get(name, 0.0) - time.monotonic(), 0.0)

    async def soon(self, method: str, channel: str, patience: float) -> float:
        """Return 0.0 when it is this call's turn. If that would take more than `patience` seconds, no place is taken,
        and the seconds come back at once."""
        closed = self._closed_to_us(_name(method, channel))
        if closed > patience:
            return closed
        seconds = await self._place(method, channel, patience)
        if seconds > patience:
            return seconds
        await asyncio.sleep(max(seconds, closed))
        return await self._held(method, channel) if seconds > 0 else 0.0

    async def _place(self, method: str, channel: str, patience: float) -> float:
        """Seconds until the place comes, which is taken unless that is more than `patience`; 0.0 if nobody can tell."""
        buckets = _buckets(method, channel)
        if self.places is None or not buckets:
            return 0.0
        try:
            async with asyncio.timeout(COUNT_TIMEOUT):
                return await self.places.reserve(buckets, patience)
        except (Unavailable, TimeoutError):
            log.debug("calling Slack uncounted", extra={"method": method, "why": "Redis does not answer in time"})
            return 0.0

    async def spare(self, method: str) -> float:
        """0.0 if a call that only shows progress may go now; otherwise the seconds after which to ask again."""
        if method not in SPREAD:
            return await self.soon(method, "", 0.0)
        if self.places is None or self._closed_to_us(method):
            return self._closed_to_us(method)
        if (left := self._nothing_spare.get(method, 0.0) - time.monotonic()) > 0:
            return left
        try:
            seconds = await self.places.spare(method, PER_MINUTE[method], WINDOW, among=_kept_for(method))
        except Unavailable:
            return 1.0
        self._nothing_spare[method] = time.monotonic() + (seconds or WINDOW / PER_MINUTE[method])
        return seconds

    async def refused(self, method: str, channel: str, seconds: float) -> None:
        """Slack wants us to wait: all of us, or without Redis we alone."""
        name = _name(method, channel)
        if self.places is not None:
            try:
                return await self.places.hold(name, seconds)
            except Unavailable as trouble:
                log.debug("waiting alone", extra={"method": method, "why": trouble.detail})
        self._alone[name] = time.monotonic() + seconds

    async def join(self, group: str, turn: str) -> bool:
        """Whether one more answer may grow, or be a stream; asked again, it prolongs."""
        if self.places is None:
            return True
        try:
            if group == STREAMS:
                return await self.places.join(group, turn, MAX_STREAMS, STREAMS_FOR)
            gone, now = tuple(self._gone), time.monotonic()
            joined = await self.places.join(group, turn, MAX_GROWING, GROWS_FOR, *([gone] if gone else []))
        except Unavailable:
            return False
        self._gone.difference_update(gone)
        if joined:
            self._growing[turn] = now
        return joined

    async def prolong(self, turn: str) -> None:
        """It grows still."""
        if time.monotonic() - self._growing.get(turn, float("-inf")) > PROLONGED_EVERY:
            await self.join(GROWING, turn)

    async def settled(self, turn: str) -> None:
        """It grows no more. Whoever grows next tells; and what nobody tells lapses by itself."""
        if self._growing.pop(turn, None) is not None:
            self._gone.add(turn)
        if len(self._gone) > MAX_GONE:
            await self.leave(GROWING, self._gone.pop())

    async def leave(self, group: str, turn: str) -> None:
        if self.places is None:
            return
        try:
            await self.places.leave(group, turn, WINDOW if group == STREAMS else 0.0)
        except Unavailable:
            log.debug("counted until it lapses", extra={"group": group})


def _name(method: str, channel: str) -> str:
    """What Slack's refusal closes: posts are counted per channel."""
    return f"{method}.{channel}" if method == "chat.postMessage" else method


def _buckets(method: str, channel: str) -> list[Bucket]:
    if method == "chat.postMessage":
        return [(_name(method, channel), 1, POSTS_APART), (method, POSTS_PER_MINUTE, WINDOW)]
    if method in UNCOUNTED:
        return []
    return [(method, PER_MINUTE[method], WINDOW)]


def _kept_for(method: str) -> str:
    """Whose calls a place is kept for: every growing answer will need one more edit."""
    return GROWING if method == "chat.update" else f"{method}.nobody"
