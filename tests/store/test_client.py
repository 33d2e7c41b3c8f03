"""What is said, and how often, when Redis does not serve us."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from redis.asyncio import Redis

from bot.errors import SettingsError, StartError, Unavailable
from bot.sandbox.redis import EmbeddedRedis
from bot.store.client import Client
from tests.store.shelf import Shelf, texts

GREET = "return 'hello'"


@pytest.fixture
async def client(redis_url: str) -> AsyncIterator[Client]:
    opened = Client(redis_url)
    yield opened
    await opened.close()


async def test_a_redis_that_is_away_is_unavailable_and_said_once(
    client: Client, mortal_redis: EmbeddedRedis, caplog: pytest.LogCaptureFixture
) -> None:
    mortal_redis.stop()
    for _ in range(3):
        with pytest.raises(Unavailable, match="My memory is out of reach"):
            await client.run(GREET, [], [])
    with pytest.raises(Unavailable):
        await client.pop("wake", 1)
    mortal_redis.start()
    for _ in range(3):
        assert await client.run(GREET, [], []) == "hello"

    assert [record.getMessage() for record in caplog.records] == [
        "Redis does not serve us",
        "Redis serves us again",
    ]


async def test_a_restart_that_nobody_waited_for_is_not_noticed(
    client: Client, mortal_redis: EmbeddedRedis, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection is broken and the script forgotten (NOSCRIPT); both mend themselves."""
    await client.run(GREET, [], [])
    mortal_redis.stop()
    mortal_redis.start()

    assert await client.run(GREET, [], []) == "hello"
    assert caplog.records == []


async def test_connections_that_are_cut_are_made_anew(client: Client, redis_url: str) -> None:
    async with Redis.from_url(redis_url) as another:
        for _ in range(5):
            await client.run(GREET, [], [])
            await another.client_kill_filter(_type="normal", skipme=True)

    assert await client.run(GREET, [], []) == "hello"


async def test_a_redis_that_refuses_to_write_is_unavailable(shelf: Shelf) -> None:
    """Out of memory under `noeviction`: Slack is not told that we have the message, and sends it again."""
    await shelf.raw.config_set("maxmemory", "1")
    try:
        with pytest.raises(Unavailable) as refused:
            await shelf.ask(1)
    finally:
        await shelf.raw.config_set("maxmemory", "0")

    assert "OutOfMemory" in refused.value.detail
    assert await shelf.ask(1) == "new"


async def test_a_redis_that_hangs_does_not_hold_up_the_acknowledgement(
    shelf: Shelf, mortal_redis: EmbeddedRedis
) -> None:
    """Slack waits three seconds for it."""
    pid = (await shelf.raw.info("server"))["process_id"]
    await shelf.ask(1)
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable, match="slow"):
            await shelf.ask(2)
    finally:
        os.kill(pid, signal.SIGCONT)

    await shelf.ask(2)

    assert texts((await shelf.turn()).batch.messages) == ["message 1", "message 2"]


async def test_waiting_for_work_does_not_last_for_ever_when_redis_hangs(
    shelf: Shelf, mortal_redis: EmbeddedRedis
) -> None:
    pid = (await shelf.raw.info("server"))["process_id"]
    await shelf.wait(0.01)
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable):
            await shelf.wait(0.1)
    finally:
        os.kill(pid, signal.SIGCONT)


# -- at the start --


async def test_a_good_redis_gives_no_warning(client: Client) -> None:
    assert await client.check() == []


async def test_a_redis_that_may_forget_is_warned_of(client: Client, redis_url: str) -> None:
    async with Redis.from_url(redis_url) as raw:
        await raw.config_set("maxmemory-policy", "allkeys-lru")
        try:
            [warning] = await client.check()
        finally:
            await raw.config_set("maxmemory-policy", "noeviction")

    assert "allkeys-lru" in warning
    assert "noeviction" in warning


async def test_a_redis_that_forbids_looking_is_taken_as_it_is(redis_url: str) -> None:
    """Managed services often have no CONFIG."""
    async with Redis.from_url(redis_url) as raw:
        await raw.acl_setuser("guest", enabled=True, nopass=True, categories=["+@all"], commands=["-config"])
        client = Client(f"unix://guest:any@{redis_url.removeprefix('unix://')}")
        try:
            assert await client.check() == []
        finally:
            await client.close()
            await raw.acl_deluser("guest")


@pytest.mark.parametrize("login", ["default:hunter2@", ":hunter2@", ""])
async def test_a_wrong_password_ends_the_start_and_is_not_shown(redis_url: str, login: str) -> None:
    client = Client(f"unix://{login}{redis_url.removeprefix('unix://')}")
    async with Redis.from_url(redis_url) as raw:
        await raw.config_set("requirepass", "correct")
        try:
            with pytest.raises(StartError) as refused:
                await client.check()
        finally:
            await raw.config_set("requirepass", "")
    await client.close()

    assert "REDIS_URL" in str(refused.value)
    assert "hunter2" not in str(refused.value)


async def test_a_redis_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    """The application decides for how long to try again."""
    client = Client(f"unix://{quote(str(tmp_path / 'none.sock'))}")

    with pytest.raises(Unavailable):
        await client.check()
    await client.close()


@pytest.mark.parametrize("option", ["colour=red", "db=first", "protocol=9"])
def test_an_option_that_redis_does_not_know_names_the_variable(option: str) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL"):
        Client(f"redis://localhost?{option}")


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("redis://user:hunter2@redis.example:6380/1?password=hunter2", "redis://redis.example:6380/1"),
        ("rediss://:hunter2@redis.example", "rediss://redis.example"),
        ("unix:///run/redis.sock?password=hunter2", "unix:///run/redis.sock"),
    ],
)
def test_where_it_is_can_be_shown(url: str, where: str) -> None:
    assert Client(url).where == where


async def test_closing_leaves_nothing_behind(redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    client = Client(redis_url)
    await client.run(GREET, [], [])
    await client.pop("wake", 0.01)
    await client.close()

    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_command_that_is_cancelled_never_ends_as_if_it_had_not_been(client: Client) -> None:
    """Python 3.11's asyncio.wait_for, in redis-py, swallows a cancellation that comes as the command has been sent."""
    for moment in range(60):
        task = asyncio.ensure_future(client.run(GREET, [], []))
        for _ in range(moment):
            await asyncio.sleep(0)
        if task.cancel():
            await asyncio.wait([task])
            assert task.cancelled(), f"swallowed at step {moment}"


async def test_what_is_left_to_do_after_a_cancellation_can_be_done(client: Client) -> None:
    """A turn that is cancelled hands itself back."""
    handed_back: list[str] = []

    async def turn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            handed_back.append(await client.run(GREET, [], []))
            raise

    task = asyncio.ensure_future(turn())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert handed_back == ["hello"]
