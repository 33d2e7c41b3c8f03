"""A replica's work on what shall be removed: it takes what is due, one after another, and tells how far it is.

An erasure survives whoever works on it: another replica begins it anew. What is asked for twice is removed once.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot import happenings
from bot.conversation.ids import ThreadKey
from bot.errors import BotError
from bot.happenings import Happening
from bot.ports.archive import Archive, Erasures
from bot.privacy.held import Erasure, Held, Own, Progress
from bot.privacy.own import own

ASKED_EVERY = 0.5  # seconds: whoever presses the button sees what comes of it
MOST_AT_ONCE = 4  # erasures in a process
LOOKED_AT_ONCE = 200  # threads between two reports
BUSY_FOR, BUSY_AGAIN = 3600.0, 1.0  # seconds that an answer under way is waited for, and between two looks
UNKNOWN_AGAIN = 3600.0  # seconds until it is asked once more whether somebody is still away
LEARNT_AFTER = 2.0  # seconds
SHORTENED_EVERY = 3600.0  # seconds


Remove = Callable[[list[ThreadKey]], Awaitable[list[ThreadKey]]]
"""Removes what it can in some threads, and returns those where the bot is answering just now."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """`away` tells whether a person, a channel or a workspace is still away, None if that is not known; `let_go` drops
    what this process has in memory. On `hold` nothing is removed, and nothing ends by itself."""

    erasures: Erasures
    archive: Callable[[str], Archive]
    away: Callable[[Erasure], Awaitable[bool | None]]
    let_go: Callable[[], None]
    saw: Callable[[Happening], None]
    hold: bool = False


async def keep(keeper: Keeper) -> None:
    """Work for ever, on a few at a time."""
    known, working = "", set[asyncio.Task[None]]()
    async with asyncio.TaskGroup() as tasks:
        while True:
            try:
                room, only = len(working) < MOST_AT_ONCE, "retention" if keeper.hold else ""
                count, erasure = await keeper.erasures.look(only, wanted=room)
                if count != known:
                    known = count
                    keeper.let_go()
            except BotError as trouble:
                erasure = None
                keeper.saw(happenings.ErasureFailed(trouble.detail))
            if erasure is not None:
                task = tasks.create_task(_try(erasure, keeper), name="erase")
                working.add(task)
                task.add_done_callback(working.discard)
            await asyncio.sleep(ASKED_EVERY)


async def _try(erasure: Erasure, keeper: Keeper) -> None:
    """What goes wrong is begun again when the erasure is due again."""
    try:
        await carry_out(erasure, keeper)
    except BotError as trouble:
        keeper.saw(happenings.ErasureFailed(trouble.detail))


async def carry_out(erasure: Erasure, keeper: Keeper) -> None:
    """Remove it, unless whoever was away is back."""
    if erasure.away and (away := await keeper.away(erasure)) is not True:
        await keeper.erasures.cancel(erasure)
        if away is None:
            await keeper.erasures.note(erasure, UNKNOWN_AGAIN)
        return
    work = _Work(erasure, keeper)
    match erasure.kind:
        case "person" | "words":
            await work.person()
        case "channel":
            await work.channel()
        case "workspace":
            await work.archive.remove_workspace()
        case "retention":
            await work.retention()
    await work.end()


async def removed(found: Own, held: Held, user: str, instead: str, archive: Archive) -> bool:
    """Remove what is somebody's own; False where there is nothing, or the bot is answering them just now."""
    if found.whole:
        return not held.busy and await archive.remove_thread(held.thread)
    if found:
        await archive.remove(held.thread, found, user, instead)
    return bool(found)


@dataclass(slots=True)
class _Work:
    erasure: Erasure
    keeper: Keeper
    progress: Progress = field(default_factory=Progress)
    until: dict[ThreadKey, int] = field(default_factory=dict)
    """Where the bot was answering: the newest message of then. What is said there later is not meant."""
    counted: set[ThreadKey] = field(default_factory=set)
    instead: str = field(default_factory=lambda: f"forgotten-{secrets.token_hex(4)}")

    @property
    def archive(self) -> Archive:
        return self.keeper.archive(self.erasure.workspace)

    async def person(self) -> None:
        user = self.erasure.id
        await self.archive.remove_person(user, self.instead)
        await self._through(await self.archive.threads(), self._own_in)
        if self.until:  # what they asked just now was entered since
            await self.archive.remove_person(user, self.instead)

    async def channel(self) -> None:
        await self._through(await self.archive.threads(self.erasure.id), self._whole)
        if self.erasure.away:
            await self.archive.remove_channel(self.erasure.id)

    async def retention(self) -> None:
        """Twice: another replica learns a moment later what was chosen."""
        for pause in (LEARNT_AFTER, 0.0):
            for thread in await self.archive.threads():
                await self.archive.shorten(thread)
            await asyncio.sleep(pause)

    async def end(self) -> None:
        await self.keeper.erasures.tell(self.erasure, replace(self.progress, over=True))
        if self.erasure.kind == "retention":
            return await self.keeper.erasures.note(self.erasure, SHORTENED_EVERY)
        await self.keeper.erasures.announce()
        self.keeper.let_go()
        about = self.erasure
        self.keeper.saw(happenings.Erased(about.workspace, about.kind, self.progress.threads, self.progress.busy))

    async def _through(self, threads: list[ThreadKey], remove: Remove) -> None:
        """Look through all threads, and then again through those where the bot was answering."""
        busy: list[ThreadKey] = []
        for start in range(0, len(threads), LOOKED_AT_ONCE):
            await self._tell(done=start, of=len(threads), busy=len(busy))
            busy += await remove(threads[start : start + LOOKED_AT_ONCE])
        await self._tell(done=len(threads), of=len(threads), busy=len(busy))
        give_up = asyncio.get_running_loop().time() + BUSY_FOR
        while busy and asyncio.get_running_loop().time() < give_up:
            await asyncio.sleep(BUSY_AGAIN)
            busy = await remove(busy)
            await self._tell(done=len(threads), of=len(threads), busy=len(busy))

    async def _own_in(self, threads: list[ThreadKey]) -> list[ThreadKey]:
        """Remove what is one person's own in these threads. Returns those where something of it is still needed."""
        busy: list[ThreadKey] = []
        for thread in await self.archive.naming(self.erasure.id, threads):
            held = await self.archive.read(thread)
            if held.busy:
                self.until.setdefault(thread, held.newest)
                busy.append(thread)
            found = own(held, self.erasure.id, answers=self.erasure.kind == "person", until=self.until.get(thread))
            self._count(thread, found=await removed(found, held, self.erasure.id, self.instead, self.archive))
        return busy

    async def _whole(self, threads: list[ThreadKey]) -> list[ThreadKey]:
        busy = [thread for thread in threads if not await self.archive.remove_thread(thread)]
        for thread in threads:
            self._count(thread, found=thread not in busy)
        return busy

    def _count(self, thread: ThreadKey, *, found: bool) -> None:
        if found and thread not in self.counted:
            self.counted.add(thread)
            self.progress = replace(self.progress, threads=len(self.counted))

    async def _tell(self, done: int, of: int, busy: int) -> None:
        self.progress = replace(self.progress, done=done, of=of, busy=busy)
        await self.keeper.erasures.tell(self.erasure, self.progress)
