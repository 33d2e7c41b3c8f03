"""Many wait as an earlier version has left them, and some of its replicas still run: each is answered once, in turn."""

import json
from collections import Counter
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.conversation.ids import ThreadKey
from bot.errors import StartError
from bot.store import migrations
from bot.store.client import Client
from bot.store.inbox import RedisInbox
from bot.store.migrations.window import CLOSED
from bot.store.queue import RedisQueue
from bot.turns.state import Lease
from tests.fixtures.dump import dump, load
from tests.fixtures.landed import module_of
from tests.store.migrations.conftest import FIXTURES, MONTH, STEPS
from tests.town import KEYS, QUEUE
from threadbot_sandbox.slack.seed import TEAM

LEFT: dict[str, Any] = json.loads((FIXTURES / "redis-4.json").read_text("utf-8"))
READY: list[str] = LEFT["{threadbot}:queue:ready"]["value"]
"""Forty threads of one channel, then one of another."""
STATE: dict[str, str] = LEFT["{threadbot}:queue:state"]["value"]


@pytest.fixture
async def left(redis: Redis) -> Redis:
    await load(redis, LEFT)
    return redis


@pytest.fixture(scope="session")
def earlier() -> Iterator[ModuleType]:
    """The queue as the version before had it."""
    with module_of("1058019", "bot/store/queue.py") as module:
        yield module


@pytest.fixture
def inbox(client: Client) -> RedisInbox:
    return RedisInbox(client, KEYS, QUEUE, MONTH)


async def test_what_was_ready_is_answered_in_turn(left: Redis, client: Client, inbox: RedisInbox) -> None:
    assert await migrations.run(client, "threadbot", TEAM, MONTH, STEPS) is CLOSED
    queue = RedisQueue(client, QUEUE, 60.0)
    first = [lease for _ in range(3) for lease in await queue.claim(1)]
    rest = await queue.claim(100)

    assert await left.get("{threadbot}:schema") == str(STEPS[-1].NUMBER)
    assert ThreadKey.parse(READY[-1]) in [lease.thread for lease in first]
    assert {str(lease.thread) for lease in (*first, *rest)} >= set(READY)
    turns = [await inbox.begin(lease) for lease in (*first, *rest)]
    assert all(turn is not None and turn.batch.messages for turn in turns)


async def test_what_ran_and_what_paused_is_taken_over(left: Redis, client: Client) -> None:
    others = {thread for thread, at in STATE.items() if at != "ready"}
    await left.zadd(QUEUE.leases, dict.fromkeys(others, 1))
    await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)
    found = await RedisQueue(client, QUEUE, 60.0).claim(100)

    assert len(others) == 2
    assert {str(lease.thread) for lease in found} == set(STATE)


async def test_replicas_of_both_versions_share_the_work(left: Redis, client: Client, earlier: ModuleType) -> None:
    """Each thread is claimed once, whoever claims, and whoever had put it there."""
    await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)
    old, new = earlier.RedisQueue(client, QUEUE, 60.0), RedisQueue(client, QUEUE, 60.0)
    found: Counter[str] = Counter()

    def take(leases: list[Lease]) -> None:
        found.update(str(lease.thread) for lease in leases)

    for n in range(30):
        take(await old.claim(1))
        leases = await new.claim(1)
        take(leases)
        if n % 3 == 0:  # it comes back, by a replica of the other version
            for lease in leases:
                await old.hand_back(lease, 0.0, counted=False)
                found[str(lease.thread)] -= 1
    take(await new.claim(100))

    assert found == Counter(list(STATE))
    assert not await left.exists(QUEUE.ready, QUEUE.line)


async def test_nothing_stored_is_changed_by_the_step(left: Redis, client: Client) -> None:
    await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)
    found = await dump(left)

    assert {key: entry["value"] for key, entry in found.items() if key != "{threadbot}:schema"} == {
        key: entry["value"] for key, entry in LEFT.items() if key != "{threadbot}:schema"
    }


async def test_a_version_that_knows_no_line_does_not_start(redis: Redis, client: Client) -> None:
    await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)

    with pytest.raises(StartError, match="of a newer version"):
        await migrations.check(client, "threadbot", TEAM, STEPS[:4])
