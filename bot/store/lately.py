"""What this process has done in the last seconds, so that it is not done twice in the same moment."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

MOST = 10_000  # kept at once; the oldest go


@dataclass(slots=True)
class Lately:
    """Names of what was done, for so many `seconds`."""

    seconds: float
    _done: dict[str, float] = field(default_factory=dict)  # when, oldest first
    _under_way: dict[str, asyncio.Event] = field(default_factory=dict)

    @asynccontextmanager
    async def once(self, name: str) -> AsyncIterator[bool]:
        """True for who is to do it in the block; False where it has been done. Whoever comes while it is under way
        waits, and does it if that failed."""
        while waited := self._under_way.get(name):
            await waited.wait()
        if time.monotonic() - self._done.get(name, float("-inf")) < self.seconds:
            yield False
            return
        ended = self._under_way[name] = asyncio.Event()
        try:
            yield True
            self._note(name)
        finally:
            del self._under_way[name]
            ended.set()

    def _note(self, name: str) -> None:
        now = time.monotonic()
        self._done.pop(name, None)
        self._done[name] = now
        while self._done and (len(self._done) > MOST or now - next(iter(self._done.values())) >= self.seconds):
            del self._done[next(iter(self._done))]
