"""What is set for each workspace as a whole, as this process knows it; and the models of those that have their own."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import httpx2

from bot import log as logs
from bot.errors import BotError
from bot.llm import base_url
from bot.llm.chat_completions import Server, Timing
from bot.llm.connection import client, connect
from bot.llm.cooling import Shared
from bot.llm.learned import Learned
from bot.llm.pool import Pool, Target, Way
from bot.llm.public import Guard
from bot.policy.space import UNSET, OwnServer, Space
from bot.run.config import Settings, limit_name
from bot.run.secret_files import Fixed
from bot.store.client import Client
from bot.store.learned import RedisLearned
from bot.store.spaces import RedisSpaces

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds until all processes know of a change
TARGET = "workspace's own"
"""What a workspace's server is called; the operator's names of targets have no blanks."""


async def open_spaces(settings: Settings, stack: AsyncExitStack, operators: Pool, store: Client) -> "Spaces":
    """As they stand now. May raise Unavailable."""
    guard = Guard(settings.own_model_hosts)
    reaching = await stack.enter_async_context(client(guard=guard))
    spaces = Spaces(settings, RedisSpaces(store, settings.redis_prefix), operators, operators.shared, guard, reaching)
    await spaces.refresh()
    return spaces


@dataclass(slots=True)
class Spaces:
    """Of one process. `operators` are the models of the settings; `client` reaches only servers that the `guard` lets
    through."""

    settings: Settings
    store: RedisSpaces
    operators: Pool
    shared: Shared
    guard: Guard
    client: httpx2.AsyncClient
    _spaces: Mapping[str, Space] = field(default_factory=dict)
    _known: str | None = None  # as the count of changes stood when they were last read

    def of(self, workspace: str) -> Space:
        return self._spaces.get(workspace, UNSET)

    async def keep(self) -> None:
        """Follow what any process sets, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.refresh()
            except BotError as trouble:
                log.warning("what is set for workspaces could not be read", extra={"why": trouble.detail})

    async def refresh(self) -> None:
        count = await self.store.count()
        if count != self._known:
            self._spaces = await self.store.all()
            logs.know([each.server.key for each in self._spaces.values() if each.server and each.server.key])
            self._known = count

    def models(self, space: Space) -> Pool:
        """What answers in a workspace: its own server; the operator's too, or none, as the settings say."""
        if space.server is not None:
            own = self._target(space.server)
            ways = tuple(Way(name, name, own, own.server) for name in space.server.models)
            if self.settings.operator_models != "fallback":
                return Pool((own,), self.shared, ways, open=False, saw=self.operators.saw)
            targets, theirs = (own, *self.operators.targets), self._operators_ways()
            return Pool(targets, self.shared, (*ways, *theirs), open=False, allow_dearer=True, saw=self.operators.saw)
        if self.settings.installs and self.settings.operator_models == "never":
            return Pool((), self.shared, open=False, nobody="model.none-set")
        return self.operators

    def _operators_ways(self) -> tuple[Way, ...]:
        return self.operators.ways or tuple(self.operators.to(self.settings.openai_model))

    def _target(self, about: OwnServer) -> Target:
        settings, address = self.settings, base_url.understood(about.url)
        timing = Timing(settings.openai_first_token_timeout, settings.openai_silence_timeout)
        asking = connect(
            about.url,
            about.key,
            settings.turn_timeout,
            settings.openai_retries,
            settings.openai_connect_timeout,
            over=self.client,
        )
        learned = Learned(about.url, RedisLearned(self.store.client, self.store.prefix))
        server = Server(asking, timing, settings.openai_stream, limit_name(about.url), learned=learned)
        return Target(TARGET, server, Fixed(about.key), address.url)

    async def prove(self, server: OwnServer) -> None:
        """See `ports.OwnSpace`."""
        await self.guard.check(base_url.understood(server.url).url)
        pool = self.models(Space(server=server))
        for way in pool.ways[: len(server.models)]:
            await pool.attempt(way)


@dataclass(frozen=True, slots=True)
class One:
    """See `ports.OwnSpace`."""

    spaces: Spaces
    workspace: str

    @property
    def now(self) -> Space:
        return self.spaces.of(self.workspace)

    @property
    def takes_servers(self) -> bool:
        return self.spaces.settings.installs

    async def set_zone(self, zone: str) -> None:
        await self.spaces.store.set_zone(self.workspace, zone)
        await self.spaces.refresh()

    async def set_server(self, server: OwnServer | None) -> None:
        await self.spaces.store.set_server(self.workspace, server)
        await self.spaces.refresh()

    async def prove(self, server: OwnServer) -> None:
        await self.spaces.prove(server)
