"""`python -m bot inbox`: what waits, what runs, what failed; and what the operator may do about it."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import UTC, datetime

import click

from bot.errors import SettingsError, Unavailable, Unreadable
from bot.run import config, workspaces
from bot.store.operations import Operations, is_id


@click.group()
def inbox() -> None:
    """See what waits, runs or failed; try it again or drop it. Ids only, never what was said in a thread."""


@inbox.command("list")
@click.option("--workspace", help="Only of this one.")
def list_all(workspace: str | None) -> None:
    """One line each: state, id, since or until when, and why it failed."""

    async def show(operations: Operations) -> None:
        known = await workspaces.known(operations.client, operations.prefix)
        entries = await operations.entries(known if workspace is None else [workspaces.one(known, workspace)])
        for entry in entries:
            record = await operations.record(entry.id) if entry.state == "aside" else None
            why = f"  {record.why} (reference {record.reference})" if record else ""
            click.echo(f"{entry.state:8} {entry.id}  {_time(entry.at)}{why}")
        if not entries:
            click.echo("Nothing waits, nothing runs, nothing was set aside.")

    _with_operations(show)


@inbox.command()
@click.argument("id")
def show(id: str) -> None:
    """What remains of a turn, as it was recorded, and what people who voted on the answer think of it."""

    async def tell(operations: Operations) -> None:
        record = await operations.record(id)
        if record is None:
            raise click.ClickException("no such turn is remembered")
        for name, value in asdict(record).items():
            click.echo(f"{name:10} {', '.join(value) if isinstance(value, tuple) else value}")
        for user, verdict in (await operations.votes(id)).items():
            click.echo(f"{'vote':10} {verdict.vote} by {user} {json.dumps(verdict.reason)}")

    _with_operations(tell, id)


@inbox.command()
@click.argument("id")
def retry(id: str) -> None:
    """Answer a turn that was set aside once more, in its place; or wake a thread that pauses."""

    async def again(operations: Operations) -> None:
        click.echo(await operations.retry(id))

    _with_operations(again, id)


@inbox.command()
@click.argument("id")
def drop(id: str) -> None:
    """Take a turn off the list of failures, or leave what waits in a thread unanswered."""

    async def discard(operations: Operations) -> None:
        click.echo(await operations.drop(id))

    _with_operations(discard, id)


def _time(at: float | None) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(sep=" ", timespec="seconds") if at else "-"


def _with_operations(action: Callable[[Operations], Awaitable[None]], id: str | None = None) -> None:
    """Run it on the inbox that the settings name. What goes wrong is one line."""

    async def run() -> None:
        from bot.run import app
        from bot.run.worlds import lifetime

        async with AsyncExitStack() as stack:
            kept = config.load_kept()
            store = await app.open_store(kept, stack)
            await action(Operations(store, kept.redis_prefix, lifetime(kept)))

    if id is not None and not is_id(id):
        raise click.UsageError(
            "an id is slack/workspace/channel/thread, perhaps with /direct and /message behind it, as `list` prints it"
        )
    try:
        asyncio.run(run())
    except (SettingsError, Unavailable, Unreadable) as error:
        click.echo(str(error) if isinstance(error, SettingsError) else error.detail, err=True)
        sys.exit(2 if isinstance(error, SettingsError) else 1)
