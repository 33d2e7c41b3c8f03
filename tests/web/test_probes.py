"""The probes, asked over a socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bot.version import VERSION
from bot.web.probes import Health
from bot.web.server import api, serving

LOCAL = "127.0.0.1"
PROBES = ("/livez", "/readyz", "/healthz")


def parts(**states: str) -> Health:
    async def health() -> dict[str, str]:
        return states

    return health


@asynccontextmanager
async def asked(health: Health) -> AsyncIterator[aiohttp.ClientSession]:
    async with (
        serving(api(None, health), LOCAL, 0) as port,
        aiohttp.ClientSession(f"http://{LOCAL}:{port}") as http,
    ):
        yield http


async def ask(http: aiohttp.ClientSession, path: str, method: str = "GET") -> tuple[int, bytes]:
    async with http.request(method, path) as answer:
        return answer.status, await answer.read()


@pytest.mark.parametrize(
    ("redis", "alive", "ready", "status"),
    [("ok", 200, 200, "ok"), ("restarting", 200, 200, "ok"), ("failing", 200, 503, "failing")],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_part_that_fails_is_no_reason_to_restart_and_one_to_send_nothing(
    redis: str, alive: int, ready: int, status: str, method: str
) -> None:
    async with asked(parts(redis=redis, worker="ok")) as http:
        answers = [await ask(http, path, method) for path in PROBES]

    assert [code for code, _ in answers] == [alive, ready, ready]
    if method == "HEAD":
        assert [body for _, body in answers] == [b""] * 3
    else:
        people = {"status": status, "version": VERSION, "redis": redis, "worker": "ok"}
        assert [json.loads(body) for _, body in answers] == [{"status": "ok"}, {"status": status}, people]


async def test_it_is_alive_while_nobody_tells_how_its_parts_are() -> None:
    asking, silent = asyncio.Event(), asyncio.Event()

    async def health() -> dict[str, str]:
        asking.set()
        await silent.wait()
        return {}

    async with asked(health) as http:
        waiting = asyncio.ensure_future(ask(http, "/readyz"))
        await asking.wait()
        assert (await ask(http, "/livez"))[0] == 200
        assert not waiting.done()
        silent.set()
        assert (await waiting)[0] == 200


async def test_a_probe_takes_nothing() -> None:
    async with asked(parts()) as http:
        assert [(await ask(http, path, "POST"))[0] for path in PROBES] == [405] * 3
