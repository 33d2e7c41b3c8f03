"""The bot as the operator starts it: a process of its own, with signals, an exit code and what it says."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bench.chaos_replica import environment
from tests.patience import PATIENCE
from tests.town import Town


class Process:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said = ""

    @property
    def pid(self) -> int:
        return self._process.pid

    async def says(self, words: str) -> None:
        """Return as soon as it has said it."""
        assert self._process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while words not in self.said:
                line = await self._process.stderr.readline()
                assert line, f"it ended without saying {words!r}: {self.said}"
                self.said += line.decode()

    def tell(self, what: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(what)

    async def ended(self) -> int:
        """Its exit code, when it is over."""
        async with asyncio.timeout(PATIENCE):
            _, rest = await self._process.communicate()
        self.said += rest.decode()
        return self._process.returncode or 0

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()


@asynccontextmanager
async def bot(town: Town, *options: str, **settings: str) -> AsyncIterator[Process]:
    """`python -m bot run` with these options, ready; killed when the block ends."""
    started = Process(
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run", *options),
            env=environment(town.slack, town.model_url, town.redis_url, **settings),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    )
    try:
        await started.says("ready")
        yield started
    finally:
        started.kill()
        await started.ended()
