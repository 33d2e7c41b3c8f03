"""The ledger of the version without days, as that version left it for two workspaces, opened by this one."""

import json
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.store import migrations
from bot.store.client import Client
from bot.store.keys import Keys
from bot.store.ledger import RedisLedger
from bot.store.migrations import step_3
from bot.store.migrations.step_1 import Ground
from bot.store.migrations.window import CLOSED
from bot.usage.ledger import Spent
from bot.usage.periods import Calendar
from tests.fixtures.dump import load
from tests.store.migrations.conftest import FIXTURES, MONTH, STEPS
from tests.town import KEYS
from threadbot_sandbox.slack.seed import TEAM

LEFT: dict[str, Any] = json.loads((FIXTURES / "redis-2.json").read_text("utf-8"))
SPENT = {key: entry["value"] for key, entry in LEFT.items() if ":spent:" in key}
NAMES = {"all": "workspace", "user": "person"}
DAY = 24 * 3600


@pytest.fixture
async def left(redis: Redis) -> Redis:
    await load(redis, LEFT)
    return redis


def before(stored: dict[str, str]) -> dict[str, dict[str, dict[str, int]]]:
    """What a month of that version holds, by the names of today."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    for field, amount in stored.items():
        by, _, rest = field.partition(":")
        id, _, what = rest.rpartition(":")
        found.setdefault(NAMES.get(by, by), {}).setdefault(id, {})[what] = int(amount)
    return found


async def test_every_amount_of_every_workspace_is_there(left: Redis, client: Client) -> None:
    assert await migrations.run(client, "threadbot", TEAM, MONTH, STEPS) is CLOSED

    compared = 0
    for key, stored in SPENT.items():
        _, workspace, _, month = key.split(":")
        now = await RedisLedger(client, Keys("threadbot", workspace), 60).spent_by_all(month)
        for by, ids in before(stored).items():
            assert now[by].keys() == ids.keys()  # type: ignore[index]
            for id, amounts in ids.items():
                spent = now[by][id]  # type: ignore[index]
                found = {name: getattr(spent, name) for name in amounts} | {"cost": round(spent.cost * 10**9)}
                assert found == {"cost": 0} | amounts
                assert spent.calls == max(spent.answers, spent.unpriced)
                compared += 1
    assert compared > 20
    assert len({key.split(":")[1] for key in SPENT}) == 2
    assert await left.get("{threadbot}:schema") == str(STEPS[-1].NUMBER)


async def test_nothing_stays_under_old_keys_and_months_are_kept_longer(left: Redis, client: Client) -> None:
    lives = {key: await left.ttl(key) for key in SPENT}
    await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)

    assert not [key for key in map(str, await left.keys()) if ":spent:" in key]
    for key, life in lives.items():
        assert abs(await left.ttl(key.replace(":spent:", ":used:")) - life - 400 * DAY) < 10


async def test_what_a_version_of_before_enters_later_is_added_at_the_next_start(left: Redis, client: Client) -> None:
    """Its turns may be under way when the first of us begins."""
    await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)
    month = Calendar().month()
    await RedisLedger(client, KEYS, 60).spent(month)
    for _ in range(2):
        await left.hset(f"{{threadbot}}:{TEAM}:spent:{month}", mapping={"all::answers": 1, "model:llama3:8b:input": 7})
        await left.expire(f"{{threadbot}}:{TEAM}:spent:{month}", 1000)
        before = await RedisLedger(client, KEYS, 60).spent(month)
        assert await migrations.run(client, "threadbot", TEAM, MONTH, STEPS) is CLOSED
        assert (await RedisLedger(client, KEYS, 60).spent(month)).answers == before.answers + 1

    assert await RedisLedger(client, KEYS, 60).spent(month, "model", "llama3:8b") == Spent(input=14)
    assert not await left.exists(f"{{threadbot}}:{TEAM}:spent:{month}")


async def test_odd_fields_are_passed_over(redis: Redis, client: Client) -> None:
    key = f"{{threadbot}}:{TEAM}:spent:2026-10"
    odd: dict[Any, Any] = {
        "all::input": "many",
        "x:y:answers": "1",
        "nothing": "1",
        "all::soup": "1",
        "persona:a:b:answers": "2",
    }
    await redis.hset(key, mapping=odd)
    await redis.expire(key, 1000)

    assert await step_3.move(Ground(client, "threadbot", TEAM), [key, "{threadbot}:T1:spent:soon"]) == 1
    assert list(await RedisLedger(client, KEYS, 60).spent_by("2026-10", "persona")) == ["a:b"]
