"""Requests by aiohttp behind the official client: whole network reads, kept connections, proxies, own certificates."""

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.errors import Unavailable
from bot.llm import transport
from bot.llm.connection import connect
from tests.llm.asking import Asker, ask, dripping, failure
from tests.llm.test_chunks import DONE, END, delta

ANSWER = delta("Hello") + END + DONE
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]


def whole(body: bytes = ANSWER) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


async def requested(reader: asyncio.StreamReader) -> bytes:
    """The head of the next request on a connection; b"" when there is none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    await reader.readexactly(int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]))
    return head


@asynccontextmanager
async def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """The address of a server that treats each connection so."""
    connections: set[asyncio.Task[None] | None] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.current_task())
        with suppress(ConnectionError, ssl.SSLError):
            await answer(reader, writer)
            writer.close()
            await writer.wait_closed()

    async with await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await asyncio.gather(*filter(None, connections))


@asynccontextmanager
async def asking(url: str, retries: int = 0) -> AsyncIterator[Asker]:
    async with connect(url, "any", timeout=30.0, retries=retries) as client:
        yield Asker.of(client)


# -- reads --


def test_nothing_is_read_later_than_a_tenth_of_a_second_after_it_came() -> None:
    for streams in (1, 10, 1000):
        assert 0.0 < transport._Running(streams).rest < 0.1

    assert transport._Running(1).rest < transport._Running(10).rest


async def test_a_stream_is_read_in_whole_network_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "SHORTEST_REST", 0.09)
    pieces = [delta("x") for _ in range(200)]
    async with dripping([*pieces, END + DONE], every=0.002) as there:
        events = [event async for event in there.server.stream(ask())]

    assert "".join(getattr(event, "text", "") for event in events) == "x" * 200
    assert len(events) < 50


async def test_neither_the_first_words_nor_the_end_wait_for_a_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "SHORTEST_REST", 1000.0)
    monkeypatch.setattr(transport, "LONGEST_REST", 1000.0)
    before = [b": comment\n\n", delta(""), b": comment\n\n"]
    async with dripping([*before, delta("Hello") + END, DONE], every=0.02) as there:
        told = await there()

    assert (told.text, told.finished.reason) == ("Hello", "stop")


async def test_a_resting_stream_can_be_left_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "SHORTEST_REST", 1000.0)
    monkeypatch.setattr(transport, "LONGEST_REST", 1000.0)
    async with dripping([delta("Hello")] * 5, every=0.02) as there:
        stream = there.server.stream(ask())
        await anext(stream)
        resting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        resting.cancel()
        with suppress(asyncio.CancelledError):
            await resting
        await stream.aclose()


# -- connections --


async def test_a_connection_is_kept_for_the_next_request() -> None:
    seen: list[list[bytes]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append([])
        while head := await requested(reader):
            seen[-1].append(head)
            writer.write(whole())

    async with serving(answer) as where, asking(f"http://{where}/v1") as there:
        assert [(await there()).text, (await there()).text] == ["Hello", "Hello"]

    assert list(map(len, seen)) == [2]


async def test_a_kept_connection_that_the_server_has_closed_costs_no_answer() -> None:
    connections = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await requested(reader)
        writer.write(whole())
        await requested(reader)  # is not answered

    async with serving(answer) as where, asking(f"http://{where}/v1") as there:
        assert [(await there()).text, (await there()).text] == ["Hello", "Hello"]

    assert connections == 2


async def test_a_new_connection_that_is_closed_is_a_failure_and_the_client_counts_its_retries() -> None:
    requests = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        requests += bool(await requested(reader))

    async with serving(answer) as where, asking(f"http://{where}/v1", retries=1) as there:
        assert isinstance(await failure(there), Unavailable)

    assert requests == 2


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n", b"not HTTP at all\r\n\r\n", b"HTTP/1.1 999999"]
)
async def test_what_is_no_response_is_a_failure(head: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await requested(reader)
        writer.write(head)

    async with serving(answer) as where, asking(f"http://{where}/v1") as there:
        assert isinstance(await failure(there), Unavailable)


async def test_an_address_may_say_who_asks() -> None:
    heads = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await requested(reader))
        writer.write(whole())

    async with serving(answer) as where, asking(f"http://user:secret@{where}/v1") as there:
        assert (await there()).text == "Hello"

    assert b"authorization: basic dxnlcjpzzwnyzxq=" in heads[0].lower()
    assert heads[0].startswith(b"POST /v1/chat/completions HTTP/1.1\r\n")


# -- proxies --


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_requests_go_by_the_proxy_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    heads = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await requested(reader))
        writer.write(whole())

    async with serving(proxy) as where:
        monkeypatch.setenv(variable, f"http://user:secret@{where}")
        async with asking("http://model.example/v1") as there:
            assert (await there()).text == "Hello"

    assert heads[0].startswith(b"POST http://model.example/v1/chat/completions HTTP/1.1\r\n")
    assert b"proxy-authorization: basic dxnlcjpzzwnyzxq=" in heads[0].lower()


@pytest.mark.usefixtures("no_proxies")
async def test_a_host_that_the_environment_exempts_is_asked_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert (await requested(reader)).startswith(b"POST /v1/chat/completions ")
        writer.write(whole())

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with serving(answer) as where, asking(f"http://{where}/v1") as there:
        assert (await there()).text == "Hello"


@pytest.mark.usefixtures("no_proxies")
async def test_a_server_behind_tls_is_asked_through_a_tunnel(monkeypatch: pytest.MonkeyPatch, own: "Own") -> None:
    asked = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert b"proxy-" not in (await requested(reader)).lower()
        writer.write(whole())

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        there, back = await asyncio.open_connection(*where.split(":"))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(passed_on(reader, back), passed_on(there, writer))

    async with serving(answer, own.tls) as where, serving(proxy) as by:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:secret@{by}")
        monkeypatch.setenv("SSL_CERT_FILE", str(own.certificate))
        async with asking(f"https://{where}/v1") as there:
            assert (await there()).text == "Hello"

    assert len(asked) == 1
    assert asked[0].startswith(f"CONNECT {where} HTTP/1.1\r\n".encode())
    assert b"proxy-authorization: basic dxnlcjpzzwnyzxq=" in asked[0].lower()
    assert b"bearer" not in asked[0].lower()


async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


# -- certificates --


class Own:
    """A server's key, and the certificate that it has written for itself."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "own.pem"
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "model")])
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        written = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(names, critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.certificate.write_bytes(written.public_bytes(serialization.Encoding.PEM))
        private = serialization.PrivateFormat.PKCS8
        (folder / "key.pem").write_bytes(
            key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption())
        )
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(self.certificate, folder / "key.pem")


@pytest.fixture
def own(tmp_path: Path) -> Own:
    return Own(tmp_path)


@pytest.mark.usefixtures("no_proxies")
@pytest.mark.parametrize("trusted", [True, False])
async def test_a_certificate_of_ones_own_is_trusted_if_the_environment_names_it(
    monkeypatch: pytest.MonkeyPatch, own: Own, trusted: bool
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await requested(reader):
            writer.write(whole())

    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(own.certificate))
    async with serving(answer, own.tls) as where, asking(f"https://{where}/v1") as there:
        if trusted:
            assert (await there()).text == "Hello"
        else:
            assert isinstance(await failure(there), Unavailable)
