"""A replica: the ordinary bot, `python -m bot run`, as a process that can be killed and started again."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from threadbot_sandbox.slack import SmallSlack

ROOT = Path(__file__).resolve().parent.parent


def environment(slack: SmallSlack, model_url: str, redis_url: str, **more: str) -> dict[str, str]:
    """The settings that an operator would write, and nothing of the developer's own."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_RATE_LIMITS": "false",
        "SLACK_API_URL": f"{slack.url}/api/",
        "OPENAI_API_KEY": "sandbox",
        "OPENAI_BASE_URL": f"{model_url}/v1",
        "OPENAI_MODEL": "small-model",
        "REDIS_URL": redis_url,
        **more,
    }


class Replica:
    """One process at a time; its log grows over all of its lives."""

    def __init__(self, env: Mapping[str, str], log: Path, first: Mapping[str, str] | None = None) -> None:
        """`first` is the environment of its lives before `upgrade`, if that is another one."""
        self._env, self._next = first or env, env
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._ending = False

    def upgrade(self) -> None:
        """From its next life on it is of the present version."""
        self._env = self._next

    async def start(self) -> None:
        """Return as soon as the process exists."""
        self._ending = False
        with self._log.open("ab") as said:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"),
                cwd=self._log.parent,
                env=dict(self._env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    async def kill(self) -> None:
        """End it as a power cut would. Returns when it is gone."""
        await self._end(signal.SIGKILL)

    async def terminate(self, within: float) -> int | None:
        """Tell it to stop, and wait until it has. Returns its exit code; None if it had to be killed in the end."""
        try:
            async with asyncio.timeout(within):
                return await self._end(signal.SIGTERM)
        except TimeoutError:
            await self._end(signal.SIGKILL)
            return None

    async def freeze(self, seconds: float) -> None:
        """Let it do nothing for that long, as a machine does that is moved or out of memory."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            self._process.send_signal(signal.SIGCONT)

    async def died(self) -> str | None:
        """Wait for its end. None if it was told to; else its last words."""
        assert self._process is not None
        code = await self._process.wait()
        return None if self._ending else f"exit code {code}: {self.last_words()}"

    def last_words(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").strip().splitlines()[-15:])

    async def close(self) -> None:
        """End it, politely if it hurries. No error if there is none."""
        await self.terminate(within=5.0)

    async def _end(self, how: signal.Signals) -> int:
        if (process := self._process) is None:
            return 0
        self._ending = True
        with suppress(ProcessLookupError):
            process.send_signal(how)
        return await process.wait()
