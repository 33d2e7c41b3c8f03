"""Could the bot run with these settings? Asks Slack, Redis and the model, and says one line each."""

from contextlib import AsyncExitStack

import click

from bot import log
from bot.errors import SettingsError, StartError, Unavailable
from bot.llm.chat_completions import Server
from bot.run import addresses, app, models
from bot.run.config import Settings
from bot.slack.api.client import SlackClient
from bot.slack.api.identity import identify, socket_url
from bot.store.client import Client


async def run(settings: Settings) -> None:
    """Print one line for each, whatever the others say, and warnings. Raises StartError if anything is in the way."""
    async with AsyncExitStack() as stack:
        store = await app.open_store(settings, stack)
        found = [
            await _slack(settings, await app.open_slack(settings, stack)),
            await _redis(store),
            await _model(
                settings, (await models.open_model(settings, stack, settings.opened(), store)).targets[0].server
            ),
        ]
    for warning in addresses.warnings(settings.slack_api_url, settings.model_addresses, settings.redis_url):
        click.echo(f"Warning: {warning}")
    if in_the_way := found.count(False):
        raise StartError(f"{in_the_way} of {len(found)} would be in the way")


async def _slack(settings: Settings, client: SlackClient) -> bool:
    try:
        me, missing = await identify(client)
        if settings.slack_app_token is not None:
            await socket_url(client, settings.slack_app_token.get_secret_value())
    except (SettingsError, StartError) as refused:
        return _say("Slack: refuses us", [str(refused)])
    where = f"the organisation {me.workspace}" if me.org_wide else f"team {me.workspace}"
    return _say(f"Slack: connected as {me.name} in {where}", missing)


async def _redis(store: Client) -> bool:
    try:
        return _say(f"Redis: {store.where} answers", await store.check())
    except (Unavailable, StartError) as trouble:
        why = trouble.detail if isinstance(trouble, Unavailable) else str(trouble)
        return _say(f"Redis: {store.where} does not serve us", [why])


async def _model(settings: Settings, server: Server) -> bool:
    where = addresses.shown(settings.openai_base_url)
    try:
        listed = await server.lists(settings.openai_model)
    except Unavailable as refused:
        return _say(f"Model: {where} refuses us", [refused.detail])
    if not listed:  # some servers list nothing and answer all the same
        return _say(f"Model: {where} answers, but does not list {settings.openai_model}", [])
    return _say(f"Model: {settings.openai_model} at {where}", [])


def _say(line: str, problems: list[str]) -> bool:
    """Print it with its problems; True if there are none."""
    click.echo(log.redacted(line))
    for problem in problems:
        click.echo(f"  {log.redacted(problem)}")
    return not problems
