"""From the last version that knew no workspaces to this one, and back: what people see of it, by real processes."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bench.chaos_replica import Replica, environment
from tests.fixtures.landed import checkout
from tests.responder import command
from tests.town import Town, is_bot, said
from threadbot_sandbox import brain
from threadbot_sandbox.model import SmallModel

EARLIER = "efa43cc"
QUESTIONS = 24
READY_WITHIN = 60.0  # seconds


@pytest.fixture(autouse=True)
def every_key_names_its_workspace() -> None:
    """Those of the earlier version do not, and stay for a day."""


@pytest.fixture(scope="module")
def checked_out() -> Iterator[Path]:
    with checkout(EARLIER) as folder:
        yield folder


@pytest.fixture
async def model() -> SmallModel:
    """Some answers are under way whenever a replica ends."""
    return SmallModel(think=lambda request: replace(brain.answer(request), tokens_per_second=15))


class Versions:
    """The settings for a process of this version, and of the earlier one."""

    def __init__(self, town: Town, earlier: Path, folder: Path) -> None:
        self._town, self._folder = town, folder
        more = {"SHUTDOWN_GRACE": "1", "LEASE_SECONDS": "3", "ADMIN_USERS": "U000000DORA", "NOTICE": "false"}
        self.now = environment(town.slack, town.model_url, town.redis_url, **more)
        self.earlier = self.now | {"PYTHONPATH": str(earlier)}

    def replica(self, env: Mapping[str, str]) -> Replica:
        return Replica(self.now, self._folder / "replica.log", env)

    @asynccontextmanager
    async def running(self, env: Mapping[str, str]) -> AsyncIterator[Replica]:
        replica = self.replica(env)
        try:
            await self.started(replica, 1)
            yield replica
            assert await replica.terminate(30) == 0
        finally:
            await replica.close()

    async def started(self, replica: Replica, sockets: int) -> None:
        await replica.start()
        await self._town.slack.wait_for(
            lambda: len(self._town.slack.sockets) == sockets, timeout=READY_WITHIN, description="it is connected"
        )


@pytest.fixture
def versions(town: Town, checked_out: Path, tmp_path: Path) -> Versions:
    return Versions(town, checked_out, tmp_path)


async def test_two_replicas_are_upgraded_under_load_and_nothing_is_lost_or_doubled(
    town: Town, versions: Versions
) -> None:
    replicas = [versions.replica(versions.earlier) for _ in range(2)]
    asked: list[str] = []

    async def ask() -> None:
        for number in range(QUESTIONS):
            text = f"@Threadbot question {number}: who was the first president?"
            asked.append(await town.slack.say("Ada", "#general", text))
            await asyncio.sleep(0.5)

    try:
        for number, replica in enumerate(replicas, 1):
            await versions.started(replica, number)
        asking = asyncio.ensure_future(ask())
        for replica in replicas:
            await asyncio.sleep(2)
            await replica.terminate(30)
            replica.upgrade()
            await versions.started(replica, 2)
        await asking
        for thread in asked:
            await town.answer("#general", thread, thread, timeout=60)
        again = await town.ask("Ada", "#general", "@Threadbot what did I ask?", asked[0])
    finally:
        for replica in replicas:
            await replica.close()

    answers = [sum(map(is_bot, town.slack.thread("#general", thread))) for thread in asked]
    assert answers == [2, *[1] * (QUESTIONS - 1)]
    assert again.footer
    shown = said(town.model.requests[-1])
    assert ("user", "question 0: who was the first president?") in shown, "the earlier version's threads go on"


async def test_who_goes_back_on_the_same_redis_loses_nothing_but_waits_where_this_version_has_answered(
    town: Town, versions: Versions
) -> None:
    async with versions.running(versions.earlier):
        await command(town, "Dora", "#general", "/persona use concise here")
        thread = (await town.ask("Ada", "#general", "@Threadbot the first question")).thread
    async with versions.running(versions.now):
        await town.ask("Ada", "#general", "@Threadbot the second question", thread)
    async with versions.running(versions.earlier):
        third = await town.slack.say("Ada", "#general", "@Threadbot the third question", thread_ts=thread)
        other = await town.ask("Ben", "#general", "@Threadbot another question")
        earlier = town.model.requests[-1]["messages"]
        waited = town.slack.thread("#general", thread)[-1]["ts"] == third
    async with versions.running(versions.now):
        await town.answer("#general", third, thread)
        back = said(town.model.requests[-1])
        await town.ask("Ben", "#general", "@Threadbot one more question", other.thread)
        others = said(town.model.requests[-1])

    assert earlier[0]["content"].startswith("You give the shortest answer"), "what was chosen before holds"
    assert waited
    assert [text for role, text in back if role == "user"] == [
        "the first question",
        "the second question",
        "the third question",
    ]
    assert [text for role, text in others if role == "user"] == ["another question", "one more question"]


async def test_a_copy_of_redis_from_before_the_upgrade_is_what_the_earlier_version_had(
    town: Town, versions: Versions
) -> None:
    async with versions.running(versions.earlier):
        thread = (await town.ask("Ada", "#general", "@Threadbot the first question")).thread
    async with Redis.from_url(town.redis_url) as redis:
        copy = {key: await redis.dump(key) for key in await redis.keys()}
        async with versions.running(versions.now):
            await town.ask("Ada", "#general", "@Threadbot the second question", thread)
        await redis.flushall()
        for key, value in copy.items():
            await redis.restore(key, 0, value or b"")
    async with versions.running(versions.earlier):
        answer = await town.ask("Ada", "#general", "@Threadbot the third question", thread)

    shown = [m["content"] for m in town.model.requests[-1]["messages"] if m["role"] == "user"]
    assert answer.footer
    assert shown[0].endswith("the first question")
    assert shown[-1].endswith("the third question")
