"""All that is kept of a workspace's people in Redis: looked through, handed out, and removed.

What is removed, and how, follows from `privacy/places.py`.
"""

import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.conversation.ids import ThreadKey, is_ts
from bot.errors import Unavailable
from bot.ports.api import ApiThread
from bot.privacy.held import Held, Own
from bot.privacy.places import PLACES, Place, named
from bot.store import archive_scripts as scripts
from bot.store import ledger, records
from bot.store import seal as sealing
from bot.store.api_threads import RedisApiThreads
from bot.store.client import Client
from bot.store.keys import WAITS_FOR, Keys, QueueKeys, beginning, shared
from bot.store.lives import Lives, life
from bot.store.migrations.window import CLOSED, Window
from bot.store.script import Key

SCANNED_AT_ONCE = 1000
DELETED_AT_ONCE = 500
LOOKED_AT_ONCE = 50  # threads in one step
MOST_OF_A_TOKEN = 100_000  # threads
EXPORTED_FOR = 24 * 3600  # seconds until a person may have the next one
RETRIES = 20  # times that what somebody else changes meanwhile is read again
BY = re.compile(r'"by": ?"([^"]*)"')
"""Who has made a version of a persona; what else stands there is the persona's."""


@dataclass(frozen=True, slots=True)
class RedisArchive:
    """See `ports.Archive`. `keep_for` is the history's lifetime in seconds."""

    client: Client
    keys: Keys
    keep_for: int
    window: Window = CLOSED
    hold: bool = False
    lives: Lives | None = None

    # -- threads

    async def threads(self, channel: str | None = None) -> list[ThreadKey]:
        found: dict[ThreadKey, None] = {}
        families = {place.key for place in named("thread")}
        async for key in self._scan(f"*:*/{self.keys.workspace}/{channel or '*'}/*"):
            family, _, name = key.removeprefix(self._start).partition(":")
            if family in families and (thread := ThreadKey.parsed(name)) is not None:
                found[thread] = None
        if channel is None:
            owned = [key async for key in self._scan("owned:*")]
            found |= dict.fromkeys(
                [each.key for each in await self._of_tokens(key.rpartition(":")[2] for key in owned)]
            )
        return list(found)

    async def naming(self, user: str, threads: Sequence[ThreadKey]) -> list[ThreadKey]:
        k, found = self.keys, list[ThreadKey]()
        for start in range(0, len(threads), LOOKED_AT_ONCE):
            some = threads[start : start + LOOKED_AT_ONCE]
            script = scripts.Naming(
                said=tuple(map(k.messages, some)),
                turns=tuple(map(k.turns, some)),
                votes=tuple(map(k.votes, some)),
                id=user,
            )
            found += [some[place - 1] for place in await self.client.call(script)]
        return found

    async def read(self, thread: ThreadKey) -> Held:
        await self.window.adopt(thread)
        k = self.keys
        script = scripts.Read(
            state=self._queue.state,
            said=k.messages(thread),
            waiting=k.waiting(thread),
            turns=k.turns(thread),
            votes=k.votes(thread),
            thread=str(thread),
        )
        found = await self.client.call(script)
        turns = {newest: records.record(thread, text) for newest, text in _pairs(found.turns) if is_ts(newest)}
        return Held(
            thread,
            {member: records.one(self.client.seal, thread, text) for member, text in _pairs(found.said)},
            frozenset(found.waiting),
            {newest: record.askers for newest, record in turns.items() if record},
            ledger.verdicts(self.client.seal, thread, _pairs(found.votes)),
            busy=bool(found.busy),
        )

    async def remove(self, thread: ThreadKey, own: Own, user: str, instead: str) -> None:
        k = self.keys
        script = scripts.Remove(
            said=k.messages(thread),
            waiting=k.waiting(thread),
            heard=k.heard(thread),
            past=k.past(thread),
            turns=k.turns(thread),
            votes_of=k.votes(thread),
            answers=k.answers(thread),
            entries=k.entries(thread),
            shown=k.shown(thread),
            members=(*own.messages, *own.answers),
            changed=tuple(own.quoting),
            texts=tuple(records.write_message(self.client.seal, thread, each) for each in own.quoting.values()),
            votes=own.votes,
            keep_for=await life(self, thread),
        )
        await self.client.call(script)
        if own.turns:
            await self._rename(k.turns(thread), user, instead)

    async def remove_thread(self, thread: ThreadKey) -> bool:
        await self.window.adopt(thread)
        k = self.keys
        script = scripts.RemoveThread(
            state=self._queue.state,
            turns=k.turns(thread),
            aside=k.aside,
            reasons=k.reasons,
            gone=tuple(getattr(k, place.key)(thread) for place in named("thread") if place.thread == "gone"),
            thread=str(thread),
            keep_for=await life(self, thread),
        )
        return await self.client.call(script) == 1

    async def shorten(self, thread: ThreadKey) -> None:
        k, places = self.keys, [place.key for place in named("thread") if place.retention == "shortened"]
        chosen = await self.lives.chosen(thread) if self.lives is not None else None
        script = scripts.Shorten(
            state=self._queue.state,
            said=k.messages(thread),
            waiting=k.waiting(thread),
            heard=k.heard(thread),
            past=k.past(thread),
            turns=k.turns(thread),
            votes=k.votes(thread),
            answers=k.answers(thread),
            entries=k.entries(thread),
            shown=k.shown(thread),
            chosen=k.chosen(thread),
            all=tuple(getattr(k, name)(thread) for name in places),
            thread=str(thread),
            keep_for=self.keep_for if chosen is None else chosen,
            waits_for=WAITS_FOR,
            dated=chosen is not None,
            hold=self.hold,
        )
        await self.client.call(script)

    # -- beside threads

    async def remove_person(self, user: str, instead: str) -> None:
        await self.window.adopt_all_of(user)
        await self.client.call(scripts.Delete(gone=tuple(getattr(self.keys, name)(user) for name in _OF_A_PERSON)))
        await self.client.call(scripts.DeleteField(hash=self.keys.prefs, field=f"person:{user}"))
        await self.no_contact(user)
        for titled in await self._of_tokens(await self._tokens_of(user)):
            await self.remove_thread(titled.key)
        for id, _ in _pairs(await self._mentions(self.keys.tokens, user)):
            await self.client.call(scripts.DeleteField(hash=self.keys.tokens, field=id))
        for place in _beside_threads("pseudonym"):
            for key in await self._keys_of(place):
                await self._rename(key, user, instead)

    async def remove_channel(self, channel: str) -> None:
        await self.client.call(scripts.DeleteField(hash=self.keys.prefs, field=f"channel:{channel}"))

    async def remove_workspace(self) -> int:
        count, some = 0, list[Key]()
        async for key in self._scan("*"):
            some.append(Key(key))
            if len(some) == DELETED_AT_ONCE:
                count, some = count + await self.client.call(scripts.Delete(gone=tuple(some))), []
        if some:
            count += await self.client.call(scripts.Delete(gone=tuple(some)))
        queue = self._queue
        script = scripts.Leave(
            state=queue.state,
            ready=queue.ready,
            line=queue.line,
            leases=queue.leases,
            stops=queue.stops,
            installations=shared(self.keys.prefix, "installations"),
            spaces=shared(self.keys.prefix, "spaces"),
            settled=shared(self.keys.prefix, "settled"),
            erasures=shared(self.keys.prefix, "erasures"),
            workspace=self.keys.workspace,
        )
        await self.client.call(script)
        return count

    async def first_contact(self, user: str) -> bool:
        return await self.client.call(scripts.FirstContact(told=self.keys.told, user=user)) == 1

    async def no_contact(self, user: str) -> None:
        await self.client.call(scripts.DeleteField(hash=self.keys.told, field=user))

    async def reserve_export(self, user: str) -> float:
        script = scripts.Reserve(key=self.keys.exported(user), seconds=EXPORTED_FOR)
        return await self.client.call(script) / 1000

    async def release_export(self, user: str) -> None:
        await self.client.call(scripts.Delete(gone=(self.keys.exported(user),)))

    async def about(self, user: str) -> Mapping[str, object]:
        found: dict[str, object] = {}
        for place in PLACES:
            if place.exported and place.of != "thread":
                keys = [getattr(self.keys, place.key)(user)] if place.of == "person" else await self._keys_of(place)
                for key in keys:
                    if own := await self._own_part(place, key, user):
                        found[key.removeprefix(self._start)] = own
        for each in await self._of_tokens(await self._tokens_of(user)):
            found[f"api:{each.guid}"] = {"title": each.title, "ai_version_code": each.code}
        return found

    async def _own_part(self, place: Place, key: Key, user: str) -> object:
        parts = await self._mentions(key, "" if place.of == "person" else user)
        if place.key == "audit":
            return [_parsed(entry) for entry in parts]
        pairs = _pairs(parts)
        if place.key == "versions":
            about = sealing.of_persona(self.keys.workspace)
            theirs = ((field, text) for field, text in pairs if user in BY.findall(text))
            pairs = [(field, self.client.seal.open_or(text, about, {})) for field, text in theirs]
        return {field: _parsed(text) for field, text in pairs}

    async def _tokens_of(self, user: str) -> list[str]:
        """The tokens that act for this person."""
        found = [(id, _parsed(text)) for id, text in _pairs(await self._mentions(self.keys.tokens, user))]
        return [id for id, token in found if isinstance(token, dict) and token.get("user") == user]

    async def _of_tokens(self, tokens: Iterable[str]) -> list[ApiThread]:
        """The threads of programs, which may have a title before anything is said there."""
        threads = RedisApiThreads(self.client, self.keys, self.keep_for)
        return [each for token in tokens for each in await threads.listed(token, None, MOST_OF_A_TOKEN)]

    # -- how it is done

    @property
    def _start(self) -> str:
        return beginning(self.keys.prefix, self.keys.workspace)

    @property
    def _queue(self) -> QueueKeys:
        return QueueKeys(self.keys.prefix)

    async def _keys_of(self, place: Place) -> list[Key]:
        if place.of == "workspace":
            return [getattr(self.keys, place.key)]
        return [Key(key) async for key in self._scan(f"{place.key}:*")]

    async def _scan(self, pattern: str) -> AsyncIterator[str]:
        """The keys of the workspace that match. One may come twice."""
        cursor, pattern = "0", f"{self._start}{pattern}"
        while True:
            script = scripts.Scan(at=self._queue.state, cursor=cursor, pattern=pattern, some=SCANNED_AT_ONCE)
            cursor, keys = await self.client.call(script)
            for key in keys:
                yield key
            if cursor == "0":
                return

    async def _mentions(self, key: Key, id: str) -> list[str]:
        return await self.client.call(scripts.Mentions(key=key, id=id))

    async def _rename(self, key: Key, user: str, instead: str) -> None:
        whole = re.compile(rf"(?<![\w-]){re.escape(user)}(?![\w-])")

        def renamed(text: str) -> str:
            return whole.sub(instead, text)

        for _ in range(RETRIES):
            parts = await self._mentions(key, user)
            if key == self.keys.audit:
                fields, before = [""] * len(parts), parts
                new_fields, values = fields, [*map(renamed, parts)]
            else:
                pairs = _pairs(parts)
                fields, before = [field for field, _ in pairs], [text for _, text in pairs]
                new_fields = [*map(renamed, fields)]
                by = key == self.keys.versions
                values = [BY.sub(lambda found: renamed(found[0]), text) if by else renamed(text) for text in before]
            script = scripts.Rename(
                key=key,
                fields=tuple(fields),
                before=tuple(before),
                new_fields=tuple(new_fields),
                values=tuple(values),
            )
            if not parts or await self.client.call(script) == 1:
                return
        raise Unavailable("memory.slow", "what names a person changes again and again")


_OF_A_PERSON = tuple(place.key for place in named("person") if place.me == "gone")


def _beside_threads(fate: str) -> tuple[Place, ...]:
    return tuple(place for place in PLACES if place.me == fate and place.of != "thread")


def _pairs(flat: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _parsed(text: str) -> object:
    """What a stored text says; itself where it is no JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text
