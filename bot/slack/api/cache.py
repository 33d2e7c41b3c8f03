"""Look-ups whose answers are kept for minutes, and asked for once, however many want to know."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from bot.errors import BotError
from bot.slack.api.errors import Refused

log = logging.getLogger(__name__)

T = TypeVar("T")

FRESH_FOR = 300.0  # seconds: a right that was taken away is noticed within minutes
RETRY_AFTER = 5.0  # seconds after a look-up that failed
CLOSED_FOR = 60.0  # seconds after a refusal that concerns every id
LOOKUP_TIMEOUT = 3.0  # seconds that anybody waits for what they want to know
MAX_UNDER_WAY = 8  # calls of one kind under way
MAX_KNOWN = 10_000  # answers remembered

FOR_ALL = frozenset({"missing_scope", "plan_upgrade_required", "not_allowed_token_type", "unknown_method"})
MALFORMED = (KeyError, TypeError, AttributeError)


@dataclass(slots=True)
class Lookup(Generic[T]):
    """What `ask` tells of an id, kept for minutes. Who asks for the same id meanwhile waits for the same call.

    Nothing where Slack did not tell. After a refusal that concerns every id (a missing scope) none is asked for.
    """

    what: str
    ask: Callable[[str], Awaitable[T]]
    _known: dict[str, tuple[float, T | None]] = field(default_factory=dict)
    _asking: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_UNDER_WAY))
    _closed_until: float = 0.0

    async def one(self, about: str) -> T | None:
        return (await self.all([about])).get(about)

    async def afresh(self, about: str) -> T | None:
        """What is told now, whatever was told before. Nothing where Slack does not tell, or not in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOKUP_TIMEOUT), self._turns:
                return await self._look_up(about)
        return None

    async def all(self, ids: Iterable[str]) -> dict[str, T]:
        """By id; those of whom nothing is known are left out."""
        wanted = list(dict.fromkeys(ids))
        stale = [each for each in wanted if not self._fresh(each)]
        if stale:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOKUP_TIMEOUT), asyncio.TaskGroup() as asking:
                    for each in stale:
                        asking.create_task(self._learn(each))
        return {each: value for each in wanted if (value := self._known.get(each, (0.0, None))[1]) is not None}

    def let_go(self) -> None:
        """All that is known is asked anew."""
        self._known.clear()

    def _fresh(self, about: str) -> bool:
        return time.monotonic() < self._known.get(about, (0.0, None))[0]

    async def _learn(self, about: str) -> None:
        lock = self._asking.setdefault(about, asyncio.Lock())
        async with lock, self._turns:
            if not self._fresh(about):
                await self._look_up(about)

    async def _look_up(self, about: str) -> T | None:
        found: T | None = None
        try:
            if time.monotonic() >= self._closed_until:
                found = await self.ask(about)
        except Refused as refusal:
            log.debug("look-up refused", extra={"of": self.what, "why": refusal.code})
            if refusal.code in FOR_ALL:
                self._closed_until = time.monotonic() + CLOSED_FOR
        except (BotError, *MALFORMED) as error:
            why = error.detail if isinstance(error, BotError) else type(error).__name__
            log.debug("look-up failed", extra={"of": self.what, "id": about, "why": why})
        finally:
            self._keep(about, found)
        return found

    def _keep(self, about: str, found: T | None) -> None:
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[about] = (time.monotonic() + (RETRY_AFTER if found is None else FRESH_FOR), found)
