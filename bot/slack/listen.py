"""What do we do with what Slack sends? Keep it in the inbox, and only then let Bolt acknowledge it.

Bolt acknowledges an event when its listener starts, so the keeping is a middleware in front of the listener: what it
raises becomes a 500, or no acknowledgement in Socket Mode, and Slack sends the event again.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.errors import Unavailable
from bot.slack.manifest import EVENTS
from bot.slack.read import Changed, Deleted, Me, Said, read
from bot.thread import Message, ThreadKey

log = logging.getLogger(__name__)

MOST_BYTES = 2_000_000  # of one request: Slack's events are far smaller


class Keeper(Protocol):
    """The inbox, as far as listening is concerned."""

    async def put(self, thread: ThreadKey, message: Message, *, addressed: bool) -> str: ...

    async def change(self, thread: ThreadKey, message: Message) -> None: ...

    async def drop(self, thread: ThreadKey, ts: str) -> None: ...


def bolt_app(client: AsyncWebClient, me: Me, signing_secret: str, inbox: Keeper) -> AsyncApp:
    """The Bolt app: every subscribed event has a listener, and what is not listened for is acknowledged and logged."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=me.team, bot_user_id=me.user, bot_id=me.bot, bot_token=client.token
        )

    async def keep(body: dict[str, Any], next: Callable[[], Awaitable[Any]]) -> None:
        await _keep(body, me, inbox)
        await next()

    # Bolt warns about a client that has a token beside `authorize`; it gets one without.
    bolt_client = AsyncWebClient(base_url=client.base_url, session=client.session, retry_handlers=[])
    bolt_log = logging.getLogger("bot.bolt")
    bolt_log.setLevel(logging.ERROR)  # its warnings quote whole payloads
    app = AsyncApp(
        logger=bolt_log,
        client=bolt_client,
        authorize=authorize,
        signing_secret=signing_secret,
        raise_error_for_unhandled_request=True,
    )
    for name in dict.fromkeys(event.partition(".")[0] for event in EVENTS):
        app.event(name, middleware=[keep] if name in ("app_mention", "message") else [])(_acknowledge)
    app.error(_failed)
    return app


async def _keep(body: dict[str, Any], me: Me, inbox: Keeper) -> None:
    """Put what was said into the inbox. Raises Unavailable when the inbox cannot take it."""
    try:
        heard = read(body["event"], me)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        log.warning("malformed event left out", extra={"event": body.get("event_id"), "why": repr(error)[:100]})
        return
    match heard:
        case Said(thread, message, addressed):
            outcome = await inbox.put(thread, message, addressed=addressed)
            log.debug("event kept", extra={"event": body.get("event_id"), "in_thread": str(thread), "outcome": outcome})
        case Changed(thread, message):
            await inbox.change(thread, message)
        case Deleted(thread, ts):
            await inbox.drop(thread, ts)


async def _acknowledge() -> None:
    """Bolt acknowledges an event when its listener starts; all work has been done, or waits in the inbox."""


async def _failed(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Answer what could not be handled. Ids only: the payload holds what people wrote."""
    about = {"event": body.get("event_id"), "type": body.get("type")}
    if isinstance(error, BoltUnhandledRequestError):
        log.info("nobody listens for this", extra=about)
        return BoltResponse(status=200)
    if isinstance(error, Unavailable):
        log.debug("not kept; Slack will send it again", extra=about)
    else:
        log.error("listener failed", extra=about, exc_info=error)
    return BoltResponse(status=503)


def http_endpoint(app: AsyncApp) -> Callable[[Request], Awaitable[Response]]:
    """What answers Slack's requests at `/slack/events`; Bolt checks the signature and the age of each."""

    async def answer(request: Request) -> Response:
        if not request.headers.get("x-slack-request-timestamp", "").isdecimal():
            return PlainTextResponse("missing or malformed timestamp", status_code=401)  # Bolt would answer 500
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                return PlainTextResponse("too large", status_code=413)
        try:
            bolt_request = to_async_bolt_request(request, body)
        except (ValueError, TypeError, AttributeError, KeyError) as error:  # Bolt trusts the shape of what it reads
            log.warning("malformed request left out", extra={"why": type(error).__name__})
            return PlainTextResponse("malformed", status_code=400)
        return to_starlette_response(await app.async_dispatch(bolt_request))

    return answer
