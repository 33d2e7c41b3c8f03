"""What people chose, the personas with all their versions, and who did what: in Redis."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.conversation.ids import ThreadKey
from bot.conversation.places import Channel, Place
from bot.errors import Unavailable
from bot.personas import form as persona_form
from bot.personas import persona as personas
from bot.personas.builtin import built_in
from bot.personas.persona import DEFAULT, Persona
from bot.policy import payers
from bot.policy import preferences as prefs
from bot.policy.preferences import (
    PERSONA,
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
)
from bot.store import access_fields, limit_fields
from bot.store import preferences_records as records
from bot.store.access_fields import Listed
from bot.store.client import Client
from bot.store.keys import Keys, shared
from bot.store.lives import Lives, life
from bot.store.pin_scripts import Pin
from bot.store.preferences_records import write_entry
from bot.store.preferences_scripts import (
    ChangeAccess,
    Choose,
    Note,
    ReadAudit,
    ReadChosen,
    ReadPersonas,
    ReadRules,
    ReadUnread,
    ReadVersions,
    Ruling,
    SetRead,
    StoredPersonas,
    Write,
)
from bot.store.script import Key
from bot.store.scripts import ReadHash
from bot.usage import budgets
from bot.usage.budgets import Who

MAX_CHANGES = 20  # tries at a choice that somebody else changes at the same time


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
        """Raises Unreadable."""
        return abs(records.number(self.raw))


@dataclass(frozen=True, slots=True)
class RedisPrefs:
    """See `ports.Prefs`. `keep_for` is the history's lifetime in seconds."""

    client: Client
    keys: Keys
    keep_for: int
    defaults: Defaults
    lives: Lives | None = None
    listed: Listed = field(default_factory=Listed)

    # -- what applies

    async def rules(self, where: ThreadKey | Place, user: str) -> Rules:
        seen = self.listed.seen
        ruling = await self.client.call(reading(self.keys, where, user, seen))
        return self.ruled(where, user, seen, ruling)

    def ruled(self, where: ThreadKey | Place, user: str, seen: str, ruling: Ruling) -> Rules:
        """What that means. `seen` is the state of the access list that was known."""
        scopes, numbers = prefs.scopes(where, user), limit_fields.read(ruling.limits)
        layers = [self._layer(*one) for one in zip(scopes, ruling.choices, ruling.versions, strict=True)]
        rules = prefs.rule(layers, self.defaults, self.listed.after(seen, ruling.state, ruling.access))
        unread = frozenset({user} if ruling.unread else ())
        return replace(rules, numbers=numbers, unread=unread, hides=ruling.hides > len(unread))

    async def set_read(self, user: str, on: bool) -> None:
        await self.client.call(SetRead(unread=self.keys.unread, user=user, on=on))

    async def unread_of(self, people: Collection[str]) -> frozenset[str]:
        return frozenset(await self.client.call(ReadUnread(unread=self.keys.unread, people=tuple(people))))

    async def pin(self, thread: ThreadKey, persona: Persona | None, model: str = "") -> None:
        script = Pin(
            chosen=self.keys.chosen(thread),
            model=model,
            persona=persona.name if persona else "",
            key=personas.key(persona.name) if persona else "",
            version=persona.version if persona else 0,
            retention=persona.retention if persona else 0,
            keep_for=await life(self, thread),
        )
        await self.client.call(script)

    # -- choices

    async def chosen(self, scope: Scope) -> Choices:
        return records.choices(await self._chosen(scope))

    async def channels(self) -> Mapping[str, Choices]:
        return {scope.id: choices for scope, choices in await self._all_chosen() if scope.kind == "channel"}

    async def choose(self, scope: Scope, changes: Mapping[str, Value | None], by: str) -> Choices:
        named = changes.get("persona")
        for _ in range(MAX_CHANGES):
            before = await self._chosen(scope)
            present = records.choices(before)
            wanted = prefs.change(present, changes, scope.kind)
            version, retention = "", records.retention(before)
            if named is not None:
                stored = await self._stored(str(named))
                if stored.live is None:
                    raise await self._unknown(str(named))
                version, retention = stored.raw, stored.live.retention
                pinned = stored.live.version if scope.kind == "thread" else None
                wanted = {**wanted, "persona": stored.live.name} | ({} if pinned is None else {"version": pinned})
            if wanted == present:
                return present
            k = self.keys
            script = Choose(
                prefs=k.prefs,
                chosen=self._chosen_key(scope),
                personas=k.personas,
                audit=k.audit,
                field=_field(scope),
                before=before,
                after=records.write_choices(wanted, retention if scope.kind == "thread" else 0),
                keep_for=await self._life(scope),
                persona=personas.key(str(named)) if named else "",
                version=version,
                entries=tuple(records.entries_of(scope, changes, present, wanted, by)),
            )
            if await self.client.call(script):
                return wanted
        raise Unavailable("memory.slow", "the choices change again and again")

    # -- personas

    async def personas(self) -> list[Persona]:
        found = await self._read_personas("")
        pairs = zip(found.present, found.texts, strict=True)
        read = {key: self._persona(text) for key, text in pairs}
        stored = {key: persona for key, persona in read.items() if persona}
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
        found = access_fields.read(await self.client.call(ReadHash(hash=self.keys.access)))
        return replace(found, appointed=self.defaults.admins)

    async def change_access(self, seen: Access, wanted: Access, by: str) -> Access:
        before, after = access_fields.written(seen), access_fields.written(wanted)
        fields = [field for field in sorted(before.keys() | after.keys()) if before.get(field) != after.get(field)]
        if not fields:
            return await self.access()
        entries = [
            Entry(by, access_fields.act(field, after), field, before.get(field, ""), after.get(field, ""))
            for field in fields
        ]
        script = ChangeAccess(
            access=self.keys.access,
            audit=self.keys.audit,
            fields=tuple(fields),
            values=tuple(after.get(field, "") for field in fields),
            entries=tuple(map(write_entry, entries)),
        )
        found = await self.client.call(script)
        return replace(access_fields.read(found), appointed=self.defaults.admins)

    async def audit(self, entry: Entry) -> None:
        id = uuid.uuid4().hex
        await self.client.call(Note(audit=self.keys.audit, entry=write_entry(entry, id), id=id))

    async def audited(self, most: int = 100) -> list[Entry]:
        texts = await self.client.call(ReadAudit(audit=self.keys.audit, most=most)) if most > 0 else []
        return records.entries(texts)

    # -- how it is done

    def _layer(self, scope: Scope, text: str, version: str) -> Layer:
        choices = records.choices(text)
        if version:
            return Layer(scope.kind, choices, self._persona(version))
        named = PERSONA.of(choices)
        return Layer(scope.kind, choices, self._given(named) if named and not choices.get("version") else None)

    def _given(self, name: str) -> Persona | None:
        """The persona of that name that needs no storing."""
        key = personas.key(name)
        return self.defaults.persona if key == DEFAULT else built_in().get(key)

    async def _life(self, scope: Scope) -> int:
        """Seconds that a choice for a thread lives; others last."""
        return await life(self, ThreadKey.parse(scope.id)) if scope.kind == "thread" else self.keep_for

    def _chosen_key(self, scope: Scope) -> Key:
        return _chosen_key(self.keys, scope)

    async def _chosen(self, scope: Scope) -> str:
        script = ReadChosen(prefs=self.keys.prefs, chosen=self._chosen_key(scope), field=_field(scope))
        return await self.client.call(script)

    async def _all_chosen(self) -> list[tuple[Scope, Choices]]:
        found = await self.client.call(ReadHash(hash=self.keys.prefs))
        return [(_scope(field), records.choices(text)) for field, text in sorted(found.items())]

    async def _stored(self, name: str) -> Stored:
        key = personas.key(name)
        if not key:  # which would ask the script for all of them
            return Stored("", "", None)
        present, texts = await self._read_personas(key)
        live = self._persona(texts[0]) if texts[0] else self._given(name)
        return Stored(key, "" if present[key] == "0" else present[key], live)

    async def _read_personas(self, persona: str) -> StoredPersonas:
        """All of them, if none is named."""
        k = self.keys
        return await self.client.call(ReadPersonas(personas=k.personas, versions=k.versions, persona=persona))

    def _persona(self, text: str) -> Persona | None:
        return records.persona(self.client.seal, self.keys.workspace, text)

    async def _versions(self, stored: Stored) -> list[Version]:
        """Oldest first."""
        if not stored.raw:
            return []
        k = self.keys
        script = ReadVersions(versions=k.versions, persona=stored.key, first=1, last=stored.latest)
        texts = await self.client.call(script)
        versions = (records.version(self.client.seal, k.workspace, text) for text in texts)
        return [version for version in versions if version]

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
        entry = Entry(by, records.deed(deed, old), persona.name, before, after)
        k = self.keys
        script = Write(
            personas=k.personas,
            versions=k.versions,
            audit=k.audit,
            prefs=k.prefs,
            persona=stored.key,
            before=stored.raw,
            after=-new.version if deed == "deleted" else new.version,
            version=records.write_version(self.client.seal, k.workspace, new, by, changed, deed, id),
            entry=write_entry(entry, id),
            id=id,
            refuse_if_used=not anyway,
        )
        outcome, *fields = await self.client.call(script)
        if outcome == "used":
            raise InUse(tuple(map(_scope, sorted(fields))))
        if outcome == "changed":
            raise Conflict((await self._stored(persona.name)).live)
        return new

    async def _unknown(self, name: str) -> Unknown:
        meant = personas.nearest(name, [each.name for each in await self.personas()])
        return Unknown(meant)


