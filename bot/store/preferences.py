"""What people chose, the personas with all their versions, and who did what: in Redis."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import TypeAdapter

from bot.conversation.ids import ThreadKey
from bot.conversation.places import Place
from bot.personas import form as persona_form
from bot.personas import persona as personas
from bot.personas.builtin import built_in
from bot.personas.persona import DEFAULT, Persona
from bot.policy import preferences as prefs
from bot.policy.preferences import (
    PERSONA,
    PREFERENCES,
    Access,
    Choices,
    Conflict,
    Defaults,
    Entry,
    Fixed,
    InUse,
    Layer,
    Rules,
    Scope,
    Unknown,
    Value,
    Version,
    spelled,
)
from bot.store import preferences_scripts as scripts
from bot.store.client import Client
from bot.store.keys import Keys

LISTS = ("users", "groups", "channels")
SWITCHES = ("guests", "outsiders", "bots", "direct_messages")

_VERSION = TypeAdapter(Version)
_ENTRY = TypeAdapter(Entry)


@dataclass(frozen=True, slots=True)
class Stored:
    """A persona as Redis has it. `raw` is its version, negative when it is deleted, empty when it was never there.

    `live` is what may be chosen under that name: the stored one, or the one that is built in.
    """

    key: str
    raw: str
    live: Persona | None

    @property
    def latest(self) -> int:
        return abs(int(self.raw or 0))


@dataclass(frozen=True, slots=True)
class RedisPrefs:
    """See `ports.Prefs`. `keep_for` is the history's lifetime in seconds."""

    client: Client
    keys: Keys
    keep_for: int
    defaults: Defaults

    # -- what applies

    async def rules(self, where: ThreadKey | Place, user: str) -> Rules:
        scopes, k = prefs.scopes(where, user), self.keys
        keys = [k.prefs, self._chosen_key(scopes[0]), k.access, k.personas, k.versions]
        texts, access, found = await self.client.run(scripts.RULES, keys, [_field(scope) for scope in scopes])
        layers = [self._layer(*one) for one in zip(scopes, texts, found, strict=True)]
        return prefs.rule(layers, self.defaults, _access(access))

    async def pin(self, thread: ThreadKey, persona: Persona) -> None:
        args: list[str | int] = [persona.name, personas.key(persona.name), persona.version, self.keep_for]
        await self.client.run(scripts.PIN, [self.keys.chosen(thread)], args)

    # -- choices

    async def chosen(self, scope: Scope) -> Choices:
        return _choices(await self._chosen(scope))

    async def channels(self) -> Mapping[str, Choices]:
        return {scope.id: choices for scope, choices in await self._all_chosen() if scope.kind == "channel"}

    async def choose(self, scope: Scope, changes: Mapping[str, Value | None], by: str) -> Choices:
        named = changes.get("persona")
        while True:
            before = await self._chosen(scope)
            present = _choices(before)
            wanted = prefs.change(present, changes, scope.kind)
            version = ""
            if named is not None:
                stored = await self._stored(str(named))
                if stored.live is None:
                    raise await self._unknown(str(named))
                version = stored.raw
                pinned = stored.live.version if scope.kind == "thread" else None
                wanted = {**wanted, "persona": stored.live.name} | ({} if pinned is None else {"version": pinned})
            if wanted == present:
                return present
            entries = _told(scope, changes, present, wanted, by)
            k, field = self.keys, _field(scope)
            keys = [k.prefs, self._chosen_key(scope), k.personas, k.audit]
            key = personas.key(str(named)) if named else ""
            args: list[str | int] = [field, before, _written(wanted), self.keep_for, key, version]
            if await self.client.run(scripts.CHOOSE, keys, [*args, *entries]):
                return wanted

    # -- personas

    async def personas(self) -> list[Persona]:
        flat, texts = await self.client.run(scripts.PERSONAS, [self.keys.personas, self.keys.versions], [""])
        stored = {key: _VERSION.validate_json(text).persona for key, text in zip(flat[::2], texts, strict=True) if text}
        known = {DEFAULT: self.defaults.persona, **built_in(), **stored}
        return [known[key] for key in sorted(known)]

    async def persona(self, name: str, version: int | None = None) -> Persona:
        stored = await self._stored(name)
        if version is None or (stored.live and stored.live.version == version):
            if stored.live is None:
                raise await self._unknown(name)
            return stored.live
        given = self._given(name)
        found = {0: given} if given else {}
        found |= {each.persona.version: each.persona for each in await self._versions(stored)}
        if not found:
            raise await self._unknown(name)
        if version not in found:
            raise Unknown(found[max(found)].name, tuple(sorted(found)))
        return found[version]

    async def history(self, name: str) -> list[Version]:
        stored = await self._stored(name)
        if stored.live is None and not stored.raw:
            raise await self._unknown(name)
        return (await self._versions(stored))[::-1]

    async def save(self, persona: Persona, based_on: int | None, by: str) -> Persona:
        stored = await self._stored(persona.name)
        if stored.key == DEFAULT:
            raise Fixed("settings")
        present = stored.live.version if stored.live else None
        if present != based_on and not (present is None and based_on == 0):
            if stored.live and not persona_form.changed(stored.live, persona):
                return stored.live  # sent twice, because the first reply was late
            raise Conflict(stored.live)
        return await self._write(stored, persona, by, "saved")

    async def restore(self, name: str, version: int, by: str) -> Persona:
        old = await self.persona(name, version)
        stored = await self._stored(name)
        if stored.key == DEFAULT:
            raise Fixed("settings")
        return await self._write(stored, old, by, "restored")

    async def delete(self, name: str, by: str, *, anyway: bool = False) -> None:
        stored = await self._stored(name)
        if stored.key == DEFAULT:
            raise Fixed("settings")
        if stored.live is None:
            raise await self._unknown(name)
        if stored.live.version == 0:
            raise Fixed("product")
        await self._write(stored, stored.live, by, "deleted", anyway=anyway or stored.key in built_in())

    # -- who may be answered, who manages, and who did what

    async def access(self) -> Access:
        found = _access(await self.client.run(scripts.ACCESS, [self.keys.access], []))
        return replace(found, appointed=self.defaults.admins)

    async def change_access(self, seen: Access, wanted: Access, by: str) -> Access:
        before, after = _listed(seen), _listed(wanted)
        args: list[str | int] = []
        for field in sorted(before.keys() | after.keys()):
            if before.get(field) != after.get(field):
                entry = Entry(by, _access_act(field, after), field, before.get(field, ""), after.get(field, ""))
                args += [field, after.get(field, ""), _entry(entry)]
        if not args:
            return await self.access()
        found = await self.client.run(scripts.CHANGE_ACCESS, [self.keys.access, self.keys.audit], args)
        return replace(_access(found), appointed=self.defaults.admins)

    async def audit(self, entry: Entry) -> None:
        id = uuid.uuid4().hex
        await self.client.run(scripts.NOTE, [self.keys.audit], [_entry(entry, id), id])

    async def audited(self, most: int = 100) -> list[Entry]:
        texts = await self.client.run(scripts.AUDITED, [self.keys.audit], [most]) if most > 0 else []
        return [_ENTRY.validate_json(text) for text in texts]

    # -- how it is done

    def _layer(self, scope: Scope, text: str, version: str) -> Layer:
        choices = _choices(text)
        if version:
            return Layer(scope.kind, choices, _VERSION.validate_json(version).persona)
        named = PERSONA.of(choices)
        return Layer(scope.kind, choices, self._given(named) if named and not choices.get("version") else None)

    def _given(self, name: str) -> Persona | None:
        """The persona of that name that needs no storing."""
        key = personas.key(name)
        return self.defaults.persona if key == DEFAULT else built_in().get(key)

    def _chosen_key(self, scope: Scope) -> str:
        return self.keys.chosen(ThreadKey.parse(scope.id)) if scope.kind == "thread" else self.keys.prefs

    async def _chosen(self, scope: Scope) -> str:
        keys = [self.keys.prefs, self._chosen_key(scope)]
        return str(await self.client.run(scripts.CHOSEN, keys, [_field(scope)]))

    async def _all_chosen(self) -> list[tuple[Scope, Choices]]:
        flat = await self.client.run(scripts.ALL_CHOSEN, [self.keys.prefs], [])
        pairs = sorted(zip(flat[::2], flat[1::2], strict=True))
        return [(_scope(field), _choices(text)) for field, text in pairs]

    async def _stored(self, name: str) -> Stored:
        key = personas.key(name)
        if not key:  # which would ask the script for all of them
            return Stored("", "", None)
        keys = [self.keys.personas, self.keys.versions]
        flat, texts = await self.client.run(scripts.PERSONAS, keys, [key])
        live = _VERSION.validate_json(texts[0]).persona if texts[0] else self._given(name)
        return Stored(key, "" if flat[1] == "0" else flat[1], live)

    async def _versions(self, stored: Stored) -> list[Version]:
        """Oldest first."""
        args: list[str | int] = [stored.key, 1, stored.latest]
        texts = await self.client.run(scripts.VERSIONS, [self.keys.versions], args) if stored.raw else []
        return [_VERSION.validate_json(text) for text in texts if text]

    async def _write(
        self,
        stored: Stored,
        persona: Persona,
        by: str,
        deed: Literal["saved", "restored", "deleted"],
        *,
        anyway: bool = True,
    ) -> Persona:
        """One more version, if the persona is still as it was read. Raises Conflict, InUse."""
        old = stored.live
        changed = persona_form.changed(old, persona) if old else ()
        if old and not changed and deed != "deleted":
            return old
        new = replace(persona, version=stored.latest + 1)
        id = uuid.uuid4().hex
        before = f"version {old.version}" if old else ""
        after = "" if deed == "deleted" else f"version {new.version}"
        entry = Entry(by, _deed(deed, old), persona.name, before, after)
        raw = -new.version if deed == "deleted" else new.version
        k = self.keys
        args: list[str | int] = [
            stored.key,
            stored.raw,
            raw,
            _version(new, by, changed, deed, id),
            _entry(entry, id),
            id,
        ]
        keys = [k.personas, k.versions, k.audit, k.prefs]
        outcome, *fields = await self.client.run(scripts.WRITE, keys, [*args, "0" if anyway else "1"])
        if outcome == "used":
            raise InUse(tuple(map(_scope, sorted(fields))))
        if outcome == "changed":
            raise Conflict((await self._stored(persona.name)).live)
        return new

    async def _unknown(self, name: str) -> Unknown:
        meant = personas.nearest(name, [each.name for each in await self.personas()])
        return Unknown(meant)


