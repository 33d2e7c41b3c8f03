"""`python -m bot workspaces`: into which workspaces the app is installed, looked at and decided by the operator."""

import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from bot import log
from bot.errors import SettingsError, Unavailable, Unreadable
from bot.installations import Grant, Installation
from bot.policy.preferences import Defaults, Entry
from bot.policy.space import UNSET, Space
from bot.policy.tokens import OPERATOR
from bot.run import config, loop, written
from bot.store.keys import Keys
from bot.usage.budgets import OFF, Amount, Numbers

if TYPE_CHECKING:
    from bot.ports.admission import Decision
    from bot.run.install import Installer

TEAM = click.argument("workspace", metavar="TEAM")


@click.group("workspaces")
def installed() -> None:
    """The workspaces that have installed the app, and those that wait for you."""


@installed.command("list")
def list_all() -> None:
    """Print all: id, state, name, who installed it, when (UTC)."""

    async def show(installer: "Installer") -> None:
        for grant in await installer.grants.all():
            state = "approved" if grant.approved else "waiting"
            facts = (grant.workspace, state, grant.name or "-", grant.installer or "-", _moment(grant.installed_at))
            click.echo("  ".join(facts))

    _with(show)


@installed.command()
@TEAM
def show(workspace: str) -> None:
    """Print what is known of one. Never its token."""

    async def tell(installer: "Installer") -> None:
        from bot.store.spaces import RedisSpaces

        grant = await _grant(installer, workspace)
        facts = {each.workspace: each for each in await installer.installations.known()}
        space = (await RedisSpaces(installer.grants.client, installer.settings.redis_prefix).all()).get(
            workspace, UNSET
        )
        about = _facts(grant, facts.get(workspace)) | _space(space, installer.settings)
        for name, value in about.items():
            click.echo(f"{name}: {value}")

    _with(tell)


@installed.command()
@TEAM
def approve(workspace: str) -> None:
    """Serve a workspace that waits."""

    async def decide(installer: "Installer") -> None:
        await _grant(installer, workspace)
        await _note(await installer.decide(workspace, True), workspace, installer)
        click.echo(f"{workspace} is approved")

    _with(decide)


@installed.command()
@TEAM
def remove(workspace: str) -> None:
    """Give back its token and serve it no more; what is kept of it is removed after UNINSTALL_GRACE_DAYS, and of one
    that was never served at once."""

    async def decide(installer: "Installer") -> None:
        found = await _grant(installer, workspace)
        if found.approved:
            await installer.remove(workspace)
        else:
            await _note(await installer.decide(workspace, False), workspace, installer)
        click.echo(f"{workspace} is removed")

    _with(decide)


def _amount(context: click.Context, option: click.Parameter, text: str | None) -> Amount | None:
    try:
        return (written.budget(text) or OFF) if text is not None else None  # type: ignore[return-value]
    except ValueError as wrong:
        raise click.BadParameter(str(wrong)) from None


def _zone(context: click.Context, option: click.Parameter, name: str | None) -> str | None:
    try:
        return written.time_zone(name) if name else name
    except ValueError as wrong:
        raise click.BadParameter(str(wrong)) from None


@installed.command("set")
@TEAM
@click.option("--budget-day", callback=_amount, help="The most that it may use in a day: 2.00, or 50000 tokens; off.")
@click.option("--budget-month", callback=_amount, help="The same for a month.")
@click.option("--time-zone", callback=_zone, help="In which its days and months begin; '' for TIME_ZONE.")
def set_all(workspace: str, budget_day: Amount | None, budget_month: Amount | None, time_zone: str | None) -> None:
    """Set what a workspace may use, which its admins cannot lift, and its time zone. Print what holds then."""

    async def change(installer: "Installer") -> None:
        from bot.store.spaces import RedisSpaces

        await _grant(installer, workspace)
        spaces = RedisSpaces(installer.grants.client, installer.settings.redis_prefix)
        seen = (await spaces.all()).get(workspace, UNSET).cap
        day, month = (
            (seen.day if budget_day is None else budget_day),
            (seen.month if budget_month is None else budget_month),
        )
        cap = Numbers(day if day and not day.off else None, month if month and not month.off else None)
        if cap != seen:
            await spaces.set_cap(workspace, cap)
        if time_zone is not None:
            await spaces.set_zone(workspace, time_zone)
        for name, value in _space((await spaces.all()).get(workspace, UNSET), installer.settings).items():
            click.echo(f"{name}: {value}")

    _with(change)


