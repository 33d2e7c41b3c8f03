"""The app is uninstalled, or its token revoked, whatever the bot is doing there just then; and installed again."""

import asyncio
import logging
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.journeys.test_allowances import said
from tests.journeys.test_install import SECOND, Browser, environment, many, neighbour, operator
from tests.town import QUEUE, Town, is_bot, wait_until
from threadbot_sandbox.reply import Reply
from threadbot_sandbox.slack.seed import BOT_USER

LONG = Reply("word " * 200, stall_after=20)


def settings_of(**more: Any) -> dict[str, Any]:
    return many(workspaces="*", **more)


async def begin(second: Town, town: Town) -> str:
    """A question whose answer has begun and does not go on."""
    town.model.enqueue(LONG)
    thread = await second.slack.say("Ben", "#general", "@Threadbot tell me a long story")
    await second.slack.wait_for(
        lambda: any(map(is_bot, second.slack.thread("#general", thread))), description="the answer has begun"
    )
    return thread


@pytest.mark.parametrize("event", ["both", "tokens_revoked"])
async def test_while_an_answer_is_written_the_turn_ends_quietly(
    town: Town, event: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_of()
    async with neighbour(town, SECOND) as second, town.bot(**settings), Browser(settings["port"]) as browser:
        await browser.install(SECOND.team)
        thread = await begin(second, town)
        waiting = await second.slack.say("Chloe", "#general", "@Threadbot and me?", thread_ts=thread)
        await second.all_delivered()
        caplog.clear()
        caplog.set_level(logging.INFO)
        if event == "both":
            second.slack.uninstall()
        else:
            second.slack.workspace.installed = False
            second.slack.workspace.emit({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}})
        await wait_until(lambda: town.model.cancelled, "the request is given up")
        await second.all_delivered()
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            assert await redis.hlen(QUEUE.state) == await redis.zcard(QUEUE.leases) == 0
        calls = len(second.slack.calls)
        town.model.release()
        await second.slack.say("Ben", "#general", "@Threadbot are you there?")
        await second.all_delivered()
        await asyncio.sleep(1.5)  # as long as whoever claims would need
        assert len(second.slack.calls) == calls
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            assert await redis.hlen(QUEUE.state) == 0

    told = [record.getMessage() for record in caplog.records]
    assert told.count("the app is no longer installed") == 1
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert "a thread waits in a workspace that is not installed here" not in told
    assert len([m for m in second.slack.thread("#general", thread) if is_bot(m)]) == 1  # no apology
    assert waiting


async def test_installed_again_within_the_grace_everything_is_still_there(town: Town) -> None:
    settings = settings_of()
    async with neighbour(town, SECOND) as second, town.bot(**settings), Browser(settings["port"]) as browser:
        await browser.install(SECOND.team)
        await said(second, "Ada", "/threadbot footer off workspace")
        thread = await begin(second, town)
        second.slack.uninstall()
        await wait_until(lambda: town.model.cancelled, "the request is given up")
        await second.all_delivered()
        await browser.install(SECOND.team)
        assert "off" in await said(second, "Ada", "/threadbot footer")
        await said(second, "Ada", "/threadbot footer full workspace")
        assert (await second.ask("Ben", "#general", "@Threadbot and now?", thread)).text
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            assert await redis.zscore("{threadbot}:erasures", f"{SECOND.team}/workspace//away") is None


async def test_installed_again_after_the_grace_it_starts_empty(town: Town) -> None:
    settings = settings_of(uninstall_grace_days=0)
    async with neighbour(town, SECOND) as second, town.bot(**settings), Browser(settings["port"]) as browser:
        await browser.install(SECOND.team)
        await said(second, "Ada", "/threadbot footer off workspace")
        second.slack.uninstall()
        await second.all_delivered()
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            while await redis.keys(f"{{threadbot}}:{SECOND.team}:*"):  # noqa: ASYNC110 - until all of it is removed
                await asyncio.sleep(0.05)
        await browser.install(SECOND.team)
        assert (await second.ask("Ben", "#general", "@Threadbot hello")).footer


async def test_installed_again_with_more_scopes_it_has_them(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of()
    environment(monkeypatch, town, settings)
    async with neighbour(town, SECOND) as second, town.bot(**settings), Browser(settings["port"]) as browser:
        all_of_them = second.slack.workspace.scopes
        second.slack.workspace.scopes = all_of_them - {"files:write"}
        await browser.install(SECOND.team)
        before = await operator("workspaces", "show", SECOND.team)
        second.slack.workspace.scopes = all_of_them
        await browser.install(SECOND.team)
        after = await operator("workspaces", "show", SECOND.team)
        assert (await second.ask("Ben", "#general", "@Threadbot hello")).text

    assert ("files:write" in before, "files:write" in after) == (False, True)
