"""A workspace has installed the bot and waits: the operator's admins are asked, one decides, and all learn of it."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.installations import Grant
from bot.run import install
from bot.store.client import Client
from bot.store.grants import RedisGrants
from bot.store.seal import Seal
from tests.journeys.test_allowances import said
from tests.journeys.test_install import KEYS, SECOND, Browser, environment, many, neighbour, operator
from tests.town import Json, Town, is_bot, wait_until
from threadbot_sandbox.slack.seed import TEAM


def direct(town: Town, who: str) -> list[Json]:
    """The bot's messages in somebody's direct messages."""
    user = town.slack.workspace.person(who).id
    return [message for message in town.slack.messages(f"D{user[1:]}") if is_bot(message)]


def operators(**more: Any) -> dict[str, Any]:
    return many(operator_workspace=TEAM, **more)


async def asked(town: Town, who: str = "Ada") -> Json:
    await town.slack.wait_for(lambda: direct(town, who), description=f"{who} is asked")
    return direct(town, who)[-1]


async def told(town: Town, who: str, what: str) -> None:
    """Wait until somebody reads it, in the channel or alone."""

    def seen() -> bool:
        return what in str([direct(town, who), town.slack.whispers(who), town.slack.messages("#general")])

    await town.slack.wait_for(seen, description=f"{who} is told: {what}")


async def test_an_admin_of_the_operators_workspace_approves_by_a_button(town: Town) -> None:
    settings = operators()
    async with neighbour(town, SECOND) as second, town.bot(**settings), Browser(settings["port"]) as browser:
        assert (await browser.install(TEAM))[0] == 200
        assert (await town.ask("Ben", "#general", "@Threadbot hello")).text  # it is the operator's own
        assert "waits for its operator" in (await browser.install(SECOND.team))[1]
        question = await asked(town)
        assert "Second" in question["text"]
        assert SECOND.team in question["text"]
        await browser.install(SECOND.team)  # once more, and nobody is asked again
        assert len(direct(town, "Ada")) == len(direct(town, "Dora")) == 1

        await town.slack.click("Ada", "D0000000ADA", question["ts"], "workspace_admit_yes")
        await told(town, "Ada", "is served from now on")
        assert (await second.ask("Ben", "#general", "@Threadbot hello")).text
        await town.slack.click("Dora", "D000000DORA", direct(town, "Dora")[-1]["ts"], "workspace_admit_no")
        await told(town, "Dora", "was approved already")
        assert "approved the workspace" in await said(town, "Ada", "/threadbot audit")

    assert "workspace_admit" not in str(direct(town, "Ada"))
    assert second.slack.workspace.installed


async def test_a_no_gives_the_token_back_and_forgets_it(town: Town) -> None:
    settings = operators()
    async with neighbour(town, SECOND) as second, town.bot(**settings), Browser(settings["port"]) as browser:
        await browser.install(TEAM)
        await browser.install(SECOND.team)
        question = await asked(town)
        await town.slack.click("Ada", "D0000000ADA", question["ts"], "workspace_admit_no")
        await wait_until(lambda: second.slack.calls_of("auth.revoke"), "the token is given back")
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            while await redis.hexists("{threadbot}:installations", SECOND.team):  # noqa: ASYNC110 - until it is forgotten
                await asyncio.sleep(0.05)
            assert await redis.hkeys("{threadbot}:grants") == [TEAM]

    assert not second.slack.workspace.installed


async def test_in_a_channel_anybody_may_read_it_and_only_admins_decide(town: Town) -> None:
    settings = operators(operator_channel="C000GENERAL")
    async with neighbour(town, SECOND) as second, town.bot(**settings), Browser(settings["port"]) as browser:
        await browser.install(TEAM)
        await browser.install(SECOND.team)
        await town.slack.wait_for(lambda: [*filter(is_bot, town.slack.messages("#general"))], description="it is asked")
        [question] = filter(is_bot, town.slack.messages("#general"))
        await town.slack.click("Ben", "#general", question["ts"], "workspace_admit_yes")
        await town.slack.wait_for(lambda: "Only admins" in str(town.slack.whispers("Ben")), description="Ben may not")
        assert "workspace_admit" in str(town.slack.messages("#general"))
        await town.slack.click("Dora", "#general", question["ts"], "workspace_admit_yes")
        await told(town, "Dora", "is served from now on")
        assert (await second.ask("Ben", "#general", "@Threadbot hello")).text

    assert direct(town, "Ada") == []


async def test_whoever_waited_first_is_asked_about_once_the_operators_workspace_is_there(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "TIDY_EVERY", 0.2)
    settings = operators()
    environment(monkeypatch, town, settings)
    async with neighbour(town, SECOND), town.bot(**settings), Browser(settings["port"]) as browser:
        await browser.install(SECOND.team)
        assert direct(town, "Ada") == []
        await browser.install(TEAM)
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            await redis.delete("{threadbot}:refreshing:" + SECOND.team)  # as after 20 seconds
        assert SECOND.team in (await asked(town))["text"]
        assert f"{SECOND.team} is approved" in await operator("workspaces", "approve", SECOND.team)
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            assert "workspaces.approved" in str(await redis.lrange(f"{{threadbot}}:{TEAM}:audit", 0, -1))


async def test_seven_days_without_an_answer_are_a_no(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "TIDY_EVERY", 0.2)
    settings = operators()
    async with neighbour(town, SECOND) as second, town.bot(**settings), Browser(settings["port"]) as browser:
        await browser.install(SECOND.team)
        await age(town, SECOND.team, install.WAITS_FOR + 1)
        await wait_until(lambda: second.slack.calls_of("auth.revoke"), "the token is given back")

    assert not second.slack.workspace.installed


async def age(town: Town, workspace: str, seconds: float) -> None:
    """Let it have been installed so long ago."""
    client = Client(town.redis_url, "threadbot", Seal(lambda: KEYS))
    grants = RedisGrants(client, "threadbot")
    found = await grants.of(workspace)
    assert isinstance(found, Grant)
    await grants.put(replace(found, installed_at=time.time() - seconds))
    await client.close()
