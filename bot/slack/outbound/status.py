"""The status under a thread: that we are at work there, and that we are no more.

Slack takes a status away with a reply, or after two minutes. As an agent the app has a session in each thread besides,
which a status or a stream sets to work; neither a reply nor Slack's own Stop ends it, so the app has to
(Slack docs: assistant.threads.setStatus, agents.sessions.setStatus).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Literal

from bot.conversation.ids import ThreadKey
from bot.errors import Unavailable
from bot.slack.api.client import Lane, SlackClient
from bot.slack.api.errors import Closed, Refused

log = logging.getLogger(__name__)

Outcome = Literal["done", "refused", "in doubt"]
"""Nothing can be shown where the thread is gone: that counts as done."""
Way = Literal["status", "session"]
"""The two ways to tell of our work."""

TIMEOUT = 10.0  # seconds; nothing waits for it but the end of the turn, which has to know what became of it
NOT_AGAIN_FOR = 600.0  # seconds that a way is not gone after Slack refused it wherever it was tried
NO_THREAD = frozenset({"invalid_thread_ts", "thread_not_found"})
UNSUPPORTED = "method_not_supported_for_channel_type"  # elsewhere, Slack may take it


@dataclass(slots=True)
class StatusLine:
    """`agent`: the app was installed as one."""

    client: SlackClient
    agent: bool = False
    _refused_until: dict[Way, float] = field(default_factory=dict)
    _logged: bool = False

    async def show(self, thread: ThreadKey, text: str) -> bool | None:
        """Say what we do. False when it is not known to be done, None where Slack shows none. Never raises."""
        outcome: Outcome = "refused"
        if self._may("status"):
            outcome = await self._tried("status", thread, self._set_status(thread, text))
        if outcome == "refused" and self._may("session"):
            outcome = await self._tried("session", thread, self._set_session(thread, "processing"))
        return None if outcome == "refused" else outcome != "in doubt"

    async def clear(self, thread: ThreadKey, *, cleared: bool) -> bool:
        """Nothing is done there any more. `cleared`: no status is left, but for a session. As `show` else."""
        if self._may("session"):
            outcome = await self._tried("session", thread, self._set_session(thread, "active"))
            if outcome == "done":
                return True
            cleared = False  # an empty status ends the session as well
        if cleared or not self._may("status"):
            return True
        return await self._tried("status", thread, self._set_status(thread, "")) != "in doubt"

    def _may(self, way: Way) -> bool:
        return (self.agent or way != "session") and time.monotonic() >= self._refused_until.get(way, 0.0)

    async def _set_status(self, thread: ThreadKey, text: str) -> object:
        lane = _lane(bool(text))
        return await self.client.call(
            "assistant.threads.setStatus", lane=lane, channel_id=thread.channel, thread_ts=thread.root, status=text
        )

    async def _set_session(self, thread: ThreadKey, status: Literal["processing", "active"]) -> object:
        lane = _lane(status == "processing")
        return await self.client.call(
            "agents.sessions.setStatus", lane=lane, channel_id=thread.channel, thread_ts=thread.root, status=status
        )

    async def _tried(self, way: Way, thread: ThreadKey, call: Awaitable[object]) -> Outcome:
        try:
            async with asyncio.timeout(TIMEOUT):
                await call
        except (Unavailable, TimeoutError) as error:  # it may be shown all the same, and late
            why = error.detail if isinstance(error, Unavailable) else type(error).__name__
            log.debug("status in doubt", extra={"in_thread": str(thread), "why": why})
            return "in doubt"
        except Closed as closed:
            log.debug("no status shown", extra={"in_thread": str(thread), "why": closed.code})
        except Refused as refusal:
            if refusal.code not in NO_THREAD:
                self._refuse(way, thread, refusal.code)
                return "refused"
        return "done"

    def _refuse(self, way: Way, thread: ThreadKey, code: str) -> None:
        """What Slack refuses everywhere is told once, and not asked again for a while."""
        if code == UNSUPPORTED:
            log.debug("no status shown", extra={"in_thread": str(thread), "why": code})
            return
        self._refused_until[way] = time.monotonic() + NOT_AGAIN_FOR
        if way == "status" and not self._logged:
            self._logged = True
            log.warning("Slack shows no status of our work", extra={"why": code})


def _lane(shown: bool) -> Literal[Lane.PROGRESS, Lane.INTERACTIVE]:
    """Clearing one is tried again: one that stays would tell of work that nobody does."""
    return Lane.PROGRESS if shown else Lane.INTERACTIVE
