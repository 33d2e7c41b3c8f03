"""How is the bot put together? Opens the world in order, runs until told to stop, closes in reverse.

At the end listening stops first, then turns under way get their grace, and connections close last.
"""

import asyncio
import hashlib
import hmac
import logging
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientSession, ClientTimeout, TCPConnector
from starlette.requests import Request
from starlette.responses import Response

from bot import log as logs
from bot.conversation.tokens import BYTES_PER_TOKEN
from bot.documents.process import Reader
from bot.errors import StartError, Unavailable
from bot.llm import chat_completions
from bot.llm.chat_completions import Server, Timing
from bot.policy.preferences import Defaults
from bot.ports import Limits, World
from bot.run.config import Kept, Settings
from bot.slack.api.client import SlackClient
from bot.slack.api.directory import People
from bot.slack.api.download import Locker
from bot.slack.api.identity import identify
from bot.slack.api.rate_limits import Pace
from bot.slack.api.transcript import ThreadReader
from bot.slack.inbound import http, listeners, socket
from bot.slack.inbound.events import Me
from bot.slack.outbound.post import Writer
from bot.slack.outbound.stream import Streams
from bot.store.client import Client
from bot.store.inbox import RedisInbox
from bot.store.keys import Keys
from bot.store.ledger import RedisLedger
from bot.store.preferences import RedisPrefs
from bot.store.rate_limits import Places
from bot.turns import guards
from bot.turns import worker as inbox
from bot.turns.attachment_cache import RecentFiles
from bot.turns.worker import Capacity
from bot.web import server

log = logging.getLogger(__name__)

REDIS_WITHIN = 10.0  # seconds that Redis gets to come up at the start
SLACK_WITHIN = 30.0  # seconds for one call; Slack says nothing of how long one may take
DEFAULT_PORT = 3000


@dataclass(frozen=True, slots=True)
class Roles:
    """What this process does. Any number of processes share the work over Redis."""

    listen: bool = True
    work: bool = True


async def run(settings: Settings, stop: asyncio.Event | None = None, roles: Roles | None = None) -> None:
    """Be the bot until `stop` is set or a signal comes. Raises SettingsError or StartError when it cannot begin."""
    stop, roles = stop or _stop_on_signals(), roles or Roles()
    async with AsyncExitStack() as stack:
        store = await open_store(settings, stack)
        places = Places(store, Keys(settings.redis_prefix)) if settings.slack_rate_limits else None
        slack = await open_slack(settings, stack, Pace(places))
        me, warnings = await identify(slack)
        warnings += await _redis_answers(store)
        for warning in warnings:
            log.warning(warning)
        box = redis_inbox(settings, store)
        people = People(slack, me.team)
        world = World(
            chat=Writer(slack, me, Streams(slack, me.team)),
            directory=people,
            transcript=ThreadReader(slack, me, people),
            model=await open_model(settings, stack),
            inbox=box,
            history=box,
            prefs=redis_prefs(settings, store),
            ledger=RedisLedger(store, Keys(settings.redis_prefix), _seconds(settings.history_days)),
            files=open_files(settings, slack),
            limits=Limits(
                settings.turn_timeout,
                settings.turn_attempts,
                settings.history_tokens,
                context_messages=settings.context_messages,
                file_tokens=settings.file_tokens,
            ),
            now=time.monotonic,
            saw=logs.saw,
            guards=(guards.admitted,),
            user_hash=_user_hash(settings),
        )
        capacity = Capacity(settings.turns_at_once, settings.lease_seconds, settings.shutdown_grace)
        async with asyncio.TaskGroup() as tasks:
            if roles.work:
                tasks.create_task(inbox.work(world, stop, capacity), name="inbox")
            async with _serving(settings, slack, me, world, store, roles) as where:
                log.info("ready", extra={"bot": me.user, "team": me.team, "listening": where, "working": roles.work})
                await stop.wait()
            log.info("stopping", extra={"grace": settings.shutdown_grace})


async def open_slack(settings: Settings, stack: AsyncExitStack, pace: Pace) -> SlackClient:
    """The door to Slack."""
    timeout = ClientTimeout(total=SLACK_WITHIN, sock_connect=5)
    session = await stack.enter_async_context(ClientSession(connector=TCPConnector(limit=200), timeout=timeout))
    return SlackClient(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, session, pace)


