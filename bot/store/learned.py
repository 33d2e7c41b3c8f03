"""What models have turned out not to take, for all processes; see `bot.llm.learned.Memory`."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter

from bot.store import unreadable
from bot.store.client import Client
from bot.store.keys import shared
from bot.store.script import Key, Script
from bot.store.scripts import ReadHash

_FACT = TypeAdapter(tuple[str, float])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keep(Script[int]):
    """`value` is JSON. All is kept as long as the fact that holds longest."""

    learned: Key
    fact: str
    value: str
    seconds: int

    LUA = """
redis.call('HSET', learned, fact, value)
if redis.call('TTL', learned) < seconds then redis.call('EXPIRE', learned, seconds) end
return 1
"""


@dataclass(frozen=True, slots=True)
class RedisLearned:
    client: Client
    prefix: str

    async def load(self, about: str) -> Mapping[str, tuple[str, float]]:
        stored = await self.client.call(ReadHash(hash=self._key(about)))
        found = {fact: unreadable.read(_FACT, value, "what was learned of a model") for fact, value in stored.items()}
        return {fact: known for fact, known in found.items() if known is not None}

    async def keep(self, about: str, fact: str, value: str, until: float) -> None:
        seconds = max(int(until - time.time()), 1)
        stored = json.dumps([value, until])
        await self.client.call(_Keep(learned=self._key(about), fact=fact, value=stored, seconds=seconds))

    def _key(self, about: str) -> Key:
        return shared(self.prefix, f"learned:{hashlib.sha256(about.encode()).hexdigest()[:32]}")
