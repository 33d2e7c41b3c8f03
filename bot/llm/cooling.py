"""What is not tried for a while: a key that was refused, a model over its rate, a server that fails.

Kept where all replicas see it and a restart does not lose it. Where that is out of reach, everything may be tried.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.errors import Unavailable

log = logging.getLogger(__name__)


Cold = tuple[str, float]
"""Why something is not tried: the code of a sentence. And for how many seconds more."""


class Cooling(Protocol):
    """Each method may raise Unavailable. `what` never holds a secret itself; see `fingerprint`."""

    async def cold(self, what: Sequence[str]) -> Mapping[str, Cold]:
        """Those that are cooling."""
        ...

    async def cool(self, what: str, why: str, seconds: float) -> None: ...

    async def warm(self, what: Sequence[str]) -> None: ...

    async def first(self, what: str, seconds: float) -> bool:
        """Whether nobody has said this within so many seconds."""
        ...

    async def count(self, what: str, seconds: float) -> int:
        """How often it has happened within so many seconds after the first time, this one included."""
        ...


class Nowhere:
    """Nothing cools, and nothing is remembered."""

    async def cold(self, what: Sequence[str]) -> Mapping[str, Cold]:
        return {}

    async def cool(self, what: str, why: str, seconds: float) -> None:
        pass

    async def warm(self, what: Sequence[str]) -> None:
        pass

    async def first(self, what: str, seconds: float) -> bool:
        return True

    async def count(self, what: str, seconds: float) -> int:
        return 0


def fingerprint(secret: str) -> str:
    """A name for a secret that does not give it away."""
    return hashlib.sha256(secret.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Shared:
    """The same, without what is out of reach: what is not known to be cold is tried."""

    cooling: Cooling

    async def cold(self, what: Sequence[str]) -> Mapping[str, Cold]:
        try:
            return await self.cooling.cold(what)
        except Unavailable as trouble:
            log.debug("cool-downs are out of reach", extra={"why": trouble.detail})
            return {}

    async def cool(self, what: str, why: str, seconds: float) -> None:
        try:
            await self.cooling.cool(what, why, seconds)
        except Unavailable as trouble:
            log.debug("a cool-down is not kept", extra={"why": trouble.detail})

    async def warm(self, *what: str) -> None:
        try:
            await self.cooling.warm(what)
        except Unavailable as trouble:
            log.debug("a cool-down is not ended", extra={"why": trouble.detail})

    async def first(self, what: str, seconds: float) -> bool:
        try:
            return await self.cooling.first(what, seconds)
        except Unavailable:
            return True

    async def count(self, what: str, seconds: float) -> int:
        try:
            return await self.cooling.count(what, seconds)
        except Unavailable:
            return 0
