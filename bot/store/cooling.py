"""What models' servers are not asked for a while, for all processes; see `bot.llm.cooling.Cooling`.

Each entry is a key of its own, which ends with its time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.store.client import Client
from bot.store.keys import shared
from bot.store.script import Key, Script


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cool(Script[int]):
    """Of two times the longer counts."""

    cool: Key
    cooled: Key
    why: str
    ms: int

    LUA = """
if redis.call('PTTL', cool) < ms then redis.call('SET', cool, why, 'PX', ms) end
redis.call('INCR', cooled)
return 1
"""


class _Found(NamedTuple):
    """`cooled` is the count of that; then why and how many ms, for each in turn."""

    cooled: str
    each: list[str | int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cold(Script[_Found]):
    cool: tuple[Key, ...]
    cooled: Key

    LUA = """
local found = {}
for i, key in ipairs(cool) do
  found[2 * i - 1] = redis.call('GET', key) or ''
  found[2 * i] = redis.call('PTTL', key)
end
return {redis.call('GET', cooled) or '', found}
"""

    def reply(self, raw: Any) -> _Found:
        return _Found(*raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Warm(Script[int]):
    cool: tuple[Key, ...]

    LUA = "for _, key in ipairs(cool) do redis.call('DEL', key) end return 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class _First(Script[int]):
    cool: Key
    ms: int

    LUA = "return redis.call('SET', cool, '1', 'NX', 'PX', ms) and 1 or 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count(Script[int]):
    cool: Key
    ms: int

    LUA = """
local count = redis.call('INCR', cool)
if count == 1 then redis.call('PEXPIRE', cool, ms) end
return count
"""


@dataclass(frozen=True, slots=True)
class RedisCooling:
    client: Client
    prefix: str

    async def cold(self, what: Sequence[str]) -> Mapping[str, tuple[str, float]]:
        if self.client.cooled.are_warm(what):
            return {}
        count, stored = await self.client.call(_Cold(cool=tuple(map(self._key, what)), cooled=self._count))
        found = zip(what, stored[::2], stored[1::2], strict=True)
        cold = {name: (str(why), int(ms or 0) / 1000) for name, why, ms in found if why}
        self.client.cooled.found(count, [name for name in what if name not in cold])
        return cold

    async def cool(self, what: str, why: str, seconds: float) -> None:
        self.client.cooled.changed()
        await self.client.call(_Cool(cool=self._key(what), cooled=self._count, why=why, ms=_ms(seconds)))
        self.client.cooled.changed()

    async def warm(self, what: Sequence[str]) -> None:
        await self.client.call(_Warm(cool=tuple(map(self._key, what))))

    async def first(self, what: str, seconds: float) -> bool:
        return bool(await self.client.call(_First(cool=self._key(what), ms=_ms(seconds))))

    async def count(self, what: str, seconds: float) -> int:
        return await self.client.call(_Count(cool=self._key(what), ms=_ms(seconds)))

    @property
    def _count(self) -> Key:
        return shared(self.prefix, "cooled")

    def _key(self, what: str) -> Key:
        return shared(self.prefix, f"cool:{what}")


def _ms(seconds: float) -> int:
    return max(int(seconds * 1000), 1)
