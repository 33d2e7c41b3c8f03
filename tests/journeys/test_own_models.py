"""A workspace brings its own model: an admin sets server and key in a form, and nobody else's turns go there."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.journeys.test_allowances import said
from tests.journeys.test_install import SECOND, Browser, many, neighbour
from tests.town import Json, Town, is_bot
from threadbot_sandbox.model import SmallModel
from threadbot_sandbox.reply import Reply
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack.seed import TEAM

SECRET = "sk-own-0123456789abcdef"


def settings_of(**more: Any) -> dict[str, Any]:
    return many(workspaces="*", own_model_hosts="127.0.0.1", **more)


@asynccontextmanager
async def two(town: Town, **more: Any) -> AsyncIterator[tuple[Town, SmallModel, str]]:
    """The town and another workspace, both installed, and a model's server that is neither's yet."""
    settings, own = settings_of(**more), SmallModel(api_key=SECRET)
    async with (
        serving(own.app) as url,
        neighbour(town, SECOND) as second,
        town.bot(**settings),
        Browser(settings["port"]) as browser,
    ):
        for team in (TEAM, SECOND.team):
            assert (await browser.install(team))[0] == 200
        yield second, own, f"{url}/v1"


async def open_form(town: Town, who: str = "Ada") -> Json:
    await town.slack.command(who, "#general", "/threadbot", "model-server")
    form = await town.slack.wait_for(lambda: town.slack.modal(who), description=f"{who} sees the form")
    assert form is not None
    return form


async def set_server(town: Town, url: str, key: str = SECRET, models: str = "own-model, other-model") -> str:
    """Fill in the form and send it. What stands there then."""
    form = await open_form(town)
    assert not await town.slack.submit("Ada", form["id"], {"url": url, "key": key, "models": models})

    def done() -> str | None:
        shown = str(town.slack.modal("Ada"))
        return shown if "server_form" not in shown and "moment" not in shown else None

    found = await town.slack.wait_for(done, description="the server was tried")
    town.slack.workspace.views.clear()
    return str(found)


async def test_a_workspace_with_its_own_server_is_answered_by_it_and_no_other_is(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with two(town) as (second, own, url):
        assert "answers: `own-model` and `other-model`" in await set_server(second, url)
        tried = len(own.requests)
        assert tried == 2  # one word of each model
        answer = await second.ask("Ben", "#general", "@Threadbot hello")
        assert "own-model" in (answer.footer or "")
        assert own.requests[-1]["model"] == "own-model"
        assert own.keys[-1] == SECRET
        asked = len(own.requests)
        await town.ask("Ben", "#general", "@Threadbot hello")
        assert len(own.requests) == asked
        assert town.model.requests[-1]["model"] == "small-model"
        assert SECRET not in str(await open_form(second))
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            kept = await redis.hgetall("{threadbot}:spaces")

    assert SECRET not in caplog.text
    assert list(kept) == [SECOND.team]
    assert SECRET not in str(kept)


async def test_what_is_no_public_server_or_does_not_answer_is_not_kept(town: Town) -> None:
    async with two(town) as (second, _, url):
        for bad in ("https://localhost/v1", url.replace("127.0.0.1", "127.0.0.2"), "file:///etc/passwd", "nothing"):
            assert "has to be" in (told := await set_server(second, bad)) or "does not lead to" in told, told
        assert "does not accept the key" in await set_server(second, url, key="sk-wrong")
        await second.ask("Ben", "#general", "@Threadbot hello")
        async with Redis.from_url(town.redis_url) as redis:
            assert await redis.exists("{threadbot}:spaces") == 0

    assert town.model.requests


async def test_a_redirect_is_not_followed(town: Town) -> None:
    async with two(town) as (second, own, url):
        own.enqueue(Reply(status=307, headers={"location": f"{town.model_url}/v1/chat/completions"}))
        told = await set_server(second, url)
        assert "Nothing was saved" in told

    assert town.model.requests == []


async def test_an_empty_key_stays_for_the_same_server_and_goes_to_no_other(town: Town) -> None:
    async with two(town) as (second, own, url):
        await set_server(second, url)
        assert "`third-model`" in await set_server(second, url, key="", models="third-model")
        assert own.keys[-1] == SECRET
        other = SmallModel(api_key=None)
        async with serving(other.app) as elsewhere:
            await set_server(second, f"{elsewhere}/v1", key="")
            assert SECRET not in other.keys


async def test_only_admins_set_one_and_may_forget_it(town: Town) -> None:
    async with two(town) as (second, own, url):
        assert "Only admins" in await said(second, "Ben", "/threadbot model-server")
        await set_server(second, url)
        assert "Only admins" in await said(second, "Ben", "/threadbot model-server remove")
        assert "are forgotten" in await said(second, "Ada", "/threadbot model-server remove")
        asked = len(own.requests)
        await second.ask("Ben", "#general", "@Threadbot hello")
        assert "model-server" not in await said(town, "Ada", "/threadbot audit")
        assert "own model server" in await said(second, "Ada", "/threadbot audit")

    assert len(own.requests) == asked


@pytest.mark.parametrize("operators", ["where-none", "fallback", "never"])
async def test_the_operators_models_stand_in_only_where_that_is_switched_on(town: Town, operators: str) -> None:
    async with two(town, operator_models=operators, openai_retries=0) as (second, own, url):
        first = await told(second)
        assert ("No model is set" in first) == (operators == "never")
        before = len(town.model.requests)
        await set_server(second, url)
        own.api_key = "sk-changed"
        then = await told(second)

    assert (len(town.model.requests) > before) == (operators == "fallback")
    assert ("does not accept my key" in then) == (operators != "fallback")
    assert ("small-model" in then) == (operators == "fallback")


async def told(town: Town) -> str:
    """What stands in the thread once a question is dealt with."""
    thread = await town.slack.say("Ben", "#general", "@Threadbot hello")
    await town.slack.wait_for(
        lambda: any(map(is_bot, town.slack.thread("#general", thread))), description="there is an answer, or none"
    )
    await town.idle()
    return str(town.slack.thread("#general", thread)[1:])


async def test_it_is_forgotten_with_the_workspace(town: Town) -> None:
    async with two(town, uninstall_grace_days=0) as (second, _, url):
        await set_server(second, url)
        second.slack.uninstall()
        await second.all_delivered()
        async with Redis.from_url(town.redis_url) as redis:
            while await redis.hexists("{threadbot}:spaces", SECOND.team):  # noqa: ASYNC110 - until it is forgotten
                await asyncio.sleep(0.05)
