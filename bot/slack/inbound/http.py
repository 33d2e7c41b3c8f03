"""Slack's requests at `/slack/events`, from whoever knows the address: proof first, then shape, then Bolt.

Whatever is not proved to be Slack's gets 401, costs little, and leaves nothing of itself in the log.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from bot.aio import Throttle
from bot.happenings import EventRefused, Listener
from bot.slack.inbound import payloads, proof

log = logging.getLogger(__name__)

MAX_BYTES = 2_000_000  # of one request: Slack's are far smaller
MAX_BYTES_UNDER_WAY = 32_000_000  # of all bodies that are being read
SMALL = 64_000  # bytes: a body up to that is read also while so much is under way
BODY_TIMEOUT = 2.5  # seconds; Slack itself gives up after three
LOGGED_EVERY = 60.0  # seconds, what was refused


class _Unproved(Exception):
    """A request that is not proved to be Slack's. Its text is a reason in one word of ours."""


@dataclass(slots=True)
class _Refusals:
    """What was refused, told once a minute, by number and reason: the requests themselves could say anything."""

    _counted: Counter[str] = field(default_factory=Counter)
    _throttle: Throttle = field(default_factory=lambda: Throttle(LOGGED_EVERY))

    def note(self, why: str) -> None:
        self._counted[why] += 1
        if self._throttle.due():
            log.warning("requests that are not Slack's were refused", extra=dict(self._counted))
            self._counted.clear()


def http_endpoint(
    app: AsyncApp, secret: Callable[[], str], saw: Listener = lambda _: None
) -> Callable[[Request], Awaitable[Response]]:
    """What answers requests at `/slack/events`. Only what was signed with the secret goes any further."""
    refusals, reading = _Refusals(), _Reading()

    async def answer(request: Request) -> Response:
        try:
            body = await _proved(request, secret(), reading)
        except _Unproved as refused:
            refusals.note(str(refused))
            saw(EventRefused("", str(refused)))
            return PlainTextResponse("not signed by Slack", 401, {"connection": "close"})
        try:
            payload = payloads.from_http(request.headers.get("content-type", ""), body)
        except payloads.Malformed as wrong:
            log.warning("malformed request left out", extra={"why": str(wrong)})
            saw(EventRefused("", "malformed"))
            return PlainTextResponse("malformed", 400)
        return await _dispatched(app, payload, request)

    return answer


async def _proved(request: Request, secret: str, reading: "_Reading") -> bytes:
    """The body of a request that Slack has signed just now. Raises _Unproved for any other."""
    timestamps = request.headers.getlist("x-slack-request-timestamp")
    signatures = request.headers.getlist("x-slack-signature")
    if not proof.stamped(timestamps, signatures, time.time()):
        raise _Unproved("unsigned")
    try:
        async with asyncio.timeout(BODY_TIMEOUT):
            body = await reading.body(request)
    except TimeoutError:
        raise _Unproved("slow") from None
    except ClientDisconnect:
        raise _Unproved("broken_off") from None
    if not proof.signed(secret, timestamps[0], signatures[0], body):
        raise _Unproved("wrong_signature")
    return body


class _Reading:
    """All bodies that are being read, and how many bytes they have brought so far."""

    def __init__(self) -> None:
        self._under_way = 0

    async def body(self, request: Request) -> bytes:
        """Raises _Unproved for one that is too large, by itself or beside the others."""
        body = bytearray()
        try:
            async for piece in request.stream():
                body += piece
                self._under_way += len(piece)
                if len(body) > MAX_BYTES or (len(body) > SMALL and self._under_way > MAX_BYTES_UNDER_WAY):
                    raise _Unproved("large")
            return bytes(body)
        finally:
            self._under_way -= len(body)


async def _dispatched(app: AsyncApp, payload: payloads.Payload, request: Request) -> Response:
    """Bolt's answer. It takes the parsed payload, as from a socket: its own reading of the bytes might differ."""
    try:
        about = {name: value for name, value in request.headers.items() if name.startswith("x-slack-retry-")}
        return to_starlette_response(
            await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=payload, headers={**about}))
        )
    except Exception:
        log.exception("a payload could not be handled")
        return PlainTextResponse("not handled", 503)
