"""A bot in sixty lines, on slack_sdk's Web API and Socket Mode clients alone: no Bolt, no Redis, none of Threadbot.

It shows that the sandbox's Slack is nobody's accomplice: the same conversation works with another client. It is what
most bots begin as, and it has their faults: it forgets what it was sent while it was away, and answers twice what
Slack sends twice.

    SLACK_BOT_TOKEN=… SLACK_APP_TOKEN=… SLACK_API_URL=…/api/ OPENAI_API_KEY=… OPENAI_BASE_URL=… OPENAI_MODEL=… \\
        python examples/plain_bot.py
"""

import asyncio
import os
from typing import Any

from openai import AsyncOpenAI
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient


async def main() -> None:
    web = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    model = AsyncOpenAI()
    me = (await web.auth_test())["user_id"]

    async def heard(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        event = request.payload.get("event", {})
        if event.get("type") == "app_mention" or (event.get("channel_type") == "im" and "bot_id" not in event):
            await answer(web, model, me, event)

    socket = SocketModeClient(app_token=os.environ["SLACK_APP_TOKEN"], web_client=web)
    socket.socket_mode_request_listeners.append(heard)
    await socket.connect()  # type: ignore[no-untyped-call]
    await asyncio.Event().wait()


async def answer(web: AsyncWebClient, model: AsyncOpenAI, me: str, event: dict[str, Any]) -> None:
    """Read the thread from Slack, ask, and let the answer grow in one message with the usage under it."""
    channel, root = event["channel"], event.get("thread_ts") or event["ts"]
    thread = (await web.conversations_replies(channel=channel, ts=root))["messages"]
    said: list[Any] = [
        {"role": "assistant", "content": message["blocks"][0]["text"]}
        if message["user"] == me
        else {"role": "user", "content": message["text"].replace(f"<@{me}>", "").strip()}
        for message in thread
    ]
    stream = await model.chat.completions.create(
        model=os.environ["OPENAI_MODEL"], messages=said, stream=True, stream_options={"include_usage": True}
    )
    text, usage, ts = "", None, None
    async for chunk in stream:
        usage = chunk.usage or usage
        text += chunk.choices[0].delta.content or "" if chunk.choices else ""
        if ts is None and text:
            blocks = [{"type": "markdown", "text": text}]
            ts = (await web.chat_postMessage(channel=channel, thread_ts=root, text=text, blocks=blocks))["ts"]
    footer = f"{usage.prompt_tokens} in + {usage.completion_tokens} out" if usage else "usage unknown"
    final: list[dict[str, Any]] = [
        {"type": "markdown", "text": text},
        {"type": "context", "elements": [{"type": "plain_text", "text": footer}]},
    ]
    if ts is not None:
        await web.chat_update(channel=channel, ts=ts, text=text[:3000], blocks=final)


if __name__ == "__main__":
    asyncio.run(main())
