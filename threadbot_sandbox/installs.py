"""A sandbox in which nobody has installed the bot yet: two workspaces and an organisation, and the pages by which
people install it into them and take it out again. Its tokens end after a few minutes and are renewed.
"""

import asyncio
import base64
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.oauth import APPS, CLIENT_ID, CLIENT_SECRET
from threadbot_sandbox.slack.seed import TEAM, Home

TOKENS_LIVE = 240  # seconds
OTHERS = (
    Home("T00SECOND00", "Second", "second", "xoxb-second-not-installed"),
    Home("T00ORGTEAM0", "Organisation", "org", "xoxb-org-not-installed", "E0000ORG00", org_wide=True),
)


@dataclass(frozen=True, slots=True)
class Installs:
    """Where each workspace's page is, by its name; where the app is installed, and where it is taken out again."""

    pages: Mapping[str, str]
    install: str
    apps: str
    port: int


async def open_others(first: SmallSlack, url: str, port: int, manifest: Any, stack: AsyncExitStack) -> Installs:
    """The other workspaces, beside the first, which is the operator's. `port` is the bot's."""
    pages = {first.workspace.home.name: f"{url}/"}
    first.workspace.installed = False
    first.web_api.oauth.rotating, first.web_api.oauth.lives = True, TOKENS_LIVE
    for home in OTHERS:
        other = SmallSlack(home=home, beside=first)
        if manifest is not None:
            other.install(dict(manifest))
        other.workspace.installed = False
        pages[home.name] = f"{await stack.enter_async_context(serving(other.app))}/"
    return Installs(pages, f"http://127.0.0.1:{port}/slack/install", f"{url}{APPS}", port)


async def answers(port: int) -> None:
    """Wait until the bot's pages are there: it may hear Slack a little earlier."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            return writer.close()


def environment(port: int) -> dict[str, str]:
    """The bot's, in place of a token."""
    return {
        "SLACK_CLIENT_ID": CLIENT_ID,
        "SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "ENCRYPTION_KEYS": f"k1:{base64.b64encode(os.urandom(32)).decode()}",
        "OPERATOR_WORKSPACE": TEAM,
        "WORKSPACES": "",
        "PORT": str(port),
    }
