"""Where only a proxy leads out: a real one, and everything goes by it. And a start that is told to stop."""

import asyncio
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from yarl import URL

from bench.chaos_replica import environment
from bot.errors import SettingsError
from bot.slack.api.proxies import proxy_for
from tests import processes
from tests.town import Town, free_port, wait_until


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A key, and a certificate of one's own for 127.0.0.1."""
    key, crt = tmp_path / "own.key", tmp_path / "own.crt"
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(crt)]
    subprocess.run(["openssl", *words], check=True, capture_output=True)
    return key, crt


@asynccontextmanager
async def tls_before(url: str, certificate: tuple[Path, Path]) -> AsyncIterator[str]:
    """The same server behind TLS; gives its address."""
    port = int(url.rpartition(":")[2])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate[1], certificate[0])

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pipe(reader, outer), _pipe(inner, writer), return_exceptions=True)

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0, ssl=context)
    yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(1 << 16):
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()


class Proxy:
    """proxy.py, and what it says of the requests that it passes on."""

    def __init__(self, log: Path) -> None:
        self.url, self._log = f"http://127.0.0.1:{(port := free_port())}", log
        words = ["-m", "proxy", "--hostname", "127.0.0.1", "--port", str(port), "--num-workers", "1"]
        words += ["--num-acceptors", "1", "--log-file", str(log)]
        self.process = subprocess.Popen([sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def passed_on(self, address: str) -> int:
        """How many connections went by it to this address."""
        port = address.rpartition(":")[2]
        return len(re.findall(rf"CONNECT 127\.0\.0\.1:{port} ", self._log.read_text() if self._log.exists() else ""))


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    started = Proxy(tmp_path / "proxy.log")
    port = int(started.url.rpartition(":")[2])
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            break
        except OSError:
            await asyncio.sleep(0.05)
    yield started
    started.process.terminate()
    started.process.wait()


async def asked(town: Town, certificate: tuple[Path, Path], **chosen: str) -> tuple[str, str]:
    """A conversation with a file and a slash command, over TLS; gives the addresses of Slack and of the model."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(tls_before(town.slack.url, certificate))
        model = await stack.enter_async_context(tls_before(town.model_url, certificate))
        town.slack.workspace.url = slack
        town.model_url = model
        chosen = {name: value.format(slack=slack, model=model) for name, value in chosen.items()}
        bot = processes.bot(town, SSL_CERT_FILE=str(certificate[1]), **chosen)
        await stack.enter_async_context(bot)
        await town.slack.wait_for(lambda: town.slack.connected, description="it listens")
        ts = await town.slack.upload("Ada", "#general", "list.csv", b"tea;3\n", "@Threadbot how much?")
        answer = await town.answer("#general", ts, ts)
        assert await town.slack.command("Ada", "#general", "/threadbot", "settings")
        assert answer.footer is not None
        assert "not read" not in answer.footer
        assert "tea;3" in str(town.model.requests[-1])
        await asyncio.sleep(0.3)
    return slack, model


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
async def test_everything_goes_by_the_proxy(
    town: Town, proxy: Proxy, certificate: tuple[Path, Path], variable: str
) -> None:
    """Calls, the websocket, a file, and the model; each connection ends when the bot does, and is told then."""
    slack, model = await asked(town, certificate, **{variable: proxy.url})
    await wait_until(lambda: proxy.passed_on(slack) >= 2, "calls and the websocket went by the proxy")

    assert proxy.passed_on(model) >= 1


async def test_what_is_exempt_goes_directly(town: Town, proxy: Proxy, certificate: tuple[Path, Path]) -> None:
    slack, model = await asked(town, certificate, HTTPS_PROXY=proxy.url, NO_PROXY="example.com,127.0.0.1")

    assert proxy.passed_on(slack) == proxy.passed_on(model) == 0


async def test_where_the_proxy_is_the_only_way_nothing_goes_past_it(town: Town, certificate: tuple[Path, Path]) -> None:
    """A proxy that is not there: not one connection reaches Slack or the model."""
    async with tls_before(town.slack.url, certificate) as slack:
        town.slack.workspace.url = slack
        env = environment(town.slack, town.model_url, town.redis_url, HTTPS_PROXY=f"http://127.0.0.1:{free_port()}")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"), env=env, stderr=asyncio.subprocess.PIPE
        )
        _, err = await process.communicate()

    assert process.returncode == 1
    assert "SLACK_API_URL: no Slack at" in err.decode()
    assert len(town.slack.calls) == 0


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("named", "target", "proxy"),
    [
        ({}, "https://slack.com", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https://slack.com", "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1"}, "wss://wss-primary.slack.com/link", "http://p:1"),
        ({"HTTPS_PROXY": "p:1"}, "https://slack.com", "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1"}, "http://slack.com", None),
        ({"HTTP_PROXY": "http://p:1"}, "https://slack.com", None),
        ({"ALL_PROXY": "http://p:1"}, "wss://slack.com", "http://p:1"),
        ({"ALL_PROXY": "http://p:1", "HTTPS_PROXY": "http://q:2"}, "https://slack.com", "http://q:2"),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "slack.com"}, "https://files.slack.com", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "*"}, "https://slack.com", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "lack.com"}, "https://slack.com", "http://p:1"),
    ],
)
def test_whose_way_leads_by_which_proxy(
    no_proxies: pytest.MonkeyPatch, named: dict[str, str], target: str, proxy: str | None
) -> None:
    for name, value in named.items():
        no_proxies.setenv(name, value)

    assert proxy_for(URL(target)) == proxy


@pytest.mark.parametrize(
    ("name", "address", "said"),
    [
        ("ALL_PROXY", "socks5://p:1", "ALL_PROXY: socks5 proxies cannot be used; write the address of an HTTP proxy"),
        ("all_proxy", "socks5h://p:1", "all_proxy: socks5h proxies cannot be used"),
        ("HTTPS_PROXY", "socks4://p:1", "HTTPS_PROXY: socks4 proxies .* or name slack.com in NO_PROXY"),
        ("HTTPS_PROXY", ":::", "HTTPS_PROXY: not the address of a proxy"),
        ("HTTP_PROXY", "http://", "HTTP_PROXY: not the address of a proxy"),
        ("HTTPS_PROXY", "http://p:many", "HTTPS_PROXY: not the address of a proxy"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told(
    no_proxies: pytest.MonkeyPatch, name: str, address: str, said: str
) -> None:
    no_proxies.setenv(name, address)

    with pytest.raises(SettingsError, match=said):
        proxy_for(URL("https://slack.com"))


def test_a_proxy_that_nothing_goes_by_is_left_alone(no_proxies: pytest.MonkeyPatch) -> None:
    no_proxies.setenv("ALL_PROXY", "socks5://p:1")
    no_proxies.setenv("NO_PROXY", "slack.com")

    assert proxy_for(URL("wss://wss-primary.slack.com/link")) is None


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize(
    ("variable", "exempt", "host"), [("ALL_PROXY", "", "slack.test"), ("https_proxy", "slack.test", "model.test")]
)
async def test_a_start_by_way_of_socks_ends_with_one_line(
    town: Town, command: str, variable: str, exempt: str, host: str
) -> None:
    """Where Slack is exempt, what leads to the model is told all the same."""
    slack = "https://slack.test/api/" if host == "slack.test" else f"{town.slack.url}/api/"
    named = {variable: "socks5://127.0.0.1:1080", "NO_PROXY": f"127.0.0.1,{exempt}", "SLACK_API_URL": slack}
    env = environment(town.slack, town.model_url, town.redis_url, **named, OPENAI_BASE_URL="https://model.test/v1")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", command),
        env=env,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()

    assert process.returncode == 2
    assert err.decode().splitlines()[-1] == (
        f"{variable}: socks5 proxies cannot be used; write the address of an HTTP proxy (http://host:port), or name "
        f"{host} in NO_PROXY"
    )
    assert "Traceback" not in err.decode()


# -- a start that is told to stop --


async def begun(town: Town, **settings: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        env=environment(town.slack, town.model_url, town.redis_url, **settings),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("after", [0.0, 0.3, 0.8, 1.5, 2.5, 4.0])
@pytest.mark.parametrize("hanging", ["Redis", "Slack", "the websocket"])
async def test_a_start_that_is_told_to_stop_ends_within_a_second(town: Town, after: float, hanging: str) -> None:
    settings: dict[str, str] = {}
    if hanging == "Redis":
        settings["REDIS_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    else:
        town.slack.fail("auth.test" if hanging == "Slack" else "apps.connections.open", hang="before", times=9)
    process = await begun(town, **settings)
    await asyncio.sleep(after)
    told = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, err = await process.communicate()

    assert time.monotonic() - told < 1.5, err.decode()
    assert process.returncode in (0, 143, -signal.SIGTERM)
    assert "Traceback" not in err.decode()
    assert "Unclosed" not in err.decode()
