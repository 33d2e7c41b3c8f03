"""What is set for workspaces, in a real Redis: nothing of one is another's."""

import base64
import os
from collections.abc import AsyncIterator

import pytest

from bot.errors import Locked
from bot.policy.space import UNSET, OwnServer, Space
from bot.store.client import Client
from bot.store.scripts import ReadHash
from bot.store.seal import Seal
from bot.store.spaces import RedisSpaces
from bot.usage.budgets import Amount, Numbers

KEYS = [f"k{n}:{base64.b64encode(os.urandom(32)).decode()}" for n in range(2)]
SERVER = OwnServer("https://models.example/v1", ("one", "two"), "sk-secret-of-one")


@pytest.fixture
def held() -> list[str]:
    """The encryption keys as they stand now."""
    return KEYS[:1]


@pytest.fixture
async def spaces(redis_url: str, held: list[str]) -> AsyncIterator[RedisSpaces]:
    client = Client(redis_url, "test", Seal(lambda: held[0]))
    yield RedisSpaces(client, "test")
    await client.close()


async def test_what_is_set_is_kept_apart_and_counted(spaces: RedisSpaces) -> None:
    count = await spaces.count()
    await spaces.set_server("T1", SERVER)
    await spaces.set_zone("T1", "Europe/Berlin")
    await spaces.set_zone("T2", "Asia/Tokyo")
    await spaces.set_cap("T2", Numbers(day=Amount(cost=5)))

    assert await spaces.all() == {
        "T1": Space("Europe/Berlin", SERVER),
        "T2": Space("Asia/Tokyo", None, Numbers(day=Amount(cost=5))),
    }
    assert await spaces.count() != count
    await spaces.set_server("T1", None)
    await spaces.set_zone("T1", "")
    await spaces.set_zone("T2", "")
    await spaces.set_cap("T2", Numbers())
    assert await spaces.all() == {}


async def test_the_key_of_a_server_stands_nowhere_and_opens_for_its_workspace_alone(spaces: RedisSpaces) -> None:
    await spaces.set_server("T1", SERVER)
    [text] = (await spaces.client.call(ReadHash(hash=spaces._key("spaces")))).values()
    assert "sk-secret" not in text
    await spaces.client.run("return redis.call('HSET', KEYS[1], 'T2', ARGV[1])", ["{test}:spaces"], [text])

    assert await spaces.all() == {"T1": Space(server=SERVER), "T2": UNSET}


async def test_without_its_key_nothing_is_read_and_nothing_overwritten(spaces: RedisSpaces, held: list[str]) -> None:
    await spaces.set_server("T1", SERVER)
    await spaces.set_zone("T1", "Europe/Berlin")
    held[0] = KEYS[1]

    assert await spaces.all() == {"T1": Space("Europe/Berlin")}
    with pytest.raises(Locked):
        await spaces.set_zone("T1", "Asia/Tokyo")
    held[0] = KEYS[0]
    assert await spaces.all() == {"T1": Space("Europe/Berlin", SERVER)}
