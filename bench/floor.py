"""The least processor time in which a streamed answer can be shown from Python: aiohttp and jiter in uvloop.

Like `bare.py` it sets a status, posts, edits each answer once a second and ends with a small line. Unlike that it has
no client of Slack's or OpenAI's, and reads streams in whole network reads. No Redis, no retries, no care for the text.
"""

import asyncio
import os
import signal
import time
from dataclasses import dataclass, field
from typing import Any

import jiter
from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector

from bench.bare import FIRST_AFTER, SYSTEM, EverySecond, shown
from bot.run import loop

Json = dict[str, Any]


@dataclass(slots=True)
class Floor:
    http: ClientSession
    pace: EverySecond = field(default_factory=EverySecond)
    answers: set[asyncio.Task[None]] = field(default_factory=set)

    async def call(self, method: str, token: str, **args: Any) -> Json:
        headers = {"Authorization": f"Bearer {token}"}
        async with self.http.post(os.environ["SLACK_API_URL"] + method, json=args, headers=headers) as response:
            told: Json = jiter.from_json(await response.read())
            return told

    async def say(self, method: str, **args: Any) -> Json:
        return await self.call(method, os.environ["SLACK_BOT_TOKEN"], **args)

    async def listen(self, socket: ClientWebSocketResponse) -> None:
        async for message in socket:
            got = message.json()
            if "envelope_id" not in got:
                continue
            await socket.send_json({"envelope_id": got["envelope_id"]})
            event = got.get("payload", {}).get("event", {})
            if event.get("type") == "app_mention":
                task = asyncio.ensure_future(self.answer(event))
                self.answers.add(task)
                task.add_done_callback(self.answers.discard)

    async def answer(self, event: Json) -> None:
        channel, thread = event["channel"], event.get("thread_ts", event["ts"])
        await self.say("assistant.threads.setStatus", channel_id=channel, thread_ts=thread, status="is thinking…")
        text, ts, tokens, last = "", "", 0, time.monotonic()
        async for chunks in self.stream(event["text"]):
            for chunk in chunks:
                tokens = (chunk.get("usage") or {}).get("total_tokens", tokens)
                text += "".join(choice["delta"].get("content") or "" for choice in chunk["choices"])
            if not ts and time.monotonic() - last >= FIRST_AFTER:
                posted = await self.say("chat.postMessage", channel=channel, thread_ts=thread, **shown(text))
                ts, last = posted["ts"], time.monotonic()
            elif ts and self.pace.may_edit(last):
                await self.say("chat.update", channel=channel, ts=ts, **shown(text))
                last = time.monotonic()
        where = {"ts": ts} if ts else {"thread_ts": thread}
        whole = shown(text, f"{tokens} tokens")
        await self.say("chat.update" if ts else "chat.postMessage", channel=channel, **where, **whole)

    async def stream(self, question: str) -> Any:
        """The chunks of each network read."""
        said = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
        body = {"model": os.environ["OPENAI_MODEL"], "messages": said, "stream": True}
        body["stream_options"] = {"include_usage": True}
        headers, rest = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}, b""
        url = f"{os.environ['OPENAI_BASE_URL']}/chat/completions"
        async with self.http.post(url, json=body, headers=headers) as response:
            while data := await response.content.readany():
                *lines, rest = (rest + data).split(b"\n")
                yield [jiter.from_json(line[6:]) for line in lines if line.startswith(b"data: {")]


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with ClientSession(connector=TCPConnector(limit=0)) as http:
        floor = Floor(http)
        opened = await floor.call("apps.connections.open", os.environ["SLACK_APP_TOKEN"])
        async with http.ws_connect(opened["url"]) as socket:
            listening = asyncio.ensure_future(floor.listen(socket))
            await stop.wait()
            listening.cancel()


if __name__ == "__main__":
    loop.run(main())
