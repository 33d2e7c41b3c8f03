"""What is measured: the bot (one process or two) or the bare script, and what the system says of it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.outside import BenchError, Outside

ROOT = Path(__file__).resolve().parent.parent
START_WITHIN = 60.0
STOP_WITHIN = 10.0
_TICKS = os.sysconf("SC_CLK_TCK")

BOT = ("-m", "bot", "run")
BARE = (str(ROOT / "bench" / "bare.py"),)
NAIVE = (*BARE, "--every-second")
FLOOR = (str(ROOT / "bench" / "floor.py"),)


class SubjectDied(BenchError):
    """The process has ended by itself."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One running process, or several that share a Slack and a Redis, and the outside that they talk to."""

    name: str
    outside: Outside
    processes: tuple[asyncio.subprocess.Process, ...]

    @property
    def cpu(self) -> float:
        """Processor seconds since the start, of all its processes. Raises SubjectDied."""
        self._check()
        return sum(cpu_of(process.pid) for process in self.processes)

    @property
    def peak_mb(self) -> float:
        """The most memory that it has had resident since the start, all its processes added. Raises SubjectDied."""
        self._check()
        return sum(peak_mb_of(process.pid) for process in self.processes)

    async def died(self) -> None:
        """Never returns. Raises SubjectDied when one of the processes ends."""
        async with asyncio.TaskGroup() as tasks:
            for process in self.processes:
                tasks.create_task(self._died(process))

    async def _died(self, process: asyncio.subprocess.Process) -> None:
        await process.wait()
        self._check()

    def _check(self) -> None:
        for process in self.processes:
            if process.returncode is not None:
                raise SubjectDied(f"{self.name} ended with {process.returncode}")


def cpu_of(pid: int) -> float:
    """Seconds of processor time, user and system, of all threads of a process (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_mb_of(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kilobytes) / 1024


def busy() -> float:
    """Seconds of processor time that the whole machine has spent since it started."""
    user, nice, system, _idle, _iowait, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq) / _TICKS


@asynccontextmanager
async def running(
    name: str, command: tuple[str, ...], folder: Path, redis_url: str, seed: int, processes: int = 1, **settings: str
) -> AsyncIterator[Subject]:
    """Start it beside an outside of its own, and yield it when Slack sees all its processes connected."""
    outside = Outside(seed)
    async with outside.open(), AsyncExitStack() as stack:
        started = []
        for number in range(1, processes + 1):
            log = folder / f"{name}-{number}.log"
            started.append(await _start(command, log, _environment(outside, redis_url, name) | settings))
            stack.push_async_callback(_stopped, started[-1])
        subject = Subject(name, outside, tuple(started))
        await _connected(subject)
        yield subject


async def _start(command: tuple[str, ...], log: Path, env: dict[str, str]) -> asyncio.subprocess.Process:
    with log.open("wb") as said:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            cwd=log.parent,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )


async def _connected(subject: Subject) -> None:
    slack = subject.outside.slack
    seen = slack.wait_for(
        lambda: len(slack.sockets) >= len(subject.processes), START_WITHIN, f"{subject.name} connects"
    )
    async with asyncio.TaskGroup() as tasks:
        dying = tasks.create_task(subject.died())
        await seen
        dying.cancel()


async def _stopped(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(STOP_WITHIN):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _environment(outside: Outside, redis_url: str, name: str) -> dict[str, str]:
    """The settings that an operator would write, and nothing of the developer's own."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": outside.slack.bot_token,
        "SLACK_APP_TOKEN": outside.slack.app_token,
        "SLACK_RATE_LIMITS": "false",
        "SLACK_API_URL": f"{outside.slack.url}/api/",
        "OPENAI_API_KEY": "sandbox",
        "OPENAI_BASE_URL": f"{outside.model_url}/v1",
        "OPENAI_MODEL": "small-model",
        "REDIS_URL": redis_url,
        "REDIS_PREFIX": name,
    }
