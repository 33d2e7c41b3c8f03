"""What is set for each workspace as a whole: by its admins in `{prefix}:spaces`, where the key of a model's server is
sealed, and by the operator in `{prefix}:caps`. Whoever changes something counts `{prefix}:settled` up, so that all
processes look again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from bot.errors import Locked, Unavailable
from bot.policy.space import UNSET, OwnServer, Space
from bot.store import seal as sealing
from bot.store import unreadable
from bot.store.client import Client
from bot.store.keys import shared
from bot.store.script import Key, Script
from bot.store.scripts import ReadHash
from bot.usage.budgets import Numbers

MAX_TRIES = 20  # at what somebody else changes at the same time


@dataclass(frozen=True, slots=True)
class _Set:
    """As it is stored; of the fields the first two are the server's, without its key."""

    url: str = ""
    models: tuple[str, ...] = ()
    key: str = ""
    zone: str = ""


_SET, _CAP = TypeAdapter(_Set), TypeAdapter(Numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Put(Script[int]):
    """1; 0 where `before` is not what stands there. An empty `text` takes it away."""

    hash: Key
    settled: Key
    workspace: str
    text: str
    before: str

    LUA = """
if (redis.call('HGET', hash, workspace) or '') ~= before then return 0 end
if text == '' then redis.call('HDEL', hash, workspace) else redis.call('HSET', hash, workspace, text) end
redis.call('INCR', settled)
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count(Script[str]):
    settled: Key

    LUA = "return redis.call('GET', settled) or ''"


@dataclass(frozen=True, slots=True)
class RedisSpaces:
    """All may raise Unavailable; what changes something Locked, where that could not keep what stands there."""

    client: Client
    prefix: str

    async def all(self) -> dict[str, Space]:
        """By workspace. What cannot be read, or whose key is missing, is as if it were not set; the log says so."""
        found: dict[str, Space] = {}
        for name, text in (await self._read("spaces")).items():
            found[name] = self._space(name, text)
        for name, text in (await self._read("caps")).items():
            cap = unreadable.read(_CAP, text, "a workspace's budget")
            found[name] = replace(found.get(name, UNSET), cap=cap) if cap else found.get(name, UNSET)
        return found

    async def count(self) -> str:
        """Another than before, if something was set since."""
        return await self.client.call(_Count(settled=self._key("settled")))

    async def set_zone(self, workspace: str, zone: str) -> None:
        await self._change(workspace, lambda seen: replace(seen, zone=zone))

    async def set_server(self, workspace: str, server: OwnServer | None) -> None:
        new = server or OwnServer("", ())
        await self._change(workspace, lambda seen: replace(seen, url=new.url, models=new.models, key=new.key))

    async def set_cap(self, workspace: str, cap: Numbers) -> None:
        text = "" if cap.empty else _CAP.dump_json(cap, exclude_defaults=True).decode()
        for _ in range(MAX_TRIES):
            if await self._put("caps", workspace, text, (await self._read("caps")).get(workspace, "")):
                return
        raise Unavailable("memory.slow", "what is set for a workspace changes again and again")

    async def _change(self, workspace: str, change: Callable[[_Set], _Set]) -> None:
        for _ in range(MAX_TRIES):
            text = (await self._read("spaces")).get(workspace, "")
            wanted = change(self._opened(workspace, text) or _Set())
            fields = _SET.dump_python(wanted, mode="json", exclude_defaults=True)
            new = self.client.seal.shut(fields, sealing.SERVER, sealing.of_space(workspace)) if fields else ""
            if await self._put("spaces", workspace, new, text):
                return
        raise Unavailable("memory.slow", "what is set for a workspace changes again and again")

    async def _put(self, name: str, workspace: str, text: str, before: str) -> bool:
        script = _Put(hash=self._key(name), settled=self._key("settled"), workspace=workspace, text=text, before=before)
        return await self.client.call(script) == 1

    async def _read(self, name: str) -> Mapping[str, str]:
        return await self.client.call(ReadHash(hash=self._key(name)))

    def _space(self, workspace: str, text: str) -> Space:
        found = self._set(workspace, text)
        if found is None:
            return UNSET
        return Space(found.zone, OwnServer(found.url, found.models, found.key) if found.url else None)

    def _set(self, workspace: str, text: str) -> _Set | None:
        try:
            return self._opened(workspace, text)
        except Locked:
            unreadable.passed_over("a workspace's own server, whose encryption key is missing")
            without = self.client.seal.open_or(text, sealing.of_space(workspace), {"url": ""})
            return unreadable.read(_SET, without, "what is set for a workspace")

    def _opened(self, workspace: str, text: str) -> _Set | None:
        """None for what is not there, or odd. Raises Locked."""
        if not text:
            return None
        opened = self.client.seal.open(text, sealing.of_space(workspace))
        return unreadable.read(_SET, opened, "what is set for a workspace")

    def _key(self, name: str) -> Key:
        return shared(self.prefix, name)
