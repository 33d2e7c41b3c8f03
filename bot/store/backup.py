"""What lasts of each workspace, as a value that can be put into a file and back: choices, personas, access, limits.

Conversations lapse by themselves and are left out, and so are tokens: a copy of them would open the door. What is
encrypted stays so, under the same key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import StartError
from bot.store import migrations
from bot.store.client import Client
from bot.store.erasures import RedisErasures
from bot.store.installations import RedisInstallations
from bot.store.keys import LASTING, beginning, shared
from bot.store.script import Key, Script
from bot.version import VERSION

FORMAT = 1
OLDEST = 4
"""The schema since which all of this has had its present form. A step that changes it raises this number, or restores
what is older in its own form."""
LEFT_OUT = ("aside", "tokens", "last_used")
NAMES = tuple(name for name in LASTING if name not in LEFT_OUT)
SHARED = ("spaces", "caps")
"""Hashes of all workspaces together: what their admins set for all of each, and how much the operator lets it use."""
ADDED_TO = ("audit",)
"""What was written since the backup is worth more than what stands in it: put back only where nothing stands."""

Workspace = Annotated[str, Field(pattern=r"^[TE][A-Z0-9]{1,30}$")]
Value = dict[str, str] | list[str]
"""A hash, or a list."""


class Backup(BaseModel):
    """As it stands in a file, in JSON. `threadbot_backup` is the format of the file, `schema` that of what is in it."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)

    threadbot_backup: Literal[1] = 1
    version: str
    data_schema: Annotated[int, Field(ge=0, alias="schema")]
    made: str
    workspaces: dict[Workspace, dict[str, Value]]
    shared: dict[Literal["spaces", "caps"], dict[Workspace, str]] = {}

    def counts(self) -> dict[str, int]:
        """How much of what, over all workspaces."""
        found = dict.fromkeys((*NAMES, *SHARED), 0)
        for values in self.workspaces.values():
            for name, value in values.items():
                found[name] += len(value)
        found |= {name: len(each) for name, each in self.shared.items()}
        return {name: count for name, count in found.items() if count}


