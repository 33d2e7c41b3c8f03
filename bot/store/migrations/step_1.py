"""Step 1: every key names its workspace, and a thread its surface and whether it is direct.

Before, a thread was called `team/channel/root`, direct if its channel's id began with D, and keys named no workspace:
what has no team in it belongs to the one workspace that the app was installed in. Each thread moves in one script, with
all its keys and its place in the queue; running a script twice does no harm. `OLD_NAMES` is the page of that version.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from bot.conversation.ids import ThreadKey
from bot.store.client import Client
from bot.store.keys import Keys, QueueKeys, shared
from bot.store.migrations import step_1_scripts as scripts
from bot.store.script import Key

NUMBER = 1
THREAD_NAMES = ("said", "waiting", "heard", "past", "turns", "talk", "turn", "votes", "chosen")
QUEUE_NAMES = ("state", "ready", "leases", "wake", "stops")
CHOICES = ("prefs", "personas", "versions", "access")
OLD_NAMES = (*THREAD_NAMES, *QUEUE_NAMES, *CHOICES, "aside", "audit", "spent", "threads")
"""What a key of that version is called behind the prefix. Those that lapse within a day by themselves are left out."""
LASTING = ("prefs", "personas", "access", "audit", "aside", "state", "leases", "ready")
"""Without one of them nothing was ever done with that version."""
SCANNED_AT_ONCE = 1000
LOOKED_AT_AT_ONCE = 1000
MOVED_AT_ONCE = 16

Recoded = Callable[[ThreadKey, str], str]
"""A stored message of a thread, brought from this step's encoding to the newest one."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a migration works. `workspace` is the one that the app is installed in."""

    client: Client
    prefix: str
    workspace: str

    def old(self, name: str) -> Key:
        return Key(f"{{{self.prefix}}}:{name}")

    def keys(self, workspace: str) -> Keys:
        return Keys(self.prefix, workspace)


async def run(ground: Ground) -> dict[str, int]:
    """Move all that there is, but the threads in which a turn of that version runs. Returns how much of what."""
    names = await thread_names(ground)
    moved = await move_threads(ground, names)
    busy = moved.count(None)
    return {
        "threads": len(names) - busy,
        "running": busy,
        "choices": await copy_choices(ground),
        "audited": await move_audit(ground),
        "set_aside": await move_aside(ground),
        "months": await move_spent(ground, [key async for key in scan(ground, "spent")]),
        "people": await move_threads_of(ground, [key async for key in scan(ground, "threads")]),
    }


def message(text: str) -> str:
    """Messages are stored as they were."""
    return text


# -- what there is


async def exists(ground: Ground) -> bool:
    """Whether that version has left anything; all keys are looked at."""
    async for _ in scan(ground, *OLD_NAMES):
        return True
    return False


async def has_come_back(ground: Ground) -> bool:
    """Whether that version has been at work since its data was moved; a look at a few keys."""
    found = await ground.client.run(scripts.ANY, [ground.old(name) for name in LASTING], [])
    return bool(found)


async def thread_names(ground: Ground) -> list[str]:
    """Of all threads of which that version has anything, as it called them."""
    names = {key.partition(":")[2] async for key in scan(ground, *THREAD_NAMES)}
    return sorted(names | await at_work(ground))


async def scan(ground: Ground, *names: str) -> AsyncIterator[str]:
    """The keys that are called so, without their prefix. One may come twice."""
    start = ground.old("")
    async for key in matching(ground, f"{start}*"):
        name = key.removeprefix(start)
        if name.partition(":")[0] in names:
            yield name


async def matching(ground: Ground, pattern: str) -> AsyncIterator[str]:
    """The keys that match. One may come twice."""
    cursor = "0"
    while True:
        args: list[str | int] = [cursor, pattern, SCANNED_AT_ONCE]
        cursor, keys = await ground.client.run(scripts.SCAN, [shared(ground.prefix, "schema")], args)
        for key in keys:
            yield key
        if cursor == "0":
            return


