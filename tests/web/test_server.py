"""The bot's own HTTP server, asked over a socket."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from fastapi import FastAPI, Request, Response
from starlette.responses import PlainTextResponse

from bot.errors import StartError
from bot.version import VERSION
from bot.web.server import api, serving

LOCAL = "127.0.0.1"


def app(slack_events: Callable[[Request], Awaitable[Response]] | None = None) -> FastAPI:
    return api(slack_events)


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


@asynccontextmanager
async def asked(about: FastAPI) -> AsyncIterator[aiohttp.ClientSession]:
    """A client of the app while it is served."""
    async with serving(about, LOCAL, 0) as port, aiohttp.ClientSession(f"http://{LOCAL}:{port}") as http:
        yield http


async def test_it_says_that_it_is_well() -> None:
    async with asked(app()) as http, http.get("/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok", "version": VERSION})


async def test_slacks_events_are_answered_byte_for_byte() -> None:
    """The signature is over the raw body."""
    body = b'{"odd" :  "\xc3\xa4"}\n'
    async with asked(app(echo)) as http:
        async with http.post("/slack/events", data=body) as answer:
            assert await answer.read() == body
        async with http.get("/slack/events") as answer:
            assert answer.status == 405


@pytest.mark.parametrize("path", ["/slack/events", "/docs", "/openapi.json", "/"])
async def test_there_is_nothing_else(path: str) -> None:
    async with asked(app()) as http, http.post(path) as answer:
        assert answer.status == 404


async def test_a_port_that_is_taken_ends_the_start_with_a_line() -> None:
    with socket.socket() as other:
        other.bind((LOCAL, 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(StartError, match=rf"PORT: cannot listen on {LOCAL}:{port}"):
            async with serving(app(), LOCAL, port):
                pass


async def test_nothing_listens_any_more_afterwards() -> None:
    async with serving(app(), LOCAL, 0) as port:
        pass

    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(LOCAL, port)


async def test_signals_are_left_to_the_application() -> None:
    before = signal.getsignal(signal.SIGTERM)

    async with serving(app(), LOCAL, 0):
        assert signal.getsignal(signal.SIGTERM) is before


async def test_a_request_under_way_is_answered_before_it_ends() -> None:
    arrived, answering = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Response:
        arrived.set()
        await answering.wait()
        return PlainTextResponse("done")

    async with aiohttp.ClientSession() as http:
        async with serving(app(slow), LOCAL, 0) as port:
            asking = asyncio.ensure_future(http.post(f"http://{LOCAL}:{port}/slack/events"))
            await arrived.wait()
            asyncio.get_running_loop().call_later(0.05, answering.set)
        async with await asking as answer:
            assert await answer.text() == "done"
