"""`python -m bot audit`: what was done to the bot from Slack, and by whom."""

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import UTC, datetime

import click

from bot.errors import SettingsError, Unavailable, Unreadable
from bot.policy.preferences import Defaults, Entry
from bot.run import config, workspaces


@click.command()
@click.option("--workspace", help="Which one, if there are several.")
@click.option("--most", default=10_000, type=click.IntRange(1), help="How many of the latest acts; all that are kept.")
def audit(most: int, workspace: str | None) -> None:
    """Print the administrative acts as JSON lines, oldest first: who, what, before, after, when (UTC)."""
    try:
        for entry in asyncio.run(_read(most, workspace)):
            at = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="milliseconds")
            click.echo(json.dumps({**asdict(entry), "at": at}))
    except (SettingsError, Unavailable, Unreadable) as error:
        click.echo(str(error) if isinstance(error, SettingsError) else error.detail, err=True)
        sys.exit(2 if isinstance(error, SettingsError) else 1)


async def _read(most: int, workspace: str | None) -> list[Entry]:
    from bot.run import app
    from bot.store.keys import Keys
    from bot.store.preferences import RedisPrefs

    async with AsyncExitStack() as stack:
        kept = config.load_kept()
        store = await app.open_store(kept, stack)
        chosen = workspaces.one(await workspaces.known(store, kept.redis_prefix), workspace)
        return (await RedisPrefs(store, Keys(kept.redis_prefix, chosen), 0, Defaults("", {})).audited(most))[::-1]
