"""What Slack told last of people, for when it does not tell: who they are, and in which user groups.

Each fact has the time at which it was told, and counts for a day. Names are not kept.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from bot.conversation.messages import Person
from bot.errors import Unavailable
from bot.store.client import Client
from bot.store.keys import KNOWN_FOR, Keys
from bot.store.script import Key, Script

log = logging.getLogger(__name__)

_PERSON = TypeAdapter(Person)
_ABOUT = "person"  # a field; the others are ids of user groups


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keep(Script[int]):
    """Each value gets the server's time, in seconds, before it."""

    known: Key
    fields: tuple[str, ...]
    values: tuple[str, ...]
    keep_for: int

    LUA = """
local at = redis.call('TIME')[1]
for i, field in ipairs(fields) do redis.call('HSET', known, field, at .. ' ' .. values[i]) end
return redis.call('EXPIRE', known, keep_for)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recall(Script[dict[str, str]]):
    """The facts that are not too old, without their time."""

    known: Key
    keep_for: int

    LUA = """
local now, found, all = tonumber(redis.call('TIME')[1]), {}, redis.call('HGETALL', known)
for i = 1, #all, 2 do
  local at, value = string.match(all[i + 1], '^(%d+) (.*)$')
  if at and tonumber(at) > now - keep_for then
    found[#found + 1] = all[i]
    found[#found + 1] = value
  end
end
return found
"""

    def reply(self, raw: list[str]) -> dict[str, str]:
        return dict(zip(raw[::2], raw[1::2], strict=True))


@dataclass(frozen=True, slots=True)
class RedisLastKnown:
    """See `slack.api.directory.LastKnown`."""

    client: Client
    keys: Keys

    async def keep(self, user: str, person: Person | None, groups: Mapping[str, bool]) -> None:
        facts = {group: json.dumps(is_in) for group, is_in in groups.items()}
        if person is not None:
            facts[_ABOUT] = _PERSON.dump_json(replace(person, name=""), exclude_defaults=True).decode()
        known, fields, values = self.keys.known(user), tuple(facts), tuple(facts.values())
        try:
            await self.client.call(_Keep(known=known, fields=fields, values=values, keep_for=KNOWN_FOR))
        except Unavailable as trouble:
            log.debug("not kept", extra={"of": "person", "why": trouble.detail})

    async def recall(self, user: str) -> tuple[Person | None, Mapping[str, bool]]:
        try:
            facts = await self.client.call(_Recall(known=self.keys.known(user), keep_for=KNOWN_FOR))
            about = facts.pop(_ABOUT, None)
            person = _PERSON.validate_json(about) if about is not None else None
        except (Unavailable, ValueError) as trouble:
            log.debug("not recalled", extra={"of": "person", "why": type(trouble).__name__})
            return None, {}
        return person, {group: value == "true" for group, value in facts.items()}
