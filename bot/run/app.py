"""Puts the bot together: opens the world in order, runs until told to stop, closes in reverse.

At the end listening stops first, then turns under way get their grace, and connections close last.
"""

import asyncio
import logging
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession, ClientTimeout, TCPConnector

from bot import aio, wording
from bot import log as logs
from bot.errors import StartError, Unavailable, Unreadable
from bot.happenings import Listener, Listeners
from bot.privacy.held import Erasure
from bot.privacy.keeper import Keeper, keep
from bot.run import models, new_secrets, watched
from bot.run.config import Kept, Settings
from bot.run.install import Installer
from bot.run.secret_files import Fixed, Secrets
from bot.run.spaces import open_spaces
from bot.run.worlds import Worlds, lifetime
from bot.slack.api.client import SlackClient
from bot.slack.api.identity import identify
from bot.slack.api.rate_limits import Pace
from bot.slack.inbound import listeners, socket
from bot.slack.inbound.events import decoded
from bot.store import migrations
from bot.store.client import Client
from bot.store.erasures import RedisErasures
from bot.store.grants import RedisGrants
from bot.store.installations import Owner, RedisInstallations
from bot.store.keys import QueueKeys
from bot.store.presence import Presence
from bot.store.queue import RedisQueue
from bot.store.seal import Seal
from bot.turns import worker
from bot.turns.worker import Capacity, Source
from bot.version import VERSION

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

    from bot.metrics.counts import Counts
    from bot.run.api import Programs
    from bot.web.probes import Health

log = logging.getLogger(__name__)

REDIS_TIMEOUT = 10.0  # seconds that Redis gets to come up at the start
SLACK_TIMEOUT = 30.0  # seconds for one call; Slack says nothing of how long one may take
EVERYBODY = Owner("", "*")
"""Whose a prefix is where many workspaces install the app."""
SIGNED_EVERY = 2.0  # seconds: twice before it counts as away


@dataclass(frozen=True, slots=True)
class Roles:
    """What this process does. Any number of processes share the work over Redis."""

    listen: bool = True
    work: bool = True


