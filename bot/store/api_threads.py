"""Threads of programs in Redis, beside what the inbox has of them; see `ports.ApiThreads`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Message
from bot.policy.roles import Refusal
from bot.ports.api import ApiThread
from bot.store import records, unreadable
from bot.store import seal as sealing
from bot.store.api_scripts import Create, Forget, Found, Guids, Lapsed, Place, Read, ReadThreads, Rename
from bot.store.client import Client
from bot.store.keys import Keys
from bot.store.seal import Seal
from bot.turns.entries import ANSWER, Entry, Kept, Shown, listed
from bot.turns.state import Record

SHOWN = TypeAdapter(Shown)
REFUSAL = TypeAdapter(Refusal)
PAGE = 100  # threads that are looked up in one step


@dataclass(frozen=True, slots=True)
class RedisApiThreads:
    """`keep_for` is the history's lifetime in seconds."""

    client: Client
    keys: Keys
    keep_for: int

    async def create(self, guid: str, owner: str, code: str, title: str) -> ApiThread:
        script = Create(
            api=self.keys.api(guid),
            owned=self.keys.owned(owner),
            guid=guid,
            owner=owner,
            code=code,
            title=self._title(title),
            keep_for=self.keep_for,
        )
        return self._thread(guid, await self.client.call(script)) or ApiThread(guid, self._key(guid, owner), "", "", 0)

    async def get(self, guid: str, owner: str) -> ApiThread | None:
        [found] = await self._read([guid])
        return found if found and found.key.channel == channel(owner) else None

    async def listed(self, owner: str, before: int | None, most: int) -> Sequence[ApiThread]:
        found: list[ApiThread] = []
        owned, below = self.keys.owned(owner), "+inf" if before is None else f"({before}"
        while len(found) < most:
            pairs = await self.client.call(Guids(owned=owned, below=below, most=max(most, PAGE)))
            if not pairs:
                break
            guids, below = pairs[::2], f"({int(float(pairs[-1]))}"
            known = await self._read(guids)
            found += [thread for thread in known if thread]
            if lapsed := tuple(guid for guid, thread in zip(guids, known, strict=True) if thread is None):
                await self.client.call(Lapsed(owned=owned, guids=lapsed))
        return found[:most]

    async def rename(self, thread: ApiThread, title: str) -> ApiThread:
        await self.client.call(Rename(api=self.keys.api(thread.guid), title=self._title(title)))
        return replace(thread, title=title)

    async def place(self, thread: ApiThread, request: str = "") -> str | None:
        k = self.keys
        script = Place(
            api=k.api(thread.guid),
            owned=k.owned(_owner(thread.key)),
            entries=k.entries(thread.key),
            kept=k.reply(request),
            may_repeat=bool(request),
            keep_for=self.keep_for,
        )
        return await self.client.call(script) or None

    async def entries(self, thread: ApiThread) -> Sequence[Entry]:
        k, key = self.keys, thread.key
        script = Read(
            entries=k.entries(key),
            said=k.messages(key),
            waiting=k.waiting(key),
            turns=k.turns(key),
            shown=k.shown(key),
        )
        return listed(thread.guid, _kept(self.client.seal, key, await self.client.call(script)))

    async def forget(self, thread: ApiThread) -> None:
        k, key = self.keys, thread.key
        script = Forget(
            api=k.api(thread.guid),
            owned=k.owned(_owner(key)),
            entries=k.entries(key),
            shown=k.shown(key),
            draft=k.draft(key),
            guid=thread.guid,
        )
        await self.client.call(script)

    async def _read(self, guids: Sequence[str]) -> list[ApiThread | None]:
        found = await self.client.call(ReadThreads(threads=tuple(self.keys.api(guid) for guid in guids)))
        return [self._thread(guid, fields) for guid, fields in zip(guids, found, strict=True)]

    def _thread(self, guid: str, fields: Sequence[str]) -> ApiThread | None:
        found = dict(zip(fields[::2], fields[1::2], strict=True))
        if not found.get("owner"):
            return None
        at = unreadable.whole(found.get("at"), "when a program's thread was made")
        key = self._key(guid, found["owner"])
        title = self.client.seal.unwrapped(found.get("title", ""), sealing.of_title(self.keys.workspace))
        return ApiThread(guid, key, found.get("code", ""), title, at)

    def _title(self, title: str) -> str:
        return self.client.seal.wrapped(title, sealing.of_title(self.keys.workspace)) if title else ""

    def _key(self, guid: str, owner: str) -> ThreadKey:
        return ThreadKey("api", self.keys.workspace, channel(owner), guid, direct=True)


def channel(token: str) -> str:
    """What stands in the place of a channel in the keys of a token's threads."""
    return f"A{token}"


def _owner(key: ThreadKey) -> str:
    return key.channel.removeprefix("A")


def _kept(seal: Seal, thread: ThreadKey, found: Found) -> Kept:
    texts, about = dict(zip(found.places, found.texts, strict=True)), sealing.of_program(thread)
    messages = {place: _message(seal, thread, place, texts[place]) for place in texts if not place.endswith(ANSWER)}
    shown = {
        place.removesuffix(ANSWER): unreadable.opened(seal, SHOWN, text, about, f"what is shown in {thread}")
        for place, text in texts.items()
        if place.endswith(ANSWER) and text
    }
    turns = dict(zip(found.records[::2], found.records[1::2], strict=True))
    known = {newest: _record(thread, text) for newest, text in turns.items() if newest not in ("last", "unread_from")}
    return Kept(
        tuple(found.places),
        {ts: message for ts, message in messages.items() if message},
        frozenset(place for place, waits in zip(found.places, found.waiting, strict=True) if waits),
        {newest: record for newest, record in known.items() if record},
        {newest: each for newest, each in shown.items() if each},
        unreadable.read(REFUSAL, found.refusal, f"a refusal in {thread}") if found.refusal else None,
    )


def _message(seal: Seal, thread: ThreadKey, ts: str, text: str) -> Message | None:
    return records.message(seal, thread, ts, text)


def _record(thread: ThreadKey, text: str) -> Record | None:
    return records.record(thread, text)
