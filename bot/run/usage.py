"""`python -m bot usage`: what was used, for a spreadsheet or to be read."""

import asyncio
import sys
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from bot.errors import SettingsError, StartError, Unavailable, Unreadable
from bot.run import config, workspaces

if TYPE_CHECKING:
    from bot.commands.usage_file import Names
    from bot.store.client import Client
    from bot.store.keys import Keys
    from bot.usage.spreadsheet import Row

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--csv", "as_csv", is_flag=True, help="As CSV; without it, as a table to be read.")
@click.option("--from", "first", type=DAY, metavar="DAY", help="First day, such as 2026-11-01; else of this month.")
@click.option("--to", "last", type=DAY, metavar="DAY", help="Last day, which is included; else today.")
@click.option("--workspace", help="Which one, if there are several.")
def usage(as_csv: bool, first: datetime | None, last: datetime | None, workspace: str | None) -> None:
    """Print what was used: a row for each day, dimension and id. People are told apart as REPORT_PEOPLE says."""
    try:
        asyncio.run(_print(as_csv, first, last, workspace))
    except (SettingsError, StartError) as error:
        click.echo(str(error), err=True)
        sys.exit(2 if isinstance(error, SettingsError) else 1)
    except (Unavailable, Unreadable) as error:
        click.echo(error.detail, err=True)
        sys.exit(1)


async def _print(as_csv: bool, first: datetime | None, last: datetime | None, workspace: str | None) -> None:
    from bot.commands.usage_file import Book
    from bot.run import app
    from bot.store.keys import Keys
    from bot.store.ledger import RedisLedger
    from bot.store.tokens import RedisTokens
    from bot.usage import spreadsheet

    settings = config.load_usage()
    async with AsyncExitStack() as stack:
        store = await app.open_store(settings, stack)
        chosen = workspaces.one(await workspaces.known(store, settings.redis_prefix), workspace)
        days = _days(await _zone(chosen, settings, store), first, last)
        keys = Keys(settings.redis_prefix, chosen)
        programs = {each.channel: each.name for each in await RedisTokens(store, keys).all()}
        book = Book(RedisLedger(store, keys, 0), await _names(keys, store, stack), settings.report_people, programs)
        names = await book.names(days)
        rows = [row for day in days for row in await book.rows(day, chosen, names)]
        click.echo(spreadsheet.written(rows) if as_csv else _table(rows), nl=False)


async def _zone(workspace: str, settings: "config.UsageSettings", store: "Client") -> ZoneInfo:
    """That of the workspace, or of the settings."""
    from bot.policy.space import UNSET
    from bot.store.spaces import RedisSpaces
    from bot.usage import periods

    chosen = (await RedisSpaces(store, settings.redis_prefix).all()).get(workspace, UNSET).zone
    return (periods.zone(chosen) if chosen else None) or settings.zone


def _days(zone: ZoneInfo, first: datetime | None, last: datetime | None) -> list[str]:
    from bot.usage.periods import Calendar, days_between, month_of

    end = last.date().isoformat() if last else Calendar(zone).day()
    start = first.date().isoformat() if first else f"{month_of(end)}-01"
    if start > end:
        raise click.UsageError(f"--from {start} comes after --to {end}")
    return days_between(start, end)


class Nameless:
    """Where Slack is not asked."""

    async def everybody(self) -> Mapping[str, str]:
        return {}

    async def names(self, ids: Iterable[str]) -> Mapping[str, str]:
        return {}

    async def channel_names(self, channels: Iterable[str], thread: None) -> Mapping[str, str]:
        return {}

    def is_direct(self, channel: str) -> bool:
        from bot.conversation.places import Direct
        from bot.slack import threads

        return isinstance(threads.place(channel), Direct)


async def _names(keys: "Keys", store: "Client", stack: AsyncExitStack) -> "Names":
    """Slack's, where the settings let us ask there for this workspace; without them there are ids alone."""
    from bot.run import app
    from bot.slack.api.directory import People
    from bot.slack.api.identity import identify
    from bot.store.last_known import RedisLastKnown

    try:
        client = await app.open_slack(config.load(), stack)
        me, _ = await identify(client)
    except (SettingsError, StartError) as why:
        click.echo(f"Names are left out. {why}", err=True)
        return Nameless()
    return People(client, me, RedisLastKnown(store, keys)) if me.workspace == keys.workspace else Nameless()


def _table(rows: "Iterable[Row]") -> str:
    """In columns, numbers to the right."""
    from bot.usage.spreadsheet import COLUMNS

    lines = [COLUMNS, *(tuple(map(str, row.cells)) for row in rows)]
    wide = [max(len(line[n]) for line in lines) for n in range(len(COLUMNS))]
    numbers = COLUMNS.index("answers")
    shown = ("  ".join(_aligned(cell, wide[n], n >= numbers) for n, cell in enumerate(line)) for line in lines)
    return "".join(f"{line.rstrip()}\n" for line in shown)


def _aligned(cell: str, wide: int, right: bool) -> str:
    return cell.rjust(wide) if right else cell.ljust(wide)
