"""What the tests of the API share: a bot that serves it, a token, and a client as programs write them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.policy import tokens
from bot.policy.tokens import RIGHTS, Token
from bot.store.client import Client
from bot.store.tokens import RedisTokens
from tests.patience import PATIENCE
from tests.town import KEYS, Json, Town, free_port
from threadbot_sandbox.slack.seed import TEAM


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def data(self) -> Any:
        assert self.status < 300, self
        return self.body["data"]


@dataclass(frozen=True)
class Event:
    name: str
    id: int
    data: Any


@dataclass
class Program:
    """A client of the API with one token."""

    http: aiohttp.ClientSession
    token: str

    async def ask(self, method: str, path: str, **how: Any) -> Reply:
        headers = {"Authorization": f"Bearer {self.token}"} | how.pop("headers", {})
        async with self.http.request(method, f"/api/v1{path}", headers=headers, **how) as answer:
            return Reply(answer.status, answer.headers, await answer.json(content_type=None))

    async def get(self, path: str, **how: Any) -> Reply:
        return await self.ask("GET", path, **how)

    async def post(self, path: str, **how: Any) -> Reply:
        return await self.ask("POST", path, **how)

    async def thread(self, **fields: str) -> str:
        return str((await self.post("/threads", data=fields)).data["guid"])

    async def say(self, thread: str, text: str) -> str:
        """The guid of the request."""
        reply = await self.post(f"/threads/{thread}/entry", data={"type": "request", "message": text})
        return str(reply.data["guid"])

    async def entries(self, thread: str, **params: str) -> list[Json]:
        found: list[Json] = (await self.get(f"/threads/{thread}/entries", params=params)).data
        return found

    async def answered(self, thread: str) -> list[Json]:
        """All entries, as soon as no request waits any more."""
        give_up = time.monotonic() + PATIENCE
        while any(entry["waiting_response"] for entry in await self.entries(thread)):
            assert time.monotonic() < give_up, "no answer"
            await self.entries(thread, wait="25")
        return await self.entries(thread)

    async def stream(self, thread: str, entry: str, **headers: str) -> AsyncIterator[Event]:
        path = f"/api/v1/threads/{thread}/entries/{entry}/stream"
        shown = {"Authorization": f"Bearer {self.token}", **headers}
        async with self.http.get(path, headers=shown) as answer:
            assert answer.status == 200, await answer.text()
            fields: dict[str, str] = {}
            async for line in answer.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                elif "event" in fields:
                    yield Event(fields["event"], int(fields["id"]), json.loads(fields["data"]))
                    fields = {}


def text(entry: Json) -> str:
    return str(entry["content"][0]["message"]["content"])


async def make_token(
    redis_url: str, user: str = "", rights: tuple[str, ...] = RIGHTS, expires: float | None = None, by: str = "operator"
) -> str:
    store = Client(redis_url)
    try:
        token, shown = tokens.make(TEAM)
        made = Token(shown.id, f"test-{shown.id}", shown.digest, user, by, rights, time.time(), expires)
        assert await RedisTokens(store, KEYS).put(made)
        return token
    finally:
        await store.close()


@asynccontextmanager
async def served(town: Town, user: str = "", **settings: Any) -> AsyncIterator[Program]:
    """A bot with the API, and a program with a token of this person's, or the operator's."""
    port = settings.pop("port", None) or free_port()
    async with town.bot(api=True, port=port, **settings):
        token = await make_token(town.redis_url, user)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            await listening(http)
            yield Program(http, token)


async def listening(http: aiohttp.ClientSession) -> None:
    """Return as soon as it answers: it is in Slack a moment before that."""
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            async with http.get("/livez"):
                return
        except aiohttp.ClientConnectorError:
            assert time.monotonic() < give_up
            await asyncio.sleep(0.02)
