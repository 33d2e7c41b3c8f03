"""Waiting for one thing without missing another."""

import asyncio
import logging
import random
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Coroutine, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

SEE_THROUGH = 3.0  # seconds


async def either(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, but not longer than that."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


async def unless(event: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """The outcome of `work`; None if the event comes first: the work is then cancelled."""
    working, waiting = asyncio.ensure_future(work), asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        waiting.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)


async def together(work: Coroutine[Any, Any, T], *others: Coroutine[Any, Any, None]) -> T:
    """Run all side by side; returns the outcome of `work` when all are done.

    The first error cancels the rest and escapes as it is (a TaskGroup would wrap it).
    """
    working = asyncio.ensure_future(work)
    tasks = [working, *(asyncio.ensure_future(other) for other in others)]
    try:
        await asyncio.gather(*tasks)
        return working.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def see_through(work: Coroutine[Any, Any, T]) -> T:
    """Let a post that has begun end, and be noted, even if we are told to stop: whoever comes next must know of it."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=SEE_THROUGH)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


class FairSemaphore:
    """`most` places, at most `each` of them for one owner. Free ones go to who holds the fewest, then by turns."""

    def __init__(self, most: int, each: int) -> None:
        self._most, self._each = most, each
        self._held: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def place(self, owner: str) -> AsyncIterator[None]:
        """Have a place for the length of the block, as soon as there is one for this owner."""
        given = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(given)
        self._give()
        try:
            await given
            yield
        finally:
            if given.done() and not given.cancelled():
                self._held[owner] -= 1
            else:
                self._leave(owner, given)
            self._held += Counter()  # forgets who holds none
            self._give()

    def _leave(self, owner: str, given: "asyncio.Future[None]") -> None:
        line = self._waiting.get(owner, deque())
        if given in line:
            line.remove(given)
            if not line:
                del self._waiting[owner]

    def _give(self) -> None:
        while self._held.total() < self._most:
            may = [owner for owner in self._waiting if self._held[owner] < self._each]
            if not may:
                return
            owner = min(may, key=self._held.__getitem__)  # the first of several: who has waited longest for a turn
            line = self._waiting.pop(owner)
            given = line.popleft()
            if line:
                self._waiting[owner] = line
            if not given.cancelled():
                given.set_result(None)
                self._held[owner] += 1


@dataclass(slots=True)
class Throttle:
    """Keeps what would happen often to once in so many seconds."""

    seconds: float
    _last: float = float("-inf")

    def due(self) -> bool:
        """True the first time, and again when so many seconds have passed since it was last true."""
        now = time.monotonic()
        if now - self._last < self.seconds:
            return False
        self._last = now
        return True


OK, RESTARTING, FAILING = "ok", "restarting", "failing"  # the states of what is supervised


@dataclass(frozen=True, slots=True)
class Restarts:
    """Seconds: the pauses before it is begun again, and how long it has to run to be well again.

    It is failing after so many errors in a row; until then it is restarting.
    """

    first_pause: float = 0.5
    longest_pause: float = 30.0
    settled: float = 10.0
    failing_after: int = 3


async def supervised(
    name: str,
    work: Callable[[], Coroutine[Any, Any, None]],
    health: MutableMapping[str, str],
    how: Restarts | None = None,
) -> None:
    """Run what should run for ever, and begin it again whenever an error ends it. Returns when it returns.

    Its state stands in `health` under its name. The first error of a series is logged, and that it is over.
    """
    how = how or Restarts()
    loop, errors, pause = asyncio.get_running_loop(), 0, how.first_pause

    def well() -> None:
        nonlocal errors, pause
        if errors:
            log.warning("runs again", extra={"task": name})
        errors, pause, health[name] = 0, how.first_pause, OK

    health[name] = OK
    while True:
        settling = loop.call_later(how.settled, well)
        try:
            return await work()
        except Exception as error:
            if not errors:
                log.exception("ended by an error; it is begun again", extra={"task": name})
            else:
                log.debug("ended by an error again", extra={"task": name, "why": type(error).__name__})
        finally:
            settling.cancel()
        errors += 1
        health[name] = FAILING if errors >= how.failing_after else RESTARTING
        await asyncio.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(pause * 2, how.longest_pause)
