"""Choices, versions of personas and entries of the audit, as they stand in Redis: written and read.

What cannot be read is passed over, as if nothing stood there.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from bot.personas import persona as personas
from bot.personas.persona import Persona
from bot.policy import preferences
from bot.policy.preferences import PERSONA, PREFERENCES, Choices, Entry, Scope, Value, Version, spelled
from bot.store import seal as sealing
from bot.store import unreadable
from bot.store.seal import Seal

MAX_VERSIONS = 100_000  # of one persona
MAX_TIME = 10_000_000_000  # seconds since 1970

WORDS = ("persona",)
"""What of a version may be sealed."""

_NUMBER = TypeAdapter(Annotated[int, Field(ge=-MAX_VERSIONS, le=MAX_VERSIONS)])
_CHOICES = TypeAdapter(dict[str, Any])
_VERSION = TypeAdapter(Version)
_ENTRY = TypeAdapter(Entry)


def choices(text: str) -> Choices:
    found = unreadable.read(_CHOICES, text, "choices") if text else None
    return preferences.stored(found or {})


def write_choices(choices: Choices, retention: int = 0) -> str:
    """With the name under which the persona is stored, and for how many seconds at most its thread lives, for the
    scripts."""
    named = PERSONA.of(choices)
    keep = {"keep": retention} if named and retention else {}
    return json.dumps({**choices, "key": personas.key(named), **keep} if named else dict(choices))


def retention(text: str) -> int:
    """What stands there of that; 0 for nothing."""
    keep = (unreadable.read(_CHOICES, text, "choices") or {}).get("keep") if text else None
    return keep if isinstance(keep, int) and keep > 0 else 0


def number(text: str) -> int:
    """Of a persona's version; negative for a deleted one, 0 for ''. Raises Unreadable: nothing can be written then."""
    return unreadable.need(_NUMBER, text or "0", "the number of a persona's version")


def version(seal: Seal, workspace: str, text: str) -> Version | None:
    about = sealing.of_persona(workspace)
    found = unreadable.opened(seal, _VERSION, text, about, "a persona's version") if text else None
    return found if found and _is_time(found.at) else None


def persona(seal: Seal, workspace: str, text: str) -> Persona | None:
    found = version(seal, workspace, text)
    return found.persona if found else None


def write_version(
    seal: Seal, workspace: str, persona: Persona, by: str, changed: Sequence[str], deed: str, id: str
) -> str:
    """Without its time, which the script adds."""
    written = _VERSION.dump_python(Version(persona, by, 0.0, tuple(changed)), mode="json")
    del written["at"]
    return seal.shut({**written, "deed": deed, "id": id}, WORDS, sealing.of_persona(workspace))


def entries(texts: Sequence[str]) -> list[Entry]:
    found = (unreadable.read(_ENTRY, text, "an entry of the audit") for text in texts)
    return [entry for entry in found if entry and _is_time(entry.at)]


def write_entry(entry: Entry, id: str = "") -> str:
    """Without its time, which the script adds. `id` tells it from others, should it be written twice."""
    written = _ENTRY.dump_python(entry)
    del written["at"]
    return json.dumps({**written, "id": id} if id else written)


def _is_time(at: float) -> bool:
    return 0 <= at <= MAX_TIME


def entries_of(
    scope: Scope, changes: Mapping[str, Value | None], before: Choices, after: Choices, by: str
) -> list[str]:
    """The audit entries; what people choose for themselves, or in a thread, is no administrative act."""
    if scope.kind not in ("channel", "workspace"):
        return []
    changed = [name for name in changes if before.get(name) != after.get(name)]
    shown = {name: (spelled(name, before.get(name)), spelled(name, after.get(name))) for name in changed}
    return [write_entry(Entry(by, PREFERENCES[name].act(scope.kind), str(scope), *shown[name])) for name in changed]


def deed(deed: str, old: Persona | None) -> str:
    """What the audit calls a change of a persona."""
    return {"restored": "persona.restore", "deleted": "persona.delete"}.get(
        deed, "persona.edit" if old else "persona.new"
    )
