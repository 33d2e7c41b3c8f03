"""What a workspace costs in which nothing happens: start-up time and memory with many installations, of which few talk.

    python -m bench.installs [INSTALLATIONS]

The bot runs as a process of its own, once with ten installations and once with as many as are asked for. In ten of them
somebody asks something; of the others it knows tokens and facts alone, as after a restart.
"""

import asyncio
import base64
import os
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.chaos_replica import environment
from bot.installations import Grant, Installation
from bot.slack.manifest import manifest
from bot.store.client import Client
from bot.store.grants import RedisGrants
from bot.store.installations import RedisInstallations
from bot.store.seal import Seal
from threadbot_sandbox.model import SmallModel
from threadbot_sandbox.redis import EmbeddedRedis
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.oauth import CLIENT_ID, CLIENT_SECRET
from threadbot_sandbox.slack.seed import APP, BOT, BOT_USER, Home

ACTIVE = 10
PORT = 38917
SETTLED = 3.0  # seconds


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds until it is ready, and of the processor's time; megabytes then, and after the active ones talked."""

    installations: int
    ready: float
    worked: float
    idle: float
    active: float


async def measure(installations: int, folder: Path) -> Measured:
    keys = f"k1:{base64.b64encode(os.urandom(32)).decode()}"
    server, model = EmbeddedRedis(folder), SmallModel()
    server.start()
    try:
        async with AsyncExitStack() as stack:
            model_url = await stack.enter_async_context(serving(model.app))
            talking = await _workspaces(stack)
            await _installed(installations, talking, server.url, keys)
            env = environment(talking[0], model_url, server.url) | {
                "SLACK_CLIENT_ID": CLIENT_ID,
                "SLACK_CLIENT_SECRET": CLIENT_SECRET,
                "ENCRYPTION_KEYS": keys,
                "WORKSPACES": "*",
                "PORT": str(PORT),
                "NOTICE": "false",
            }
            env.pop("SLACK_BOT_TOKEN")
            began = time.monotonic()
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "run"), env=env, stderr=asyncio.subprocess.DEVNULL
            )
            try:
                await _ready()
                ready, worked = time.monotonic() - began, _worked(process.pid)
                await asyncio.sleep(SETTLED)
                idle = _megabytes(process.pid)
                await asyncio.gather(*map(_talk, talking))
                await asyncio.sleep(SETTLED)
                return Measured(installations, ready, worked, idle, _megabytes(process.pid))
            finally:
                process.kill()
                await process.wait()
    finally:
        server.stop()


async def _workspaces(stack: AsyncExitStack) -> list[SmallSlack]:
    """Those in which somebody talks."""
    homes = [Home(f"T00ACTIVE{n:02}", f"Active {n}", f"active{n}", f"xoxb-active-{n:020}") for n in range(ACTIVE)]
    found: list[SmallSlack] = []
    for home in homes:
        slack = SmallSlack(home=home, beside=found[0] if found else None)
        slack.install(manifest(socket_mode=True))
        await stack.enter_async_context(serving(slack.app))
        found.append(slack)
    return found


async def _installed(installations: int, talking: list[SmallSlack], redis: str, keys: str) -> None:
    client = Client(redis, "threadbot", Seal(lambda: keys))
    grants, facts = RedisGrants(client, "threadbot"), RedisInstallations(client, "threadbot")
    known = [(slack.workspace.home.team, slack.bot_token) for slack in talking]
    known += [(f"T00IDLE{n:05}", f"xoxb-idle-{n:020}") for n in range(installations - len(known))]
    for team, token in known:
        await facts.note(Installation(team, BOT_USER, BOT, f"Workspace {team}", APP, team))
        await grants.put(Grant(team, token, installer="U0000000ADA", name=f"Workspace {team}", approved=True))
    await client.close()


async def _ready() -> None:
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{PORT}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectorError:
                pass
            await asyncio.sleep(0.01)


async def _talk(slack: SmallSlack) -> None:
    ts = await slack.say("Ben", "#general", "@Threadbot hello")
    await slack.wait_for(
        lambda: any("bot_id" in message for message in slack.thread("#general", ts)), description="an answer"
    )


def _worked(pid: int) -> float:
    """Seconds of processor time."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    found = []
    for installations in (ACTIVE, many):
        with tempfile.TemporaryDirectory() as folder:
            found.append(asyncio.run(measure(installations, Path(folder))))
    head = ("installations", "ready after, s", "of it at work, s", "memory then, MB", "after ten talked, MB")
    print(f"| {' | '.join(head)} |", "|---:" * len(head) + "|", sep="\n")
    for each in found:
        print(
            f"| {each.installations:,} | {each.ready:.1f} | {each.worked:.2f} | {each.idle:.1f} | {each.active:.1f} |"
        )
    few, lots = found
    more = (lots.idle - few.idle) * 1024 / (lots.installations - few.installations)
    print(f"\nAn idle workspace takes {more:.1f} kB.")


if __name__ == "__main__":
    main()
