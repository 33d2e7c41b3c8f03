"""Could the bot run with these settings? Asks Slack, Redis and the model, and says one line each."""

from contextlib import AsyncExitStack

import click
import openai

from bot import app
from bot.config import Settings
from bot.errors import StartError, Unavailable
from bot.slack.start import identify, socket_url


async def run(settings: Settings) -> None:
    """Print one line for each. Raises StartError if anything is in the way, SettingsError for a refused token."""
    in_the_way = 0
    async with AsyncExitStack() as stack:
        slack = await app.open_slack(settings, stack)
        me, warnings = await identify(slack)
        if settings.slack_app_token is not None:
            await socket_url(slack, settings.slack_app_token.get_secret_value())
        _say(f"Slack: connected as {me.name} in team {me.team}", warnings)
        in_the_way += len(warnings)
        store = await app.open_store(settings, stack)
        try:
            _say(f"Redis: {store.where} answers", await store.check())
        except Unavailable as trouble:
            in_the_way += 1
            _say(f"Redis: {store.where} does not answer", [trouble.detail])
        server = await app.open_model(settings, stack)
        try:
            await server.client.models.retrieve(settings.openai_model)
            _say(f"Model: {settings.openai_model} at {settings.openai_base_url}", [])
        except openai.NotFoundError:
            _say(f"Model: {settings.openai_base_url} answers, but does not list {settings.openai_model}", [])
        except openai.OpenAIError as error:
            in_the_way += 1
            _say(f"Model: {settings.openai_base_url} refuses us", [type(error).__name__])
    if in_the_way:
        raise StartError(f"{in_the_way} of these would be in the way")


def _say(line: str, notes: list[str]) -> None:
    click.echo(line)
    for note in notes:
        click.echo(f"  {note}")