def _space(space: Space, settings: config.Settings) -> dict[str, str]:
    return {
        "budget per day": _spelled(space.cap.day),
        "budget per month": _spelled(space.cap.month),
        "time zone": space.zone or settings.time_zone,
        "own model server": f"{space.server.host}: {', '.join(space.server.models)}" if space.server else "-",
    }


def _spelled(amount: Amount | None) -> str:
    if amount is None:
        return "-"
    cost = [f"{amount.cost / 1_000_000_000:.2f} US dollars"] if amount.cost is not None else []
    return " and ".join([*cost, *([f"{amount.tokens} tokens"] if amount.tokens is not None else [])])


async def _note(decision: "Decision", workspace: str, installer: "Installer") -> None:
    """In the audit of the operator's workspace, if there is one."""
    from bot.store.preferences import RedisPrefs

    home, client = installer.settings.operator_workspace, installer.grants.client
    if home is not None and decision in ("approved", "refused"):
        prefs = RedisPrefs(client, Keys(installer.settings.redis_prefix, home), 60, Defaults("", {}))
        await prefs.audit(Entry(OPERATOR, f"workspaces.{decision}", workspace))


async def _grant(installer: "Installer", workspace: str) -> Grant:
    if (found := await installer.grants.of(workspace)) is not None:
        return found
    grants = [each.workspace for each in await installer.grants.all()]
    known = f"one of {', '.join(grants)}" if grants else "none has installed the app yet"
    raise click.ClickException(f"no workspace {workspace}: {known}")


def _facts(grant: Grant, me: Installation | None) -> dict[str, str]:
    about = {
        "workspace": grant.workspace,
        "name": grant.name or "-",
        "state": "approved" if grant.approved else "waiting",
        "installed": _moment(grant.installed_at),
        "installer": grant.installer or "-",
        "token ends": _moment(grant.expires_at) if grant.expires_at else "never",
    }
    if me is None:
        return about
    return about | {
        "app": me.app_id or "-",
        "bot user": me.bot_user,
        "organisation": me.enterprise or "-",
        "whole organisation": "yes" if me.org_wide else "no",
        "scopes": ", ".join(me.scopes) or "-",
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def _with(action: Callable[["Installer"], Coroutine[Any, Any, None]]) -> None:
    """Run it. What the operator can mend is one line on standard error."""
    try:
        settings = config.load()
        log.set_up(settings.log_level, settings.log_format, settings.secrets)
        loop.run(_done(settings, action))
    except SettingsError as wrong:
        click.echo(log.redacted(str(wrong)), err=True)
        sys.exit(2)
    except (Unavailable, Unreadable) as trouble:
        raise click.ClickException(f"REDIS_URL: {trouble.detail}") from None


async def _done(settings: config.Settings, action: Callable[["Installer"], Coroutine[Any, Any, None]]) -> None:
    from bot.run.app import open_slack, open_store
    from bot.run.install import Installer
    from bot.store.erasures import RedisErasures
    from bot.store.grants import RedisGrants
    from bot.store.installations import RedisInstallations

    prefix = settings.redis_prefix
    async with AsyncExitStack() as stack:
        store = await open_store(settings, stack)
        slack = await open_slack(settings, stack)
        installations, erasures = RedisInstallations(store, prefix), RedisErasures(store, prefix)
        await action(Installer(settings, settings.opened(), slack, installations, RedisGrants(store, prefix), erasures))
