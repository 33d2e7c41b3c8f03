"""A lock in Redis that outlives nobody for long: one replica moves data, the others wait."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.errors import Unavailable
from bot.store.client import Client

HELD_FOR = 30.0  # seconds after it was last renewed
RENEWED_EVERY = 5.0  # seconds

# KEYS lock   ARGV token ms   → 1 (it is ours, for so long) | 0
_TAKE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

# KEYS lock   ARGV token
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"


class LockLost(Exception):
    """Another replica may hold it by now."""


@dataclass(frozen=True, slots=True)
class Lock:
    client: Client
    key: str
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    async def taken(self) -> bool:
        """Take or renew it. False while somebody else holds it."""
        return bool(await self.client.run(_TAKE, [self.key], [self.token, int(HELD_FOR * 1000)]))

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Renew it until the block ends, and give it back then. Raises LockLost, out of the block, if that fails."""
        task = asyncio.current_task()
        assert task is not None
        lost = False

        async def keep() -> None:
            nonlocal lost
            while True:
                await asyncio.sleep(RENEWED_EVERY)
                try:
                    if await self.taken():
                        continue
                except Unavailable:
                    continue  # whoever works finds that out by itself
                lost = True
                task.cancel()
                return

        keeping = asyncio.ensure_future(keep())
        try:
            yield
        except asyncio.CancelledError:
            if lost and task.uncancel() == 0:
                raise LockLost from None
            raise
        finally:
            keeping.cancel()
            if not lost:
                await self.client.run(_RELEASE, [self.key], [self.token])
