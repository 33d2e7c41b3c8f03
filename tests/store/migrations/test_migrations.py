"""Data moves by itself at the start: once, whole, by one replica, whatever happens to it on the way."""

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.errors import StartError
from bot.store import migrations
from bot.store.client import Client
from bot.store.migrations import lock, step_1
from bot.store.migrations.step_1 import Ground
from bot.store.migrations.window import CLOSED
from tests.fixtures.dump import dump, load
from tests.store.migrations.conftest import LEFT, MONTH, STEPS
from tests.town import KEYS
from threadbot_sandbox.redis import EmbeddedRedis
from threadbot_sandbox.slack.seed import TEAM

ROOT = Path(__file__).resolve().parents[3]
POINTS = 10


async def replica(url: str, last: int) -> tuple[int, str]:
    """A process that moves the data and is killed before its `last` script; how it ended, and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.store.migrations.doomed", url, str(last)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def contents(redis: Redis) -> dict[str, Any]:
    """All that is there but times: those of lifetimes, of the window, and of hints. What waits, in any order."""
    found = await dump(redis)
    for name in ("migration", "migrating", "queue:wake"):
        found.pop(f"{{threadbot}}:{name}", None)
    ready = found["{threadbot}:queue:ready"]
    ready["value"] = sorted(ready["value"])
    return {key: entry["value"] for key, entry in found.items()}


async def test_killed_at_any_point_and_started_again_it_comes_to_the_same(
    redis_server: EmbeddedRedis, left: Redis
) -> None:
    ended, count = await replica(redis_server.url, 0)
    wanted = await contents(left)
    assert ended == 0
    for point in range(1, POINTS + 1):
        await left.flushall()
        await load(left, LEFT)
        ended, _ = await replica(redis_server.url, int(count) * point // POINTS)
        assert ended == -signal.SIGKILL
        assert point == POINTS or await contents_differ(left, wanted)
        await left.delete("{threadbot}:migrating")  # which would lapse by itself, half a minute later
        ended, _ = await replica(redis_server.url, 0)

        assert ended == 0
        assert await contents(left) == wanted, f"killed before script {int(count) * point // POINTS} of {count}"


async def contents_differ(redis: Redis, wanted: dict[str, Any]) -> bool:
    there = await dump(redis)
    return {key: entry["value"] for key, entry in there.items()} != wanted


async def test_it_is_told_in_one_line_with_counts(
    left: Redis, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)

    [record] = caplog.records
    told = {name: getattr(record, name) for name in ("threads", "running", "audited", "set_aside", "months", "people")}
    assert record.getMessage() == "stored data is brought up to date"
    assert told == {"threads": 25, "running": 0, "audited": 32, "set_aside": 1, "months": 1, "people": 6}


async def test_of_several_replicas_one_does_it_and_the_others_wait(
    left: Redis, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    clients = [Client(redis_url) for _ in range(5)]
    windows = await asyncio.gather(*(migrations.run(client, "threadbot", TEAM, MONTH, STEPS) for client in clients))
    for client in clients:
        await client.close()

    assert len(caplog.records) == 1
    assert all(window.seen(step_1.thread_of("T00SANDBOX0/C1/1.0"), "1.0") for window in windows)
    assert await left.get("{threadbot}:schema") == str(STEPS[-1].NUMBER)


async def test_a_prefix_without_data_has_the_newest_schema_and_no_window(redis: Redis, client: Client) -> None:
    await migrations.check(client, "threadbot", TEAM, STEPS)
    window = await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)

    assert window is CLOSED
    assert await redis.keys() == ["{threadbot}:schema"]


async def test_data_newer_than_the_program_ends_the_start(redis: Redis, client: Client) -> None:
    await redis.set("{threadbot}:schema", STEPS[-1].NUMBER + 1)
    with pytest.raises(StartError, match=r"^REDIS_PREFIX: .* is of a newer version .*$") as refused:
        await migrations.check(client, "threadbot", TEAM, STEPS)

    assert "\n" not in str(refused.value)


async def test_data_of_a_bot_in_another_workspace_ends_the_start(left: Redis, client: Client) -> None:
    with pytest.raises(StartError, match="that of a bot in T00SANDBOX0, and this one is in T9; choose another prefix"):
        await migrations.check(client, "threadbot", "T9", STEPS)
    await migrations.check(client, "threadbot", TEAM, STEPS)

    assert not await left.exists("{threadbot}:schema", "{threadbot}:migration")
    await left.flushall()


async def test_steps_are_taken_in_order_and_each_once(left: Redis, client: Client) -> None:
    second = Second()
    await migrations.run(client, "threadbot", TEAM, MONTH, [step_1])
    await migrations.run(client, "threadbot", TEAM, MONTH, [step_1, second])
    await migrations.run(client, "threadbot", TEAM, MONTH, [step_1, second])

    assert second.ran == ["1"]
    assert await left.get("{threadbot}:schema") == "2"


async def test_what_is_swept_in_later_passes_through_every_step(left: Redis, client: Client) -> None:
    window = await migrations.run(client, "threadbot", TEAM, MONTH, [step_1, Second()])
    name = "T00SANDBOX0/C000GENERAL/1796082577.178237"
    key, thread = f"{{threadbot}}:said:{name}", step_1.thread_of(name)
    await left.hset(key, "9.0", json.dumps({"text": "late"}))
    await left.expire(key, 60)
    await window.adopt(thread)

    assert json.loads(await left.hget(KEYS.messages(thread), "9.0")) == {"text": "LATE"}  # type: ignore[arg-type]


class Second:
    """A later step."""

    NUMBER = 2

    def __init__(self) -> None:
        self.ran: list[str] = []

    async def run(self, ground: Ground) -> dict[str, int]:
        async with Redis.from_url(ground.client.where, decode_responses=True) as redis:
            self.ran.append(str(await redis.get("{threadbot}:schema")))
        return {"second": 1}

    def message(self, text: str) -> str:
        return json.dumps({name: str(value).upper() for name, value in json.loads(text).items()})


async def test_a_lock_is_held_by_one_and_lapses_with_its_holder(
    redis: Redis, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "HELD_FOR", 0.3)
    monkeypatch.setattr(lock, "RENEWED_EVERY", 0.1)
    one, other = (lock.Lock(client, "{threadbot}:migrating") for _ in range(2))
    assert await one.taken()
    assert not await other.taken()
    async with one.kept():
        await asyncio.sleep(0.5)
        assert not await other.taken()
    assert await other.taken()
    await asyncio.sleep(0.35)
    assert await one.taken()


async def test_who_has_lost_the_lock_does_not_go_on(
    redis: Redis, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "RENEWED_EVERY", 0.02)
    mine = lock.Lock(client, "{threadbot}:migrating")
    assert await mine.taken()

    async def work() -> None:
        async with mine.kept():
            await redis.set("{threadbot}:migrating", "another's", px=60_000)
            await asyncio.Event().wait()

    with pytest.raises(lock.LockLost):
        await work()
    assert await redis.get("{threadbot}:migrating") == "another's"
