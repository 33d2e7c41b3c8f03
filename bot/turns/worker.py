"""A replica's work: it claims turns, runs them side by side, and keeps its leases alive until they are done.

When it is told to stop, nothing more is claimed; turns under way get their grace, the rest are handed back at once.
An attempt that the end of the process or a lost lease cuts short does not count; any other does.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from bot import aio, happenings
from bot.errors import BotError, LeaseLost, Locked, Postponed, Unavailable, Unreadable
from bot.happenings import Happening
from bot.ports import Queue, World, Worlds
from bot.turns import turn as turns
from bot.turns.state import Lease, Turn

MAX_CLAIMED = 64  # turns at once
HAND_BACK_TIMEOUT = 3.0  # seconds
NOT_INSTALLED_PAUSE = 60.0  # seconds that a thread of a workspace that is not installed here waits for another replica
PUT_BACK_PAUSE = 5.0  # seconds until an attempt that failed for an unknown reason is followed by the next


@dataclass(frozen=True, slots=True)
class Capacity:
    """`at_once` turns in this process, leases of `lease` seconds, `grace` seconds for turns under way at the end.

    The inbox is asked for work and for stops every so many seconds.
    """

    at_once: int = 1000
    lease: float = 15.0
    grace: float = 25.0
    ask_for_work: float = 1.0
    """How soon a lapsed lease is noticed when no wake-up comes."""
    ask_for_stops: float = 0.4
    """A person who stops an answer should see it end within a second."""


@dataclass(slots=True)
class Source:
    """Where turns come from: the queue that all workspaces share, and the world of each thread."""

    queue: Queue
    worlds: Worlds
    saw: Callable[[Happening], None]
    _missing: aio.Throttle = field(default_factory=lambda: aio.Throttle(NOT_INSTALLED_PAUSE))

    def missing(self, workspace: str) -> None:
        """Tell of a workspace that is not installed here, once a minute at most."""
        if self._missing.due():
            self.saw(happenings.WorkspaceMissing(workspace))


async def work(source: Source, stop: asyncio.Event, capacity: Capacity) -> None:
    """Answer what waits in the queue until `stop` is set. Returns when no turn of ours is running any more."""
    running: dict[asyncio.Task[None], Lease] = {}
    async with asyncio.TaskGroup() as tasks:
        renewing = tasks.create_task(_keep_alive(running, source, capacity), name="renew leases")
        stopping = tasks.create_task(_pass_on_stops(running, source, capacity), name="pass on stops")
        await _claim(running, tasks, source, stop, capacity)
        if running:
            await asyncio.wait(running, timeout=capacity.grace)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        renewing.cancel()
        stopping.cancel()


async def _claim(
    running: dict[asyncio.Task[None], Lease],
    tasks: asyncio.TaskGroup,
    source: Source,
    stop: asyncio.Event,
    capacity: Capacity,
) -> None:
    stopped = tasks.create_task(stop.wait(), name="wait for stop")
    while not stop.is_set():
        room = min(capacity.at_once - len(running), MAX_CLAIMED)
        leases = await _some(source, room) if room > 0 else []
        for lease in leases:
            if lease.taken_over:
                source.saw(happenings.TurnTakenOver(str(lease.thread)))
            task = tasks.create_task(_run(lease, source), name=f"turn {lease.thread}")
            running[task] = lease
            task.add_done_callback(running.pop)
        if leases and len(leases) == room:  # perhaps more are ready
            continue
        waiting = tasks.create_task(_wait(source, room, capacity), name="wait for work")
        await asyncio.wait({waiting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
    stopped.cancel()


async def _some(source: Source, most: int) -> list[Lease]:
    try:
        return await source.queue.claim(most)
    except (Unavailable, Unreadable) as trouble:
        source.saw(happenings.ClaimFailed(trouble.detail))
        await asyncio.sleep(_pause(trouble))
        return []


async def _wait(source: Source, room: int, capacity: Capacity) -> None:
    try:
        if room > 0:
            await source.queue.wait(capacity.ask_for_work)
        else:
            await asyncio.sleep(capacity.ask_for_work / 10)
    except (Unavailable, Unreadable) as trouble:
        await asyncio.sleep(_pause(trouble))


def _pause(trouble: Unavailable | Unreadable) -> float:
    """Seconds."""
    return trouble.after if isinstance(trouble, Unavailable) else PUT_BACK_PAUSE


async def _run(lease: Lease, source: Source) -> None:
    """Run one turn, in a task of its own: who cancels that one is not us, and who cancels this one is.

    Nothing escapes but cancellation: what went wrong is said in the thread, the inbox or the log.
    """
    world = source.worlds(lease.thread)
    if world is None:
        source.missing(lease.thread.workspace)
        return await _hand_back(lease, source, NOT_INSTALLED_PAUSE, counted=False)
    attempt = asyncio.ensure_future(_attempt(lease, world))
    try:
        await asyncio.wait({attempt})
    except asyncio.CancelledError:  # the process ends, or the lease is lost
        attempt.cancel()
        await asyncio.gather(attempt, return_exceptions=True)
        if lease.lost:
            source.saw(happenings.LeaseLost(str(lease.thread), "when renewing"))
        else:
            await _put_back(lease, source, "the process ends", after=0.0, counted=False)
        raise
    if attempt.cancelled():  # by something in the turn itself: as any other error, it is not tried for ever
        await _put_back(lease, source, "cancelled from within")
    elif error := attempt.exception():
        await _ended_by(error, lease, source)


async def _ended_by(error: BaseException, lease: Lease, source: Source) -> None:
    match error:
        case LeaseLost():
            source.saw(happenings.LeaseLost(str(lease.thread), error.detail))
        case Postponed():
            await _put_back(lease, source, error.detail, after=error.after, counted=False)
        case Unavailable():
            await _put_back(lease, source, error.detail, after=error.after)
        case Locked():  # another replica may have had the new key a little earlier
            await _put_back(lease, source, error.detail, counted=False)
        case BotError():
            await _put_back(lease, source, error.detail)
        case Exception():
            await _put_back(lease, source, "", error=error)
        case _:
            raise error


async def _put_back(
    lease: Lease,
    source: Source,
    why: str,
    *,
    after: float = PUT_BACK_PAUSE,
    counted: bool = True,
    error: Exception | None = None,
) -> None:
    """This attempt is over. `error` is one that we did not expect."""
    source.saw(happenings.TurnPutBack(str(lease.thread), why, after, counted, error))
    await _hand_back(lease, source, after, counted=counted)


async def _hand_back(lease: Lease, source: Source, after: float, *, counted: bool) -> None:
    try:
        async with asyncio.timeout(HAND_BACK_TIMEOUT):
            await source.queue.hand_back(lease, after, counted=counted)
    except (BotError, TimeoutError) as trouble:  # the lease will lapse by itself
        source.saw(happenings.NotHandedBack(str(lease.thread), str(trouble)))


async def _attempt(lease: Lease, world: World) -> None:
    """One attempt at the turn. What escapes leaves the turn unfinished."""
    turn = await world.inbox.begin(lease)
    if turn is not None:
        try:
            await _take(turn, world)
        finally:
            lease.sure = turn.intent is None


async def _take(turn: Turn, world: World) -> None:
    tries = world.limits.tries
    try:
        if turn.attempt > tries * 3:  # not even an apology gets through
            await turns.abandon(turn, world)
        elif turn.unreadable is not None:
            await turns.give_up(turn, world, turn.unreadable)
        elif turn.attempt > tries and turn.complete is None:  # crashed each time
            await turns.give_up(turn, world, RuntimeError("attempts used up"))
        else:
            await turns.take(turn, world)
    except (LeaseLost, Postponed):
        raise
    except Unavailable as trouble:
        if turn.attempt < tries or turn.complete is not None:
            pause = trouble.after * 2 ** min(turn.attempt - 1, 6)
            raise Unavailable(trouble.sentence, trouble.detail, pause) from trouble
        await turns.give_up(turn, world, trouble)
    except Exception as bug:
        world.saw(happenings.TurnBroke(turn.id, bug))
        await turns.give_up(turn, world, bug)


async def _keep_alive(running: dict[asyncio.Task[None], Lease], source: Source, capacity: Capacity) -> None:
    """Renew all leases three times in their life; a turn whose lease is lost is stopped and touches nothing more."""
    while True:
        await asyncio.sleep(capacity.lease / 3)
        held = dict(running)
        if not held:
            continue
        try:
            lost = await source.queue.renew(list(held.values()))
        except (Unavailable, Unreadable) as trouble:
            source.saw(happenings.RenewalFailed(trouble.detail))
            continue
        gone = {lease.token for lease in lost}
        for task, lease in held.items():
            if lease.token in gone:
                lease.lost = True
                task.cancel()


async def _pass_on_stops(running: dict[asyncio.Task[None], Lease], source: Source, capacity: Capacity) -> None:
    """Tell our turns that a person wants them to end, whichever replica heard of it."""
    while True:
        await asyncio.sleep(capacity.ask_for_stops)
        if not running:
            continue
        _end_where_uninstalled(running, source)
        try:
            stopped = await source.queue.stopped()
        except (Unavailable, Unreadable):
            continue
        for lease in running.values() if stopped else ():
            if (pointless := stopped.get(str(lease.thread))) is not None:
                lease.pointless = lease.pointless or pointless
                lease.stop.set()


def _end_where_uninstalled(running: dict[asyncio.Task[None], Lease], source: Source) -> None:
    """Nothing can be said there any more."""
    for task, lease in running.items():
        if not lease.lost and source.worlds(lease.thread) is None:
            lease.lost = True
            task.cancel()
