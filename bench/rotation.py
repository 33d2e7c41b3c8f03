"""Four processes renew one workspace's token, over and over, and are killed at it: is the token ever lost?

    python -m bench.rotation [ROTATIONS]

Each takes its turn as replicas do. One in twenty rotations is cut off by kill -9 exactly between Slack's answer and the
store; a new process takes the dead one's place. The small Slack takes a refresh token once more until what it brought
was used, as people have seen Slack do. In the end what is stored has to be what Slack holds valid.
"""

import asyncio
import base64
import os
import signal
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from bot.installations import Grant
from bot.run import config, install
from bot.run.install import Installer
from bot.slack.api.client import SlackClient
from bot.slack.api.rate_limits import Pace
from bot.slack.manifest import manifest
from bot.store import grants
from bot.store.client import Client
from bot.store.erasures import RedisErasures
from bot.store.grants import RedisGrants
from bot.store.installations import RedisInstallations
from bot.store.seal import Seal
from threadbot_sandbox.redis import EmbeddedRedis
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.oauth import CLIENT_ID, CLIENT_SECRET
from threadbot_sandbox.slack.seed import TEAM

PROCESSES = 4
CUT_OFF_EVERY = 20  # rotations of one process
TAKEN_OVER_AFTER = 500  # milliseconds; a minute in the bot
BACK = "http://127.0.0.1/slack/oauth_redirect"
PATIENCE = 60.0  # seconds without any rotation


def settings(slack: str, redis: str, keys: str) -> config.Settings:
    chosen: dict[str, Any] = {
        "slack_bot_token": None,
        "slack_client_id": CLIENT_ID,
        "slack_client_secret": CLIENT_SECRET,
        "slack_app_token": "xapp-1",
        "slack_api_url": f"{slack}/api/",
        "encryption_keys": keys,
        "openai_api_key": "none",
        "redis_url": redis,
        "workspaces": "*",
    }
    return config.load(_env_file=None, **chosen)


async def opened(stack: AsyncExitStack, slack: str, redis: str, keys: str) -> Installer:
    """What one process has of installations."""
    chosen = settings(slack, redis, keys)
    session = await stack.enter_async_context(ClientSession())
    client = Client(redis, "threadbot", Seal(lambda: keys))
    stack.push_async_callback(client.close)
    stores = RedisInstallations(client, "threadbot"), RedisGrants(client, "threadbot")
    return Installer(
        chosen,
        chosen.opened(),
        SlackClient("", chosen.slack_api_url, session, Pace(None)),
        *stores,
        RedisErasures(client, "threadbot"),
    )


async def renew(slack: str, redis: str, keys: str, until: int) -> None:
    """One process: renews in its turn. At its `until`-th time it is killed before it has stored anything."""
    install.DUE_AT, grants.REFRESHING_FOR = -1.0, TAKEN_OVER_AFTER
    count, written = 0, RedisGrants.replace

    async def replace(self: RedisGrants, before: Grant, grant: Grant) -> bool:
        nonlocal count
        count += 1
        if count == until:
            os.kill(os.getpid(), signal.SIGKILL)
        return await written(self, before, grant)

    RedisGrants.replace = replace  # type: ignore[method-assign]
    async with AsyncExitStack() as stack:
        installer = await opened(stack, slack, redis, keys)
        while True:
            await installer.rotate(TEAM)
            await asyncio.sleep(0.001)


@dataclass(slots=True)
class Ran:
    """`valid`: what is stored is what Slack holds valid, and brings the next."""

    rotations: int = 0
    killed: int = 0
    seconds: float = 0.0
    valid: bool = False


async def run(rotations: int, redis: str, cut_off_every: int = CUT_OFF_EVERY) -> Ran:
    """Until there were so many rotations."""
    keys, ran, began = f"k1:{base64.b64encode(os.urandom(32)).decode()}", Ran(), time.monotonic()
    slack = SmallSlack()
    slack.install(manifest(socket_mode=True))
    slack.workspace.installed = False
    oauth = slack.web_api.oauth
    oauth.rotating = oauth.lenient = True
    async with serving(slack.app) as url, AsyncExitStack() as stack:
        one = await opened(stack, url, redis, keys)
        assert await one.install(oauth.code(TEAM, BACK), BACK) == "served"
        processes = [await _started(url, redis, keys, cut_off_every + n) for n in range(PROCESSES)]
        try:
            seen, since = 0, time.monotonic()
            while len(oauth.refreshes) < rotations:
                await asyncio.sleep(0.02)
                if len(oauth.refreshes) > seen:
                    seen, since = len(oauth.refreshes), time.monotonic()
                assert time.monotonic() - since < PATIENCE, f"the token was lost after {seen} rotations"
                for n, process in enumerate(processes):
                    if process.returncode is not None:
                        ran.killed += 1
                        processes[n] = await _started(url, redis, keys, cut_off_every + n)
        finally:
            for process in processes:
                if process.returncode is None:
                    process.kill()
                await process.wait()
        ran.rotations, ran.seconds = len(oauth.refreshes), time.monotonic() - began
        ran.valid = await _is_valid(one, slack)
    return ran


async def _is_valid(one: Installer, slack: SmallSlack) -> bool:
    """One more rotation, by whoever is left, and its token is good."""
    before = await one.grants.of(TEAM)
    assert before is not None
    await one._rotate(before)
    after = await one.grants.of(TEAM)
    return after is not None and after.token == slack.workspace.keys.bot_token != before.token


async def _started(slack: str, redis: str, keys: str, until: int) -> asyncio.subprocess.Process:
    words = (sys.executable, "-m", "bench.rotation", "renew", slack, redis, keys, str(until))
    return await asyncio.create_subprocess_exec(*words, cwd=Path(__file__).parent.parent)


def main() -> None:
    if sys.argv[1:2] == ["renew"]:
        slack, redis, keys, until = sys.argv[2:]
        asyncio.run(renew(slack, redis, keys, int(until)))
        return
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedRedis(Path(folder))
        server.start()
        try:
            ran = asyncio.run(run(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, server.url))
        finally:
            server.stop()
    lost = "none was lost" if ran.valid else "the token was LOST"
    print(f"{ran.rotations} rotations by {PROCESSES} processes in {ran.seconds:.0f} s, {ran.killed} killed: {lost}")
    sys.exit(not ran.valid)


if __name__ == "__main__":
    main()