async def run(
    settings: Settings,
    stop: asyncio.Event | None = None,
    roles: Roles | None = None,
    installations: RedisInstallations | None = None,
    ready: asyncio.Event | None = None,
) -> None:
    """Be the bot until `stop` is set or a signal comes. Raises SettingsError or StartError when it cannot begin.

    `installations` are workspaces that are served beside the one of the settings. `ready` is set when it listens;
    before that, `stop` ends it at once.
    """
    stop, ready = stop or _stop_on_signals(), ready or asyncio.Event()
    running = asyncio.ensure_future(_run(settings, stop, roles or Roles(), installations, ready))
    try:
        await _first(ready, stop, running)
        if stop.is_set() and not ready.is_set() and not running.done():
            log.info("told to stop before it was ready")
            return
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _first(ready: asyncio.Event, stop: asyncio.Event, running: asyncio.Future[None]) -> None:
    """Wait until it is ready, told to stop, or over."""
    waiting: list[asyncio.Future[Any]] = [asyncio.ensure_future(ready.wait()), asyncio.ensure_future(stop.wait())]
    try:
        await asyncio.wait({*waiting, running}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()


async def _run(
    settings: Settings,
    stop: asyncio.Event,
    roles: Roles,
    installations: RedisInstallations | None,
    ready: asyncio.Event,
) -> None:
    async with AsyncExitStack() as stack:
        held = settings.opened()
        counts = watched.open_counts(settings)
        saw = Listeners(logs.saw, *([counts.saw] if counts else [])).saw
        store = await open_store(settings, stack, held.of("encryption_keys"), saw)
        slack = await open_slack(settings, stack, saw)
        me, warnings = (None, list[str]()) if settings.installs else await identify(slack)
        home = me.workspace if me else ""
        warnings += await _redis_answers(store)
        for warning in warnings:
            log.warning(warning)
        installations = installations or RedisInstallations(store, settings.redis_prefix)
        steps = migrations.steps(partial(decoded, me=me) if me else str)
        await migrations.check(store, settings.redis_prefix, home, steps)
        await _own(settings, installations, Owner(me.app_id, home) if me else EVERYBODY)
        await new_secrets.tell_missing_keys(store, settings.redis_prefix)
        window = await migrations.run(store, settings.redis_prefix, home, lifetime(settings), steps)
        model = await models.open_model(settings, stack, held, store, saw)
        spaces = await open_spaces(settings, stack, model, store)
        key = held.of("openai_user_key")
        worlds = Worlds(settings, store, installations, slack, spaces, home, window, key, saw)
        queue = RedisQueue(store, QueueKeys(settings.redis_prefix), settings.lease_seconds)
        erasures = RedisErasures(store, settings.redis_prefix)
        installer = None
        if me:
            await installations.put(me, settings.bot_token)
            await erasures.cancel(Erasure(home, "workspace", away=True))
            await erasures.note(Erasure(home, "retention"))
        else:
            installer = Installer(
                settings, held, slack, installations, RedisGrants(store, settings.redis_prefix), erasures
            )
            installer.ask, worlds.admission = worlds.ask_operator, installer
            await installer.refresh()
        keeper = Keeper(erasures, worlds.archive, worlds.away, worlds.let_go, saw, settings.legal_hold)
        presence = Presence(store, settings.redis_prefix, roles.listen)
        worlds.missed.was(*await presence.sign())
        capacity = Capacity(settings.turns_at_once, settings.lease_seconds, settings.shutdown_grace)
        parts: dict[str, str] = {}  # the state of each long-lived task by name
        async with asyncio.TaskGroup() as tasks:
            changed = partial(new_secrets.changed, settings, store, slack, installations, me, held)
            watching = tasks.create_task(held.watch(_on_hangup(stack), changed))
            sweeping = tasks.create_task(window.sweep(), name="move what an earlier version leaves")
            signing = tasks.create_task(_sign(presence, worlds), name="tell that we listen, and rest")
            settling = tasks.create_task(spaces.keep(), name="follow what is set for workspaces")
            keeping = tasks.create_task(aio.supervised("keeper", partial(keep, keeper), {}), name="remove what is due")
            if roles.work:
                source = Source(queue, worlds.of, saw)
                working = aio.supervised("worker", lambda: worker.work(source, stop, capacity), parts)
                tasks.create_task(working, name="turns")
            measuring = tasks.create_task(counts.measure_lag(), name="measure lag") if counts else None
            api = _programs(settings, worlds, store, stop) if settings.api and roles.listen else None
            looking = tasks.create_task(api.tails.run(), name="news for programs") if api else None
            following = tasks.create_task(installer.keep(), name="follow installations") if installer else None
            async with _serving(settings, held, slack, worlds, store, roles, parts, counts, api, installer) as where:
                about = {"bot": me.bot_user if me else "", "workspace": home, "listening": where, "working": roles.work}
                log.info("ready", extra={"version": VERSION, **about})
                ready.set()
                await stop.wait()
            log.info("stopping", extra={"grace": settings.shutdown_grace})
            sweeping.cancel()
            watching.cancel()
            keeping.cancel()
            signing.cancel()
            with suppress(Unavailable):
                await presence.leave()
            for task in (measuring, looking, following, settling):
                if task is not None:
                    task.cancel()


def _programs(settings: Settings, worlds: Worlds, store: Client, stop: asyncio.Event) -> "Programs":
    from bot.run.api import Programs  # with FastAPI: megabytes that not everybody needs

    return Programs(settings, worlds, store, stop)


async def _sign(presence: Presence, worlds: Worlds) -> None:
    """For ever."""
    while True:
        await asyncio.sleep(SIGNED_EVERY)
        worlds.rest()
        with suppress(Unavailable, Unreadable):
            worlds.missed.was(*await presence.sign())


async def open_slack(settings: Settings, stack: AsyncExitStack, saw: Listener = logs.saw) -> SlackClient:
    """The door to Slack, before it is known which workspace the token is of: its calls are not counted."""
    timeout = ClientTimeout(total=SLACK_TIMEOUT, sock_connect=5)
    session = await stack.enter_async_context(ClientSession(connector=TCPConnector(limit=200), timeout=timeout))
    return SlackClient(settings.bot_token, settings.slack_api_url, session, Pace(None), saw)


async def open_store(
    settings: Kept, stack: AsyncExitStack, keys: Callable[[], str] | None = None, saw: Listener = logs.saw
) -> Client:
    """`keys` are the encryption keys as they stand now; without them they are those of the settings."""
    seal = Seal(keys or Fixed(settings.written_keys))
    store = Client(settings.redis_address, settings.redis_prefix, seal, saw)
    stack.push_async_callback(store.close)
    return store


async def _own(settings: Settings, installations: RedisInstallations, us: Owner) -> None:
    """Make the prefix ours. Raises StartError if it is another bot's: it would take our messages, and we its."""
    owner = await installations.claim(us)
    if owner.differs(us):
        raise StartError(
            f"REDIS_PREFIX: {settings.redis_prefix} belongs to app {owner.app or 'unknown'} in workspace "
            f"{owner.workspace}, and this is app {us.app or 'unknown'} in {us.workspace}; choose another prefix "
            f"(or, if this app takes the other one's place, delete the key {{{settings.redis_prefix}}}:owner)"
        )


def _on_hangup(stack: AsyncExitStack) -> asyncio.Event:
    """Set by each SIGHUP, until the stack closes. Never set where there is no such signal, or we are not in charge."""
    hung_up, loop = asyncio.Event(), asyncio.get_running_loop()
    if threading.current_thread() is threading.main_thread() and (number := getattr(signal, "SIGHUP", None)):
        loop.add_signal_handler(number, hung_up.set)
        stack.callback(loop.remove_signal_handler, number)
    return hung_up


async def _redis_answers(store: Client) -> list[str]:
    """Warnings about Redis. It may come up a little after us; StartError when it does not."""
    give_up = time.monotonic() + REDIS_TIMEOUT
    while True:
        try:
            return await store.check()
        except Unavailable as trouble:
            if time.monotonic() > give_up:
                why = f"REDIS_URL: {store.where} does not serve us: {store.trouble}; {store.advice}"
                raise StartError(why) from trouble
        await asyncio.sleep(0.5)


@asynccontextmanager
async def _serving(
    settings: Settings,
    held: Secrets,
    slack: SlackClient,
    worlds: Worlds,
    store: Client,
    roles: Roles,
    parts: dict[str, str],
    counts: "Counts | None",
    programs: "Programs | None",
    installer: Installer | None,
) -> AsyncIterator[str]:
    """Take events in, the way the settings say, and answer programs, probes and Prometheus. Gives where events come
    from."""
    secret = held.of("slack_signing_secret")
    endpoint: Callable[[Request], Awaitable[Response]] | None = None
    connection, where = None, "nowhere"
    port = settings.answers_at if roles.listen or installer is not None else settings.port
    async with AsyncExitStack() as stack:
        if roles.listen:
            bolt = listeners.bolt_app(slack, worlds.responder, installer)
            if settings.slack_app_token is not None:
                token = held.of("slack_app_token")
                connection = await stack.enter_async_context(socket.socket_mode(bolt, slack, token, health=parts))
                where = "Socket Mode"
            else:
                from bot.slack.inbound import http

                endpoint = http.http_endpoint(bolt, secret, worlds.saw)
        health = _health(store, connection, parts)
        exposed = watched.exposed(counts, health, worlds, store) if counts else None
        shown = held.of("metrics_token") if settings.metrics_token else None
        if exposed is not None and settings.metrics_port is not None:
            from bot.web import server

            apart = server.api(None, health, exposed, shown)
            await stack.enter_async_context(server.serving(apart, settings.host, settings.metrics_port, "METRICS_PORT"))
            exposed = None
        if port is not None:
            from bot.web import server

            main = server.api(endpoint, health, exposed, shown)
            if installer is not None:
                from bot.web import install as install_pages

                words = wording.of(wording.DEFAULT_LOCALE)
                install_pages.add(main, installer, words.label, settings.public_url)
            api: ASGIApp = main
            api = programs.beside(api) if programs else api
            bound = await stack.enter_async_context(server.serving(api, settings.host, port))
            where = f"http://{settings.host}:{bound}/slack/events" if endpoint else where
        yield where


def _health(store: Client, connection: socket.Socket | None, parts: dict[str, str]) -> "Health":
    async def health() -> dict[str, str]:
        state = {"redis": aio.OK if await store.alive() else aio.FAILING}
        if connection is not None:
            state["slack"] = aio.OK if connection.alive else aio.FAILING
        return state | parts

    return health


def _stop_on_signals() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; the second ends the program at once, handing back what is under way."""
    stop, main, loop = asyncio.Event(), asyncio.current_task(), asyncio.get_running_loop()

    def end() -> None:
        if stop.is_set() and main is not None:
            main.cancel()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    return stop