def reading(keys: Keys, where: ThreadKey | Place, user: str, seen: str) -> ReadRules:
    """What reads the rules there, without the access list if that has the state that was `seen`."""
    scopes = prefs.scopes(where, user)
    return ReadRules(
        prefs=keys.prefs,
        chosen=_chosen_key(keys, scopes[0]),
        access=keys.access,
        audit=keys.audit,
        erased=shared(keys.prefix, "erased"),
        personas=keys.personas,
        versions=keys.versions,
        limits=keys.limits,
        unread=keys.unread,
        fields=tuple(_field(scope) for scope in scopes),
        owners=tuple(map(str, budgets.owners(_who(where, user)))),
        user=user,
        seen=seen,
    )


def _chosen_key(keys: Keys, scope: Scope) -> Key:
    return keys.chosen(ThreadKey.parse(scope.id)) if scope.kind == "thread" else keys.prefs


def _who(where: ThreadKey | Place, user: str) -> Who:
    if isinstance(where, ThreadKey):
        return payers.who(where, user, DEFAULT)
    return Who(user, where.id if isinstance(where, Channel) else "", DEFAULT)


def _field(scope: Scope) -> str:
    """Where the choices of a place stand; empty for a thread's, which have a key of their own."""
    return "" if scope.kind == "thread" else str(scope)


def _scope(field: str) -> Scope:
    kind, _, id = field.partition(":")
    known: Any = kind
    return Scope(known, id)
