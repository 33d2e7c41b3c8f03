"""News of the threads of programs: all that somebody here waits for is looked at in one step, many times a second.

Nothing is passed from process to process beside what stands in Redis, so that nothing can get lost between them.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot import aio
from bot.conversation.ids import ThreadKey
from bot.errors import Unavailable, Unreadable
from bot.store import seal as sealing
from bot.store.api_scripts import Look
from bot.store.client import Client
from bot.store.keys import Keys

LOOK_EVERY = 0.05  # seconds
LOOK_EVERY_EACH = 0.0001  # seconds for each thread, where there are many
AT_ONCE = 250  # threads in one step


@dataclass(slots=True, eq=False)
class Tail:
    """See `ports.Tail`."""

    thread: ThreadKey
    waiting: frozenset[str] = frozenset()
    entries: int = 0
    newest: str = ""
    text: str = ""
    head: str = ""
    pieces: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def news(self, seconds: float) -> None:
        await aio.either(self._news, seconds)

    def learn(self, waiting: Sequence[str], entries: int, head: str, pieces: Sequence[str]) -> None:
        """How things stand now."""
        now = frozenset(waiting)
        if (now, entries, head) == (self.waiting, self.entries, self.head) and not pieces:
            return
        if head != self.head:
            self.head, self.newest, self.pieces, self.text = head, head.rpartition("/")[0], 0, ""
        self.waiting, self.entries = now, entries
        self.pieces += len(pieces)
        self.text += "".join(pieces)
        self.tell()

    def tell(self) -> None:
        """Wake all who wait for news."""
        self._news.set()
        self._news = asyncio.Event()


@dataclass(slots=True)
class RedisTails:
    """See `ports.Tails`. `run` has to run beside it."""

    client: Client
    prefix: str
    _followed: dict[ThreadKey, Tail] = field(default_factory=dict)
    _followers: Counter[ThreadKey] = field(default_factory=Counter)
    _any: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def follow(self, thread: ThreadKey) -> AsyncIterator[Tail]:
        tail = self._followed.setdefault(thread, Tail(thread))
        self._followers[thread] += 1
        try:
            await self._look([tail])
            self._any.set()
            yield tail
        finally:
            self._followers[thread] -= 1
            if not self._followers[thread]:
                del self._followers[thread], self._followed[thread]

    async def run(self) -> None:
        """Look for news for ever."""
        while True:
            if not self._followed:
                self._any.clear()
                await self._any.wait()
            tails = list(self._followed.values())
            try:
                for start in range(0, len(tails), AT_ONCE):
                    await self._look(tails[start : start + AT_ONCE])
            except (Unavailable, Unreadable) as trouble:
                await asyncio.sleep(trouble.after if isinstance(trouble, Unavailable) else 1.0)
            await asyncio.sleep(LOOK_EVERY + LOOK_EVERY_EACH * len(tails))

    async def _look(self, tails: Sequence[Tail]) -> None:
        known = [(tail.head, tail.pieces) for tail in tails]
        keys = [(Keys(self.prefix, tail.thread.workspace), tail.thread) for tail in tails]
        script = Look(
            waiting=tuple(k.waiting(thread) for k, thread in keys),
            entries=tuple(k.entries(thread) for k, thread in keys),
            drafts=tuple(k.draft(thread) for k, thread in keys),
            heads=tuple(head for head, _ in known),
            known=tuple(pieces for _, pieces in known),
        )
        for tail, before, found in zip(tails, known, await self.client.call(script), strict=True):
            if before == (tail.head, tail.pieces):  # else somebody else has looked meanwhile
                waiting, entries, head, pieces = found
                about = sealing.of_program(tail.thread)
                tail.learn(waiting, entries, head, [self.client.seal.unwrapped(piece, about) for piece in pieces])
