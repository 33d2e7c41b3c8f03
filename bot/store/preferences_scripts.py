"""What Redis does for choices and personas in one step each. The rules of `scripts.py` hold here too.

What is written is decided outside, from what was read; a script writes only if that is still so, and says otherwise
what stands there now. Nothing that two people do at once is lost, and a script that runs twice writes once.
Every change takes its audit entries with it.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.store.script import Key, Script
from bot.store.scripts import DECODED

MOST_AUDITED = 10_000

_AUDIT = f"""
local function stamped(json)
  local t = redis.call('TIME')
  return string.format('{{"at":%d.%06d,', t[1], t[2]) .. string.sub(json, 2)
end
local function note(audit, entry)
  redis.call('LPUSH', audit, stamped(entry))
  redis.call('LTRIM', audit, 0, {MOST_AUDITED - 1})
end
"""


class Ruling(NamedTuple):
    """`choices` and `versions` have one place for each of the fields, with JSON or ''; `access` is field, value, …, and
    `limits` so, of those whose limits may matter. `access` is empty where its `state` is the one that was `seen`.

    A thread has the version of its persona, elsewhere it is the present one. `unread` is 1 if the person is, and
    `hides` how many are.
    """

    choices: list[str]
    versions: list[str]
    limits: dict[str, str]
    state: str
    access: dict[str, str]
    unread: int
    hides: int

    @classmethod
    def of(cls, raw: Any) -> "Ruling":
        choices, versions, numbers, state, access, unread, hides = raw
        return cls(choices, versions, _pairs(numbers), state, _pairs(access), unread, hides)


class StoredPersonas(NamedTuple):
    """`present` has the number of each persona's version, and `texts` the JSON of that, '' for the deleted; in the same
    order."""

    present: dict[str, str]
    texts: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRules(Script[Ruling]):
    """What applies: `fields` of prefs, with '' for the thread's own choices; of `limits` those of `owners`, and of the
    personas that are chosen.

    The access list grows with the people in it, and is told only when it has changed: each change stands in the audit,
    of every version, and what else may change it counts in `erased`. Its state is '' where that cannot be known.
    """

    prefs: Key
    chosen: Key
    access: Key
    audit: Key
    erased: Key
    personas: Key
    versions: Key
    limits: Key
    unread: Key
    fields: tuple[str, ...]
    owners: tuple[str, ...]
    user: str
    seen: str

    LUA = (
        DECODED
        + """
local function stated()
  local last, erased = redis.pcall('LINDEX', audit, 0) or '', redis.pcall('GET', erased) or ''
  if type(last) ~= 'string' or type(erased) ~= 'string' then return '' end
  return redis.sha1hex(last) .. '/' .. erased .. '/' .. redis.call('HLEN', access)
