"""What do we do with what Slack sends? Keep it in the inbox, and only then let Bolt acknowledge it.

Bolt acknowledges an event when its listener starts, so the keeping is a middleware in front of the listener: what it
raises becomes a 500, or no acknowledgement in Socket Mode, and Slack sends the event again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiohttp import ClientError
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot import commands
from bot.errors import Unavailable
from bot.ports import World
from bot.slack import text, views
from bot.slack.manifest import EVENTS
from bot.slack.read import Changed, Deleted, Me, Said, read
from bot.thread import Message, ThreadKey

log = logging.getLogger(__name__)

STOPPED_IN_SLACK = "agent_session_stopped"  # sent where the app has Slack's agent view on
TELL_WITHIN = 1.5  # seconds: Slack waits three for our acknowledgement
MOST_BYTES = 2_000_000  # of one request: Slack's events are far smaller


def bolt_app(client: AsyncWebClient, me: Me, signing_secret: str, world: World) -> AsyncApp:
    """The Bolt app: every subscribed event has a listener, and what is not listened for is acknowledged and logged."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=me.team, bot_user_id=me.user, bot_id=me.bot, bot_token=client.token
        )

    async def keep(body: dict[str, Any], next: Callable[[], Awaitable[Any]]) -> None:
        await _keep(body, me, client, world)
        await next()

    async def click(ack: AsyncAck, body: dict[str, Any]) -> None:
        await _act(views.clicked(body, me), client, world)
        await ack()

    async def stopped(event: dict[str, Any]) -> None:
        await _act(views.stopped(event, me), client, world)

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
    app.event(STOPPED_IN_SLACK)(stopped)
    for action in dict.fromkeys(views.ACTIONS.values()):
        app.action(action)(click)
    app.error(_failed)
    return app


async def _keep(body: dict[str, Any], me: Me, client: AsyncWebClient, world: World) -> None:
    """Put what was said into the inbox. Raises Unavailable when the inbox cannot take it."""
    try:
        heard = read(body["event"], me)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        log.warning("malformed event left out", extra={"event": body.get("event_id"), "why": repr(error)[:100]})
        return
    match heard:
        case Said(thread, message, addressed):
            if await _obeyed(thread, message, me, client, world):
                return
            outcome = await world.inbox.put(thread, message, addressed=addressed)
            log.debug("event kept", extra={"event": body.get("event_id"), "in_thread": str(thread), "outcome": outcome})
        case Changed(thread, message):
            await world.inbox.change(thread, message)
        case Deleted(thread, ts):
            await world.inbox.drop(thread, ts)


async def _obeyed(thread: ThreadKey, message: Message, me: Me, client: AsyncWebClient, world: World) -> bool:
    """Whether the message was a command in words, and there was something to do; it is then no part of the thread."""
    command = commands.spoken(thread, replace(message, text=text.plain(message.text, {}, me.user)))
    told = await commands.act(command, world) if command else commands.NOTHING_RUNS
    if command is None or told == commands.NOTHING_RUNS:
        return False
    await _tell(command, told, client)
    return True


async def _act(command: commands.Command, client: AsyncWebClient, world: World) -> None:
    await _tell(command, await commands.act(command, world), client)


async def _tell(command: commands.Command, told: str | None, client: AsyncWebClient) -> None:
    """What there is to say about a command is said to the one who gave it, and to nobody else."""
    if told is None:
        return
    try:
        thread = command.thread
        async with asyncio.timeout(TELL_WITHIN):
            await client.chat_postEphemeral(channel=thread.channel, user=command.user, thread_ts=thread.root, text=told)
    except (SlackApiError, ClientError, TimeoutError) as error:
        log.info("could not answer a command", extra={"user": command.user, "why": type(error).__name__})


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
