import re
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from bot.store.keys import SHARED, Keys

OURS = {name for name in vars(Keys) if not name.startswith("_")} - {"prefix", "workspace"}


@pytest.fixture(autouse=True)
async def every_key_names_its_workspace(redis_url: str) -> AsyncIterator[None]:
    """After each journey: or it stands on the list of shared ones."""
    yield
    async with Redis.from_url(redis_url, decode_responses=True) as redis:
        keys = [str(key).removeprefix("{threadbot}:") for key in await redis.keys("{threadbot}:*")]
    nameless = [key for key in keys if not re.match(rf"[TE][A-Z0-9]+:({'|'.join(OURS)})(:|$)", key)]
    assert {re.sub(r"^(learned|copied|cool|refreshing|installing):[\w:]+$", r"\1", key) for key in nameless} <= set(
        SHARED
    )