end
local choices, found, numbers, at = {}, {}, {}, stated()
local function add(owner)
  numbers[#numbers + 1], numbers[#numbers + 2] = owner, redis.call('HGET', limits, owner) or ''
end
local limited = redis.call('EXISTS', limits) == 1
for _, owner in ipairs(limited and owners or {}) do add(owner) end
for i, field in ipairs(fields) do
  choices[i] = (field == '' and redis.call('GET', chosen) or field ~= '' and redis.call('HGET', prefs, field)) or ''
end
for i, json in ipairs(choices) do
  local choice = decoded(json)
  local key = text(choice.key)
  if limited and key ~= '' then add('persona:' .. key) end
  local version = tonumber(choice.version) or tonumber(redis.call('HGET', personas, key) or '') or 0
  found[i] = version > 0 and redis.call('HGET', versions, key .. '/' .. version) or ''
end
local listed = (at == '' or at ~= seen) and redis.call('HGETALL', access) or {}
return {choices, found, numbers, at, listed, redis.call('HEXISTS', unread, user), redis.call('HLEN', unread)}
"""
    )

    def reply(self, raw: Any) -> Ruling:
        return Ruling.of(raw)


def _pairs(flat: list[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRead(Script[int]):
    """Somebody may be read as context by others, or not."""

    unread: Key
    user: str
    on: bool

    LUA = """
if on then return redis.call('HDEL', unread, user) end
return redis.call('HSETNX', unread, user, redis.call('TIME')[1])
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadUnread(Script[list[str]]):
    """Those of these people who may not be read as context."""

    unread: Key
    people: tuple[str, ...]

    LUA = """
local found = {}
for _, user in ipairs(people) do
  if redis.call('HEXISTS', unread, user) == 1 then found[#found + 1] = user end
end
return found
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadChosen(Script[str]):
    """Choices as JSON, or ''. `field` is one of prefs, or '' for the thread's."""

    prefs: Key
    chosen: Key
    field: str

    LUA = """
local json = field == '' and redis.call('GET', chosen) or field ~= '' and redis.call('HGET', prefs, field)
return json or ''
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose(Script[int]):
    """1; 0 when the choices, or the persona, have changed meanwhile.

    `field` is one of prefs, or '' for the thread's. `persona` and its `version` may be ''.
    """

    prefs: Key
    chosen: Key
    personas: Key
    audit: Key
    field: str
    before: str
    after: str
    keep_for: int
    persona: str
    version: str
    entries: tuple[str, ...]

    LUA = (
        _AUDIT
        + """
local present = field == '' and redis.call('GET', chosen) or field ~= '' and redis.call('HGET', prefs, field)
if (present or '') ~= before then return 0 end
if persona ~= '' and (redis.call('HGET', personas, persona) or '') ~= version then return 0 end
if field == '' then
  redis.call('SET', chosen, after, 'EX', keep_for)
elseif after == '{}' then
  redis.call('HDEL', prefs, field)
else
  redis.call('HSET', prefs, field, after)
end
for _, entry in ipairs(entries) do note(audit, entry) end
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLimit(Script[int]):
    """1; 0 when the limit has changed meanwhile. '' is none."""

    limits: Key
    audit: Key
    field: str
    before: str
    after: str
    entry: str

    LUA = (
        _AUDIT
        + """
local present = redis.call('HGET', limits, field) or ''
if present ~= before then return present == after and 1 or 0 end
if after == '' then redis.call('HDEL', limits, field) else redis.call('HSET', limits, field, after) end
note(audit, entry)
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPersonas(Script[StoredPersonas]):
    """One persona, or all of them when `persona` is ''."""

    personas: Key
    versions: Key
    persona: str

    LUA = """
local all = persona == '' and redis.call('HGETALL', personas) or {persona, redis.call('HGET', personas, persona) or '0'}
local found = {}
for i = 1, #all, 2 do
  local version = tonumber(all[i + 1]) or 0
  found[#found + 1] = version > 0 and redis.call('HGET', versions, all[i] .. '/' .. version) or ''
end
return {all, found}
"""

    def reply(self, raw: Any) -> StoredPersonas:
        present, texts = raw
        return StoredPersonas(dict(zip(present[::2], present[1::2], strict=True)), texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadVersions(Script[list[str]]):
    """The JSON of the versions from the first to the last, '' for one that is lost."""

    versions: Key
    persona: str
    first: int
    last: int

    LUA = """
local found = {}
for version = first, last do
  found[#found + 1] = redis.call('HGET', versions, persona .. '/' .. version) or ''
end
return found
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(Script[list[str]]):
    """'done'; 'changed'; or 'used' and the fields of prefs that name the persona.

    `before` and `after` are as in `personas`. Run twice, it finds the version that has its `id`.
    """

    personas: Key
    versions: Key
    audit: Key
    prefs: Key
    persona: str
    before: str
    after: int
    version: str
    entry: str
    id: str
    refuse_if_used: bool

    LUA = (
        _AUDIT
        + DECODED
        + """
local present = redis.call('HGET', personas, persona) or ''
if present ~= before then
  local latest = redis.call('HGET', versions, persona .. '/' .. math.abs(tonumber(present) or 0)) or ''
  return {string.find(latest, id, 1, true) and 'done' or 'changed'}
end
if refuse_if_used then
  local used, all = {'used'}, redis.call('HGETALL', prefs)
  for i = 1, #all, 2 do
    if decoded(all[i + 1]).key == persona then used[#used + 1] = all[i] end
  end
  if #used > 1 then return used end
end
redis.call('HSET', versions, persona .. '/' .. math.abs(after), stamped(version))
redis.call('HSET', personas, persona, after)
note(audit, entry)
return {'done'}
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAccess(Script[dict[str, str]]):
    """What stands there afterwards. `fields`, `values` (or '') and `entries` have one place for each change."""

    access: Key
    audit: Key
    fields: tuple[str, ...]
    values: tuple[str, ...]
    entries: tuple[str, ...]

    LUA = (
        _AUDIT
        + """
for i, field in ipairs(fields) do
  local value = values[i]
  if (redis.call('HGET', access, field) or '') ~= value then
    if value == '' then redis.call('HDEL', access, field) else redis.call('HSET', access, field, value) end
    note(audit, entries[i])
  end
end
return redis.call('HGETALL', access)
"""
    )

    def reply(self, raw: list[str]) -> dict[str, str]:
        return dict(zip(raw[::2], raw[1::2], strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Script[int]):
    """1; 0 when it is there."""

    audit: Key
    entry: str
    id: str

    LUA = (
        _AUDIT
        + """
for _, noted in ipairs(redis.call('LRANGE', audit, 0, 99)) do
  if string.find(noted, id, 1, true) then return 0 end
end
note(audit, entry)
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAudit(Script[list[str]]):
    """The newest entries, the newest first."""

    audit: Key
    most: int

    LUA = "return redis.call('LRANGE', audit, 0, most - 1)"
