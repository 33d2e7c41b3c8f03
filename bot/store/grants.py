"""What lets us speak in each workspace into which people have installed the app: tokens, sealed.

`{prefix}:grants` has one field for each workspace; whoever changes one counts `{prefix}:granted` up, so that all
processes look again.
"""

import secrets
from dataclasses import dataclass

from pydantic import TypeAdapter

from bot.errors import Locked
from bot.installations import Grant
from bot.store import seal as sealing
from bot.store import unreadable
from bot.store.client import Client
from bot.store.keys import shared
from bot.store.script import Key, Script
from bot.store.scripts import ReadHash

_GRANT = TypeAdapter(Grant)
REFRESHING_FOR = 60_000  # milliseconds that one process has for it: longer than a call of Slack may take
STATE_FOR = 600  # seconds that an installation may take, from the first page to Slack's answer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Put(Script[int]):
    """1; 0 where `before` is given and is not what stands there."""

    grants: Key
    granted: Key
    workspace: str
    grant: str
    before: str

    LUA = """
if before ~= '' and redis.call('HGET', grants, workspace) ~= before then return 0 end
redis.call('HSET', grants, workspace, grant)
redis.call('INCR', granted)
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Get(Script[str]):
    grants: Key
    workspace: str

    LUA = "return redis.call('HGET', grants, workspace) or ''"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remove(Script[int]):
    """1; 0 where it was gone already, or where `before` is given and is not what stands there."""

    grants: Key
    granted: Key
    workspace: str
    before: str

    LUA = """
if before ~= '' and redis.call('HGET', grants, workspace) ~= before then return 0 end
if redis.call('HDEL', grants, workspace) == 0 then return 0 end
redis.call('INCR', granted)
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count(Script[str]):
    granted: Key

    LUA = "return redis.call('GET', granted) or ''"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Once(Script[int]):
    """1 for the first who asks within so many milliseconds."""

    turn: Key
    who: str
    for_ms: int

    LUA = "return redis.call('SET', turn, who, 'NX', 'PX', for_ms) and 1 or 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Release(Script[int]):
    turn: Key
    who: str

    LUA = "return redis.call('GET', turn) == who and redis.call('DEL', turn) or 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keep(Script[str]):
    state: Key
    value: str
    keep_for: int

    LUA = "redis.call('SET', state, value, 'EX', keep_for) return ''"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Take(Script[str]):
    """What stood there; '' the second time."""

    state: Key

    LUA = """
local value = redis.call('GET', state)
redis.call('DEL', state)
return value or ''
"""


@dataclass(frozen=True, slots=True)
class RedisGrants:
    """All may raise Unavailable."""

    client: Client
    prefix: str

    async def put(self, grant: Grant) -> None:
        await self._write(grant, "")

    async def replace(self, before: Grant, grant: Grant) -> bool:
        """Put it in the place of one that was read. False where another stands there by now."""
        text = await self._as_read(before)
        return bool(text) and await self._write(grant, text)

    async def withdraw(self, before: Grant) -> bool:
        """Remove one that was read. False where another stands there by now."""
        text = await self._as_read(before)
        return bool(text) and await self.remove(before.workspace, text)

    async def remove(self, workspace: str, before: str = "") -> bool:
        """False where there is none."""
        script = _Remove(grants=self._key("grants"), granted=self._key("granted"), workspace=workspace, before=before)
        return await self.client.call(script) == 1

    async def of(self, workspace: str) -> Grant | None:
        """None where there is none, or where it cannot be read, as in `all`."""
        text = await self._text(workspace)
        return self._read(workspace, text) if text else None

    async def all(self) -> list[Grant]:
        """By workspace. One that cannot be read, or whose key is missing, is left out; the log says so."""
        found = await self.client.call(ReadHash(hash=self._key("grants")))
        grants = (self._read(name, found[name]) for name in sorted(found))
        return [grant for grant in grants if grant is not None]

    async def count(self) -> str:
        """Another than before, if a grant was changed since."""
        return await self.client.call(_Count(granted=self._key("granted")))

    async def alone(self, workspace: str) -> str:
        """Not empty where it is this process' to fetch the next token, or to ask about it: nobody else's for a while,
        or until that is given to `done`."""
        turn, who = self._key(f"refreshing:{workspace}"), secrets.token_hex(8)
        return who if await self.client.call(_Once(turn=turn, who=who, for_ms=REFRESHING_FOR)) == 1 else ""

    async def done(self, workspace: str, who: str) -> None:
        await self.client.call(_Release(turn=self._key(f"refreshing:{workspace}"), who=who))

    async def keep_state(self, state: str, browser: str) -> None:
        """Remember for some minutes which browser began an installation."""
        await self.client.call(_Keep(state=self._key(f"installing:{state}"), value=browser, keep_for=STATE_FOR))

    async def take_state(self, state: str) -> str:
        """Which browser it was; empty for a state that was never given, has been used, or is too old."""
        return await self.client.call(_Take(state=self._key(f"installing:{state}")))

    async def _write(self, grant: Grant, before: str) -> bool:
        fields = _GRANT.dump_python(grant, mode="json", exclude_defaults=True)
        text = self.client.seal.shut(fields, sealing.GRANT, sealing.of_grant(grant.workspace))
        script = _Put(
            grants=self._key("grants"),
            granted=self._key("granted"),
            workspace=grant.workspace,
            grant=text,
            before=before,
        )
        return await self.client.call(script) == 1

    async def _as_read(self, grant: Grant) -> str:
        """As it is stored; empty where it has changed since it was read."""
        text = await self._text(grant.workspace)
        return text if text and self._read(grant.workspace, text) == grant else ""

    async def _text(self, workspace: str) -> str:
        """As it is stored; empty where there is none."""
        return await self.client.call(_Get(grants=self._key("grants"), workspace=workspace))

    def _read(self, workspace: str, text: str) -> Grant | None:
        try:
            return unreadable.read(
                _GRANT, self.client.seal.open(text, sealing.of_grant(workspace)), "a workspace's grant"
            )
        except Locked:
            unreadable.passed_over("a workspace's grant, whose encryption key is missing")
            return None

    def _key(self, name: str) -> Key:
        return shared(self.prefix, name)
