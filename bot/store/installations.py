"""Where the app is installed: facts in Redis, for all processes; tokens in this process alone."""

import json
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from bot.installations import Installation
from bot.store.client import Client
from bot.store.keys import shared

_INSTALLATION = TypeAdapter(Installation)

# KEYS installations   ARGV workspace facts
_PUT = "return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])"

# KEYS installations   → workspace, facts, …
_ALL = "return redis.call('HGETALL', KEYS[1])"

# KEYS owner   ARGV owner   → whose it is now
_CLAIM = """
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose bot a prefix belongs to. `app` is empty where Slack did not tell it."""

    app: str
    workspace: str

    def differs(self, other: "Owner") -> bool:
        return self.workspace != other.workspace or bool(self.app and other.app and self.app != other.app)


@dataclass(frozen=True, slots=True)
class RedisInstallations:
    """See `installations.Installations`."""

    client: Client
    prefix: str
    _served: dict[str, tuple[Installation, str]] = field(default_factory=dict)

    async def put(self, installation: Installation, token: str) -> None:
        facts = _INSTALLATION.dump_json(installation, exclude_defaults=True).decode()
        await self.client.run(_PUT, [shared(self.prefix, "installations")], [installation.workspace, facts])
        self._served[installation.workspace] = installation, token

    async def known(self) -> list[Installation]:
        flat = await self.client.run(_ALL, [shared(self.prefix, "installations")], [])
        found = dict(zip(flat[::2], flat[1::2], strict=True))
        return [_INSTALLATION.validate_json(found[workspace]) for workspace in sorted(found)]

    def served(self, workspace: str) -> tuple[Installation, str] | None:
        return self._served.get(workspace)

    async def claim(self, owner: Owner) -> Owner:
        """Make the prefix this owner's, unless it is somebody's. Returns whose it is."""
        wanted = json.dumps({"app": owner.app, "workspace": owner.workspace})
        found = json.loads(await self.client.run(_CLAIM, [shared(self.prefix, "owner")], [wanted]))
        return Owner(found["app"], found["workspace"])