class _Head(BaseModel):
    threadbot_backup: int
    version: str = "unknown"
    data_schema: Annotated[int, Field(alias="schema")] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read(Script[Value]):
    """The whole of a key."""

    key: Key

    LUA = """
local kind = redis.call('TYPE', key)['ok']
if kind == 'hash' then return {kind, redis.call('HGETALL', key)} end
if kind == 'list' then return {kind, redis.call('LRANGE', key, 0, -1)} end
return {kind, {}}
"""

    def reply(self, raw: Any) -> Value:
        kind, found = raw
        return list(found) if kind == "list" else dict(zip(found[::2], found[1::2], strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Write(Script[None]):
    """All keys of a workspace in one step. `parts` are the texts of each key one after the other, `lengths` how many
    each has, for a hash a field and its value in turn. Those `kept` stay as they are, if they are there."""

    keys_: tuple[Key, ...]
    kinds: tuple[str, ...]
    kept: tuple[int, ...]
    lengths: tuple[int, ...]
    parts: tuple[str, ...]

    LUA = """
local at = 0
for i, key in ipairs(keys_) do
  local last = at + lengths[i]
  if kept[i] ~= 1 or redis.call('EXISTS', key) == 0 then
    redis.call('DEL', key)
    if kinds[i] == 'hash' then
      for n = at + 1, last, 2 do redis.call('HSET', key, parts[n], parts[n + 1]) end
    else
      for n = at + 1, last do redis.call('RPUSH', key, parts[n]) end
    end
  end
  at = last
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Put(Script[None]):
    """A field for each of these workspaces, or, where its value is empty, none. Processes look again then."""

    key: Key
    settled: Key
    workspaces: tuple[str, ...]
    values: tuple[str, ...]

    LUA = """
for i, workspace in ipairs(workspaces) do
  if values[i] == '' then redis.call('HDEL', key, workspace) else redis.call('HSET', key, workspace, values[i]) end
end
redis.call('INCR', settled)
"""


async def make(client: Client, prefix: str) -> Backup:
    """All that lasts under a prefix. Raises StartError where there is nothing, or not in a form that we know."""
    schema = await migrations.schema_of(client, prefix)
    if schema is None:
        raise StartError(f"REDIS_PREFIX: nothing is kept under {prefix}; is it the right Redis and prefix?")
    if not OLDEST <= schema <= migrations.NEWEST:
        why = "start this version of the bot once" if schema < OLDEST else "use that version"
        raise StartError(f"the data under {prefix} is of another version (schema {schema}): {why}, then back it up")
    found = {}
    for each in await RedisInstallations(client, prefix).known():
        keys = {name: _key(prefix, each.workspace, name) for name in NAMES}
        found[each.workspace] = {name: await client.call(_Read(key=key), repairing=False) for name, key in keys.items()}
    together = {name: await client.call(_Read(key=shared(prefix, name)), repairing=False) for name in SHARED}
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return Backup(version=VERSION, data_schema=schema, made=made, workspaces=found, shared=together)


def read(text: str) -> Backup:
    """Raises StartError for what is no backup, or a newer version's."""
    try:
        head = _Head.model_validate_json(text)
    except ValidationError:
        raise StartError("this is no backup of Threadbot's") from None
    if head.threadbot_backup > FORMAT or head.data_schema > migrations.NEWEST:
        raise StartError(
            f"this backup is of a newer version ({head.version}, schema {head.data_schema}; this one knows "
            f"{migrations.NEWEST}): restore it with that version"
        )
    if head.data_schema < OLDEST:
        raise StartError(f"this backup is of a version that is too old (schema {head.data_schema})")
    try:
        backup = Backup.model_validate_json(text)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"][:3]))
        raise StartError(f"this backup is damaged at {where}: {error.errors()[0]['msg'].lower()}") from None
    if unknown := sorted({name for values in backup.workspaces.values() for name in values} - set(NAMES)):
        raise StartError(f"this backup is damaged: there is no {', '.join(unknown)}")
    return backup


async def restore(client: Client, prefix: str, backup: Backup) -> None:
    """Put all of it in the place of what is there. Raises StartError, and changes nothing, where that is of another
    form."""
    schema = await migrations.schema_of(client, prefix)
    if (schema is None and await migrations.is_older(client, prefix)) or (schema or OLDEST) < OLDEST:
        raise StartError(f"the data under {prefix} is an earlier version's: start the bot once, then restore")
    if schema is not None and schema > migrations.NEWEST:
        raise StartError(f"the data under {prefix} is a newer version's (schema {schema}): use that version")
    if schema is None:
        await migrations.set_schema(client, prefix, backup.data_schema)
    for workspace, values in sorted(backup.workspaces.items()):
        await client.call(_written(prefix, workspace, values), repairing=False)
    for name, each in backup.shared.items():
        known = tuple(sorted(backup.workspaces))
        texts = tuple(each.get(id, "") for id in known)
        put = _Put(key=shared(prefix, name), settled=shared(prefix, "settled"), workspaces=known, values=texts)
        await client.call(put, repairing=False)
    await RedisErasures(client, prefix).announce()  # what a process has in memory is not so any more


def _written(prefix: str, workspace: str, values: Mapping[str, Value]) -> _Write:
    """What the backup's version did not know stays as it is."""
    parts = [_flat(value) for value in values.values()]
    return _Write(
        keys_=tuple(_key(prefix, workspace, name) for name in values),
        kinds=tuple("list" if isinstance(value, list) else "hash" for value in values.values()),
        kept=tuple(int(name in ADDED_TO) for name in values),
        lengths=tuple(map(len, parts)),
        parts=tuple(part for each in parts for part in each),
    )


def _flat(value: Value) -> Sequence[str]:
    return value if isinstance(value, list) else [text for pair in value.items() for text in pair]


def _key(prefix: str, workspace: str, name: str) -> Key:
    return Key(f"{beginning(prefix, workspace)}{name}")
