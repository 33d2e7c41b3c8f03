"""How is a call to Slack carried out, once, whatever comes between?

Each call waits for its turn (`pace`). What fails in passing is repeated; a call whose fate is unknown is looked up
before it is sent again, because Slack knows no idempotency key.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import ClientConnectorError, ClientError
from slack_sdk.errors import SlackApiError

from bot.errors import Gone, Unavailable
from bot.slack.api import errors as refusals
from bot.slack.api.rate_limits import Pace

T = TypeVar("T")

PATIENCE = 120.0  # seconds that one call may take with all its repetitions


class Doubt(Exception):
    """The call may have been carried out, or not: the connection was lost, or Slack failed, after it was sent."""


@dataclass(frozen=True, slots=True)
class Calls:
    """`method` is Slack's name of what `send` calls; `channel` matters where Slack counts per channel."""

    pace: Pace

    async def persist(
        self,
        method: str,
        send: Callable[[], Awaitable[T]],
        seek: Callable[[], Awaitable[T | None]] | None = None,
        channel: str = "",
    ) -> T:
        """A call that has to succeed: passing trouble is waited out, refusals escape as SlackApiError or Gone.

        `seek` finds out whether a doubtful attempt did its work; without it, doing it twice does no harm.
        """
        give_up, pause = time.monotonic() + PATIENCE, 0.5
        while True:
            await self.pace.turn(method, channel)
            try:
                return await self.attempt(method, send, channel)
            except Unavailable as trouble:
                if time.monotonic() > give_up:
                    raise
                if not trouble.after:  # a rate limit: `turn` waits for it
                    continue
            except Doubt as doubt:
                if time.monotonic() > give_up:
                    raise Unavailable("Slack does not answer.", str(doubt), 5.0) from doubt
                await asyncio.sleep(pause)
                if seek is not None and (done := await seek()) is not None:
                    return done
            await asyncio.sleep(pause)
            pause = min(pause * 2, 10.0)

    async def attempt(self, method: str, send: Callable[[], Awaitable[T]], channel: str = "") -> T:
        """Once, at once. Raises Gone, Unavailable (not carried out), Doubt, or SlackApiError for other refusals."""
        try:
            return await send()
        except SlackApiError as refusal:
            code = refusals.code(refusal)
            if refusals.is_limit(refusal):
                await self.pace.refused(method, channel, refusals.retry_after(refusal))
                raise Unavailable("Slack asks me to slow down.", f"{method}: {code}", 0.0) from refusal
            if refusals.is_gone(code):
                raise Gone("I cannot write there.", f"{method}: {code}") from refusal
            if refusals.is_doubtful(refusal):
                raise Doubt(f"{method}: {code or refusals.status(refusal)}") from refusal
            raise
        except ClientConnectorError as error:
            raise Unavailable("Slack is not reachable.", f"{method}: {refusals.reason(error)}", 1.0) from error
        except (ClientError, TimeoutError, OSError) as error:
            raise Doubt(f"{method}: {refusals.reason(error)}") from error
