"""`python -m bot reencrypt`: everything with words in it under the key that writes now, while the bot works."""

import asyncio
import sys
from contextlib import AsyncExitStack

import click

from bot.errors import SettingsError, Unavailable, Unreadable
from bot.run import config


@click.command()
def reencrypt() -> None:
    """Encrypt all that is stored with the first of ENCRYPTION_KEYS; killed on the way, it goes on when run again."""
    try:
        complete = asyncio.run(_run())
    except (SettingsError, Unavailable, Unreadable) as error:
        click.echo(str(error) if isinstance(error, SettingsError) else error.detail, err=True)
        sys.exit(2 if isinstance(error, SettingsError) else 1)
    sys.exit(0 if complete else 1)


async def _run() -> bool:
    """Whether no other key is needed any more."""
    from bot.run import app
    from bot.store import keys_used, reseal

    async with AsyncExitStack() as stack:
        kept = config.load_kept()
        if kept.encryption_keys is None:
            raise SettingsError("ENCRYPTION_KEYS: missing; write the key to encrypt with, and those used so far")
        store = await app.open_store(kept, stack)
        first = store.seal.ring.first
        await keys_used.note(store, kept.redis_prefix)
        found = await reseal.reseal(store, kept.redis_prefix)
        click.echo(f"{found.changed} values are encrypted anew with {first}; {found.under[first]} are under it now.")
        for id, count in sorted(found.locked.items()):
            click.echo(f"{count} cannot be read: they are encrypted with {id}, which is missing or another key now.")
        others = {id: count for id, count in found.under.items() if id != first}
        for id, count in sorted(others.items()):
            click.echo(f"{count} are {f'still under {id}' if id else 'not encrypted'}: run it again.")
        if found.locked or others:
            return False
        await keys_used.forget_others(store, kept.redis_prefix)
        click.echo("No other key is needed any more.")
        return True
