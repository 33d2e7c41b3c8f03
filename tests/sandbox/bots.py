"""A bot for tests: it keeps what it is sent and answers what it is told to."""

from typing import Any

import aiohttp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from threadbot_sandbox.slack import SmallSlack


class Bot:
    """A bot that keeps what it is sent and answers each with `answer`."""

    def __init__(self, slack: SmallSlack, session: aiohttp.ClientSession) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answer: dict[str, Any] | None = None
        self.silent = False
        self.web = AsyncWebClient(slack.bot_token, base_url=f"{slack.url}/api/", session=session)
        self.socket = SocketModeClient(slack.app_token, web_client=self.web)
        self.socket.socket_mode_request_listeners.append(self._hear)

    async def _hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if request.type == "events_api":
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))
            return
        self.heard.append(request.payload)
        if not self.silent:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, self.answer))
