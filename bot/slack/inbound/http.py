"""Requests of Slack's over HTTP, handed to Bolt."""

from collections.abc import Awaitable, Callable

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.slack.inbound.listeners import log

MAX_BYTES = 2_000_000  # of one request: Slack's events are far smaller


def http_endpoint(app: AsyncApp) -> Callable[[Request], Awaitable[Response]]:
    """What answers Slack's requests at `/slack/events`; Bolt checks the signature and the age of each."""

    async def answer(request: Request) -> Response:
        if not request.headers.get("x-slack-request-timestamp", "").isdecimal():
            return PlainTextResponse("missing or malformed timestamp", status_code=401)  # Bolt would answer 500
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BYTES:
                return PlainTextResponse("too large", status_code=413)
        try:
            bolt_request = to_async_bolt_request(request, body)
        except (ValueError, TypeError, AttributeError, KeyError) as error:  # Bolt trusts the shape of what it reads
            log.warning("malformed request left out", extra={"why": type(error).__name__})
            return PlainTextResponse("malformed", status_code=400)
        return to_starlette_response(await app.async_dispatch(bolt_request))

    return answer
