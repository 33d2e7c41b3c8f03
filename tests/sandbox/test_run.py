"""The sandbox as a person starts it: one command, and nothing left when it ends."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.patience import PATIENCE
from threadbot_sandbox.model import SmallModel
from threadbot_sandbox.redis import EmbeddedRedis
from threadbot_sandbox.run import environment
from threadbot_sandbox.serve import serving

Sandboxes = AsyncIterator["Sandbox"]
START = 20.0  # seconds; it takes about two
LEFT_OUT = ("SLACK_", "OPENAI_", "REDIS_", "SYSTEM_PROMPT", "LOG_", "PORT")


class Sandbox:
    """A running one, seen from outside."""

    def __init__(self, process: asyncio.subprocess.Process, http: aiohttp.ClientSession) -> None:
        self.process = process
        self.lines: list[str] = []
        self._http = http
        self._url = ""

    async def line(self, part: str) -> str:
        """The next line with this in it. Fails when the output ends before it."""
        assert self.process.stdout is not None
        async with asyncio.timeout(START):
            async for raw in self.process.stdout:
                self.lines.append(raw.decode().rstrip())
                if part in self.lines[-1]:
                    return self.lines[-1]
        pytest.fail("\n".join([f"never said {part!r}:", *self.lines]))

    async def started(self) -> None:
        self._url = (await self.line("sandbox is at")).split()[-1]

    async def rest(self) -> str:
        assert self.process.stdout is not None
        return (await self.process.stdout.read()).decode()

    async def state(self) -> Any:
        async with self._http.get(f"{self._url}sandbox/state") as answer:
            return await answer.json()

    async def say(self, text: str, thread: str | None = None) -> str:
        """Ada says it to the bot in #general; returns the message's ts."""
        said = {"user": "Ada", "channel": "#general", "text": f"@Threadbot {text}", "thread_ts": thread}
        async with self._http.post(f"{self._url}sandbox/say", json=said) as answer:
            return str((await answer.json())["ts"])

    async def answers(self, thread: str) -> list[str]:
        """What the bot has said in the thread so far."""
        state = await self.state()
        said = [message for messages in state["messages"].values() for message in messages]
        return [m["text"] for m in said if m.get("thread_ts") == thread and m["user"] == state["bot"]["user_id"]]

    async def answer(self, thread: str, part: str) -> None:
        async with asyncio.timeout(START):
            while True:
                if any(part in text for text in await self.answers(thread)):
                    return
                await asyncio.sleep(0.05)

    def children(self, of: int | None = None) -> list[int]:
        pid = of or self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def bot(self) -> int:
        return next(pid for pid in self.children() if b"bot\0run" in Path(f"/proc/{pid}/cmdline").read_bytes())


