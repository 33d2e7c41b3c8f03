"""`python -m bot backup FILE` and `restore FILE`: what lasts, in a file of yours."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.errors import SettingsError, StartError, Unavailable, Unreadable
from bot.run import config

if TYPE_CHECKING:
    from bot.store.client import Client

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
STREAM = Path("-")


@click.command()
@FILE
def backup(file: Path) -> None:
    """Write personas with all versions, choices, access, limits and the audit to FILE. No conversations, no tokens.

    A FILE of - is the standard output.
    """

    async def make(store: "Client", prefix: str) -> str:
        from bot.store import backup

        made = await backup.make(store, prefix)
        _write(file, made.model_dump_json(by_alias=True, indent=1))
        return f"{file}: {_told(made.counts())}"

    _with_store(make)


@click.command()
@FILE
def restore(file: Path) -> None:
    """Put what is in FILE in the place of what is there. A newer version's file is refused, and nothing changed.

    A FILE of - is the standard input.
    """

    async def put(store: "Client", prefix: str) -> str:
        from bot.store import backup

        found = backup.read(_read(file))
        await backup.restore(store, prefix, found)
        return f"{file}, of {found.made}, is restored: {_told(found.counts())}"

    _with_store(put)


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "nothing was ever chosen"


def _read(file: Path) -> str:
    try:
        return sys.stdin.read() if file == STREAM else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"cannot read {file} ({type(error).__name__})") from None


def _write(file: Path, text: str) -> None:
    """For the owner's eyes alone, and whole or not at all."""
    if file == STREAM:
        click.echo(text)
        return
    try:
        number, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
        with os.fdopen(number, "w", encoding="utf-8") as begun:
            begun.write(text + "\n")
        os.replace(name, file)
    except OSError as error:
        raise StartError(f"cannot write {file} ({type(error).__name__})") from None


def _with_store(action: Callable[["Client", str], Awaitable[str]]) -> None:
    async def act() -> str:
        from bot.run import app

        async with AsyncExitStack() as stack:
            kept = config.load_kept()
            return await action(await app.open_store(kept, stack), kept.redis_prefix)

    try:
        click.echo(asyncio.run(act()), err=True)
    except (SettingsError, StartError, Unavailable, Unreadable) as error:
        click.echo(str(error) if isinstance(error, SettingsError | StartError) else error.detail, err=True)
        sys.exit(2 if isinstance(error, SettingsError) else 1)
