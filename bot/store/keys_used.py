"""Which of the operator's keys ever wrote: so that a start without one of them says so.

A key is told from others by its id and a few signs of a hash; nothing leads back from these to the key.
"""

from collections.abc import Collection
from dataclasses import dataclass

from bot.store.client import Client
from bot.store.keys import shared
from bot.store.script import Key, Script
from bot.store.scripts import NOW, ReadHash


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note(Script[int]):
    encryption: Key
    used: str

    LUA = NOW + "return redis.call('HSETNX', encryption, used, now())"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Forget(Script[int]):
    encryption: Key
    unused: tuple[str, ...]

    LUA = "for _, each in ipairs(unused) do redis.call('HDEL', encryption, each) end return 1"


async def note(client: Client, prefix: str) -> None:
    """The key that writes now is used. May raise Unavailable."""
    ring = client.seal.ring
    if ring.first:
        used = f"{ring.first}/{ring.prints[ring.first]}"
        await client.call(_Note(encryption=shared(prefix, "encryption"), used=used))


async def missing(client: Client, prefix: str) -> list[str]:
    """The ids of keys that were used and that we do not have; also of one that is another key by now."""
    prints = client.seal.ring.prints
    used = [each.partition("/") for each in await _used(client, prefix)]
    return sorted({id for id, _, print in used if prints.get(id) != print})


async def forget_others(client: Client, prefix: str) -> None:
    """Nothing is left that was written with any key but the one that writes now."""
    ring = client.seal.ring
    ours = f"{ring.first}/{ring.prints[ring.first]}"
    unused = tuple(each for each in await _used(client, prefix) if each != ours)
    await client.call(_Forget(encryption=shared(prefix, "encryption"), unused=unused))


async def _used(client: Client, prefix: str) -> Collection[str]:
    return (await client.call(ReadHash(hash=shared(prefix, "encryption")))).keys()