def _choices(text: str) -> Choices:
    return prefs.stored(json.loads(text)) if text else {}


def _written(choices: Choices) -> str:
    """With the name under which the persona is stored, for the scripts."""
    named = PERSONA.of(choices)
    return json.dumps({**choices, "key": personas.key(named)} if named else dict(choices))


def _field(scope: Scope) -> str:
    """Where the choices of a place stand; empty for a thread's, which have a key of their own."""
    return "" if scope.kind == "thread" else str(scope)


def _scope(field: str) -> Scope:
    kind, _, id = field.partition(":")
    known: Any = kind
    return Scope(known, id)


def _told(scope: Scope, changes: Mapping[str, Value | None], before: Choices, after: Choices, by: str) -> list[str]:
    """The audit entries; what people choose for themselves, or in a thread, is no administrative act."""
    if scope.kind not in ("channel", "workspace"):
        return []
    changed = [name for name in changes if before.get(name) != after.get(name)]
    shown = {name: (spelled(name, before.get(name)), spelled(name, after.get(name))) for name in changed}
    return [_entry(Entry(by, PREFERENCES[name].act(scope.kind), str(scope), *shown[name])) for name in changed]


def _deed(deed: str, old: Persona | None) -> str:
    return {"restored": "persona.restore", "deleted": "persona.delete"}.get(
        deed, "persona.edit" if old else "persona.new"
    )


