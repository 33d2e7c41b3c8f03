"""Where does the bot's processor time go? The stacks that `sampled.py` has seen, by purpose, library and function."""

import asyncio
import json
import signal
import sysconfig
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.phase import Phase, measure
from bench.subject import ROOT, STOP_WITHIN, Subject, running

SAMPLED = str(ROOT / "bench" / "sampled.py")
_HOMES = [Path(sysconfig.get_path(name)) for name in ("purelib", "platlib", "stdlib")]

Stack = tuple[tuple[str, str], ...]
"""File and function of each frame, innermost first."""

PURPOSES = (
    ("Redis", "redis/", ""),
    ("model: decoding chunks", "bot/llm/chunks.py", ""),
    ("model: decoding chunks", "bot/llm/framing.py", ""),
    ("model: decoding chunks", "bot/llm/thinking.py", ""),
    ("model: sending the request", "bot/llm/chat_completions.py", "._open"),
    ("model: reading the stream", "bot/llm/chat_completions.py", ""),
    ("model: reading the stream", "bot/llm/transport.py", ""),
    ("Slack: Web API calls", "slack_sdk/web/", ""),
    ("Slack: Bolt", "slack_bolt/", ""),
    ("Slack: Socket Mode", "slack_sdk/socket_mode/", ""),
    ("Slack: other", "bot/slack/", ""),
    ("log", "logging/", ""),
    ("bot: draft, prompt, turn, inbox", "bot/", ""),
    ("loop: taking in bytes that arrived", "asyncio/selector_events.py", "_read_ready"),
    ("loop: sending bytes that waited", "asyncio/selector_events.py", "_write_ready"),
    ("loop: asking what has arrived", "selectors.py", "select"),
    ("loop: other", "asyncio/", ""),
)
"""What a sample was for: the first line whose file (its beginning) and function (a part) occur in the stack."""

BOTTOM = ("bot/__main__.py", "bot/run/cli.py", "bot/run/app.py")
"""These are under everything and say nothing."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Shares of the samples, largest first."""

    samples: int
    purposes: list[tuple[str, float]]
    libraries: list[tuple[str, float]]
    functions: list[tuple[str, float]]


async def take(folder: Path, redis_url: str, redis: int, phase: Phase, seed: int) -> tuple[Profile, float]:
    """Run the phase against a bot that is looked at; its profile, and its processor seconds per 1,000 turns."""
    out = folder / "profile.json"
    async with running("sampled", (SAMPLED, str(out), "bot", "run"), folder, redis_url, seed) as subject:
        await measure(subject, Phase(5, 2, instant=True), redis, seed)
        subject.processes[0].send_signal(signal.SIGUSR1)
        result = await measure(subject, phase, redis, seed)
        subject.processes[0].send_signal(signal.SIGUSR1)
        await _ended(subject)
    return grouped(_read(out)), result.cpu_per_thousand


def _read(out: Path) -> list[tuple[int, Stack]]:
    seen = json.loads(out.read_text())
    return [(times, tuple((_place(file), function) for file, function in stack)) for times, stack in seen]


async def _ended(subject: Subject) -> None:
    subject.processes[0].terminate()
    async with asyncio.timeout(STOP_WITHIN):
        await subject.processes[0].wait()


def grouped(seen: list[tuple[int, Stack]]) -> Profile:
    return Profile(
        samples=sum(times for times, _ in seen),
        purposes=_shares(seen, _purpose),
        libraries=_shares(seen, lambda stack: _library(stack[0][0])),
        functions=_shares(seen, lambda stack: f"{_library(stack[0][0])}: {stack[0][1]}"),
    )


def _shares(seen: list[tuple[int, Stack]], key: Callable[[Stack], str]) -> list[tuple[str, float]]:
    counts: Counter[str] = Counter()
    for times, stack in seen:
        counts[key(stack)] += times
    total = counts.total() or 1
    return [(name, times / total) for name, times in counts.most_common()]


def _purpose(stack: Stack) -> str:
    frames = [(file, function) for file, function in stack if file not in BOTTOM]
    return next((name for name, file, function in PURPOSES if _occurs(frames, file, function)), "other")


def _occurs(frames: list[tuple[str, str]], file: str, function: str) -> bool:
    return any(one.startswith(file) and function in other for one, other in frames)


def _library(file: str) -> str:
    """`openai`, `asyncio`, or for our own files `bot.llm.chunks`."""
    ours = file.startswith("bot/")
    return file.removesuffix(".py").replace("/", ".") if ours else file.partition("/")[0].removesuffix(".py")


def _place(file: str) -> str:
    """A file's path within the place that it is imported from: `openai/_client.py`, `asyncio/events.py`."""
    path = Path(file)
    for home in (ROOT, *_HOMES):
        if path.is_relative_to(home):
            return path.relative_to(home).as_posix()
    return path.name