async def launched(folder: Path, *options: str, **env: str) -> asyncio.subprocess.Process:
    """`python -m bot sandbox` in a folder."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(LEFT_OUT)}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "sandbox", "--no-browser", "--port", "0", *options),
        cwd=folder,
        env={**inherited, "PYTHONPATH": str(Path(__file__).parents[2]), "SANDBOX_MODEL": "scripted", **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def refused(folder: Path, *options: str, **env: str) -> str:
    """What it says when it ends by itself, as it should here."""
    process = await launched(folder, *options, **env)
    try:
        async with asyncio.timeout(START):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        raise
    assert process.returncode == 1
    assert b"Traceback" not in said
    return said.decode()


@asynccontextmanager
async def started(folder: Path, *options: str, wait: bool = True, env: dict[str, str] | None = None) -> Sandboxes:
    """A running sandbox. When this is left it has been stopped by Ctrl-C, and all that it started is gone."""
    process = await launched(folder, *options, **(env or {}))
    async with aiohttp.ClientSession() as http:
        sandbox = Sandbox(process, http)
        try:
            if wait:
                await sandbox.started()
            yield sandbox
            if process.returncode is None:
                begun = sandbox.children()
                process.send_signal(signal.SIGINT)
                async with asyncio.timeout(START):
                    assert await process.wait() == 0, await sandbox.rest()
                assert [pid for pid in begun if alive(pid)] == []
        finally:
            if process.returncode is None:
                process.kill()
            await sandbox.rest()
            await process.wait()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def until(true: Callable[[], bool], description: str) -> None:
    try:
        async with asyncio.timeout(START):
            while True:
                if true():
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"not seen: {description}")


async def test_a_mention_is_answered_in_either_mode_and_remembered_after_a_restart(tmp_path: Path) -> None:
    """The follow-up comes after the restart, so Slack's thread and the bot's history must both be there."""
    async with started(tmp_path, "--http") as sandbox:
        thread = await sandbox.say("square root of 16")
        await sandbox.answer(thread, "is 4.")
        state = await sandbox.state()
        assert (state["bot"]["connected"], state["bot"]["mode"]) == (True, "http")
        assert state["brain"]["kind"] == "scripted"

    async with started(tmp_path) as sandbox:
        await sandbox.say("its square", thread)
        await sandbox.answer(thread, "is 16.")
        assert (await sandbox.state())["bot"]["mode"] == "socket"


async def test_one_at_a_time_on_a_folder_and_fresh_forgets_what_a_killed_one_left(tmp_path: Path) -> None:
    """The Redis of the killed one goes on without it, and its bot does not."""
    async with started(tmp_path) as sandbox:
        said = await refused(tmp_path, "--fresh")
        thread = await sandbox.say("square root of 16")
        await sandbox.answer(thread, "is 4.")
        bot, redis = sandbox.bot(), EmbeddedRedis(tmp_path / ".sandbox" / "redis")
        sandbox.process.kill()
        await sandbox.process.wait()
        await until(lambda: not alive(bot), "the end of the bot")
        assert redis.running

    async with started(tmp_path, "--fresh") as sandbox:
        assert await sandbox.answers(thread) == []
        await sandbox.answer(await sandbox.say("its square"), "The square of what?")
        kept = [tmp_path / ".sandbox", *(tmp_path / ".sandbox").rglob("*")]
        assert not [path for path in kept if path.stat().st_mode & 0o077], "others could read it"

    assert said.startswith("sandbox: a sandbox is already running on")
    assert "http://127.0.0.1:" in said
    assert said.count("\n") == 1


async def test_a_bot_that_dies_is_started_again_and_a_second_ctrl_c_does_not_wait_for_its_answer(
    tmp_path: Path,
) -> None:
    """A long answer takes ten seconds, and the bot would see it to its end."""
    async with started(tmp_path) as sandbox:
        os.kill(sandbox.bot(), signal.SIGKILL)
        assert "SIGKILL" in await sandbox.line("starts again")
        await sandbox.line("ready")

        thread = await sandbox.say("a long answer")
        await sandbox.answer(thread, "Part 1 of")
        begun = sandbox.children()
        sandbox.process.send_signal(signal.SIGINT)
        await sandbox.line("stopping")
        sandbox.process.send_signal(signal.SIGINT)

        async with asyncio.timeout(PATIENCE):
            assert await sandbox.process.wait() == 0
        assert [pid for pid in begun if alive(pid)] == []


async def test_sigterm_ends_it_while_it_starts(tmp_path: Path) -> None:
    async with started(tmp_path, wait=False) as sandbox:
        await until(lambda: (tmp_path / ".sandbox" / "bot").exists(), "the start")
        sandbox.process.terminate()

        async with asyncio.timeout(START):
            assert await sandbox.process.wait() == 0
        assert not EmbeddedRedis(tmp_path / ".sandbox" / "redis").running


async def test_your_own_model_is_used_when_its_address_is_set(tmp_path: Path) -> None:
    """And what else the folder's `.env` says is for the real bot, not for this one."""
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=xoxb-real\nSLACK_SIGNING_SECRET=real\nOPENAI_MODEL=from-dotenv\n")
    model = SmallModel(lambda request: "I am yours.", api_key="sk-yours")
    async with serving(model.app) as url:
        yours = {"OPENAI_API_KEY": "sk-yours", "OPENAI_BASE_URL": f"{url}/v1", "OPENAI_MODEL": "my-model"}
        yours |= {"SANDBOX_MODEL": "", "SLACK_API_URL": "http://127.0.0.1:9/api/"}
        async with started(tmp_path, env=yours) as sandbox:
            await sandbox.answer(await sandbox.say("hello"), "I am yours.")
            brain = (await sandbox.state())["brain"]

    assert (brain["kind"], brain["model"], brain["base_url"]) == ("yours", "my-model", f"{url}/v1")
    assert [request["model"] for request in model.requests] == ["my-model"]


async def test_a_setting_that_the_bot_refuses_ends_it(tmp_path: Path) -> None:
    said = await refused(tmp_path, OPENAI_TEMPERATURE="9")

    assert "bot │ OPENAI_TEMPERATURE" in said
    assert "does not accept its settings" in said
    assert not EmbeddedRedis(tmp_path / ".sandbox" / "redis").running


async def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("ten years of work")

    said = await refused(tmp_path, "--fresh", "--data", ".")

    assert "holds something else" in said
    assert os.listdir(tmp_path) == ["thesis.txt"]


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = await refused(tmp_path, "--port", port)

    assert f"port {port} cannot be used" in said
    assert "--port" in said


async def test_a_model_that_is_none(tmp_path: Path) -> None:
    said = await refused(tmp_path, SANDBOX_MODEL="clever")

    assert said == "sandbox: SANDBOX_MODEL: write one of yours, local, scripted\n"


def test_the_bot_inherits_all_but_addresses() -> None:
    inherited = {
        "SLACK_BOT_TOKEN": "xoxb-real",
        "slack_app_token": "xapp-real",
        "REDIS_URL": "redis://production",
        "PORT": "80",
        "OPENAI_API_KEY": "sk-real",
        "OPENAI_TEMPERATURE": "0.5",
        "SYSTEM_PROMPT_FILE": "prompt.txt",
        "no_proxy": "intranet",
    }

    env = environment(inherited, {"SLACK_BOT_TOKEN": "xoxb-sandbox", "OPENAI_API_KEY": "sandbox"})

    assert not [value for value in env.values() if "real" in value or "production" in value]
    assert env["SLACK_BOT_TOKEN"] == "xoxb-sandbox"
    assert env["OPENAI_TEMPERATURE"] == "0.5"
    assert env["SYSTEM_PROMPT_FILE"] == str(Path("prompt.txt").absolute())
    assert env["no_proxy"] == "intranet,127.0.0.1,localhost"
    assert env["HOST"] == "127.0.0.1"
    assert "PORT" not in env
