"""Will Slack have us? Asked before anything else: Bolt itself checks the token only when the first event comes in,
and then acknowledges an event that it could not authorize (and loses it)."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SettingsError, StartError
from bot.slack.api import errors as refusals
from bot.slack.inbound.events import Me
from bot.slack.manifest import SCOPES

WITHIN = 10.0  # seconds


async def identify(client: AsyncWebClient) -> tuple[Me, list[str]]:
    """Who the token makes us, and warnings. Raises SettingsError for a refused token, StartError without Slack."""
    answer = await _ask(client, client.auth_test(), "SLACK_BOT_TOKEN", "the Bot User OAuth Token (xoxb-…)")
    me = Me(answer["team_id"], answer["user_id"], answer.get("bot_id", ""), answer.get("user", ""))
    granted = {name.lower(): value for name, value in answer.headers.items()}.get("x-oauth-scopes")
    if granted is None:
        return me, []
    missing = sorted(SCOPES.keys() - {scope.strip() for scope in granted.split(",")})
    if not missing:
        return me, []
    return me, [f"SLACK_BOT_TOKEN lacks scopes: {', '.join(missing)}; add them to the Slack app and reinstall it"]


async def socket_url(client: AsyncWebClient, app_token: str) -> str:
    """Where to connect in Socket Mode. Raises as `identify` does."""
    asked = client.apps_connections_open(app_token=app_token)
    answer = await _ask(
        client, asked, "SLACK_APP_TOKEN", "an app-level token (xapp-…) with the scope connections:write"
    )
    return str(answer["url"])


async def _ask(client: AsyncWebClient, call: Awaitable[Any], variable: str, wanted: str) -> Any:
    try:
        async with asyncio.timeout(WITHIN):
            return await call
    except SlackApiError as refusal:
        code = refusals.code(refusal)
        if not code or code in refusals.PASSING | refusals.LIMITED or refusals.status(refusal) >= 500:
            raise StartError(f"SLACK_API_URL: {client.base_url} does not answer as Slack does; try later") from refusal
        raise SettingsError(f"{variable}: Slack refuses it ({code}); write {wanted} of your Slack app") from refusal
    except (ClientError, TimeoutError, OSError) as error:
        raise StartError(
            f"SLACK_API_URL: no Slack at {client.base_url} ({type(error).__name__}); check the network and the address"
        ) from error
