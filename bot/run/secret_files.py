"""Secrets that stand in files, as those of containers do: read at the start, and again whenever they change."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path

from bot import log as logs
from bot.errors import SettingsError

log = logging.getLogger(__name__)

LOOK_EVERY = 10.0  # seconds; by looking, since no notice comes where Kubernetes swaps its links
STEADY = 0.2  # seconds that a file stays as it is before it is believed: its writer may be in the middle
MAX_LOOKS = 10  # at a file that changes all the time
MAX_BYTES = 100_000

Check = Callable[[str], object]
"""Raises ValueError for what cannot be the secret."""


def read(path: Path) -> str:
    """The secret without blanks round it. Raises ValueError when there is none to read."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path} ({type(error).__name__}); write the path of a UTF-8 text file") from None
    if not text or len(text) > MAX_BYTES:
        raise ValueError(f"{path} is {'too large' if text else 'empty'}; write the secret into it, and nothing else")
    return text


def filled(written: Mapping[str, object], names: tuple[str, ...]) -> dict[str, object]:
    """Settings with those secrets that `NAME_FILE` names a file of. Raises ValueError with the variable."""
    found = dict(written)
    for name in names:
        path = found.get(f"{name}_file")
        if not isinstance(path, str | Path) or not str(path):
            continue
        variable = f"{name}_file".upper()
        if found.get(name):
            raise ValueError(f"{variable}: {name.upper()} is set as well; keep one of the two")
        try:
            found[name] = read(Path(path))
        except ValueError as wrong:
            raise ValueError(f"{variable}: {wrong}") from None
    return found


def check_key(value: str) -> None:
    """Raises ValueError for what no header can carry."""
    if not re.fullmatch(r"[!-~]+", value):
        raise ValueError("the key in it has spaces, or characters that are not ASCII")


def key_in(path: Path, name: str) -> str:
    """The key in a file that `name` names. Raises SettingsError; the log strikes the key out from then on."""
    try:
        value = read(path)
        check_key(value)
    except ValueError as wrong:
        raise SettingsError(f"{name}: {wrong}") from None
    logs.know([value])
    return value


@dataclass(frozen=True, slots=True)
class Fixed:
    """A secret that stays as it is while the process runs."""

    value: str

    def __call__(self) -> str:
        return self.value

    async def look(self) -> bool:
        return False


@dataclass(slots=True)
class SecretFile:
    """A secret as it stands in its file now. What cannot be one is told, and the former stays.

    `name` is for the log.
    """

    name: str
    path: Path
    value: str
    check: Check
    _seen: object = None
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __call__(self) -> str:
        return self.value

    async def look(self) -> bool:
        """Whether it is another secret now, since the last look."""
        async with self._looking:
            for _ in range(MAX_LOOKS):
                before = await asyncio.to_thread(self._state)
                if before == self._seen:
                    return False
                await asyncio.sleep(STEADY)
                if before == await asyncio.to_thread(self._state):
                    self._seen = before
                    return self._taken(before[1])
        return False

    def _state(self) -> tuple[tuple[int, ...], str]:
        """When it was written, and what it holds; an unreadable file holds nothing."""
        try:
            found = self.path.stat()
            return (found.st_mtime_ns, found.st_ino, found.st_dev), read(self.path)
        except (OSError, ValueError):
            return (), ""

    def _taken(self, value: str) -> bool:
        if value == self.value:
            return False
        if why := "it is empty, or cannot be read" if not value else self._problem(value):
            log.warning("a file's secret cannot be used; the former stays", extra={"secret": self.name, "why": why})
            return False
        self.value = value
        logs.know([value])
        log.info("a secret has changed", extra={"secret": self.name})
        return True

    def _problem(self, value: str) -> str:
        """Nothing of what the check says of it: that may quote the value."""
        try:
            self.check(value)
        except ValueError:
            return "it does not look like one"
        return ""


Secret = Fixed | SecretFile


@dataclass(slots=True)
class Secrets:
    """All secrets, by name."""

    known: MutableMapping[str, Secret] = field(default_factory=dict)

    def of(self, name: str) -> Secret:
        """One of the settings; empty if it is not set."""
        return self.known.get(name, Fixed(""))

    async def watch(self, again: asyncio.Event, changed: Callable[[str], Awaitable[None]]) -> None:
        """For ever: look at the files every few seconds, and at once when `again` is set; tell what has `changed`."""
        while True:
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await again.wait()
            except TimeoutError:
                pass
            again.clear()
            for name, secret in [*self.known.items()]:
                if await secret.look():
                    await changed(name)
