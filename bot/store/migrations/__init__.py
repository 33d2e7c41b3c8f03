"""Stored data moves by itself from one version of the bot to the next.

`{prefix}:schema` is the number of the last step that the data has taken. A step is a module with its `NUMBER`, with
`run`, which brings all that there is one step further and may be killed and run again at any point, and with `message`,
which does the same with the text of one stored message: what an earlier version leaves beside us later passes through
that. One replica runs the steps, under a lock; the others wait for it. Data that is newer than the program is left
alone.

    step_1          each key names its workspace
    step_2          messages are our own text, and tell their kind
    step_3          the ledger has days, and one field for all amounts
    step_4          what holds words may be sealed
    step_5          what waits may stand in line
    side_by_side    what a version without workspaces leaves while it still runs
    window          what the stores know of that
    lock            one replica at a time
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Protocol

from pydantic import Field, TypeAdapter

from bot.conversation.ids import ThreadKey
from bot.errors import StartError
from bot.store import reseal, unreadable
from bot.store.client import Client
from bot.store.keys import shared
from bot.store.migrations import side_by_side, step_1, step_2, step_3, step_4, step_5
from bot.store.migrations.lock import Lock, LockLost
from bot.store.migrations.side_by_side import SideBySide
from bot.store.migrations.step_1 import Ground, Recoded
from bot.store.migrations.window import CLOSED, Window
from bot.store.seal import Seal

log = logging.getLogger(__name__)

LOOKED_EVERY = 0.2  # seconds, while another replica moves the data


class Step(Protocol):
    @property
    def NUMBER(self) -> int: ...

    async def run(self, ground: Ground) -> Mapping[str, int]:
        """Bring what there is one step further. Returns how much of what, for the log. May raise Unavailable."""
        ...

    def message(self, text: str) -> str:
        """A stored message as JSON, one step further."""
        ...


def steps(decode: Callable[[str], str]) -> Sequence[Step]:
    """All steps, in their order. `decode` makes our text of the surface's, in which messages once were stored."""
    return (step_1, step_2.Step(decode), step_3, step_4.Step(), step_5.Step())


NEWEST = max(step.NUMBER for step in steps(str))
"""The schema that this version makes."""

_NUMBER = TypeAdapter(Annotated[int, Field(ge=0)])

# KEYS schema
_GET = "return redis.call('GET', KEYS[1]) or ''"

# KEYS schema   ARGV number
_SET = "return redis.call('SET', KEYS[1], ARGV[1])"


async def check(client: Client, prefix: str, workspace: str, steps: Sequence[Step]) -> None:
    """Raises StartError if the data under this prefix is newer than we are, or that of bots in other workspaces.
    `workspace` is empty where many are served, into which people install the app."""
    ground, newest = Ground(client, prefix, workspace), steps[-1].NUMBER
    schema = await _schema(ground)
    if schema is not None and schema > newest:
        raise StartError(
            f"REDIS_PREFIX: the data under {prefix} is of a newer version (schema {schema}; this one knows {newest}); "
            "run that version, or choose another prefix"
        )
    if not workspace and schema is not None and schema < newest:
        raise StartError(
            f"REDIS_PREFIX: the data under {prefix} is of an older version (schema {schema}); start this version once "
            "with SLACK_BOT_TOKEN, as before, and then without it"
        )
    if schema is None:
        teams = {name.partition("/")[0] for name in await step_1.thread_names(ground)}
        if teams and workspace not in teams:
            raise StartError(
                f"REDIS_PREFIX: the data under {prefix} is that of a bot in {', '.join(sorted(teams)[:3])}, "
                f"and this one is in {workspace}; choose another prefix"
            )


async def run(client: Client, prefix: str, workspace: str, keep_for: int, steps: Sequence[Step]) -> Window:
    """Bring the data to the newest schema, or wait until another replica has. Returns what to reckon with from now on.

    `keep_for` is the history's lifetime in seconds. May raise Unavailable.
    """
    ground, lock = Ground(client, prefix, workspace), Lock(client, shared(prefix, "migrating"))
    while True:
        if await _settled(ground, steps):
            break
        if await lock.taken():
            try:
                async with lock.kept():
                    await _migrate(ground, steps)
            except LockLost:
                continue
        else:
            await asyncio.sleep(LOOKED_EVERY)
    if not await side_by_side.is_open(ground):
        return CLOSED
    return SideBySide(ground, keep_for, _recoded(steps, client.seal))


async def _settled(ground: Ground, steps: Sequence[Step]) -> bool:
    """Whether there is nothing to do."""
    if await _schema(ground) != steps[-1].NUMBER:
        return False
    if await step_3.has_come_back(ground):
        return False
    return await side_by_side.is_open(ground) or not await step_1.has_come_back(ground)


async def _migrate(ground: Ground, steps: Sequence[Step]) -> None:
    """Every step that the data has not taken, told in one line. What was put under old keys after the last time takes
    them all again."""
    schema = await _schema(ground)
    if schema is None and not await step_1.exists(ground):
        await set_schema(ground.client, ground.prefix, steps[-1].NUMBER)
        return
    again = schema == steps[-1].NUMBER and await step_1.has_come_back(ground)
    if not schema or again:
        await side_by_side.open_window(ground)
    counts: dict[str, int] = {}
    if again:
        window = SideBySide(ground, 0, _recoded(steps, ground.client.seal))
        counts["moved"] = await window.sweep_once()
    if schema == steps[-1].NUMBER:
        counts |= await step_3.run(ground)
    for step in steps:
        if (schema or 0) < step.NUMBER:
            counts |= await step.run(ground)
            await set_schema(ground.client, ground.prefix, step.NUMBER)
    log.info("stored data is brought up to date", extra={"schema": steps[-1].NUMBER, **counts})


async def schema_of(client: Client, prefix: str) -> int | None:
    """The schema of the data under this prefix; None where no step was ever taken."""
    return await _schema(Ground(client, prefix, ""))


async def set_schema(client: Client, prefix: str, schema: int) -> None:
    await client.run(_SET, [shared(prefix, "schema")], [schema])


async def is_older(client: Client, prefix: str) -> bool:
    """Whether there is something of the version that knew no schema."""
    return await step_1.exists(Ground(client, prefix, ""))


async def _schema(ground: Ground) -> int | None:
    """None: no step was ever taken."""
    found = await ground.client.run(_GET, [shared(ground.prefix, "schema")], [])
    if not found:
        return None
    return unreadable.need(_NUMBER, found, f"the schema of the data under REDIS_PREFIX {ground.prefix}")


def _recoded(steps: Sequence[Step], seal: Seal) -> Recoded:
    """What a message of the version without workspaces passes through."""
    later = [step.message for step in steps if step.NUMBER > step_1.NUMBER]

    def recode(thread: ThreadKey, text: str) -> str:
        for message in later:
            text = message(text)
        return reseal.resealed_message(seal, thread, text)

    return recode
