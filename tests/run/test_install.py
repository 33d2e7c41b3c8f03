"""Installations by a click, without a bot round them: tokens that end, and workspaces that nobody approves."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from aiohttp import ClientSession

from bench import rotation
from bot.installations import Grant
from bot.run import install
from bot.run.install import Installer
from bot.run.secret_files import Fixed
from bot.slack.api.client import SlackClient
from bot.slack.api.rate_limits import Pace
from bot.store.client import Client
from bot.store.erasures import RedisErasures
from bot.store.grants import RedisGrants
from bot.store.installations import RedisInstallations
from bot.store.seal import Seal
from tests.journeys.test_install import KEYS, many
from tests.town import Town
from threadbot_sandbox.slack.seed import TEAM

BACK = "http://127.0.0.1/slack/oauth_redirect"


@pytest.fixture
async def four(town: Town) -> AsyncIterator[list[Installer]]:
    """Four processes that share one Redis."""
    settings = town.settings(**many(workspaces="*"))
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(ClientSession())
        slack = SlackClient("", settings.slack_api_url, session, Pace(None))
        installers = []
        for _ in range(4):
            client = Client(town.redis_url, "threadbot", Seal(lambda: KEYS))
            stack.push_async_callback(client.close)
            stores = RedisInstallations(client, "threadbot"), RedisGrants(client, "threadbot")
            installers.append(
                Installer(settings, settings.opened(), slack, *stores, RedisErasures(client, "threadbot"))
            )
        yield installers


async def grant_of(one: Installer) -> Grant:
    [grant] = await one.grants.all()
    return grant


async def due(one: Installer) -> Grant:
    """The grant, as if two thirds of its token's life were over."""
    found = await grant_of(one)
    old = replace(found, issued_at=time.time() - 40_000, expires_at=time.time() + 3_000)
    await one.grants.put(old)
    return old


async def test_of_four_that_renew_a_token_at_once_one_does_and_none_is_lost(town: Town, four: list[Installer]) -> None:
    oauth = town.slack.web_api.oauth
    oauth.rotating = True
    assert await four[0].install(oauth.code(TEAM, BACK), BACK) == "served"
    for count in range(1, 26):
        before = await due(four[0])
        await asyncio.gather(*(each.rotate(TEAM) for each in four))
        now = await grant_of(four[1])
        assert len(oauth.refreshes) == count
        assert now.token == town.slack.workspace.keys.bot_token != before.token
        assert now.refresh_token != before.refresh_token
    for each in four:
        await each.refresh()
        served = each.installations.served(TEAM)
        assert served is not None
        assert served[1] == town.slack.workspace.keys.bot_token


async def test_what_one_has_renewed_is_not_renewed_by_the_next(town: Town, four: list[Installer]) -> None:
    oauth = town.slack.web_api.oauth
    oauth.rotating = True
    await four[0].install(oauth.code(TEAM, BACK), BACK)
    await due(four[0])
    await four[0].rotate(TEAM)
    await four[1].rotate(TEAM)

    assert oauth.refreshes == [TEAM]


async def test_a_workspace_that_nobody_approves_gives_its_token_back(town: Town, four: list[Installer]) -> None:
    for each in four:
        each.settings = town.settings(**many())
    one, oauth = four[0], town.slack.web_api.oauth
    assert await one.install(oauth.code(TEAM, BACK), BACK) == "waits"
    await one.tidy()
    waiting = await grant_of(one)
    await one.grants.put(replace(waiting, installed_at=time.time() - install.WAITS_FOR - 1))
    await asyncio.gather(*(each.tidy() for each in four))

    assert await one.grants.all() == []
    assert len(town.slack.calls_of("auth.revoke")) == 1


async def test_who_was_approved_stays_so_when_the_app_is_installed_again(town: Town, four: list[Installer]) -> None:
    one, oauth = four[0], town.slack.web_api.oauth
    one.settings = town.settings(**many())
    await one.install(oauth.code(TEAM, BACK), BACK)
    assert await one.decide(TEAM, True) == "approved"
    assert await one.decide(TEAM, False) == "decided"

    assert await one.install(oauth.code(TEAM, BACK), BACK) == "served"


@pytest.mark.parametrize("error", ["invalid_code", "bad_redirect_uri", "ratelimited"])
async def test_what_slack_refuses_is_not_installed(town: Town, four: list[Installer], error: str) -> None:
    town.slack.fail("oauth.v2.access", error=error)

    assert await four[0].install(town.slack.web_api.oauth.code(TEAM, BACK), BACK) == "failed"
    assert await four[0].grants.all() == []


async def test_a_new_client_id_and_secret_are_used_from_then_on(town: Town, four: list[Installer]) -> None:
    one, oauth = four[0], town.slack.web_api.oauth
    oauth.client = ("3000000000000.4000000000000", "fedcba9876543210fedcba9876543210")
    assert await one.install(oauth.code(TEAM, BACK), BACK) == "failed"
    for name, value in zip(("slack_client_id", "slack_client_secret"), oauth.client, strict=True):
        one.held.known[name] = Fixed(value)

    assert await one.install(oauth.code(TEAM, BACK), BACK) == "served"


async def test_what_is_decided_while_a_token_is_renewed_does_not_lose_it(town: Town, four: list[Installer]) -> None:
    one, other, oauth = four[0], four[1], town.slack.web_api.oauth
    oauth.rotating = True
    for each in four:
        each.settings = town.settings(**many())
    await one.install(oauth.code(TEAM, BACK), BACK)
    before = await due(one)
    answer = await one._access(refresh_token=before.refresh_token)
    assert await other.decide(TEAM, True) == "approved"
    await one._written(before, install._token(answer))
    now = await grant_of(one)

    assert (now.token, now.approved) == (town.slack.workspace.keys.bot_token, True)


async def test_whoever_dies_between_slacks_answer_and_the_store_leaves_it_to_the_next(
    town: Town, four: list[Installer], caplog: pytest.LogCaptureFixture
) -> None:
    """Where Slack takes it no more, the installer is told while the present token is still good, and nobody asks
    again; one more click brings the workspace back."""
    one, oauth = four[0], town.slack.web_api.oauth
    oauth.rotating = True
    await one.install(oauth.code(TEAM, BACK), BACK)
    before = await due(one)
    await one._access(refresh_token=before.refresh_token)  # whose answer nobody has kept
    for each in four:
        await each.rotate(TEAM)
    told = [m for m in town.slack.messages("D0000000ADA") if "install me again" in m.get("text", "")]
    assert len(told) == 1
    assert caplog.text.count("install the app again") == 1
    assert (await grant_of(one)).token == before.token
    assert await one.install(oauth.code(TEAM, BACK), BACK) == "served"
    await due(one)
    await one.rotate(TEAM)

    assert (await grant_of(one)).token == town.slack.workspace.keys.bot_token


async def test_four_processes_that_are_killed_at_it_lose_no_token(redis_url: str) -> None:
    ran = await rotation.run(60, redis_url, cut_off_every=6)

    assert ran.valid
    assert ran.killed >= 4
