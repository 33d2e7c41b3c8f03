"""How the rules of who may be answered and who manages stand in Redis: as the fields of a hash."""

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.policy.preferences import Access
from bot.store import unreadable

READ_FOR = 60.0  # seconds for which the list is not read again, where nothing says that it has changed
LISTS = ("users", "groups", "channels")
KINDS = frozenset({"admins", "tokens", *(f"{kind}_{each}" for kind in ("allowed", "denied") for each in LISTS)})
SWITCHES = ("guests", "outsiders", "bots", "direct_messages")


@dataclass(slots=True)
class Listed:
    """The list as this process read it last, and the state that it had in Redis then."""

    access: Access = dataclasses.field(default_factory=Access)
    state: str = ""
    read_at: float = float("-inf")

    @property
    def seen(self) -> str:
        """The state that is known; '' if the list is to be read in any case."""
        return self.state if time.monotonic() - self.read_at < READ_FOR else ""

    def after(self, seen: str, state: str, fields: Mapping[str, str]) -> Access:
        """What holds, by what Redis replied to whoever had `seen` that."""
        if not seen or state != seen:
            self.access, self.state, self.read_at = read(fields), state, time.monotonic()
        return self.access


def written(access: Access) -> dict[str, str]:
    """As it stands in Redis: each member of a list is a field, so that two people may add at once."""
    found = {f"{kind}_{each}:{id}": "on" for kind in ("allowed", "denied") for each in LISTS
             for id in getattr(access, f"{kind}_{each}")}  # fmt: skip
    found |= {name: "on" if getattr(access, name) else "off" for name in SWITCHES}
    found |= {f"{name}:{user}": "on" for name in ("admins", "tokens") for user in getattr(access, name)}
    return found | {f"managers:{channel}/{user}": "on" for channel, all in access.managers.items() for user in all}


def read(fields: Mapping[str, str]) -> Access:
    switches: dict[str, Any] = {}
    lists: dict[str, set[str]] = {}
    managers: dict[str, set[str]] = {}
    for field, value in fields.items():
        name, colon, id = field.partition(":")
        if not colon and name in SWITCHES:
            switches[name] = value == "on"
        elif colon and name == "managers":
            channel, _, user = id.partition("/")
            managers.setdefault(channel, set()).add(user)
        elif colon and name in KINDS:
            lists.setdefault(name, set()).add(id)
        else:
            unreadable.passed_over("a rule of access")
    frozen: dict[str, Any] = {name: frozenset(ids) for name, ids in lists.items()}
    return Access(**switches, **frozen, managers={channel: frozenset(users) for channel, users in managers.items()})


def act(field: str, after: Mapping[str, str]) -> str:
    """What the audit calls a change of this field."""
    if field.startswith("tokens:"):
        return "token.allow"
    if field.startswith("admins:"):
        return "admins.add" if field in after else "admins.remove"
    return "managers.set" if field.startswith("managers:") else "access.set"