def _version(persona: Persona, by: str, changed: Sequence[str], deed: str, id: str) -> str:
    """Without its time, which the script adds."""
    written = _VERSION.dump_python(Version(persona, by, 0.0, tuple(changed)), mode="json")
    del written["at"]
    return json.dumps({**written, "deed": deed, "id": id})


def _entry(entry: Entry, id: str = "") -> str:
    """Without its time, which the script adds. `id` tells it from others, should it be written twice."""
    written = _ENTRY.dump_python(entry)
    del written["at"]
    return json.dumps({**written, "id": id} if id else written)


def _listed(access: Access) -> dict[str, str]:
    """As it stands in Redis: each member of a list is a field, so that two people may add at once."""
    found = {f"{kind}_{each}:{id}": "on" for kind in ("allowed", "denied") for each in LISTS
             for id in getattr(access, f"{kind}_{each}")}  # fmt: skip
    found |= {name: "on" if getattr(access, name) else "off" for name in SWITCHES}
    found |= {f"admins:{user}": "on" for user in access.admins}
    return found | {f"managers:{channel}/{user}": "on" for channel, all in access.managers.items() for user in all}


def _access(flat: Sequence[str]) -> Access:
    switches: dict[str, Any] = {}
    lists: dict[str, set[str]] = {}
    managers: dict[str, set[str]] = {}
    for field, value in zip(flat[::2], flat[1::2], strict=True):
        name, colon, id = field.partition(":")
        if not colon:
            switches[name] = value == "on"
        elif name == "managers":
            channel, _, user = id.partition("/")
            managers.setdefault(channel, set()).add(user)
        else:
            lists.setdefault(name, set()).add(id)
    frozen: dict[str, Any] = {name: frozenset(ids) for name, ids in lists.items()}
    return Access(**switches, **frozen, managers={channel: frozenset(users) for channel, users in managers.items()})


def _access_act(field: str, after: Mapping[str, str]) -> str:
    if field.startswith("admins:"):
        return "admins.add" if field in after else "admins.remove"
    return "managers.set" if field.startswith("managers:") else "access.set"
