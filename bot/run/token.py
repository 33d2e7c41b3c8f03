"""`python -m bot token`: tokens for programs, made, listed and revoked by the operator."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from bot.errors import SettingsError, Unavailable, Unreadable
from bot.policy import tokens
from bot.policy.preferences import Defaults, Entry
from bot.policy.tokens import OPERATOR, RIGHTS, Token
from bot.run import config, workspaces, written
from bot.usage import amounts
from bot.usage.budgets import NOTHING, Numbers, Owner

if TYPE_CHECKING:
    from bot.store.tokens import RedisTokens

WORKSPACE = click.option("--workspace", help="Which one, if there are several.")


@click.group()
def token() -> None:
    """Tokens with which programs use the API."""


def _name(context: click.Context, option: click.Parameter, name: str) -> str:
    if not tokens.is_name(name):
        raise click.BadParameter(f"write up to {tokens.MAX_NAME} letters, digits, “_”, “.” and “-”")
    return name


def _span(context: click.Context, option: click.Parameter, text: str) -> float:
    seconds = tokens.span(text)
    if seconds is None:
        raise click.BadParameter("write a number and d, h, m or s, as in 90d")
    return seconds


def _user(context: click.Context, option: click.Parameter, user: str | None) -> str | None:
    try:
        return written.user_id(user) if user is not None else None
    except ValueError as wrong:
        raise click.BadParameter(str(wrong)) from None


def _budget(context: click.Context, option: click.Parameter, written: tuple[str, ...]) -> Numbers:
    """Without quotation marks, what follows the amount comes as words of its own."""
    words = " ".join((*written, *context.params.pop("period", ()))).split()
    if (numbers := amounts.numbers(words)) is None and words:
        raise click.BadParameter("write it as “5.00 per month” or “50000 tokens per day”")
    return numbers or NOTHING


@token.command()
@click.argument("name", callback=_name)
@click.argument("period", nargs=-1, is_eager=True)
@click.option("--user", callback=_user, help="Whose rights and budget it has; without it, it is the operator's.")
@WORKSPACE
@click.option("--expires", default="90d", callback=_span, show_default=True, help="When it ends: 90d, 12h, 30m, 45s.")
@click.option(
    "--budget", multiple=True, callback=_budget, help="How much it may use: 5.00 per month, or tokens per day."
)
@click.option("--scope", "scopes", multiple=True, type=click.Choice(RIGHTS), help="What it is good for; all of it.")
def new(
    name: str, user: str | None, workspace: str | None, expires: float, budget: Numbers, scopes: tuple[str, ...]
) -> None:
    """Make a token, and print it: it is never shown again."""

    async def make(kept: "RedisTokens") -> None:
        text, shown = tokens.make(kept.keys.workspace)
        rights = tuple(right for right in RIGHTS if right in scopes) or RIGHTS
        now = time.time()
        made = Token(shown.id, name, shown.digest, user or "", OPERATOR, rights, now, now + expires)
        if not await kept.put(made, budget):
            raise click.ClickException(f"there is a token {name} already: choose another name, or revoke that one")
        await _note("token.new", name, kept, amounts.listed(budget))
        click.echo(text)

    _with(make, workspace)


@token.command("list")
@WORKSPACE
def list_all(workspace: str | None) -> None:
    """Print all tokens: name, whose, what for, until when, last used (UTC), budget. Never the tokens themselves."""

    async def show(kept: "RedisTokens") -> None:
        from bot.store.budgets import numbers_in

        now, numbers = time.time(), await numbers_in(kept.client, kept.keys)
        for each, used in (await kept.all()).items():
            until = "for ever" if each.expires is None else f"until {_moment(each.expires)}"
            state = "expired" if each.over(now) else until
            last = f"used {_moment(used)}" if used else "never used"
            budget = amounts.listed(numbers.get(Owner("token", each.channel), NOTHING))
            shown = [each.name, each.user or OPERATOR, ",".join(each.rights), state, last, budget]
            click.echo("  ".join(filter(None, shown)))

    _with(show, workspace)


@token.command()
@click.argument("name")
@WORKSPACE
def revoke(name: str, workspace: str | None) -> None:
    """Make a token good for nothing, at once."""

    async def remove(kept: "RedisTokens") -> None:
        named = [each for each in await kept.all() if each.name.casefold() == name.casefold()]
        if not named:
            raise click.ClickException(f"there is no token {name}")
        await kept.remove(named)
        await _note("token.revoke", named[0].name, kept)
        click.echo(f"{named[0].name} is revoked")

    _with(remove, workspace)


def _with(action: "Callable[[RedisTokens], Coroutine[Any, Any, None]]", workspace: str | None) -> None:
    try:
        asyncio.run(_run(action, workspace))
    except (SettingsError, Unavailable, Unreadable) as error:
        click.echo(str(error) if isinstance(error, SettingsError) else error.detail, err=True)
        sys.exit(2 if isinstance(error, SettingsError) else 1)


async def _run(action: "Callable[[RedisTokens], Coroutine[Any, Any, None]]", workspace: str | None) -> None:
    async with _opened(workspace) as kept:
        await action(kept)


@asynccontextmanager
async def _opened(workspace: str | None) -> "AsyncIterator[RedisTokens]":
    from bot.run import app
    from bot.store.keys import Keys
    from bot.store.tokens import RedisTokens

    async with AsyncExitStack() as stack:
        kept = config.load_kept()
        store = await app.open_store(kept, stack)
        chosen = workspaces.one(await workspaces.known(store, kept.redis_prefix), workspace)
        yield RedisTokens(store, Keys(kept.redis_prefix, chosen))


async def _note(act: str, name: str, kept: "RedisTokens", after: str = "") -> None:
    """What the operator did stands in the audit log, which the workspace's admins read."""
    from bot.store.preferences import RedisPrefs

    await RedisPrefs(kept.client, kept.keys, 0, Defaults("", {})).audit(Entry(OPERATOR, act, name, after=after))


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
