"""The least that answers a mention: slack_sdk's Socket Mode, the OpenAI client, a post and edits. Nothing else.

No inbox, no history, no deduplication, no retries, no care for what the text contains. What the bot costs above
this is what the bot itself costs. Settings come from the bot's own variables.
"""

import asyncio
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession
from openai import AsyncOpenAI
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

SYSTEM = "You are an assistant in a Slack workspace. Answer in Markdown, to the point."
FIRST_AFTER = 0.5  # seconds after the first token


@dataclass(slots=True)
class Shared:
    """The bot's own pace: forty edits a minute for all answers together, five of them at once, and 1.5 s between two
    of the same answer."""

    gap: float = 1.5
    burst: int = 5
    _next: float = 0.0

    def may_edit(self, last: float) -> bool:
        now = time.monotonic()
        if now < self._next or now - last < self.gap:
            return False
        self._next = max(self._next, now - self.burst * self.gap) + self.gap
        return True


class EverySecond:
    """Each answer once a second, whatever the others do: what most scripts do, and Slack would refuse."""

    def may_edit(self, last: float) -> bool:
        return time.monotonic() - last >= 1.0


@dataclass(slots=True)
class Bare:
    web: AsyncWebClient
    model: AsyncOpenAI
    pace: Shared | EverySecond
    answers: set[asyncio.Task[None]] = field(default_factory=set)

    async def hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        event = request.payload.get("event", {})
        if event.get("type") == "app_mention":
            task = asyncio.ensure_future(self.answer(event))
            self.answers.add(task)
            task.add_done_callback(self.answers.discard)

    async def answer(self, event: dict[str, Any]) -> None:
        channel, thread = event["channel"], event.get("thread_ts", event["ts"])
        await self.web.assistant_threads_setStatus(channel_id=channel, thread_ts=thread, status="is thinking…")
        stream = await self.model.chat.completions.create(
            model=os.environ["OPENAI_MODEL"],
            messages=[{"role": "system", "content": SYSTEM}, {"role": "user", "content": event["text"]}],
            stream=True,
            stream_options={"include_usage": True},
        )
        text, ts, tokens, last = "", "", 0, time.monotonic()
        async for chunk in stream:
            if chunk.usage:
                tokens = chunk.usage.total_tokens
            if chunk.choices and (piece := chunk.choices[0].delta.content):
                text += piece
            now = time.monotonic()
            if not ts and now - last >= FIRST_AFTER:
                ts = (await self.web.chat_postMessage(channel=channel, thread_ts=thread, **shown(text)))["ts"]
                last = now
            elif ts and self.pace.may_edit(last):
                await self.web.chat_update(channel=channel, ts=ts, **shown(text))
                last = now
        whole = shown(text, f"{tokens} tokens")
        if ts:
            await self.web.chat_update(channel=channel, ts=ts, **whole)
        else:
            await self.web.chat_postMessage(channel=channel, thread_ts=thread, **whole)


def shown(text: str, footer: str = "") -> dict[str, Any]:
    blocks: list[dict[str, Any]] = [{"type": "markdown", "text": text}]
    if footer:
        blocks.append({"type": "context", "elements": [{"type": "plain_text", "text": footer}]})
    return {"blocks": blocks, "text": text}


async def main() -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    pace = EverySecond() if "--every-second" in sys.argv else Shared()
    token, base = os.environ["SLACK_BOT_TOKEN"], os.environ["SLACK_API_URL"]
    async with ClientSession() as session, AsyncOpenAI() as model:
        web = AsyncWebClient(token=token, base_url=base, session=session)
        bare = Bare(web, model, pace)
        client = SocketModeClient(os.environ["SLACK_APP_TOKEN"], web_client=web)
        client.socket_mode_request_listeners.append(bare.hear)
        await client.connect()  # type: ignore[no-untyped-call]
        await stop.wait()
        await client.close()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    asyncio.run(main())
