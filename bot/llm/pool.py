"""The servers that models are asked at, and what happens when one of them refuses.

A key that its server refuses is told to the operator once, by whichever replica sees it first, and is not tried again
until it changes.
"""

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from bot.conversation.pieces import Finished, Interrupted, Piece
from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.errors import BotError, Unanswerable
from bot.llm.chat_completions import Server
from bot.llm.cooling import Shared, fingerprint

log = logging.getLogger(__name__)

REFUSED_FOR = 30 * 24 * 3600.0  # seconds that a refused key is known as one; it is tried once more then
MAX_KEYS = 3  # that one request tries at one server, if the key changes under it
KEY = "model.key"


class Key(Protocol):
    """What opens a server; it may change while the bot runs. Empty where none is wanted."""

    def __call__(self) -> str: ...

    async def look(self) -> bool:
        """Look for a new one now; whether there is."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """A server, under one key. `name` is the operator's for it."""

    name: str
    server: Server
    key: Key


@dataclass(frozen=True, slots=True)
class Pool:
    """See `ports.Model`."""

    targets: tuple[Target, ...]
    shared: Shared

    def cost(self, model: str, usage: Usage) -> float | None:
        return self.targets[0].server.cost(model, usage)

    async def stream(self, ask: Ask, within: float | None = None) -> AsyncGenerator[Piece | Finished | Interrupted]:
        async with aclosing(self._asked(self.targets[0], ask, within)) as pieces:
            async for piece in pieces:
                yield piece

    async def _asked(
        self, target: Target, ask: Ask, within: float | None
    ) -> AsyncGenerator[Piece | Finished | Interrupted]:
        """The answer under the key as it stands. What it raises, it raises before the first piece."""
        for left in reversed(range(MAX_KEYS)):
            key = target.key()
            await self._check(key)
            try:
                async with aclosing(target.server.stream(ask, within)) as pieces:
                    async for piece in pieces:
                        yield piece
                return
            except BotError as refusal:
                if not refuses_key(refusal):
                    raise
                await target.key.look()
                if target.key() == key or not left:
                    await self._refused(target, key, refusal)
                    raise

    async def _check(self, key: str) -> None:
        """Raise Unanswerable if this key was refused."""
        name = f"key:{fingerprint(key)}"
        if name in await self.shared.cold([name]):
            raise Unanswerable(KEY, "this key was refused before, and has not changed")

    async def _refused(self, target: Target, key: str, refusal: BotError) -> None:
        name = f"key:{fingerprint(key)}"
        await self.shared.cool(name, KEY, REFUSED_FOR)
        if await self.shared.first(f"told:{name}", REFUSED_FOR):
            told = {"target": target.name, "why": refusal.detail}
            log.error("the model's server refuses the key, which is not tried again until it changes", extra=told)


def refuses_key(refusal: BotError) -> bool:
    """Whether the key itself is wrong. A 403 may be about the model, the region or the words (OpenRouter's is)."""
    return refusal.sentence == KEY and getattr(refusal.__cause__, "status_code", 0) != 403