async def open_store(settings: Kept, stack: AsyncExitStack) -> Client:
    store = Client(settings.redis_url, settings.redis_prefix)
    stack.push_async_callback(store.close)
    return store


def redis_inbox(settings: Kept, store: Client) -> RedisInbox:
    return RedisInbox(store, Keys(settings.redis_prefix), settings.lease_seconds, _seconds(settings.history_days))


def open_files(settings: Settings, slack: SlackClient) -> RecentFiles:
    most_bytes, most_characters = int(settings.file_max_mb * 1_000_000), settings.file_tokens * BYTES_PER_TOKEN
    return RecentFiles(Locker(slack, most_bytes), Reader(most_characters), settings.files)


def redis_prefs(settings: Settings, store: Client) -> RedisPrefs:
    said = Defaults(
        settings.prompt,
        settings.openai_model,
        settings.model_params,
        footer=settings.footer,
        policy=settings.policy,
        feedback=settings.feedback,
        admins=settings.admin_users,
    )
    return RedisPrefs(store, Keys(settings.redis_prefix), _seconds(settings.history_days), said)


async def open_model(settings: Settings, stack: AsyncExitStack) -> Server:
    timing = Timing(settings.openai_first_token_timeout, settings.openai_silence_timeout)
    longest = max(timing.first_token, timing.silence) if settings.openai_stream else settings.turn_timeout
    client = chat_completions.client(
        settings.openai_base_url,
        settings.openai_api_key.get_secret_value() if settings.openai_api_key else None,
        longest,
        settings.openai_connect_timeout,
        settings.openai_retries,
    )
    return Server(await stack.enter_async_context(client), timing, settings.openai_stream, settings.limit_name)


async def _redis_answers(store: Client) -> list[str]:
    """Warnings about Redis. It may come up a little after us; StartError when it does not."""
    give_up = time.monotonic() + REDIS_WITHIN
    while True:
        try:
            return await store.check()
        except Unavailable as trouble:
            if time.monotonic() > give_up:
                told = f"REDIS_URL: {store.where} does not serve us: {store.trouble}; put that right or correct the URL"
                raise StartError(told) from trouble
        await asyncio.sleep(0.5)


@asynccontextmanager
async def _serving(
    settings: Settings, slack: SlackClient, me: Me, world: World, store: Client, roles: Roles
) -> AsyncIterator[str]:
    """Take events in, the way the settings say, and answer health checks. Gives where events come from."""
    secret = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else ""
    heard: Callable[[Request], Awaitable[Response]] | None = None
    ears, where, port = None, "nowhere", settings.port
    async with AsyncExitStack() as stack:
        if roles.listen:
            bolt = listeners.bolt_app(slack, me, secret, world)
            if settings.slack_app_token is not None:
                token = settings.slack_app_token.get_secret_value()
                ears = await stack.enter_async_context(socket.socket_mode(bolt, slack, token))
                where = "Socket Mode"
            else:
                heard = http.http_endpoint(bolt)
                port = DEFAULT_PORT if port is None else port
        if port is not None:
            api = server.api(heard, _health(store, ears))
            bound = await stack.enter_async_context(server.serving(api, settings.host, port))
            where = f"http://{settings.host}:{bound}/slack/events" if heard else where
        yield where


def _health(store: Client, ears: socket.Socket | None) -> server.Health:
    async def health() -> dict[str, str]:
        parts = {"redis": "ok" if await store.alive() else server.FAILING}
        if ears is not None:
            parts["slack"] = "ok" if ears.alive else server.FAILING
        return parts

    return health


def _user_hash(settings: Settings) -> Callable[[str], str | None]:
    if settings.openai_user_key is None:
        return lambda _user: None
    key = settings.openai_user_key.get_secret_value().encode()
    return lambda user: hmac.new(key, user.encode(), hashlib.sha256).hexdigest()


def _seconds(days: float) -> int:
    return max(int(days * 24 * 3600), 60)


def _stop_on_signals() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; the second ends the program at once, handing back what is under way."""
    stop, main, loop = asyncio.Event(), asyncio.current_task(), asyncio.get_running_loop()

    def told() -> None:
        if stop.is_set() and main is not None:
            main.cancel()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told)
    return stop
