"""Everything with words in it, brought under the key that writes now: a walk through all keys, beside a bot that works.

Each value is exchanged by itself, if it is still as it was read. What is under that key already is passed by: so a walk
that was killed goes on where it ended, and costs nothing the second time.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.conversation.ids import ThreadKey
from bot.errors import Locked, Unreadable
from bot.store import preferences_records, records
from bot.store import seal as sealing
from bot.store.client import Client
from bot.store.keys import shared
from bot.store.script import Key, Script
from bot.store.scripts import ReadHash
from bot.store.seal import Seal

SCANNED_AT_ONCE = 1000
EXCHANGED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """The values of the hashes under one name. `words` are the fields that are sealed, None all; `only` one field of
    the hash has any; `prepared` adds what shall be in clear. `about` says what `NAME:rest` of a workspace is about:
    None for what is no such name."""

    words: Sequence[str] | None
    about: Callable[[str, str], str | None]
    only: str | None = None
    prepared: Callable[[dict[str, Any]], dict[str, Any]] = dict


def _of_thread(about: Callable[[ThreadKey], str]) -> Callable[[str, str], str | None]:
    def of(_workspace: str, rest: str) -> str | None:
        thread = ThreadKey.parsed(rest)
        return None if thread is None else about(thread)

    return of


KINDS: Mapping[str, Kind] = {
    "messages": Kind(records.WORDS, _of_thread(sealing.of_message), prepared=records.with_quoted),
    "answers": Kind(None, _of_thread(sealing.of_kept)),
    "api": Kind(None, lambda workspace, _: sealing.of_title(workspace), only="title"),
    "shown": Kind(sealing.SHOWN, _of_thread(sealing.of_program)),
    "reply": Kind(None, lambda workspace, _: sealing.of_reply(workspace), only="reply"),
    "turn": Kind(None, _of_thread(sealing.of_answer), only="complete"),
    "votes": Kind(sealing.REASON, _of_thread(sealing.of_vote)),
    "versions": Kind(preferences_records.WORDS, lambda workspace, _: sealing.of_persona(workspace)),
}
"""All that is sealed, by the names in `keys.py`."""


@dataclass(slots=True)
class Found:
    """How many values are under which key, '' for plain ones; of how many the key is missing; how many were changed."""

    under: Counter[str] = field(default_factory=Counter)
    locked: Counter[str] = field(default_factory=Counter)
    changed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scan(Script[list[Any]]):
    """The next cursor, and keys."""

    anchor: Key
    cursor: str
    pattern: str
    count: int

    LUA = "return redis.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', count)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exchange(Script[int]):
    """How many were exchanged; the others are not what they were."""

    hash: Key
    fields: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]

    LUA = """
local count = 0
for i, field in ipairs(fields) do
  if redis.call('HGET', hash, field) == before[i] then
    redis.call('HSET', hash, field, after[i])
    count = count + 1
  end
end
return count
"""


async def survey(client: Client, prefix: str) -> Found:
    """What there is. May raise Unavailable."""
    found = Found()
    async for kind, about, hash in _hashes(client, prefix):
        for _, text in await _values(client, hash, kind):
            _look(client.seal, text, about, found)
    return found


async def reseal(client: Client, prefix: str) -> Found:
    """Bring all under the key that writes now. May raise Unavailable."""
    found = Found()
    async for kind, about, hash in _hashes(client, prefix):
        while values := _changes(client.seal, await _values(client, hash, kind), kind, about):
            count = 0
            for some in _chunks(values):
                fields, before, after = zip(*some, strict=True)
                count += await client.call(_Exchange(hash=hash, fields=fields, before=before, after=after))
            found.changed += count
            if count == len(values):
                break
        for _, text in await _values(client, hash, kind):
            _look(client.seal, text, about, found)
    return found


def resealed_message(seal: Seal, thread: ThreadKey, text: str) -> str:
    """A stored message, under the key that writes now."""
    return _resealed(seal, text, KINDS["messages"], sealing.of_message(thread)) or text


def _look(seal: Seal, text: str, about: str, found: Found) -> None:
    try:
        seal.open(text, about)
    except Locked as locked:
        found.locked[locked.key] += 1
    else:
        found.under[seal.key_of(text)] += 1


def _changes(seal: Seal, values: Sequence[tuple[str, str]], kind: Kind, about: str) -> list[tuple[str, str, str]]:
    """Field, text as it is, text as it shall be. What cannot be opened, or is no object, stays."""
    after = [(name, text, _resealed(seal, text, kind, about)) for name, text in values]
    return [(name, text, new) for name, text, new in after if new is not None]


def _resealed(seal: Seal, text: str, kind: Kind, about: str) -> str | None:
    if seal.key_of(text) == seal.ring.first:
        return None
    try:
        fields = json.loads(seal.open(text, about))
    except (Locked, ValueError, RecursionError):
        return None
    if not isinstance(fields, dict):
        return None
    after = seal.shut(kind.prepared(fields), kind.words, about)
    return after if seal.key_of(after) == seal.ring.first else None


async def _hashes(client: Client, prefix: str) -> AsyncIterator[tuple[Kind, str, Key]]:
    """All keys whose values have words, with what they are about. One may come twice."""
    start, cursor = f"{{{prefix}}}:", "0"
    anchor = shared(prefix, "encryption")
    while True:
        scan = _Scan(anchor=anchor, cursor=cursor, pattern=f"{start}*", count=SCANNED_AT_ONCE)
        cursor, keys = await client.call(scan)
        for key in keys:
            workspace, _, rest = str(key).removeprefix(start).partition(":")
            name, _, rest = rest.partition(":")
            kind = KINDS.get(name)
            about = kind.about(workspace, rest) if kind else None
            if kind is not None and about is not None:
                yield kind, about, Key(key)
        if str(cursor) == "0":
            break
    grants = shared(prefix, "grants")
    for workspace in await client.call(ReadHash(hash=grants)):
        about = sealing.of_grant(workspace)
        yield Kind(sealing.GRANT, lambda *_: None, only=workspace), about, grants
    spaces = shared(prefix, "spaces")
    for workspace in await client.call(ReadHash(hash=spaces)):
        yield Kind(sealing.SERVER, lambda *_: None, only=workspace), sealing.of_space(workspace), spaces


async def _values(client: Client, hash: Key, kind: Kind) -> list[tuple[str, str]]:
    try:
        found = await client.call(ReadHash(hash=hash), repairing=False)
    except Unreadable:  # of another type: whoever needs it mends it
        return []
    return [(field, text) for field, text in found.items() if kind.only in (None, field)]


def _chunks(values: Sequence[tuple[str, str, str]]) -> Iterator[Sequence[tuple[str, str, str]]]:
    return (values[start : start + EXCHANGED_AT_ONCE] for start in range(0, len(values), EXCHANGED_AT_ONCE))
