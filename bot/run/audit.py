"""`python -m bot audit`: what was done to the bot from Slack, and by whom."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from bot.errors import SettingsError, Unavailable, Unreadable
from bot.policy.preferences import Defaults, Entry
from bot.run import config, workspaces

if TYPE_CHECKING:
    from bot.store.preferences import RedisPrefs

MOST = 10_000  # acts: as many as are kept
LOOKED_EVERY = 1.0  # seconds
LOOKED_AT_ONCE = 100  # of the latest acts; all, where none of these is known


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Whose acts, and which; None is all."""

    by: str | None
    act: str | None

    def has(self, entry: Entry) -> bool:
        acts = self.act is None or entry.act == self.act or entry.act.startswith(f"{self.act}.")
        return acts and (self.by is None or entry.by == self.by)


@click.command()
@click.option("--workspace", help="Which one, if there are several.")
@click.option("--most", default=MOST, type=click.IntRange(1), help="How many of the latest acts; all that are kept.")
@click.option("--follow", is_flag=True, help="Go on, and print each further act as it is done.")
@click.option("--by", metavar="ID", help="Only what this person has done.")
@click.option("--act", metavar="NAME", help="Only this act, such as `forget.me`, or, for `forget`, all of that kind.")
def audit(most: int, workspace: str | None, follow: bool, by: str | None, act: str | None) -> None:
    """Print the administrative acts as JSON lines, oldest first: who, what, before, after, when (UTC)."""
    try:
        asyncio.run(_print(most, workspace, _Wanted(by, act), follow))
    except (SettingsError, Unavailable, Unreadable) as error:
        click.echo(str(error) if isinstance(error, SettingsError) else error.detail, err=True)
        sys.exit(2 if isinstance(error, SettingsError) else 1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # whoever read it has enough
        sys.stderr.close()
        sys.exit(0)


async def _print(most: int, workspace: str | None, wanted: _Wanted, follow: bool) -> None:
    from bot.run import app
    from bot.store.keys import Keys
    from bot.store.preferences import RedisPrefs

    async with AsyncExitStack() as stack:
        kept = config.load_kept()
        store = await app.open_store(kept, stack)
        chosen = workspaces.one(await workspaces.known(store, kept.redis_prefix), workspace)
        prefs = RedisPrefs(store, Keys(kept.redis_prefix, chosen), 0, Defaults("", {}))
        known = (await prefs.audited(MOST))[::-1]
        for entry in [entry for entry in known if wanted.has(entry)][-most:]:
            _tell(entry)
        if follow:
            async for entry in _further(prefs, known[-1].at if known else 0.0):
                if wanted.has(entry):
                    _tell(entry)


async def _further(prefs: "RedisPrefs", after: float) -> AsyncIterator[Entry]:
    """What is done from now on, oldest first. A Redis that is away for a while is waited for."""
    told = False
    while True:
        await asyncio.sleep(LOOKED_EVERY)
        try:
            latest = await prefs.audited(LOOKED_AT_ONCE)
            if latest and latest[-1].at > after:
                latest = await prefs.audited(MOST)
            told = False
        except (Unavailable, Unreadable) as trouble:
            if not told:
                click.echo(trouble.detail, err=True)
            told = True
            continue
        for entry in latest[::-1]:
            if entry.at > after:
                after = entry.at
                yield entry


def _tell(entry: Entry) -> None:
    at = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="milliseconds")
    click.echo(json.dumps({**asdict(entry), "at": at}))
    sys.stdout.flush()
