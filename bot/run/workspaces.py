"""The workspace that an operator means."""

from collections.abc import Collection

import click

from bot.store.client import Client
from bot.store.installations import RedisInstallations


async def known(client: Client, prefix: str) -> list[str]:
    """Those that a bot with this prefix has ever served. May raise Unavailable."""
    return [each.workspace for each in await RedisInstallations(client, prefix).known()]


def one(known: Collection[str], named: str | None) -> str:
    """The named one, or the only one. What the operator has to write instead is raised as a click error."""
    if named is not None and named in known:
        return named
    if named is None and len(known) == 1:
        return next(iter(known))
    if not known:
        raise click.ClickException("no workspace is known under this prefix yet: start the bot once")
    problem = "there is no such workspace" if named is not None else "there are several workspaces"
    raise click.UsageError(f"{problem}: write --workspace with one of {', '.join(sorted(known))}")
