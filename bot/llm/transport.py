"""How the official client's requests reach a server: by aiohttp, whose streams are read in whole network reads.

The client's own transport wakes the process once for each chunk that a server sends, which at fifty tokens a second is
most of what an answer costs. Here a stream that `rests` leaves its socket alone for a moment between two reads, so that
several chunks come with one. Proxies and certificates are those that the client finds in the environment.
"""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import httpx2
from yarl import URL

from bot.errors import Unanswerable
from bot.llm.public import Guard

REST = "rest"
"""The extension of a response that holds its `Rest`."""
MAX_CONNECTIONS = 2000
KEEP_ALIVE = 5.0  # seconds; many servers close an idle connection soon after
SHORTEST_REST, LONGEST_REST = 0.05, 0.08  # seconds: nothing may be shown a tenth later than it came
REST_PER_STREAM = 0.005
_SET_BY_THE_CLIENT = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


@dataclass(slots=True)
class Rest:
    """Whether a stream's socket may be left alone between two reads; its reader decides."""

    on: bool = False


@dataclass(slots=True)
class _Running:
    """The streams of one process that are being read."""

    streams: int = 0

    @property
    def rest(self) -> float:
        """Seconds: the more streams run, the longer; with few of them each wake-up costs little in all."""
        return min(SHORTEST_REST + REST_PER_STREAM * self.streams, LONGEST_REST)


class Transport(httpx2.AsyncBaseTransport):
    """One session of aiohttp, opened with the first request. Raises the errors that the client knows. A `guard` says
    which servers may be asked; without one, any may."""

    def __init__(
        self, certificates: ssl.SSLContext, proxy: httpx2.Proxy | None = None, guard: Guard | None = None
    ) -> None:
        self._certificates, self._proxy, self._guard = certificates, proxy, guard
        self._session: aiohttp.ClientSession | None = None
        self._running = _Running()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._guard is not None:
            await self._guarded(self._guard, request)
        with _known_errors():
            response = await self._sent(request)
        rest = Rest()
        return httpx2.Response(
            response.status,
            headers=[each for each in response.raw_headers if each[0].lower() != b"set-cookie"],  # nobody gives it back
            stream=_Body(response, rest, self._running),
            request=request,
            extensions={"http_version": b"HTTP/1.1", REST: rest},
        )

    async def _guarded(self, guard: Guard, request: httpx2.Request) -> None:
        try:
            await guard.check(str(request.url))
        except Unanswerable as refusal:
            raise httpx2.UnsupportedProtocol(refusal.detail) from None

    async def _sent(self, request: httpx2.Request) -> aiohttp.ClientResponse:
        """The response's head. Asks once more when a connection was kept that the server had closed meanwhile."""
        about: dict[str, bool] = {}
        try:
            return await self._send(request, about)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if not about.get("reused"):
                raise
        return await self._send(request, about)

    async def _send(self, request: httpx2.Request, about: dict[str, bool]) -> aiohttp.ClientResponse:
        about.clear()
        direct, by = request.headers.multi_items(), _headers_of(self._proxy) if self._proxy else {}
        if request.url.scheme == "http":  # no tunnel: the proxy reads the request itself
            direct += by.items()
        given = request.extensions.get("timeout", {})
        timeout = aiohttp.ClientTimeout(
            total=None, connect=given.get("pool"), sock_connect=given.get("connect"), sock_read=given.get("read")
        )
        return await self._opened().request(
            request.method,
            URL(str(request.url), encoded=True).with_user(None),  # who asks stands in the headers
            headers=direct,
            data=await request.aread() or None,
            allow_redirects=False,
            timeout=timeout,
            trace_request_ctx=about,
            proxy=str(self._proxy.url) if self._proxy else None,
            proxy_headers=by or None,
        )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            trace = aiohttp.TraceConfig()
            trace.on_connection_reuseconn.append(_note_reuse)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=MAX_CONNECTIONS,
                    keepalive_timeout=KEEP_ALIVE,
                    ssl=self._certificates,
                    resolver=self._guard,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=_SET_BY_THE_CLIENT,
                trace_configs=[trace],
            )
        return self._session

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()


def _headers_of(proxy: httpx2.Proxy) -> dict[str, str]:
    """What the proxy alone is told: who we are, where its address has a user."""
    headers = dict(proxy.headers)
    if proxy.auth is not None:
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(':'.join(proxy.auth).encode()).decode()}"
    return headers


async def _note_reuse(_session: aiohttp.ClientSession, context: Any, _params: object) -> None:
    context.trace_request_ctx["reused"] = True


class _Body(httpx2.AsyncByteStream):
    """What has arrived by now, each time it is asked for; the socket is left alone in between, if it `rests`."""

    def __init__(self, response: aiohttp.ClientResponse, rest: Rest, running: _Running) -> None:
        self._response, self._rest, self._running = response, rest, running

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._running.streams += 1
        try:
            with _known_errors():
                while data := await self._response.content.readany():
                    yield data
                    if self._rest.on:
                        await self._leave_alone()
        finally:
            self._running.streams -= 1

    async def _leave_alone(self) -> None:
        connection = self._response.connection
        if connection is None or connection.protocol is None:  # all of it has arrived
            return
        protocol = connection.protocol
        protocol.pause_reading()
        try:
            await asyncio.sleep(self._running.rest)
        finally:
            protocol.resume_reading()

    async def aclose(self) -> None:
        self._response.release()  # which closes the connection if there is more to come


@contextmanager
def _known_errors() -> Iterator[None]:
    try:
        yield
    except aiohttp.ClientError as error:
        raise _known(error) from error
    except ValueError as error:  # a header or an address that cannot be sent
        raise httpx2.LocalProtocolError(type(error).__name__) from error


def _known(error: aiohttp.ClientError) -> httpx2.RequestError:
    """The client's word for an error of aiohttp's; its text is for nobody: it names hosts."""
    name = type(error).__name__
    match error:
        case aiohttp.ConnectionTimeoutError():
            return httpx2.ConnectTimeout(name)
        case aiohttp.ServerTimeoutError():
            return httpx2.ReadTimeout(name)
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return httpx2.ProxyError(name)
        case aiohttp.ClientConnectorError():
            return httpx2.ConnectError(name)
        case aiohttp.InvalidURL():
            return httpx2.UnsupportedProtocol(name)
        case aiohttp.ClientPayloadError() | aiohttp.ClientOSError():
            return httpx2.ReadError(name)
    return httpx2.RemoteProtocolError(name)