def old_name(thread: ThreadKey) -> str:
    return f"{thread.workspace}/{thread.channel}/{thread.root}"


def thread_of(name: str) -> ThreadKey:
    """Raises ValueError for what is no thread of that version."""
    team, channel, root = name.split("/")
    return ThreadKey("slack", team, channel, root, direct=channel.startswith("D"))


# -- one thread


async def move_thread(ground: Ground, thread: ThreadKey, recode: Recoded | None = None) -> int | None:
    """Make a thread ours. Returns how much of it was moved; None while a turn of that version runs there.

    Recoded messages go where those of the newest encoding are, others where this step leaves them.
    """
    messages = ground.keys(thread.workspace).messages(thread) if recode else said(ground, thread)
    keys = _thread_keys(ground, thread, messages)
    while True:
        texts = await _recoded(ground, thread, recode) if recode else ()
        names = [old_name(thread), str(thread)]
        outcome, moved = await ground.client.run(scripts.MOVE, keys, [*names, int(recode is not None), *texts])
        if outcome != "changed":
            return None if outcome == "busy" else int(moved)


async def move_threads(ground: Ground, names: Sequence[str], recode: Recoded | None = None) -> list[int | None]:
    """The same for several, some at a time: a busy process is slow to see what Redis has answered long ago."""
    found: list[int | None] = []
    for some in _chunks(names, MOVED_AT_ONCE):
        found += await asyncio.gather(*(move_thread(ground, thread_of(name), recode) for name in some))
    return found


async def _recoded(ground: Ground, thread: ThreadKey, recode: Recoded) -> Sequence[str]:
    """Member, text as it is, text as it shall be, …"""
    flat = await ground.client.run(scripts.ALL, [ground.old(f"said:{old_name(thread)}")], [])
    return [part for member, text in _pairs(flat) for part in (member, text, recode(thread, text))]


def said(ground: Ground, thread: ThreadKey) -> str:
    """The key of a thread's messages after this step."""
    return f"{{{ground.prefix}}}:{thread.workspace}:said:{thread}"


def spent(ground: Ground, month: str) -> str:
    """The key of what was spent in a month, after this step."""
    return f"{{{ground.prefix}}}:{ground.workspace}:spent:{month}"


def _thread_keys(ground: Ground, thread: ThreadKey, messages: str) -> list[str]:
    """In the order in which MOVE wants them; `messages` is where those go."""
    k, q, name = ground.keys(thread.workspace), QueueKeys(ground.prefix), old_name(thread)
    old = [ground.old(each) for each in ("state", "leases", "stops")]
    old += [ground.old(f"{each}:{name}") for each in THREAD_NAMES]
    sets = [messages, k.waiting(thread), k.heard(thread), k.past(thread), k.turns(thread), k.talk(thread)]
    sets += [k.turn(thread), k.votes(thread), k.chosen(thread)]
    between = [shared(ground.prefix, "migration"), copied(ground, "chosen")]
    return [*between, *old, q.state, q.leases, q.ready, q.wake, q.stops, *sets]


async def at_work(ground: Ground) -> set[str]:
    """The threads in which a turn of that version runs or waits, or in which it has taken in something since they were
    moved."""
    cursor, found = "0", set[str]()
    while True:
        args: list[str | int] = [cursor, LOOKED_AT_AT_ONCE, ground.old("said:")]
        cursor, names = await ground.client.run(scripts.LOOK, [ground.old("state")], args)
        found |= set(names)
        if cursor == "0":
            return found


async def chosen_since(ground: Ground) -> list[str]:
    """Those of the threads in which that version has changed a choice since it was copied."""
    names = sorted({name.partition(":")[2] async for name in scan(ground, "chosen")})
    found: list[str] = []
    for some in _chunks(names, LOOKED_AT_AT_ONCE):
        keys = [copied(ground, "chosen"), *(ground.old(f"chosen:{name}") for name in some)]
        there = await ground.client.run(scripts.DIFFER, keys, some)
        found += [some[int(n) - 1] for n in there]
    return found


