"""Where the sandbox remembers: one folder, ours by a marker in it, and used by one sandbox at a time."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from threadbot_sandbox import SandboxError

MARKER = "threadbot-sandbox"


class Folder:
    """A folder that we hold. The lock is the system's, so it goes with the process, however that ends."""

    def __init__(self, path: Path, marker: TextIO) -> None:
        self.path = path
        self._marker = marker

    def note(self, url: str) -> None:
        """Leave our address for whoever tries to start here as well."""
        self._marker.truncate(0)
        self._marker.write(url)
        self._marker.flush()

    def wipe(self) -> None:
        """Forget everything, and keep holding the folder."""
        for entry in self.path.iterdir():
            if entry.name == MARKER:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()


@contextmanager
def held(path: Path) -> Iterator[Folder]:
    """The folder, made if need be. SandboxError when it is somebody else's, or in use."""
    try:
        import fcntl
    except ImportError:
        raise SandboxError("the sandbox runs on Linux and macOS; on Windows use WSL") from None
    path = path.resolve()
    if path.exists() and not path.is_dir():
        raise SandboxError(f"{path} is not a folder; choose another with --data")
    if path.is_dir() and any(path.iterdir()) and not (path / MARKER).exists():
        raise SandboxError(f"{path} holds something else than a sandbox; choose another folder with --data")
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        marker = (path / MARKER).open("a+")
    except OSError as error:
        raise SandboxError(f"cannot write to {path} ({error.strerror}); choose another with --data") from error
    with marker:
        _close_to_others(path)
        try:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            where = (path / MARKER).read_text() or "it is just starting"
            raise SandboxError(f"a sandbox is already running on {path} ({where})") from None
        yield Folder(path, marker)


def _close_to_others(path: Path) -> None:
    """What is in the folder is for its owner alone, also what an earlier version left there."""
    try:
        for entry in (path, *path.rglob("*")):
            if not entry.is_symlink() and (mode := entry.stat().st_mode) & 0o077:
                os.chmod(entry, mode & 0o700)
    except OSError as error:
        told = f"cannot keep {path} to its owner ({error.strerror}); choose another folder with --data"
        raise SandboxError(told) from error
