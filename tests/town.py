"""A small Slack, a small model, a real Redis, and the real bot between them: what journeys and edge tests live in."""

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from bot.conversation.ids import ThreadKey
from bot.installations import Installation
from bot.run import app, config
from bot.slack.threads import thread
from bot.store.installations import RedisInstallations
from bot.store.keys import Keys, QueueKeys
from tests.patience import PATIENCE
from threadbot_sandbox.model import SmallModel
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.seed import APP, BOT, BOT_USER, TEAM

Json = dict[str, Any]

RULE = re.compile(r"(?:^|\n\n)Only lines that begin with \[(?P<word>\w+) [^\n]*\Z")
KEYS, QUEUE = Keys("threadbot", TEAM), QueueKeys()
INSTALLED = Installation(TEAM, BOT_USER, BOT, "threadbot", app_id=APP, team=TEAM)


def a_thread(channel: str, root: str) -> ThreadKey:
    """Of the sandbox's workspace."""
    return thread(TEAM, channel, root)


@dataclass
class Town:
    slack: SmallSlack
    model: SmallModel
    model_url: str
    redis_url: str

    def settings(self, **chosen: Any) -> config.Settings:
        """The bot's settings for this town; `chosen` replaces some of them."""
        basics = {
            "slack_bot_token": self.slack.bot_token,
            "slack_app_token": self.slack.app_token,
            "slack_api_url": f"{self.slack.url}/api/",
            "slack_rate_limits": False,  # the pace of many answers has tests of its own
            "notice": False,  # it has tests of its own
            "openai_api_key": "sandbox",
            "openai_base_url": f"{self.model_url}/v1",
            "openai_model": "small-model",
            "redis_url": self.redis_url,
            "host": "127.0.0.1",
            "log_level": "debug",
            "shutdown_grace": 5,
        }
        return config.load(_env_file=None, **(basics | chosen))

    @asynccontextmanager
    async def bot(
        self, roles: app.Roles | None = None, installations: RedisInstallations | None = None, **chosen: Any
    ) -> AsyncIterator[None]:
        """The ordinary bot, connected, until the block ends. One that only works has to find a listener there.

        `installations` are workspaces that it serves beside its own.
        """
        settings, stop = self.settings(**chosen), asyncio.Event()
        running = asyncio.ensure_future(app.run(settings, stop, roles, installations))
        try:
            if settings.slack_app_token is None:
                self.slack.deliver_http_to = f"http://127.0.0.1:{settings.port}/slack/events"
                await _first(self._verified(), running)
            await _first(self.slack.wait_for(lambda: self.slack.connected, description="the bot connects"), running)
            yield
        finally:
            stop.set()
            await running

    async def _verified(self) -> None:
        while not await self.slack.verify_http():  # noqa: ASYNC110 - the bot is still starting
            await asyncio.sleep(0.02)

    async def idle(self) -> None:
        """Wait until no turn runs or waits in any thread."""
        async with Redis.from_url(self.redis_url) as redis:
            give_up = time.monotonic() + 10
            while await redis.hlen(QUEUE.state):
                assert time.monotonic() < give_up, "turns are still under way"
                await asyncio.sleep(0.01)

    async def ask(self, who: str, channel: str, text: str, thread: str | None = None) -> "Answer":
        """Say it and wait until the answer stands complete in the thread."""
        ts = await self.slack.say(who, channel, text, thread_ts=thread)
        return await self.answer(channel, ts, thread or ts)

    async def answer(self, channel: str, ts: str, root: str, timeout: float = PATIENCE) -> "Answer":
        """The complete answer to the message `ts`: all of the bot's messages that came after it."""

        def complete() -> "Answer | None":
            answer = Answer(root, [m for m in self.slack.thread(channel, root) if is_bot(m) and m["ts"] > ts])
            return answer if answer.footer is not None else None

        found = await self.slack.wait_for(complete, timeout=timeout, description=f"an answer to {ts}")
        assert found is not None
        return found

    async def all_delivered(self) -> None:
        """Wait until every event that Slack has sent so far was acknowledged by the bot."""
        await wait_until(lambda: not self.slack.courier.under_way, "all events are acknowledged")


@dataclass
class Answer:
    thread: str
    messages: list[Json]

    @property
    def text(self) -> str:
        """The Markdown of all its messages, joined."""
        return "".join(block["text"] for m in self.messages for block in m["blocks"] if block["type"] == "markdown")

    @property
    def footer(self) -> str | None:
        """The small line under the last message; None while the answer is still growing."""
        if not self.messages:
            return None
        contexts = [block for block in self.messages[-1].get("blocks", []) if block["type"] == "context"]
        line = str(contexts[-1]["elements"][0]["text"]) if contexts else None
        return None if line is None or line.endswith("continued below") else line


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def wait_until(seen: Callable[[], object], description: str, timeout: float = PATIENCE) -> None:
    """Return as soon as `seen()` is true. For what announces no change; fails with the description."""
    give_up = time.monotonic() + timeout
    while not seen():
        assert time.monotonic() < give_up, f"not seen within {timeout} s: {description}"
        await asyncio.sleep(0.01)


def is_bot(message: Json) -> bool:
    return "bot_id" in message


def said(request: Json) -> list[tuple[str, str]]:
    """What a request told the model: (role, text), in order, in short: without the paragraph on marks and without their
    word. Where several speak, a name stands before what each says, as in "Ada: hello"; else there is none."""
    entries = [(m["role"], m["content"]) for m in request["messages"]]
    rule = RULE.search(entries[0][1])
    assert rule, "the model is not told of marks"
    begin = re.escape(f"[{rule['word']} ")
    speakers = re.compile(rf"^{begin}(?:from|app|untrusted) ([^\n]*)\]\n", re.MULTILINE)
    several = len({name for role, text in entries if role == "user" for name in speakers.findall(text)}) > 1
    shown = [(role, speakers.sub(r"\1: " if several else "", text)) for role, text in entries]
    [(_, system), *rest] = [(role, re.sub(begin, "[", text)) for role, text in shown]
    prompt = system[: rule.start()]
    return [*([("system", prompt)] if prompt else []), *rest]


def streamed_text(call: Any) -> str:
    """What a call of chat.startStream or chat.appendStream added to the stream."""
    return "".join(chunk["text"] for chunk in call.args["chunks"] if chunk["type"] == "markdown_text")


async def _first(awaited: Any, running: "asyncio.Future[None]") -> None:
    """Wait for something that the running bot must bring about; if the bot dies instead, say why."""
    waiting = asyncio.ensure_future(awaited)
    await asyncio.wait({waiting, running}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        waiting.cancel()
        running.result()
    await waiting
