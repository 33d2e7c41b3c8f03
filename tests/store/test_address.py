"""What REDIS_URL may name, and that a fail-over is over within seconds."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from bot.errors import SettingsError, Unavailable
from bot.store.address import Address
from bot.store.client import Client
from bot.store.keys import Keys, QueueKeys
from bot.store.queue import RedisQueue
from tests import servers
from tests.patience import PATIENCE
from tests.servers import Several
from tests.store.shelf import MONTH, THREAD, Shelf, texts

KEYS, QUEUE = Keys("test", "T1"), QueueKeys("test")


@pytest.fixture(scope="module")
def redis_server() -> None:
    """The tests here bring their own."""


@pytest.fixture(autouse=True)
def every_key_has_a_lifetime() -> None:
    """As above."""


def test_a_sentinels_address_has_hosts_a_service_and_a_database() -> None:
    address = Address.parse("redis+sentinel://me:h%40@one:1,two,[::1]:3/memory/2?sentinel_password=s&client_name=x")

    assert address.hosts == (("one", 1), ("two", 26379), ("::1", 3))
    assert (address.kind, address.service, address.tls) == ("sentinel", "memory", False)
    assert address.options == {"username": "me", "password": "h@", "db": 2, "client_name": "x"}
    assert address.sentinel_options == {"password": "s"}


def test_a_clusters_address_has_hosts() -> None:
    address = Address.parse("rediss+cluster://:secret@one,two:2")

    assert address.hosts == (("one", 6379), ("two", 2))
    assert (address.kind, address.tls) == ("cluster", True)
    assert address.options == {"password": "secret", "db": 0}


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://one:26379",
        "redis+sentinel:///memory",
        "redis+sentinel://one:port/memory",
        "redis+sentinel://one/memory/first",
        "redis+sentinel://one/memory/0/more",
        "redis+sentinel://one,/memory",
        "redis+cluster://",
        "redis+cluster://one/1",
        "redis+cluster://one:99999",
        "redis+cluster://one?colour=red",
        "redis+sentinel://one/memory?colour=red",
        "redis+sentinel://one/memory?socket_timeout=soon",
    ],
)
async def test_a_wrong_address_is_one_line_that_names_the_variable(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^REDIS_URL: .+$"):
        Client(url.replace("://", "://:hunter2@"))


@pytest.fixture(params=[servers.sentinel, partial(servers.cluster, key=QUEUE.state)], ids=["sentinel", "cluster"])
def several(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Several]:
    start: Callable[[Path], AbstractContextManager[Several]] = request.param
    with start(tmp_path) as running:
        yield running


async def test_when_the_master_dies_the_inbox_works_again_within_seconds(
    several: Several, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "bot")
    client = Client(several.url, "test")
    shelf = Shelf(client, KEYS, QUEUE, MONTH)
    shelf.line = RedisQueue(client, QUEUE, 60)
    try:
        assert await client.check() == []
        await shelf.ask(1)
        await shelf.wait(1)
        await shelf.answer()
        several.lose_master_of(QUEUE.state)
        began = time.monotonic()
        await eventually_taken(shelf, 2)
        took = time.monotonic() - began
        await shelf.wait(1)
        await shelf.answer()
        remembered = texts((await shelf.load(THREAD)).messages)
        while not await client.alive():
            await shelf.wait(0.1)
    finally:
        await client.close()

    assert took < PATIENCE
    assert remembered == ["message 1", "answer", "message 2", "answer"]
    assert [record.getMessage() for record in caplog.records] == ["Redis does not serve us", "Redis serves us again"]


async def eventually_taken(shelf: Shelf, n: int) -> None:
    """As Slack does: again, until it is acknowledged."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        try:
            await shelf.ask(n)
        except Unavailable:
            await asyncio.sleep(0.2)
        else:
            return
    raise TimeoutError("the inbox takes nothing")
