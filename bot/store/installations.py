"""Where the app is installed: facts in Redis, for all processes; tokens in this process alone."""

import json
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from bot.installations import Installation
from bot.store import unreadable
from bot.store.client import Client
from bot.store.keys import shared
from bot.store.script import Key, Script
from bot.store.scripts import ReadHash

_INSTALLATION = TypeAdapter(Installation)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Put(Script[int]):
    """`facts` as JSON."""

    installations: Key
    workspace: str
    facts: str

    LUA = "return redis.call('HSET', installations, workspace, facts)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim(Script[str]):
    """Whose it is now, as JSON."""

    owner: Key
    wanted: str

    LUA = """
redis.call('SET', owner, wanted, 'NX')
return redis.call('GET', owner)
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose bot a prefix belongs to. `app` is empty where Slack did not tell it."""

    app: str
    workspace: str

    def differs(self, other: "Owner") -> bool:
        return self.workspace != other.workspace or bool(self.app and other.app and self.app != other.app)


_OWNER = TypeAdapter(Owner)


@dataclass(frozen=True, slots=True)
class RedisInstallations:
    """See `installations.Installations`."""

    client: Client
    prefix: str
    _served: dict[str, tuple[Installation, str]] = field(default_factory=dict)

    async def put(self, installation: Installation, token: str) -> None:
        await self.note(installation)
        self.serve(installation, token)

    async def note(self, installation: Installation) -> None:
        """Keep what is known of it, for all processes. May raise Unavailable."""
        facts = _INSTALLATION.dump_json(installation, exclude_defaults=True).decode()
        key = shared(self.prefix, "installations")
        await self.client.call(_Put(installations=key, workspace=installation.workspace, facts=facts))

    def serve(self, installation: Installation, token: str) -> None:
        """Speak there from now on, in this process."""
        self._served[installation.workspace] = installation, token

    def drop(self, workspace: str) -> None:
        """Do not speak there any more, in this process."""
        self._served.pop(workspace, None)

    async def known(self) -> list[Installation]:
        """Those whose facts can be read."""
        found = await self.client.call(ReadHash(hash=shared(self.prefix, "installations")))
        read = (unreadable.read(_INSTALLATION, found[name], "an installation") for name in sorted(found))
        return [installation for installation in read if installation]

    def served(self, workspace: str) -> tuple[Installation, str] | None:
        return self._served.get(workspace)

    async def claim(self, owner: Owner) -> Owner:
        """Make the prefix this owner's, unless it is somebody's. Returns whose it is. Raises Unreadable."""
        wanted = json.dumps({"app": owner.app, "workspace": owner.workspace})
        found = await self.client.call(_Claim(owner=shared(self.prefix, "owner"), wanted=wanted))
        return unreadable.need(_OWNER, found, "whose this REDIS_PREFIX is")
