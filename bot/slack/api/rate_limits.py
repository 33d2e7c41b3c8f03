"""How fast may we call Slack?

Slack counts calls per method and workspace, and posts per channel too (Slack docs: rate limits). All replicas share the
count. Posts and final texts take the next place that is free; edits that only show progress share what is left, so that
they come more slowly the more answers grow, and never keep one from being completed. What Slack refuses with
`Retry-After` is obeyed by all.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.errors import Unavailable

log = logging.getLogger(__name__)

WINDOW = 61.0  # seconds: Slack's minute, and a little for calls that overtake each other on the way
PER_MINUTE = {
    "chat.startStream": 20,
    "chat.appendStream": 100,
    "chat.stopStream": 20,
    "chat.update": 50,
    "chat.delete": 50,
    "conversations.replies": 50,
}
POSTS_APART = 1.05  # seconds between two posts in a channel: one a second is what Slack promises
POSTS_PER_MINUTE = 300  # in the workspace: "several hundred"
GROWING = "growing"
"""Answers that stand in the thread and are not complete. Each will need one more edit: a place is kept for it."""
MOST_GROWING = 45
STREAMS = "streams"
"""Streams that are open, or were until a minute ago: if no more than may be ended in a minute, no end has to wait."""
MOST_STREAMS = 19
GROWS_FOR = 60.0  # seconds that an answer counts as growing after it was last seen to do so
STREAMS_FOR = 320.0  # seconds: Slack ends a stream after 300

Bucket = tuple[str, int, float]
"""Name, how many calls are allowed, in how many seconds."""


class Places(Protocol):
    """The shared count of calls; see `store.pace`, which conforms by its shape."""

    async def reserve(self, buckets: Sequence[Bucket], patience: float | None = None) -> float: ...
    async def spare(self, name: str, allowed: int, within: float, *, among: str) -> float: ...
    async def hold(self, name: str, seconds: float) -> None: ...
    async def held(self, name: str) -> float: ...
    async def join(self, group: str, member: str, most: int, seconds: float) -> bool: ...
    async def leave(self, group: str, member: str, seconds: float = 0.0) -> None: ...


@dataclass(frozen=True, slots=True)
class Pace:
    """`places` is None where there are no limits to keep. Without Redis for a moment, calls that must go are made at
    once: an answer does not wait for a count. What Slack refused then, we remember alone."""

    places: Places | None
    _alone: dict[str, float] = field(default_factory=dict)  # until when a bucket is closed, on our clock

    async def turn(self, method: str, channel: str = "") -> None:
        """Return when it is this call's turn."""
        try:
            while self.places is not None:
                seconds = await self.places.reserve(_buckets(method, channel))
                if seconds <= 0:
                    break
                await asyncio.sleep(seconds)
                if not await self.places.held(_name(method, channel)):
                    break
        except Unavailable as trouble:
            log.debug("calling Slack uncounted", extra={"method": method, "why": trouble.detail})
        await asyncio.sleep(self._closed_to_us(_name(method, channel)))

    def _closed_to_us(self, name: str) -> float:
        return max(self._alone.get(name, 0.0) - time.monotonic(), 0.0)

    async def soon(self, method: str, patience: float) -> bool:
        """Return when it is this call's turn; False, at once, if that would take more than `patience` seconds."""
        if self._closed_to_us(method):
            return False
        if self.places is None:
            return True
        try:
            seconds = await self.places.reserve(_buckets(method, ""), patience)
            if seconds > patience:
                return False
            await asyncio.sleep(seconds)
            return seconds <= 0 or not await self.places.held(method)
        except Unavailable:
            return True

    async def spare(self, method: str) -> float:
        """0.0 if a call that only shows progress may go now; otherwise the seconds after which to ask again."""
        if self.places is None or self._closed_to_us(method):
            return self._closed_to_us(method)
        try:
            return await self.places.spare(method, PER_MINUTE[method], WINDOW, among=_kept_for(method))
        except Unavailable:
            return 1.0

    async def closed(self, method: str) -> bool:
        """Whether a refusal of Slack's still holds for this method."""
        try:
            return self._closed_to_us(method) > 0 or (self.places is not None and await self.places.held(method) > 0)
        except Unavailable:
            return False

    async def refused(self, method: str, channel: str, seconds: float) -> None:
        """Slack wants us to wait: all of us, or without Redis we alone."""
        if not await self.close(method, channel, seconds):
            self._alone[_name(method, channel)] = time.monotonic() + seconds

    async def close(self, method: str, channel: str, seconds: float) -> bool:
        """Let nobody make such a call for so long. False where nobody can be told."""
        if self.places is None:
            return False
        try:
            await self.places.hold(_name(method, channel), seconds)
        except Unavailable as trouble:
            log.debug("waiting alone", extra={"method": method, "why": trouble.detail})
            return False
        return True

    async def join(self, group: str, turn: str) -> bool:
        """Whether one more answer may grow, or be a stream; asked again, it prolongs."""
        if self.places is None:
            return True
        most, seconds = (MOST_STREAMS, STREAMS_FOR) if group == STREAMS else (MOST_GROWING, GROWS_FOR)
        try:
            return await self.places.join(group, turn, most, seconds)
        except Unavailable:
            return False

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
    return [(method, PER_MINUTE[method], WINDOW)]


def _kept_for(method: str) -> str:
    """Whose calls a place is kept for: every growing answer will need one more edit."""
    return GROWING if method == "chat.update" else f"{method}.nobody"
