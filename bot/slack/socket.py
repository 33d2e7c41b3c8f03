"""How do we listen over a websocket? Bolt's Socket Mode handler, connected and closed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.start import socket_url


@asynccontextmanager
async def socket_mode(app: AsyncApp, client: AsyncWebClient, app_token: str) -> AsyncIterator[None]:
    """Listen over a websocket. Raises SettingsError or StartError when Slack refuses the app token."""
    url = await socket_url(client, app_token)
    handler = AsyncSocketModeHandler(app, app_token, web_client=client)
    handler.client.wss_uri = url
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call]
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
