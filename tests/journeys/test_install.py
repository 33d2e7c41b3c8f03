"""People install the bot into their workspaces by a click, the operator lets them in, and they take it out again."""

import asyncio
import base64
import os
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientConnectorError, ClientSession, CookieJar
from click.testing import CliRunner
from redis.asyncio import Redis

from bot.run.cli import main
from bot.slack.manifest import manifest
from tests.town import Town, free_port
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.oauth import CLIENT_ID, CLIENT_SECRET
from threadbot_sandbox.slack.seed import TEAM, Home

SECOND = Home("T00SECOND00", "Second", "second", "xoxb-second-0123456789")
ORG = Home("T00ORGTEAM0", "Org", "org", "xoxb-org-0123456789", "E0000ORG00", org_wide=True, others=("T0OTHER",))
KEYS = f"k1:{base64.b64encode(os.urandom(32)).decode()}"


def many(**more: Any) -> dict[str, Any]:
    """The settings of a bot for many workspaces."""
    return {
        "slack_bot_token": None,
        "slack_client_id": CLIENT_ID,
        "slack_client_secret": CLIENT_SECRET,
        "encryption_keys": KEYS,
        "port": free_port(),
        **more,
    }


@pytest.fixture
async def second(town: Town) -> AsyncIterator[Town]:
    async with neighbour(town, SECOND) as other:
        yield other


@asynccontextmanager
async def neighbour(town: Town, home: Home) -> AsyncIterator[Town]:
    """Another workspace; nobody has installed the app in either yet."""
    other = SmallSlack(home=home, beside=town.slack)
    other.install(manifest(socket_mode=True))
    async with serving(other.app):
        for each in (town.slack, other):
            each.workspace.installed = False
        yield Town(other, town.model, town.model_url, town.redis_url)


class Browser:
    """Somebody's browser at the bot's pages and Slack's."""

    def __init__(self, port: int) -> None:
        self.start = f"http://127.0.0.1:{port}/slack/install"
        self.http = ClientSession(cookie_jar=CookieJar(unsafe=True))

    async def __aenter__(self) -> "Browser":
        while not await self._answers():  # noqa: ASYNC110 - the bot is still starting
            await asyncio.sleep(0.02)
        return self

    async def _answers(self) -> bool:
        try:
            async with self.http.get(self.start.replace("/slack/install", "/livez")) as alive:
                return alive.status == 200
        except ClientConnectorError:
            return False

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()

    async def button(self) -> str:
        """Where the button leads."""
        async with self.http.get(self.start) as page:
            assert page.status == 200
            found = re.search(r'href="([^"]+)"', await page.text())
        assert found
        return found[1].replace("&amp;", "&")

    async def install(self, team: str | None) -> tuple[int, str]:
        """Press the button, and allow it in a workspace, or cancel. The last page's status and text."""
        answer = {"team": team} if team else {"cancel": "1"}
        async with self.http.post(await self.button(), data=answer) as page:
            return page.status, await page.text()


async def test_a_workspace_on_the_list_is_served_at_once(town: Town, second: Town) -> None:
    settings = many(workspaces=f"{TEAM},{SECOND.team}")
    async with town.bot(**settings), Browser(settings["port"]) as browser:
        for home in (town.slack.workspace.home, SECOND):
            status, said = await browser.install(home.team)
            assert (status, "is installed" in said) == (200, True)

        assert (await town.ask("Ben", "#general", "@Threadbot hello")).text
        assert (await second.ask("Ben", "#general", "@Threadbot hello")).text


async def test_an_organisation_is_one_workspace(town: Town) -> None:
    settings = many(workspaces="E0000ORG00")
    async with neighbour(town, ORG) as org, town.bot(**settings), Browser(settings["port"]) as browser:
        assert (await browser.install(ORG.team))[0] == 200

        assert (await org.ask("Ben", "#general", "@Threadbot hello")).text


async def test_a_workspace_that_is_not_on_the_list_is_turned_away(town: Town, second: Town) -> None:
    settings = many(workspaces=TEAM)
    async with town.bot(**settings), Browser(settings["port"]) as browser:
        status, said = await browser.install(SECOND.team)

        assert (status, "not open to your workspace" in said) == (403, True)
        assert second.slack.calls_of("auth.revoke")
        assert not second.slack.workspace.installed
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            assert await redis.exists("{threadbot}:grants") == 0


