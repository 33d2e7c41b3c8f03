"""Several workspaces with one bot: people and channels have the same ids in all of them, and nothing crosses."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from bot.errors import StartError
from bot.policy.preferences import Access, Defaults
from bot.slack.api.client import SlackClient
from bot.slack.api.identity import identify
from bot.slack.api.rate_limits import Pace
from bot.slack.manifest import manifest
from bot.store.client import Client
from bot.store.installations import RedisInstallations
from bot.store.keys import Keys
from bot.store.preferences import RedisPrefs
from tests.responder import shown
from tests.town import QUEUE, Town, is_bot, wait_until
from threadbot_sandbox.model import SmallModel
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.seed import BEN, TEAM, Home

SECOND = Home("T00SECOND00", "Second", "second", "xoxb-second-0123456789")
ORG = Home(
    "T00ORGTEAM0", "Org", "org", "xoxb-org-0123456789", enterprise="E0000ORG00", org_wide=True, others=("T0OTHER",)
)


@asynccontextmanager
async def neighbour(town: Town, home: Home) -> AsyncIterator[Town]:
    """Another workspace with the same app, and the same people in channels of the same ids."""
    other = SmallSlack(home=home, beside=town.slack)
    other.install(manifest(socket_mode=True))
    other.retry_delays = (0.0, 0.5, 1.0)
    async with serving(other.app):
        yield replace(town, slack=other)


@asynccontextmanager
async def replica(town: Town, others: Sequence[Town], **chosen: Any) -> AsyncIterator[None]:
    """A process of the bot that has the tokens of all of them."""
    client = Client(town.redis_url)
    installations = RedisInstallations(client, "threadbot")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(client.close)
        session = await stack.enter_async_context(ClientSession())
        for other in others:
            token = other.slack.bot_token
            me, _ = await identify(SlackClient(token, f"{town.slack.url}/api/", session, Pace(None)))
            await installations.put(me, token)
        await stack.enter_async_context(town.bot(installations=installations, **chosen))
        yield


async def command(town: Town, who: str, text: str) -> str:
    name, _, words = text.partition(" ")
    before = len(town.slack.notes(who))
    assert await town.slack.command(who, "#general", name, words)
    await town.slack.wait_for(lambda: len(town.slack.notes(who)) > before, description=f"an answer to {text}")
    return shown(town.slack.notes(who)[-1]["blocks"])


def in_step(one: Town, other: Town) -> None:
    """What is said next in both has the same `ts`."""
    latest = max(one.slack.workspace._last_ts, other.slack.workspace._last_ts) + 1_000_000
    for each in (one, other):
        each.slack.workspace.clock = lambda: 0.0
        each.slack.workspace._last_ts = latest


@pytest.fixture(params=[SECOND, ORG], ids=["another team", "an org-wide install"])
async def second(request: pytest.FixtureRequest, town: Town) -> AsyncIterator[Town]:
    async with neighbour(town, request.param) as other:
        yield other


async def test_nothing_crosses_and_each_replica_serves_both(
    town: Town, second: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    second.slack.change_user("Ada", real_name="Adele")
    async with replica(town, [second], slack_rate_limits=True), replica(town, [second], slack_rate_limits=True):
        await choose_in(town)
        await nothing_was_chosen_in(second)
        await talk_in_both(town, second)
    for _ in range(2):
        async with replica(town, [second]):
            assert (await town.ask("Ben", "#general", "@Threadbot tell me a joke")).text
            assert (await second.ask("Ben", "#general", "@Threadbot tell me a joke")).text
    await redis_keeps_them_apart(town, second)
    told = [vars(record) for record in caplog.records]
    threads = [str(facts[name]) for facts in told for name in ("in_thread", "turn") if name in facts]
    assert threads
    assert {name.split("/")[1] for name in threads} == {TEAM, workspace(second)}


def workspace(town: Town) -> str:
    home = town.slack.workspace.home
    return home.enterprise if home.org_wide and home.enterprise else home.team


async def choose_in(town: Town) -> None:
    """Everything that a workspace chooses."""
    await command(town, "Ada", "/persona copy concise Mine")
    await command(town, "Ada", "/persona use Mine here")
    await command(town, "Ada", "/threadbot model first-model workspace")
    await command(town, "Ada", "/threadbot deny @Chloe")
    await command(town, "Ada", "/threadbot admins add @Ben")


async def nothing_was_chosen_in(town: Town) -> None:
    told = {text: await command(town, "Ada", text) for text in (
        "/persona list", "/threadbot settings", "/threadbot audit", "/threadbot deny", "/threadbot admins",
        "/threadbot usage all",
    )}  # fmt: skip

    assert "Mine" not in "".join(told.values())
    assert "first-model" not in told["/threadbot settings"]
    assert "None yet." in told["/threadbot audit"]
    assert BEN not in told["/threadbot admins"]


async def talk_in_both(one: Town, other: Town) -> None:
    """In threads of the same name."""
    in_step(one, other)
    roots = []
    for town, word in ((one, "apples"), (other, "pears")):
        answer = await town.ask("Ada", "#general", f"@Threadbot I like {word}")
        roots.append(answer.thread)
        await town.slack.say("Ben", "#general", f"{word}?", thread_ts=answer.thread)
    assert roots[0] == roots[1]
    for town in (one, other):
        await town.all_delivered()
        before = len(one.model.requests)
        await town.ask("Ben", "#general", "@Threadbot what does who like?", roots[0])
        request = str(one.model.requests[before:])
        mine, theirs = ("apples", "pears") if town is one else ("pears", "apples")

        assert mine in request
        assert theirs not in request
        assert ("Adele" in request) is (town is other)
        assert ("first-model" in request) is (town is one)
    usage = [await command(town, "Ben", "/threadbot usage") for town in (one, other)]
    assert all("1 answer" in each for each in usage)
    thread = await one.slack.say("Chloe", "#general", "@Threadbot tell me a joke")
    await one.slack.wait_for(lambda: one.slack.whispers("Chloe"), description="Chloe is told")
    assert not any(map(is_bot, one.slack.thread("#general", thread)))
    assert (await other.ask("Chloe", "#general", "@Threadbot tell me a joke")).text


async def redis_keeps_them_apart(one: Town, other: Town) -> None:
    async with Redis.from_url(one.redis_url, decode_responses=True) as redis:
        names = [str(key).removeprefix("{threadbot}:").split(":") for key in await redis.keys()]
    by: dict[str, set[str]] = {}
    for workspace_id, family, *_ in (name for name in names if name[0] in (TEAM, workspace(other))):
        by.setdefault(family, set()).add(workspace_id)

    assert by["messages"] == by["used"] == by["pace"] == by["threads"] == {TEAM, workspace(other)}
    assert by["prefs"] == by["access"] == by["audit"] == by["versions"] == {TEAM}


async def test_a_refusal_of_one_workspaces_slack_is_no_refusal_of_the_others(town: Town, second: Town) -> None:
    town.slack.fail("chat.postMessage", error="ratelimited", status=429, retry_after=3)
    town.slack.fail("chat.startStream", error="ratelimited", status=429, retry_after=3)
    async with replica(town, [second], slack_rate_limits=True):
        ts = await town.slack.say("Ben", "#general", "@Threadbot tell me a joke")
        await town.slack.wait_for(lambda: any(c.status == 429 for c in town.slack.calls), description="a refusal")
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            assert (await second.ask("Ben", "#general", "@Threadbot tell me a joke")).text
            held = [str(key) for key in await redis.keys("*:held:*")]
        await town.answer("#general", ts, ts)

    assert held
    assert all(key.startswith(f"{{threadbot}}:{TEAM}:held:") for key in held)


async def test_the_people_of_an_organisation_are_at_home_and_its_teams_admins_are_not_its_own(town: Town) -> None:
    async with neighbour(town, ORG) as org, replica(town, [org]):
        org.slack.change_user("Ben", team="T0OTHER")
        assert (await org.ask("Ben", "#general", "@Threadbot tell me a joke")).text
        assert "Only" not in await command(org, "Ben", "/persona list")
        assert "Only admins" in await command(org, "Dora", "/threadbot audit")
        assert "Only" not in await command(org, "Ada", "/threadbot audit")
        await allow(org, groups=frozenset({"S0GARDENERS"}))
        await org.slack.open_home("Ben")
        await org.slack.wait_for(lambda: org.slack.home("Ben"), description="a Home tab")
        thread = (await org.ask("Chloe", "#general", "@Threadbot tell me a joke")).thread
        message = org.slack.thread("#general", thread)[-1]
        await org.slack.click("Chloe", "#general", message["ts"], "turn_rate", value=f"up {thread}")
        await wait_until(lambda: "Thank you" in str(org.slack.whispers("Chloe")), "the vote is counted")

    asked = [call for call in town.slack.calls + org.slack.calls if call.method.startswith("usergroups.")]
    assert asked
    assert {call.args.get("team_id") for call in asked} == {"T00ORGTEAM0", "T0OTHER"}
    assert not [call for call in org.slack.calls if call.error == "missing_argument"]


async def allow(town: Town, groups: frozenset[str]) -> None:
    client = Client(town.redis_url)
    prefs = RedisPrefs(client, Keys("threadbot", workspace(town)), 60, Defaults("", {}))
    await prefs.change_access(Access(), Access(allowed_groups=groups), "U0000000ADA")
    await client.close()


async def test_what_is_for_a_workspace_that_is_not_installed_here_is_not_answered(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    async with neighbour(town, SECOND) as stranger, replica(town, []):
        asked = [await stranger.slack.say("Ben", "#general", "@Threadbot tell me a joke") for _ in range(3)]
        assert await stranger.slack.command("Ben", "#general", "/persona", "list")
        await stranger.all_delivered()
        assert (await town.ask("Ben", "#general", "@Threadbot tell me a joke")).text

    assert all(delivery.acked for delivery in stranger.slack.deliveries)
    assert stranger.slack.notes("Ben") == []
    assert not any(is_bot(message) for ts in asked for message in stranger.slack.thread("#general", ts))
    warnings = [record for record in caplog.records if "not installed here" in record.getMessage()]
    assert len(warnings) == 1
    assert vars(warnings[0])["workspace"] == SECOND.team


async def test_a_thread_of_a_workspace_that_is_gone_waits_and_holds_up_nobody(
    town: Town, second: Town, caplog: pytest.LogCaptureFixture
) -> None:
    async with replica(town, [second], shutdown_grace=0):
        town.model.hold()
        ts = await second.slack.say("Ben", "#general", "@Threadbot tell me a joke")
        await town.model.wait_for(lambda: town.model.running == 1)
    town.model.release()
    async with replica(town, []), Redis.from_url(town.redis_url, decode_responses=True) as redis:
        assert (await town.ask("Ben", "#general", "@Threadbot tell me a joke")).text
        waiting = await redis.hgetall(QUEUE.state)
    async with replica(town, [second]), Redis.from_url(town.redis_url, decode_responses=True) as redis:
        await redis.zadd(QUEUE.leases, {str(thread): 1 for thread in waiting}, xx=True)
        assert (await second.answer("#general", ts, ts)).text

    warnings = [record for record in caplog.records if record.getMessage().startswith("a thread waits in a workspace")]
    assert len(warnings) == 1


async def test_the_prefix_of_another_bot_ends_the_start(town: Town, model: SmallModel) -> None:
    async with town.bot():
        pass
    other = SmallSlack(home=SECOND)
    async with serving(other.app):
        settings = replace(town, slack=other)
        with pytest.raises(
            StartError, match=f"^REDIS_PREFIX: threadbot belongs to app A0THREADBOT in workspace {TEAM}"
        ):
            await started(settings)
        await started(settings, redis_prefix="another")


async def test_data_of_a_newer_version_ends_the_start(town: Town) -> None:
    async with Redis.from_url(town.redis_url) as redis:
        await redis.set("{threadbot}:schema", 99)
        with pytest.raises(StartError, match=r"^REDIS_PREFIX: .* newer version \(schema 99"):
            await started(town)


async def started(town: Town, **chosen: Any) -> None:
    async with town.bot(**chosen):
        pass