# -- what belongs to no thread


def copied(ground: Ground, name: str) -> Key:
    """The key of what has been copied so far, as that version had it then."""
    return shared(ground.prefix, f"copied:{name}")


async def copy_choices(ground: Ground) -> int:
    """Copy what was chosen, which that version still needs, and what it has changed since. Returns how many fields."""
    k, count = ground.keys(ground.workspace), 0
    for name, new in zip(CHOICES, (k.prefs, k.personas, k.versions, k.access), strict=True):
        keys = [shared(ground.prefix, "migration"), ground.old(name), new, copied(ground, name)]
        count += int(await ground.client.run(scripts.COPY, keys, []))
    return count


async def move_audit(ground: Ground) -> int:
    keys = [ground.old("audit"), ground.keys(ground.workspace).audit]
    return int(await ground.client.run(scripts.MOVE_AUDIT, keys, []))


async def audited(ground: Ground) -> list[str]:
    """What that version has noted and is not moved yet, newest first, as JSON."""
    return list(await ground.client.run(scripts.LIST, [ground.old("audit")], []))


async def move_aside(ground: Ground) -> int:
    """Turns set aside, each to its workspace."""
    count = 0
    for turn, score in _pairs(await ground.client.run(scripts.RANKED, [ground.old("aside")], [])):
        name, _, newest = turn.rpartition("/")
        thread = thread_of(name)
        keys = [ground.old("aside"), ground.keys(thread.workspace).aside]
        await ground.client.run(scripts.RENAME_MEMBER, keys, [turn, f"{thread}/{newest}", score])
        count += 1
    return count


async def move_spent(ground: Ground, names: Collection[str]) -> int:
    """Add up months, by the names of their keys. Returns how many there were."""
    moved = 0
    for name in sorted(set(names)):
        keys = [ground.old(name), spent(ground, name.partition(":")[2])]
        moved += int(await ground.client.run(scripts.ADD_UP, keys, []))
    return moved


async def move_threads_of(ground: Ground, names: Collection[str]) -> int:
    """In which threads people said something, by the names of the keys; each thread to its workspace. Returns how many
    people there were."""
    for name in sorted(set(names)):
        user = name.partition(":")[2]
        for member, score in _pairs(await ground.client.run(scripts.RANKED, [ground.old(name)], [])):
            thread = thread_of(member)
            keys = [ground.old(name), ground.keys(thread.workspace).threads(user)]
            await ground.client.run(scripts.RENAME_MEMBER, keys, [member, str(thread), score])
    return len(set(names))


async def threads_of(ground: Ground, user: str) -> list[ThreadKey]:
    """Those in which somebody said something to that version."""
    flat = await ground.client.run(scripts.RANKED, [ground.old(f"threads:{user}")], [])
    return [thread_of(name) for name, _ in _pairs(flat)]


async def remove(ground: Ground) -> None:
    """Close the window, and take away what was kept for that version alone: in one step all from which it is told
    what that version has changed, so that what is only gone is not taken for a change."""
    own = [ground.old(name) for name in (*QUEUE_NAMES, *CHOICES)]
    own += [copied(ground, name) for name in (*CHOICES, "chosen")]
    await ground.client.run(scripts.REMOVE, [shared(ground.prefix, "migration"), *own], [])
    chosen = sorted({ground.old(name) async for name in scan(ground, "chosen")})
    for some in _chunks(chosen, LOOKED_AT_AT_ONCE):
        await ground.client.run(scripts.REMOVE, some, [])


def _pairs(flat: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(flat[::2], flat[1::2], strict=True))


def _chunks(all: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (all[start : start + size] for start in range(0, len(all), size))
