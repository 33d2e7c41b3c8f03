"""Puts the API for programs together, where the settings want it."""

import asyncio
import resource
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.types import ASGIApp

from bot import wording
from bot.run.config import Settings
from bot.run.worlds import Worlds, lifetime
from bot.store.api_tails import RedisTails
from bot.store.api_threads import RedisApiThreads
from bot.store.client import Client
from bot.store.keys import Keys
from bot.store.tokens import RedisTokens
from bot.web.api.door import Api, Place

MAX_FILES = 16_384  # that the process may open: each program that waits has one


@dataclass(slots=True)
class Programs:
    """What the API needs of this process. `tails.run` has to run beside it; `closing` is set when the process ends."""

    settings: Settings
    worlds: Worlds
    store: Client
    closing: asyncio.Event
    tails: RedisTails = field(init=False)

    def __post_init__(self) -> None:
        self.tails = RedisTails(self.store, self.settings.redis_prefix)
        allow_files()

    def beside(self, main: ASGIApp) -> ASGIApp:
        """What is served with the API at its paths."""
        from bot.web.api import app  # takes a moment

        api = Api(
            self.place,
            self.tails,
            wording.of(wording.DEFAULT_LOCALE),
            self.closing,
            self.settings.openai_model,
            self.settings.credit_usd,
            self.settings.api_requests_minute,
        )
        return app.beside(main, app.app(api))

    def place(self, workspace: str) -> Place | None:
        world = self.worlds.of_programs(workspace)
        if world is None:
            return None
        keys = Keys(self.settings.redis_prefix, workspace)
        threads = RedisApiThreads(self.store, keys, lifetime(self.settings))
        return Place(workspace, world, threads, RedisTokens(self.store, keys))


def allow_files() -> None:
    """Open more files than the system lets a process open that does not ask, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(MAX_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
