"""The status under a thread: that we are at work there, and that we are no more.

Slack takes a status away with a reply, or after two minutes. As an agent the app has a session in each thread besides,
which a status or a stream sets to work; neither a reply nor Slack's own Stop ends it, so the app has to
(Slack docs: assistant.threads.setStatus, agents.sessions.setStatus).
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Literal

from bot.conversation.ids import ThreadKey
from bot.errors import Unavailable
from bot.slack.api.client import Lane, SlackClient
from bot.slack.api.errors import Closed, Refused

log = logging.getLogger(__name__)

Outcome = Literal["done", "refused", "in doubt"]

TIMEOUT = 10.0  # seconds; nothing waits for it but the end of the turn, which has to know what became of it
NOT_AGAIN_FOR = 600.0  # seconds that a method is not called after Slack refused it wherever it was called
STATUS, SESSION = "assistant.threads.setStatus", "agents.sessions.setStatus"
ACTIVE = "active"  # a session in which nothing is done
OF_THE_PLACE = frozenset({"invalid_thread_ts", "method_not_supported_for_channel_type", "thread_not_found"})
"""Elsewhere, Slack may take it."""


@dataclass(slots=True)
class StatusLine:
    """`agent`: the app was installed as one."""

    client: SlackClient
    agent: bool = False
    _refused_until: dict[str, float] = field(default_factory=dict)
    _told: bool = False

    async def show(self, thread: ThreadKey, text: str) -> bool:
        """Say what we do; "" says nothing any more. False when it is not known to be done. Never raises."""
        if self._may_call(STATUS):
            return await self._call(STATUS, thread, text) != "in doubt"
        if not (self.agent and self._may_call(SESSION)):
            return True
        return await self._call(SESSION, thread, "processing" if text else ACTIVE) != "in doubt"

    async def at_rest(self, thread: ThreadKey, *, cleared: bool) -> None:
        """Nothing is done there any more. `cleared`: no status is left, but for a session. Never raises."""
        if self.agent and self._may_call(SESSION):
            if await self._call(SESSION, thread, ACTIVE) == "done":
                return
            cleared = False  # an empty status ends the session as well
        if not cleared:
            await self.show(thread, "")

    def _may_call(self, method: str) -> bool:
        return time.monotonic() >= self._refused_until.get(method, 0.0)

    async def _call(self, method: str, thread: ThreadKey, status: str) -> Outcome:
        """Clearing one is tried again: one that stays would tell of work that nobody does."""
        cleared = status in ("", ACTIVE)
        lane: Literal[Lane.PROGRESS, Lane.INTERACTIVE] = Lane.INTERACTIVE if cleared else Lane.PROGRESS
        try:
            async with asyncio.timeout(TIMEOUT):
                await self.client.call(
                    method, lane=lane, channel_id=thread.channel, thread_ts=thread.root, status=status
                )
        except (Unavailable, TimeoutError) as error:  # it may be shown all the same, and late
            why = error.detail if isinstance(error, Unavailable) else type(error).__name__
            log.debug("status in doubt", extra={"in_thread": str(thread), "why": why})
            return "in doubt"
        except Closed as closed:
            log.debug("no status shown", extra={"in_thread": str(thread), "why": closed.code})
            return "refused"
        except Refused as refusal:
            self._refuse(method, thread, refusal.code)
            return "refused"
        return "done"

    def _refuse(self, method: str, thread: ThreadKey, code: str) -> None:
        """What Slack refuses everywhere is told once, and not asked again for a while."""
        if code in OF_THE_PLACE:
            log.debug("no status shown", extra={"in_thread": str(thread), "why": code})
            return
        self._refused_until[method] = time.monotonic() + NOT_AGAIN_FOR
        if method == STATUS and not self._told:
            self._told = True
            log.warning("Slack shows no status of our work", extra={"why": code})
