"""With keys, what an earlier version has left is sealed as it is brought up to date; without, it stays as it is."""

import json
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.errors import StartError
from bot.slack import mrkdwn
from bot.store import migrations
from bot.store.client import Client
from bot.store.inbox import RedisInbox
from bot.store.migrations import step_1
from bot.store.seal import Seal
from tests.fixtures.dump import dump
from tests.store.migrations.conftest import MONTH, STEPS
from tests.store.sealing import FIRST, seals
from tests.town import KEYS, QUEUE
from threadbot_sandbox.slack.seed import TEAM

EARLIER = STEPS[:3]
NAME = "T00SANDBOX0/C000GENERAL/1796082577.178237"


def values(dumped: dict[str, Any]) -> dict[str, Any]:
    return {key: entry["value"] for key, entry in dumped.items() if key.split(":")[-1] not in ("schema", "migration")}


async def test_without_keys_nothing_changes_but_the_number(left: Redis, client: Client) -> None:
    await migrations.run(client, "threadbot", TEAM, MONTH, EARLIER)
    before = values(await dump(left))
    await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)

    assert values(await dump(left)) == before
    assert await left.get("{threadbot}:schema") == str(STEPS[-1].NUMBER)


async def test_with_keys_every_word_is_sealed_and_read_as_before(left: Redis, redis_url: str, client: Client) -> None:
    await migrations.run(client, "threadbot", TEAM, MONTH, EARLIER)
    thread = step_1.thread_of(NAME)
    plain = await RedisInbox(client, KEYS, QUEUE, MONTH).load(thread)
    sealing = Client(redis_url, seal=Seal(lambda: FIRST))
    await migrations.run(sealing, "threadbot", TEAM, MONTH, STEPS)

    stored = {key: value for key, value in values(await dump(left)).items() if ":messages:" in key}
    assert len(list(seals(stored))) == sum(map(len, stored.values())) > 40
    assert await RedisInbox(sealing, KEYS, QUEUE, MONTH).load(thread) == plain
    assert plain.messages
    await sealing.close()


async def test_what_an_earlier_version_leaves_beside_us_is_sealed_as_it_is_moved(left: Redis, redis_url: str) -> None:
    client = Client(redis_url, seal=Seal(lambda: FIRST))
    window = await migrations.run(client, "threadbot", TEAM, MONTH, migrations.steps(mrkdwn.decode))
    thread = step_1.thread_of(NAME)
    late = json.dumps({"ts": "1.5", "author": "U1", "text": "an orchid"})
    await left.hset(f"{{threadbot}}:said:{NAME}", "1.5", late)
    await left.expire(f"{{threadbot}}:said:{NAME}", 60)
    await window.adopt(thread)

    stored = await left.hget(KEYS.messages(thread), "1.5")
    assert "orchid" not in str(stored)
    assert json.loads(str(stored))["author"] == "U1"
    await client.close()


async def test_a_version_that_does_not_know_of_seals_does_not_start(redis: Redis, client: Client) -> None:
    await migrations.run(client, "threadbot", TEAM, MONTH, STEPS)

    with pytest.raises(StartError, match="of a newer version"):
        await migrations.check(client, "threadbot", TEAM, EARLIER)
