"""Who opens connections and says nothing, or never comes to an end, keeps nobody else from being answered."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from fastapi import Request, Response
from starlette.responses import PlainTextResponse

from bot.web import connections
from bot.web.server import api, serving
from tests.patience import PATIENCE

LOCAL = "127.0.0.1"
HALF_HEAD = b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nX-A: "
HALF_BODY = b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nContent-Length: 1000\r\n\r\nx"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n"

Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def echo(request: Request) -> Response:
    return PlainTextResponse(await request.body())


@asynccontextmanager
async def strangers(port: int, number: int, said: bytes) -> AsyncIterator[list[Link]]:
    """So many connections that have said this."""
    async with AsyncExitStack() as stack:
        links = []
        for _ in range(number):
            links.append(await asyncio.open_connection(LOCAL, port))
            stack.callback(links[-1][1].close)
            links[-1][1].write(said)
        yield links


async def ended(link: Link) -> bytes:
    """What came until the server closed it."""
    async with asyncio.timeout(PATIENCE):
        try:
            return await link[0].read()
        except ConnectionResetError:
            return b""


async def answered(port: int, body: bytes = b"a whole one") -> float:
    """Seconds that a request of somebody else's took."""
    began = time.monotonic()
    async with aiohttp.ClientSession() as http, http.post(f"http://{LOCAL}:{port}/slack/events", data=body) as answer:
        assert await answer.read() == body
    return time.monotonic() - began


@pytest.mark.parametrize("said", [b"", HALF_HEAD, HALF_BODY], ids=["silent", "half a header", "half a body"])
async def test_connections_that_wait_make_room_for_others(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 20)
    async with serving(api(echo), LOCAL, 0) as port, strangers(port, 60, said) as links:
        await answered(port)
        first = await ended(links[0])

        assert first == b""
        assert not links[-1][0].at_eof()


@pytest.mark.parametrize("said", [b"", HALF_HEAD, WHOLE + HALF_HEAD, WHOLE], ids=["silent", "half", "later", "idle"])
async def test_a_connection_that_has_nothing_to_say_is_closed(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_TIMEOUT", 0.2)
    async with serving(api(echo), LOCAL, 0) as port, strangers(port, 3, said) as links:
        for link in links:
            assert (await ended(link)).count(b"HTTP/1.1 200") == said.count(WHOLE)


async def test_one_that_drips_its_header_is_closed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_TIMEOUT", 0.2)
    async with serving(api(echo), LOCAL, 0) as port, strangers(port, 1, HALF_HEAD) as [(reader, writer)]:
        async with asyncio.timeout(PATIENCE):
            while not reader.at_eof():
                writer.write(b"x")
                try:
                    async with asyncio.timeout(0.02):
                        await reader.read(1)
                except (TimeoutError, ConnectionResetError):
                    pass


async def test_one_that_goes_on_after_its_answer_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer needs no body, and the sender has one without end."""
    monkeypatch.setattr(connections, "HEADER_TIMEOUT", 0.2)
    endless = b"GET /healthz HTTP/1.1\r\nHost: bot\r\nContent-Length: 1000000000\r\n\r\n"
    async with serving(api(echo), LOCAL, 0) as port, strangers(port, 1, endless) as [link]:
        assert (await ended(link)).startswith(b"HTTP/1.1 200")


async def test_an_answer_that_takes_its_time_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEADER_TIMEOUT", 0.05)
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 3)
    arrived, answering = asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> Response:
        body = await request.body()
        arrived.set()
        await answering.wait()
        return PlainTextResponse(body)

    async with serving(api(slow), LOCAL, 0) as port:
        asking = asyncio.ensure_future(answered(port))
        await arrived.wait()
        async with strangers(port, 10, HALF_HEAD) as links:
            for link in links:
                await ended(link)
            answering.set()
            await asking


async def test_headers_are_bounded_and_odd_requests_leave_no_line(caplog: pytest.LogCaptureFixture) -> None:
    long = b"GET /healthz HTTP/1.1\r\nHost: bot\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 900) for n in range(40))
    odd = b"\x16\x03\x01 GET forged\r\n21:00:00 warning admin added\r\n\r\n"
    upgrade = WHOLE.replace(b"Host", b"Connection: upgrade\r\nUpgrade: websocket\r\nHost")
    async with serving(api(echo), LOCAL, 0) as port:
        for said in (long, odd):
            async with strangers(port, 1, said) as [link]:
                assert (await ended(link)).startswith(b"HTTP/1.1 4")
        async with strangers(port, 1, upgrade.replace(b"Connection: upgrade", b"Connection: upgrade, close")) as [link]:
            assert (await ended(link)).startswith(b"HTTP/1.1 200")

    assert caplog.records == []


async def test_that_no_file_can_be_opened_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """As asyncio says it when the process may open no more: once for each connection that it could have taken."""
    async with serving(api(echo), LOCAL, 0):
        for _ in range(100):
            asyncio.get_running_loop().call_exception_handler({"message": "socket.accept() out of system resource"})
        asyncio.get_running_loop().call_exception_handler({"message": "something else"})

    assert caplog.messages == ["socket.accept() out of system resource", "something else"]
