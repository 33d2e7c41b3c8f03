"""Whose turn is it? A replica claims turns, runs them side by side, and keeps its leases alive until they are done.

At the end (`stop`) nothing more is claimed; turns under way get their grace, the rest are handed back at once.
"""

import asyncio
import logging
from dataclasses import dataclass

from bot.errors import BotError, LeaseLost, Unavailable
from bot.ports import World
from bot.turns import turn as turns
from bot.turns.state import Lease, Turn

log = logging.getLogger(__name__)

POLL = 1.0  # seconds: how soon a lapsed lease is noticed when no wake-up comes
CLAIM_AT_ONCE = 64
HAND_BACK_WITHIN = 3.0  # seconds
LOOK_FOR_STOPS = 0.4  # seconds: a person who stops an answer should see it end within one


@dataclass(frozen=True, slots=True)
class Capacity:
    """`at_once` turns in this process, leases of `lease` seconds, `grace` seconds for turns under way at the end."""

    at_once: int = 1000
    lease: float = 15.0
    grace: float = 25.0


async def work(world: World, stop: asyncio.Event, capacity: Capacity) -> None:
    """Answer what waits in the inbox until `stop` is set. Returns when no turn of ours is running any more."""
    running: dict[asyncio.Task[None], Lease] = {}
    async with asyncio.TaskGroup() as tasks:
        renewing = tasks.create_task(_keep_alive(running, world, capacity), name="renew leases")
        stopping = tasks.create_task(_heed_stops(running, world), name="heed stops")
        await _claim(running, tasks, world, stop, capacity)
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
    world: World,
    stop: asyncio.Event,
    capacity: Capacity,
) -> None:
    stopped = tasks.create_task(stop.wait(), name="wait for stop")
    while not stop.is_set():
        room = min(capacity.at_once - len(running), CLAIM_AT_ONCE)
        leases = await _some(world, room) if room > 0 else []
        for lease in leases:
            task = tasks.create_task(_run(lease, world), name=f"turn {lease.thread}")
            running[task] = lease
            task.add_done_callback(running.pop)
        if leases:
            continue
        waiting = tasks.create_task(_wait(world, room), name="wait for work")
        await asyncio.wait({waiting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
    stopped.cancel()


async def _some(world: World, most: int) -> list[Lease]:
    try:
        return await world.inbox.claim(most)
    except Unavailable as trouble:
        log.debug("cannot claim", extra={"why": trouble.detail})
        await asyncio.sleep(trouble.after)
        return []


async def _wait(world: World, room: int) -> None:
    try:
        if room > 0:
            await world.inbox.wait(POLL)
        else:
            await asyncio.sleep(POLL / 10)
    except Unavailable as trouble:
        await asyncio.sleep(trouble.after)


async def _run(lease: Lease, world: World) -> None:
    """Run one turn. Nothing escapes but cancellation: what went wrong is said in the thread, the inbox or the log."""
    try:
        turn = await world.inbox.begin(lease)
        if turn is not None:
            await _attempt(turn, world)
    except LeaseLost as lost:
        log.info("lease lost", extra={"in_thread": str(lease.thread), "why": lost.detail})
    except asyncio.CancelledError:  # the process ends, or the lease is lost: then Redis refuses what we hand back
        await _hand_back(lease, world, after=0.0, counted=False)
        raise
    except Exception as error:
        detail = error.detail if isinstance(error, BotError) else ""
        log.info("turn put back", extra={"in_thread": str(lease.thread), "why": detail}, exc_info=not detail)
        await _hand_back(lease, world, after=getattr(error, "after", 5.0), counted=True)


async def _attempt(turn: Turn, world: World) -> None:
    tries = world.limits.tries
    try:
        if turn.attempt > tries * 3:  # not even an apology gets through
            await turns.abandon(turn, world)
        elif turn.attempt > tries and turn.complete is None:  # crashed each time
            await turns.give_up(turn, world, RuntimeError("attempts used up"))
        else:
            await turns.take(turn, world)
    except LeaseLost:
        raise
    except Unavailable as trouble:
        if turn.attempt < tries or turn.complete is not None:
            pause = trouble.after * 2 ** min(turn.attempt - 1, 6)
            raise Unavailable(str(trouble), trouble.detail, pause) from trouble
        await turns.give_up(turn, world, trouble)
    except Exception as bug:
        log.exception("a bug ended a turn", extra={"turn": turn.id})
        await turns.give_up(turn, world, bug)


async def _hand_back(lease: Lease, world: World, after: float, *, counted: bool) -> None:
    try:
        async with asyncio.timeout(HAND_BACK_WITHIN):
            await world.inbox.hand_back(lease, after, counted=counted)
    except (BotError, TimeoutError) as trouble:  # the lease will lapse by itself
        log.info("not handed back", extra={"in_thread": str(lease.thread), "why": str(trouble)})


async def _keep_alive(running: dict[asyncio.Task[None], Lease], world: World, capacity: Capacity) -> None:
    """Renew all leases three times in their life; a turn whose lease is lost is stopped and touches nothing more."""
    while True:
        await asyncio.sleep(capacity.lease / 3)
        held = dict(running)
        if not held:
            continue
        try:
            lost = await world.inbox.renew(list(held.values()))
        except Unavailable as trouble:
            log.debug("leases not renewed", extra={"why": trouble.detail})
            continue
        gone = {lease.token for lease in lost}
        for task, lease in held.items():
            if lease.token in gone:
                task.cancel()


async def _heed_stops(running: dict[asyncio.Task[None], Lease], world: World) -> None:
    """Tell our turns that a person wants them to end, whichever replica was told so."""
    while True:
        await asyncio.sleep(LOOK_FOR_STOPS)
        if not running:
            continue
        try:
            stopped = await world.inbox.stopped()
        except Unavailable:
            continue
        for lease in running.values() if stopped else ():
            if (pointless := stopped.get(str(lease.thread))) is not None:
                lease.pointless = lease.pointless or pointless
                lease.stop.set()
