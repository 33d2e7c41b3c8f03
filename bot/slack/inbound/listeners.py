"""What Slack sends is kept in the inbox, and only then does Bolt acknowledge it.

Bolt acknowledges an event when its listener starts, so the keeping is a middleware in front of the listener: what it
raises becomes a 500, or no acknowledgement in Socket Mode, and Slack sends the event again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from bot.commands import words as commands
from bot.commands.words import Spoken
from bot.conversation.mentions import mentioned
from bot.errors import Unavailable, Unreadable
from bot.happenings import EventRefused, MessageKept, MessageNotKept
from bot.installations import Installation
from bot.policy import triggers as attention
from bot.policy.preferences import Rules
from bot.ports import World
from bot.slack.api.client import SlackClient
from bot.slack.inbound import departures
from bot.slack.inbound import interactions as clicks
from bot.slack.inbound.events import Changed, Deleted, Said, read
from bot.slack.inbound.interactions import Clicks
from bot.slack.inbound.workspaces import WorkspaceMiddleware, responder_of
from bot.slack.ui import answer_controls as views
from bot.slack.ui import introduction
from bot.slack.ui import slash_commands as slash
from bot.slack.ui.respond import Responder

log = logging.getLogger(__name__)

STOPPED_IN_SLACK = "agent_session_stopped"  # sent where the app has Slack's agent view on
DECIDE_TIMEOUT = 1.0  # seconds for what decides whether a message is for us; keeping it takes two more at most
PLAIN: attention.Manner = "plain"
COMMAND = "threadbot_command"  # where a command in words waits until it may take its time


class Installs(Protocol):
    """The workspaces that install the app by a click. Both may raise Unavailable."""

    async def refresh(self) -> None:
        """Know what other processes have installed."""
        ...

    async def gone(self, workspace: str) -> None:
        """The app was uninstalled there."""
        ...


def bolt_app(
    client: SlackClient, responders: Callable[[str], Responder | None], installs: Installs | None = None
) -> AsyncApp:
    """The Bolt app of all workspaces that `responders` knows: what is not listened for is acknowledged and logged.

    Nothing is called with `client`: each responder has one of its own.
    """
    bolt_log = logging.getLogger("bot.bolt")
    bolt_log.setLevel(logging.ERROR)  # its warnings quote whole payloads
    app = AsyncApp(
        logger=bolt_log,
        client=client.for_bolt(),
        before_authorize=WorkspaceMiddleware(responders, installs.refresh if installs else None).resolve,
        authorize=_authorize,
        raise_error_for_unhandled_request=True,
    )
    for name in ("app_mention", "message"):
        app.event(name, middleware=[_kept])(_on_message)
    app.event(STOPPED_IN_SLACK)(_stopped)
    departures.register(app, installs.gone if installs else None)
    app.event("member_joined_channel")(_joined)
    clicks.register(app)
    slash.register(app)
    app.error(_failed)
    return app


async def _authorize(context: AsyncBoltContext, **_: Any) -> AuthorizeResult:
    responder = responder_of(context)
    return AuthorizeResult(
        enterprise_id=responder.me.enterprise or None,
        team_id=responder.me.team or None,
        bot_user_id=responder.me.bot_user,
        bot_id=responder.me.bot_id,
    )


async def _kept(body: dict[str, Any], context: AsyncBoltContext, next: Callable[[], Awaitable[Any]]) -> None:
    responder = responder_of(context)
    context[COMMAND] = await _keep(body, responder.me, responder.world)
    await next()


async def _on_message(context: AsyncBoltContext, event: dict[str, Any]) -> None:
    if (command := context.get(COMMAND)) is not None:
        await Clicks(responder_of(context)).carry_out(command, str(event["user"]), begun="thread_ts" in event)


async def _stopped(context: AsyncBoltContext, event: dict[str, Any]) -> None:
    responder = responder_of(context)
    try:
        command, user = views.stopped(event, responder.me), str(event["user"])
    except clicks.MALFORMED as error:
        log.warning("malformed event left out", extra={"why": type(error).__name__})
    else:
        await Clicks(responder).carry_out(command, user)


async def _joined(context: AsyncBoltContext, event: dict[str, Any]) -> None:
    try:
        await introduction.joined(responder_of(context), event)
    except clicks.MALFORMED as error:
        log.warning("malformed event left out", extra={"why": type(error).__name__})


async def _keep(body: dict[str, Any], me: Installation, world: World) -> Spoken | None:
    """Put what was said into the inbox; a command in words is given back, if it is new, and goes no further.

    Raises Unavailable or Unreadable when the inbox cannot take it.
    """
    try:
        heard = read(body["event"], me)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        log.warning("malformed event left out", extra={"event": body.get("event_id"), "why": repr(error)[:100]})
        world.saw(EventRefused(_type(body), "malformed"))
        return None
    try:
        match heard:
            case Said():
                return await _hear(heard, body, me, world)
            case Changed(thread, message):
                await world.inbox.change(thread, message)
            case Deleted(thread, ts):
                await world.inbox.drop(thread, ts)
    except (Unavailable, Unreadable) as trouble:
        world.saw(MessageNotKept(str(body.get("event_id")), _type(body), trouble.detail))
        raise
    return None


async def _hear(said: Said, body: dict[str, Any], me: Installation, world: World) -> Spoken | None:
    thread, message, addressed = said.thread, said.message, said.addressed
    manner, follows = PLAIN, False
    if said.by_bot or not addressed:
        rules = await _rules(said, world)
        others = mentioned([message.text]).people - {me.bot_user, message.author}
        addressed, manner = attention.decide(rules, by_bot=said.by_bot, addressed=addressed, to_another=bool(others))
        follows = attention.follows(rules)
    if not said.by_bot and (command := await _command(said, follows, body["event"], me, world)):
        return command if await world.inbox.first_time(thread, message.ts) else None
    outcome = await world.inbox.put(thread, message, addressed=addressed, manner=manner)
    world.saw(MessageKept(str(body.get("event_id")), str(thread), outcome, _type(body)))
    return None


def _type(body: dict[str, Any]) -> str:
    event = body.get("event")
    return str(event.get("type")) if isinstance(event, dict) else ""


async def _rules(said: Said, world: World) -> Rules:
    try:
        async with asyncio.timeout(DECIDE_TIMEOUT):
            return await world.prefs.rules(said.thread, said.message.author)
    except TimeoutError as late:
        raise Unavailable("memory.slow", "Redis: rules timed out") from late


async def _command(said: Said, follows: bool, event: dict[str, Any], me: Installation, world: World) -> Spoken | None:
    """What the message asks of the bot itself, if it does; it is then no part of the thread."""
    starter = views.starter(event)
    command = commands.spoken(said.thread, said.message, starter, addressed=said.addressed, followed=follows)
    return command if command is not None and await commands.meant(command, world) else None


async def _failed(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Answer what could not be handled. Ids only: the payload holds what people wrote."""
    about = {"event": body.get("event_id"), "type": body.get("type")}
    if isinstance(error, BoltUnhandledRequestError):
        log.info("nobody listens for this", extra=about)
        return BoltResponse(status=200)
    if not isinstance(error, Unavailable):  # that was seen where it happened
        log.error("listener failed", extra=about, exc_info=error)
    return BoltResponse(status=503)
