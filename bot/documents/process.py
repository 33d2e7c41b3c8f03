"""Reads a file without trusting it, in a child process that has limits and nothing to lose."""

import asyncio
import json
import logging
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

from bot.aio import FairSemaphore
from bot.conversation.attachments import Unread, Why, Words, is_pdf
from bot.documents import fence

log = logging.getLogger(__name__)

_CODES: Mapping[str, Why] = {code: code for code in get_args(Why)}
CHILD = Path(__file__).with_name("child.py")
BYTES_PER_CHARACTER = 12  # of JSON at most: two escapes of six, for one beyond the basic plane
MAX_CHILDREN = 2  # children; they take the time and memory that answers need
MAX_CHILDREN_EACH = 1  # of one person's files


@dataclass(frozen=True, slots=True)
class Reader:
    """`most` characters of a file are read, within `memory` bytes and `seconds` of processor time."""

    most: int
    memory: int = 512 * 1024 * 1024
    seconds: int = 10
    program: Path = CHILD
    _places: FairSemaphore = field(default_factory=lambda: FairSemaphore(MAX_CHILDREN, MAX_CHILDREN_EACH))

    async def read(self, data: bytes, owner: str = "") -> Words | Unread:
        """The words in a PDF or in anything like text. Nobody's files wait for all of another's."""
        kind = "pdf" if is_pdf(data) else "text"
        async with self._places.place(owner):
            try:
                said, code = await self._ask(kind, data)
            except TimeoutError:
                log.info("a file took too long to read", extra={"kind": kind, "bytes": len(data)})
                return Unread("too-slow")
            except OSError as error:  # no process, or no pipe, to be had
                log.warning("no file can be read", extra={"why": type(error).__name__})
                return Unread("no-process")
        return _understood(said, code)

    async def tell_fences(self) -> None:
        """Log what keeps a child apart from us on this system, and what it lacks here."""
        try:
            said, _ = await self._ask("text", b"")
            closed = json.loads(said)["fences"]
        except (OSError, TimeoutError, ValueError, KeyError, TypeError) as error:
            log.warning("no file can be read", extra={"why": type(error).__name__})
            return
        has, lacks = ([name for name in fence.NAMES if (name in closed) is wanted] for wanted in (True, False))
        about = {"fences": ", ".join(has) or "none", "lacks": ", ".join(lacks) or "nothing"}
        log.info("files are read in a process apart", extra=about)

    async def _ask(self, kind: str, data: bytes) -> tuple[bytes, int | None]:
        limits = map(str, (self.most, self.memory, self.seconds))
        command = [sys.executable, "-I", str(self.program), kind, *limits, os.pathsep.join(_libraries())]
        child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={}, cwd="/")
        try:
            async with asyncio.timeout(self.seconds * 1.5):
                _, said = await asyncio.gather(_feed(child, data), self._hear(child))
        finally:
            await _end(child)
        return said, child.returncode

    async def _hear(self, child: Process) -> bytes:
        """All that it says, unless that is more than it should: then what it says does not count."""
        assert child.stdout is not None
        said = bytearray()
        while piece := await child.stdout.read(1 << 16):
            said += piece
            if len(said) > 1_000 + self.most * BYTES_PER_CHARACTER:
                return b""
        await child.wait()
        return bytes(said)


def _libraries() -> list[str]:
    """Where our libraries are. A child that is isolated would not look where the account or PYTHONPATH has them."""
    return [path for path in sys.path if Path(path).is_absolute()]


async def _feed(child: Process, data: bytes) -> None:
    assert child.stdin is not None
    try:
        child.stdin.write(data)
        await child.stdin.drain()
        child.stdin.close()
        await child.stdin.wait_closed()
    except (BrokenPipeError, ConnectionResetError):  # it has ended early; its answer, or the lack of one, tells
        pass


async def _end(child: Process) -> None:
    """Leave nothing behind, whatever happened."""
    if child.returncode is None:
        child.kill()
    await child.communicate()  # asyncio's `wait` alone would never end while something that was said is unread


def _understood(said: bytes, code: int | None) -> Words | Unread:
    try:
        answer = json.loads(said)
        if "unread" in answer:
            return Unread(_CODES[answer["unread"]])
        return Words(str(answer["text"]), float(answer["share"]))
    except (ValueError, KeyError, TypeError):  # killed by a limit, or by the file
        log.info("a file could not be read", extra={"exit_code": code, "bytes_said": len(said)})
        return Unread("too-hard")
