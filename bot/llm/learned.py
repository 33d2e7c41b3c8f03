"""What a server's models have turned out not to take, kept for a while, so that each is found out once.

Facts are words: `parameter:NAME` (its value is the name to use in its place, or empty), and those below.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bot.errors import Unavailable

log = logging.getLogger(__name__)

PARAMETER = "parameter:"
NO_STREAM, NO_SYSTEM, ALTERNATE, NO_PICTURES = "no-stream", "no-system", "alternate", "no-pictures"
UNMARKED = "unmarked"
"""It thinks without an opening tag."""
DAY = 24 * 3600.0
READ_EVERY = 60.0  # seconds, for what other processes have learned
MAX_FACTS = 100  # of one model


class Memory(Protocol):
    """Where facts outlive the process. `about` names server and model. May raise Unavailable."""

    async def load(self, about: str) -> Mapping[str, tuple[str, float]]:
        """Value and end, in seconds since 1970, of each fact."""
        ...

    async def keep(self, about: str, fact: str, value: str, until: float) -> None: ...


class _Nowhere:
    async def load(self, about: str) -> Mapping[str, tuple[str, float]]:
        return {}

    async def keep(self, about: str, fact: str, value: str, until: float) -> None:
        pass


@dataclass(slots=True)
class Learned:
    """The facts about the models of one server. Where the memory is out of reach, this process goes on with its own."""

    server: str
    memory: Memory = field(default_factory=_Nowhere)
    _facts: dict[str, dict[str, tuple[str, float]]] = field(default_factory=dict)
    _read: dict[str, float] = field(default_factory=dict)

    async def of(self, model: str) -> Mapping[str, str]:
        """What is known of it now."""
        own = self._facts.setdefault(model, {})
        if time.monotonic() - self._read.get(model, float("-inf")) > READ_EVERY:
            self._read[model] = time.monotonic()
            try:
                own |= await self.memory.load(self._about(model))
            except Unavailable as trouble:
                log.debug("what was learned is out of reach", extra={"why": trouble.detail})
        now = time.time()
        return {fact: value for fact, (value, until) in own.items() if until > now}

    async def learn(self, model: str, fact: str, value: str = "", seconds: float = DAY) -> None:
        """It holds for so long; 0.0: no more."""
        own, until = self._facts.setdefault(model, {}), time.time() + seconds
        if len(own) >= MAX_FACTS and fact not in own:
            return
        own[fact] = value, until
        try:
            await self.memory.keep(self._about(model), fact, value, until)
        except Unavailable as trouble:
            log.debug("what was learned is not kept", extra={"why": trouble.detail})

    def _about(self, model: str) -> str:
        return f"{self.server} {model}"
