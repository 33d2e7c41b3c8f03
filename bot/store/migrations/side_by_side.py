"""An earlier version runs beside us, perhaps: what it puts under its keys is moved until nothing more comes.

Replicas of the two versions take in messages of the same threads. A thread that is ours is marked as busy for the
earlier version, so that no two turns run in it; what that version takes in there waits under its keys until it is
moved, by whoever needs the thread or by the sweep. That we have a message is noted where either version looks.
"""

import asyncio
import json
import logging
import time
from dataclasses import dataclass, field

from bot.conversation.ids import ThreadKey
from bot.errors import Unavailable
from bot.privacy.held import Erasure
from bot.store.erasures import RedisErasures
from bot.store.keys import shared
from bot.store.migrations import step_1, step_3
from bot.store.migrations.lock import Lock
from bot.store.migrations.step_1 import Ground, Recoded
from bot.store.script import Key

log = logging.getLogger(__name__)

SWEPT_EVERY = 2.0  # seconds
ALL_LOOKED_AT_EVERY = 60.0  # seconds between two looks at all keys
QUIET_FOR = 26 * 3600.0  # seconds without anything: Slack redelivers for a day

# KEYS migration   ARGV touch or ''   → ms since the last thing came; -1: the window is closed
_QUIET = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
if ARGV[1] ~= '' then redis.call('HSET', KEYS[1], 'last', now) end
return now - tonumber(redis.call('HGET', KEYS[1], 'last'))
"""

# KEYS migration
_OPEN = """
local t = redis.call('TIME')
redis.call('HSET', KEYS[1], 'last', t[1] * 1000 + math.floor(t[2] / 1000))
"""


async def open_window(ground: Ground) -> None:
    """From now on both versions are reckoned with."""
    await ground.client.run(_OPEN, [shared(ground.prefix, "migration")], [])


async def is_open(ground: Ground) -> bool:
    return int(await ground.client.run(_QUIET, [shared(ground.prefix, "migration")], [""])) >= 0


@dataclass(slots=True)
class SideBySide:
    """The `Window` while it is open. `recode` brings a message that is found to the newest encoding.

    `keep_for` is the history's lifetime in seconds.
    """

    ground: Ground
    keep_for: int
    recode: Recoded
    quiet_for: float = QUIET_FOR
    _open: bool = True
    _all_looked_at: float = field(default=float("-inf"))

    async def adopt(self, thread: ThreadKey) -> bool:
        if not self._open:
            return True
        return await step_1.move_thread(self.ground, thread, self.recode) is not None

    async def adopt_all_of(self, user: str) -> None:
        if not self._open:
            return
        for thread in await step_1.threads_of(self.ground, user):
            await self.adopt(thread)
        await step_1.move_threads_of(self.ground, [f"threads:{user}"])

    def seen(self, thread: ThreadKey, ts: str) -> Key | None:
        if not self._open:
            return None
        return self.ground.old(f"seen:{thread.workspace}/{thread.channel}/{ts}")

    async def sweep(self) -> None:
        """One replica at a time does it; the others look whether the window is still open."""
        lock = Lock(self.ground.client, shared(self.ground.prefix, "migrating"))
        while self._open:
            await asyncio.sleep(SWEPT_EVERY)
            try:
                self._open = await is_open(self.ground)
                if self._open and await lock.taken():
                    await self.sweep_once()
            except Unavailable as trouble:
                log.debug("not swept", extra={"why": trouble.detail})

    async def sweep_once(self) -> int:
        """Move what has come since the last time. Returns how much; closes the window if nothing has come for long."""
        come = await self._from_threads()
        come += await self._from_elsewhere()
        quiet = int(await self.ground.client.run(_QUIET, [shared(self.ground.prefix, "migration")], ["1" * bool(come)]))
        if come:
            log.info("moved what an earlier version has left", extra={"count": come})
        if quiet > self.quiet_for * 1000:
            await step_1.remove(self.ground)
            self._open = False
            log.info("no earlier version runs beside us any more")
        return come

    async def _from_threads(self) -> int:
        """At each time those in which something waits; from time to time all."""
        names = await step_1.at_work(self.ground)
        if time.monotonic() - self._all_looked_at > ALL_LOOKED_AT_EVERY:
            self._all_looked_at = time.monotonic()
            lying = [each for each in step_1.THREAD_NAMES if each != "chosen"]
            names |= {key.partition(":")[2] async for key in step_1.scan(self.ground, *lying)}
            names |= set(await step_1.chosen_since(self.ground))
            others = [key async for key in step_1.scan(self.ground, "threads", "spent")]
            await step_1.move_threads_of(self.ground, [key for key in others if key.startswith("threads:")])
            months = [key for key in others if key.startswith("spent:")]
            await step_1.move_spent(self.ground, months)
            spent = [step_1.spent(self.ground, month.partition(":")[2]) for month in months]
            await step_3.move(self.ground, spent)
        return sum(moved or 1 for moved in await step_1.move_threads(self.ground, sorted(names), self.recode))

    async def _from_elsewhere(self) -> int:
        await self._forget_again()
        come = await step_1.copy_choices(self.ground) + await step_1.move_audit(self.ground)
        return come + await step_1.move_aside(self.ground)

    async def _forget_again(self) -> None:
        """Who was forgotten by an earlier version was forgotten under its keys alone."""
        erasures = RedisErasures(self.ground.client, self.ground.prefix)
        for text in await step_1.audited(self.ground):
            entry = json.loads(text)
            if entry.get("act") == "forget.me":
                await erasures.note(Erasure(self.ground.workspace, "words", str(entry.get("by"))))
