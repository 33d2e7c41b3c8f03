"""What lets us speak in each workspace, in a real Redis: sealed, and each for its workspace alone."""

import base64
import os
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.installations import Grant
from bot.store.client import Client
from bot.store.grants import RedisGrants
from bot.store.scripts import ReadHash
from bot.store.seal import Seal

KEYS = [f"k{n}:{base64.b64encode(os.urandom(32)).decode()}" for n in range(2)]
ONE = Grant("T1", "xoxb-one", "xoxe-one", installer="UADA", name="One", approved=True)
TWO = Grant("T2", "xoxb-two", "xoxe-two", installer="UADA", name="Two", approved=True)


@pytest.fixture
def held() -> list[str]:
    """The encryption keys as they stand now."""
    return KEYS[:1]


@pytest.fixture
async def grants(redis_url: str, held: list[str]) -> AsyncIterator[RedisGrants]:
    client = Client(redis_url, "test", Seal(lambda: held[0]))
    yield RedisGrants(client, "test")
    await client.close()


async def kept(grants: RedisGrants) -> dict[str, str]:
    """As it stands in Redis."""
    return dict(await grants.client.call(ReadHash(hash=grants._key("grants"))))


async def put_raw(grants: RedisGrants, workspace: str, text: str) -> None:
    words = [workspace, text]
    await grants.client.run("return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])", ["{test}:grants"], words)


async def test_no_token_stands_in_redis(grants: RedisGrants) -> None:
    await grants.put(ONE)

    assert await grants.of("T1") == ONE
    stands = str(await kept(grants))
    assert not any(secret in stands for secret in ("xoxb", "xoxe"))


async def test_what_is_one_workspaces_does_not_open_as_anothers(grants: RedisGrants) -> None:
    await grants.put(ONE)
    await grants.put(TWO)
    texts = await kept(grants)
    await put_raw(grants, "T1", texts["T2"])
    await put_raw(grants, "T2", texts["T1"])

    assert await grants.all() == []
    assert await grants.of("T1") is None


async def test_nothing_is_read_with_another_key(grants: RedisGrants, held: list[str]) -> None:
    await grants.put(ONE)
    held[0] = KEYS[1]

    assert await grants.all() == []
    assert not await grants.replace(ONE, replace(ONE, token="xoxb-new"))
    assert not await grants.withdraw(ONE)
    held[0] = KEYS[0]
    assert await grants.of("T1") == ONE


async def test_what_has_changed_since_it_was_read_is_neither_replaced_nor_withdrawn(grants: RedisGrants) -> None:
    await grants.put(ONE)
    await grants.put(replace(ONE, token="xoxb-newer"))

    assert not await grants.replace(ONE, replace(ONE, token="xoxb-late"))
    assert not await grants.withdraw(ONE)
    assert await grants.withdraw(replace(ONE, token="xoxb-newer"))
    assert await grants.of("T1") is None


async def test_one_at_a_time_has_its_turn_and_gives_back_its_own_alone(grants: RedisGrants) -> None:
    who = await grants.alone("T1")

    assert who
    assert await grants.alone("T1") == ""
    assert await grants.alone("T2")
    await grants.done("T1", "somebody else")
    assert await grants.alone("T1") == ""
    await grants.done("T1", who)
    assert await grants.alone("T1")
