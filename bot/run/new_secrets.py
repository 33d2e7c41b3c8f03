"""What is done when a secret changes while the bot runs."""

import asyncio
import logging
from contextlib import suppress

from bot import log as logs
from bot.errors import SettingsError, StartError, Unavailable
from bot.installations import Installation
from bot.run import addresses
from bot.run.config import Settings
from bot.run.secret_files import Secrets
from bot.slack.api.client import SlackClient
from bot.slack.api.identity import identify
from bot.slack.api.rate_limits import Pace
from bot.store import keyring, keys_used
from bot.store.client import Client
from bot.store.installations import RedisInstallations

log = logging.getLogger(__name__)

TOKEN_TRIES, TOKEN_PAUSE = 60, 5.0  # how often a new token is tried while Slack or Redis is away, and seconds between


async def tell_missing_keys(store: Client, prefix: str) -> None:
    """Note which encryption key writes, and warn of those that once did and are not there. May raise Unavailable."""
    await keys_used.note(store, prefix)
    for id in await keys_used.missing(store, prefix):
        why = "what was encrypted with it cannot be read: put it back, or run `python -m bot check`"
        log.warning("an encryption key is missing", extra={"key": id, "why": why})


async def changed(
    settings: Settings,
    store: Client,
    slack: SlackClient,
    installations: RedisInstallations,
    me: Installation | None,
    held: Secrets,
    name: str,
) -> None:
    """A secret has changed. All but these are read where they are used."""
    match name:
        case "encryption_keys":
            logs.know(keyring.secrets(held.of(name)()))
            with suppress(Unavailable):
                await tell_missing_keys(store, settings.redis_prefix)
        case "redis_url":
            await _reopen(settings, store, held.of(name)())
        case "slack_bot_token" if me is not None:
            await _take_token(slack, installations, me, held)


async def _reopen(settings: Settings, store: Client, url: str) -> None:
    """Use another password of Redis from now on. What else an address can say is for the next start."""
    logs.know(addresses.secrets(url))
    try:
        same = await store.use(settings.address_of(url))
    except SettingsError:
        same = False
    if not same:
        log.warning("REDIS_URL_FILE: only user and password change while the bot runs; the former address stays")


async def _take_token(slack: SlackClient, installations: RedisInstallations, me: Installation, held: Secrets) -> None:
    for _ in range(TOKEN_TRIES):
        token = held.of("slack_bot_token")()
        try:
            now, _warnings = await identify(slack.of(token, Pace(None)))
            if now.workspace == me.workspace and now.bot_user == me.bot_user:
                return await installations.put(now, token)
            why = "it is that of another bot or workspace"
        except SettingsError as refused:
            why = str(refused)
        except (StartError, Unavailable):
            await asyncio.sleep(TOKEN_PAUSE)
            continue
        log.warning("the new token of Slack is not used; the former stays", extra={"why": why})
        return None
    log.warning("the new token of Slack could not be tried; the former stays")
    return None
