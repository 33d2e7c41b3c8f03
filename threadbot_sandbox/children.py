"""The processes that the sandbox starts: kept running, their lines shown, and none left behind."""

import asyncio
import ctypes
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

SETTLED = 30.0  # who ran that many seconds may be started again without a pause
LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Command:
    """What to run. An exit with one of `final` is an answer; after any other it is started again."""

    name: str
    words: Sequence[str]
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    final: Collection[int] = ()
    grace: float = 30.0  # seconds to end by itself when told to
    shown: Callable[[str], bool] = field(default=lambda line: True)


class Children:
    """All of them. `say` is given each line to show."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._running: set[asyncio.subprocess.Process] = set()

    def kill(self) -> None:
        """End all at once, without asking."""
        for process in self._running:
            with suppress(ProcessLookupError):
                process.kill()

    @asynccontextmanager
    async def keeping(self, command: Command) -> AsyncIterator[asyncio.Task[int]]:
        """The command runs until this is left. The task ends before that with a `final` exit code only."""
        # Not a TaskGroup: what goes wrong inside `async with keeping(...)` should come out as it is.
        task = asyncio.get_running_loop().create_task(self._keep(command), name=command.name)
        try:
            yield task
        finally:
            task.cancel()
            while not task.done():  # to be cancelled once more here means to hurry, not to leave it behind
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([task])

    async def once(self, *words: str) -> int:
        """Run it to its end, in the foreground: it writes to our terminal. Returns its exit code."""
        process = await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.DEVNULL, preexec_fn=_tied)
        async with self._ended(process, grace=1.0):
            return await process.wait()

    async def _keep(self, command: Command) -> int:
        pause = 0.5
        while True:
            began = time.monotonic()
            code = await self._run(command)
            if code in command.final:
                return code
            pause = 0.5 if time.monotonic() - began > SETTLED else min(pause * 2, LONGEST_PAUSE)
            self._say(f"the {command.name} ended ({_told(code)}); it starts again in {pause:g} s")
            await asyncio.sleep(pause)

    async def _run(self, command: Command) -> int:
        # A session of its own: Ctrl-C in the terminal is for us, and we end our children in order.
        process = await asyncio.create_subprocess_exec(
            *command.words,
            env=command.env,
            cwd=command.cwd,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_tied,
        )
        async with asyncio.TaskGroup() as tasks:
            showing = tasks.create_task(self._show(process, command))
            async with self._ended(process, command.grace):
                code = await process.wait()
            await showing
        return code

    async def _show(self, process: asyncio.subprocess.Process, command: Command) -> None:
        assert process.stdout is not None
        rest = b""
        while data := await process.stdout.read(65_536):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                text = line.decode(errors="replace")
                if command.shown(text):
                    self._say(f"{command.name} │ {text}")
        if rest:
            self._say(f"{command.name} │ {rest.decode(errors='replace')}")

    @asynccontextmanager
    async def _ended(self, process: asyncio.subprocess.Process, grace: float) -> AsyncIterator[None]:
        """When this is left the process is over: by itself, because it was told to, or killed."""
        self._running.add(process)
        try:
            yield
        finally:
            try:
                await _stop(process, grace)
            finally:
                self._running.discard(process)


async def _stop(process: asyncio.subprocess.Process, grace: float) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(grace):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _tied() -> None:
    """In the child, before it becomes the command: the system ends it when we are killed.

    Linux only (PR_SET_PDEATHSIG is 1); elsewhere a bot whose sandbox was killed has to be ended by hand.
    """
    if _libc is not None:
        _libc.prctl(1, signal.SIGTERM)


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def _told(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