async def test_without_a_list_each_waits_for_the_operator(
    town: Town, second: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = many()
    environment(monkeypatch, town, settings)
    async with town.bot(**settings), Browser(settings["port"]) as browser:
        status, said = await browser.install(SECOND.team)
        assert (status, "waits for its operator" in said) == (200, True)
        unheard = await second.slack.say("Ben", "#general", "<@U0THREADBOT> hello", encoded=True)
        await second.all_delivered()

        assert f"{SECOND.team}  waiting  Second" in await operator("workspaces", "list")
        assert f"{SECOND.team} is approved" in await operator("workspaces", "approve", SECOND.team)
        assert "state: approved" in await operator("workspaces", "show", SECOND.team)
        assert (await second.ask("Ben", "#general", "@Threadbot hello")).text
        assert len(second.slack.thread("#general", unheard)) == 1

        assert f"{SECOND.team} is removed" in await operator("workspaces", "remove", SECOND.team)
        assert not second.slack.workspace.installed
        assert SECOND.team not in await operator("workspaces", "list")


async def test_only_the_browser_that_began_can_end_it_and_only_once(town: Town, second: Town) -> None:
    settings = many(workspaces="*")
    async with town.bot(**settings), Browser(settings["port"]) as browser, Browser(settings["port"]) as stranger:
        slack = await browser.button()
        async with stranger.http.post(slack, data={"team": SECOND.team}) as page:
            assert (page.status, "not begun in this browser" in await page.text()) == (400, True)
        async with browser.http.post(slack, data={"team": SECOND.team}) as page:
            assert page.status == 400  # the stranger has used it up
        back = urlsplit(browser.start)._replace(path="/slack/oauth_redirect").geturl()
        for query in ("", "?code=1", "?code=1&state=" + "x" * 50_000, "?error=access_denied&state=%00%ff"):
            async with browser.http.get(back + query) as page:
                assert page.status in (400, 414)

        assert (await browser.install(None))[0] == 400
        assert (await browser.install(SECOND.team))[0] == 200


async def test_an_app_that_is_uninstalled_and_installed_again_answers_again(town: Town, second: Town) -> None:
    settings = many(workspaces="*")
    async with town.bot(**settings), Browser(settings["port"]) as browser:
        await browser.install(SECOND.team)
        assert (await second.ask("Ben", "#general", "@Threadbot hello")).text
        second.slack.uninstall()
        await second.all_delivered()
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            assert await redis.hkeys("{threadbot}:grants") == []
            due = await redis.zscore("{threadbot}:erasures", f"{SECOND.team}/workspace//away")
            assert due is not None
            assert 6.9 < (due / 1000 - time.time()) / 86_400 < 7.1
            await browser.install(SECOND.team)
            assert await redis.zscore("{threadbot}:erasures", f"{SECOND.team}/workspace//away") is None

        assert (await second.ask("Ben", "#general", "@Threadbot hello again")).text


async def test_no_token_stands_in_redis_or_in_the_log(
    town: Town, second: Town, caplog: pytest.LogCaptureFixture
) -> None:
    settings = many(workspaces="*")
    async with town.bot(**settings), Browser(settings["port"]) as browser:
        await browser.install(SECOND.team)
        token = second.slack.workspace.keys.bot_token
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            kept = await redis.hget("{threadbot}:grants", SECOND.team)

    assert kept is not None
    assert "xoxb" not in kept
    assert token not in caplog.text


async def test_check_needs_no_workspace_of_our_own(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = many(openai_base_url=f"{town.model_url}/v1", openai_model="small-model")
    environment(monkeypatch, town, {name: value for name, value in chosen.items() if name != "port"})

    said = await operator("check", "--deploy")

    assert "Slack: answers; workspaces install the app" in said
    assert "3000" in said, "at which installs are answered, though no port is set"


def environment(monkeypatch: pytest.MonkeyPatch, town: Town, settings: dict[str, Any]) -> None:
    """The same settings for the operator's commands."""
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    chosen = {
        "slack_app_token": town.slack.app_token,
        "slack_api_url": f"{town.slack.url}/api/",
        "openai_api_key": "sandbox",
        "redis_url": town.redis_url,
        **{name: value for name, value in settings.items() if value is not None},
    }
    for name, value in chosen.items():
        monkeypatch.setenv(name.upper(), str(value))


async def operator(*words: str) -> str:
    """What a command of the operator's prints."""
    done = await asyncio.to_thread(CliRunner().invoke, main, words)
    assert done.exit_code == 0, done.output
    return done.output
