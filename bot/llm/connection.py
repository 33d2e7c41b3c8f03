"""The connection to the model's server: what it may send, and how much of it.

Nothing is compressed, no redirect is followed, and what one answer takes is bounded: a few megabytes of compressed
zeros would otherwise fill the memory of the process.
"""

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import anyio._backends._asyncio  # noqa: F401 - what the client waits with, or it would be read from disk as it first does
import httpx2
from openai import AsyncAzureOpenAI, AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

from bot.llm import base_url as addresses
from bot.llm.broken import BrokenStream, Oversized
from bot.llm.public import Guard
from bot.llm.refusals import retry_after
from bot.llm.transport import Transport

MAX_STREAM = 64_000_000  # bytes of one streamed answer; a chunk of one word takes some 300
MAX_WHOLE = 8_000_000  # bytes of an answer in one piece
MAX_ERROR = 64_000  # bytes of an error's body; what is more is not read
MAX_QUIET = 2.0  # seconds that the client may wait by itself before it asks again: people should be told of more
Hook = Callable[[httpx2.Response], Awaitable[None]]
_PIECE = 65_536  # bytes decoded at once
_DECODED = frozenset({"gzip", "x-gzip", "deflate"})


def connect(
    base_url: str,
    api_key: str | Callable[[], str],
    timeout: float,
    retries: int,
    connect_timeout: float | None = None,
    *,
    api_version: str | None = None,
    headers: Mapping[str, str] | None = None,
    once: bool = False,
    over: httpx2.AsyncClient | None = None,
) -> AsyncOpenAI:
    """What a `Server` asks by; to be closed, but where it goes `over` a client that several share. Nothing is connected
    yet. Both times are in seconds.

    `api_key` is asked for each request: it may change. Empty: none is wanted.
    What is sent `once` is repeated only if there was no answer at all. Raises ValueError for an address that is not
    understood.
    """
    address = addresses.understood(base_url, api_version)
    kind = AsyncOpenAI if address.api_version is None else partial(AsyncAzureOpenAI, api_version=address.api_version)
    return kind(
        api_key=_provider(api_key) if callable(api_key) else api_key or "none",
        base_url=address.url,
        default_query=address.query,
        timeout=Timeout(timeout, connect=timeout if connect_timeout is None else connect_timeout),
        max_retries=retries,
        default_headers={**(headers or {}), "Accept-Encoding": "identity"},
        http_client=over or client([_bound, _not_again] if once else [_bound]),
    )


def client(hooks: Sequence[Hook] = (), guard: Guard | None = None) -> httpx2.AsyncClient:
    """What connects; to be closed. A `guard` says to which servers."""
    return _Client(guard, follow_redirects=False, event_hooks={"response": [*(hooks or [_bound])]})


class _Client(DefaultAsyncHttpxClient):
    """The official client's own, with our transport, as its `DefaultAioHttpClient` has one: directly and by proxy."""

    def __init__(self, guard: Guard | None, **how: Any) -> None:
        self._guard = guard
        super().__init__(**how)

    def _init_transport(self, *args: Any, **how: Any) -> httpx2.AsyncBaseTransport:
        return Transport(_certificates(**how), guard=self._guard)

    def _init_proxy_transport(self, proxy: httpx2.Proxy, *args: Any, **how: Any) -> httpx2.AsyncBaseTransport:
        return Transport(_certificates(**how), proxy, self._guard)


def _certificates(*, verify: bool = True, trust_env: bool = True, **_: Any) -> ssl.SSLContext:
    """Those that the environment names, or else the usual ones."""
    return httpx2.create_ssl_context(verify=verify, trust_env=trust_env)


def _provider(key: Callable[[], str]) -> Callable[[], Awaitable[str]]:
    async def provide() -> str:
        return key() or "none"

    return provide


async def _not_again(response: httpx2.Response) -> None:
    if response.status_code >= 300:
        response.headers["x-should-retry"] = "false"


async def _bound(response: httpx2.Response) -> None:
    """Let no more than the limit of its kind be read from a response, decoded; httpx2 itself decodes without one."""
    encoding = response.headers.pop("content-encoding", "identity").strip().lower()
    response.headers.pop("location", None)  # a redirect is an error like any other
    stream = response.stream
    if not isinstance(stream, httpx2.AsyncByteStream):
        raise TypeError("not an asynchronous response")
    failed = response.status_code >= 300
    if failed and (retry_after(response.headers) or 0.0) > MAX_QUIET:
        response.headers["x-should-retry"] = "false"  # the client's word for that
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    most = MAX_ERROR if failed else MAX_WHOLE if kind == "application/json" else MAX_STREAM
    response.stream = _Bounded(stream, encoding, most, cut=failed)


class _Bounded(httpx2.AsyncByteStream):
    """A body of at most `most` bytes, decoded: one that has more is cut there, or raises Oversized."""

    def __init__(self, stream: httpx2.AsyncByteStream, encoding: str, most: int, *, cut: bool) -> None:
        self._stream, self._encoding, self._most, self._cut = stream, encoding, most, cut
        self._decoder = zlib.decompressobj(wbits=47) if encoding in _DECODED else None  # 47: gzip or zlib, by its head

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._most
        if self._decoder is None and self._encoding != "identity":
            raise BrokenStream("unknown_encoding")
        async for raw in self._stream:
            for piece in self._decoded(raw):
                if len(piece) > left and not self._cut:
                    raise Oversized
                yield piece[:left]
                left -= min(len(piece), left)
                if not left and self._cut:
                    return
                if self._decoder:
                    await asyncio.sleep(0)  # so that others have their turn, however much is in one read

    def _decoded(self, raw: bytes) -> Iterator[bytes]:
        if self._decoder is None:
            yield raw
            return
        try:
            while piece := self._decoder.decompress(raw, _PIECE):
                yield piece
                raw = self._decoder.unconsumed_tail
        except zlib.error:
            raise BrokenStream("bad_encoding") from None

    async def aclose(self) -> None:
        await self._stream.aclose()
