"""What is said, and how often, when Redis does not serve us."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from redis.asyncio import Redis

from bot.errors import SettingsError, StartError, Unavailable
from bot.store.client import Client
from tests.patience import PATIENCE
from tests.store.shelf import Shelf, texts
from tests.town import free_port
from threadbot_sandbox.redis import EmbeddedRedis

GREET = "return 'hello'"
WRITE = "return redis.call('SET', KEYS[1], 1, 'EX', 60)"


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
        with pytest.raises(Unavailable, match="Redis: "):
            await client.run(GREET, [], [])
    with pytest.raises(Unavailable):
        await client.pop("wake", 1)
    mortal_redis.start()
    assert await client.run(GREET, [], []) == "hello"
    await recovered(client)

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

    assert "OOM" in refused.value.detail
    assert await shelf.ask(1) == "new"


async def test_a_redis_that_hangs_does_not_hold_up_the_acknowledgement(
    shelf: Shelf, mortal_redis: EmbeddedRedis
) -> None:
    """Slack waits three seconds for it."""
    pid = (await shelf.raw.info("server"))["process_id"]
    await shelf.ask(1)
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable, match="put timed out"):
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


# -- what is said of it --


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The reasons for trouble, and "over"."""
    return [str(getattr(record, "why", "over")) for record in caplog.records if record.name == "bot.store.client"]


async def recovered(client: Client) -> None:
    """That is noticed within a few seconds, also by who only reads."""
    give_up = time.monotonic() + PATIENCE
    while not await client.alive():
        assert time.monotonic() < give_up
        await client.run("return redis.call('EXISTS', KEYS[1])", ["{threadbot}:any"], [])
        await asyncio.sleep(0.05)


async def test_a_full_redis_is_said_once_although_it_still_answers_who_only_reads(
    client: Client, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with Redis.from_url(redis_url) as raw:
        await raw.config_set("maxmemory", "1")
        try:
            for _ in range(3):
                with pytest.raises(Unavailable):
                    await client.run(WRITE, ["{threadbot}:any"], [])
                assert await client.run(GREET, [], []) == "hello"
                await client.pop("{threadbot}:none", 0.01)
                assert not await client.alive()
        finally:
            await raw.config_set("maxmemory", "0")
    await recovered(client)

    assert told(caplog) == ["it is full (maxmemory)", "over"]


async def test_a_replica_that_was_a_master_is_left_and_said_once(
    client: Client, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await client.run(WRITE, ["{threadbot}:any"], [])
    async with Redis.from_url(redis_url) as raw:
        before = {one["id"] for one in await raw.client_list() if one["name"] == "threadbot"}
        await raw.replicaof("127.0.0.1", free_port())
        try:
            for _ in range(3):
                with pytest.raises(Unavailable):
                    await client.run(WRITE, ["{threadbot}:any"], [])
                with pytest.raises(Unavailable):
                    await client.pop("{threadbot}:none", 0.01)
            assert not before & {one["id"] for one in await raw.client_list() if one["name"] == "threadbot"}
        finally:
            await raw.replicaof("NO", "ONE")
    await recovered(client)

    assert told(caplog) == ["it is a read-only replica", "over"]


async def test_a_replica_that_has_lost_its_master_and_answers_nobody_is_said_once(
    client: Client, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with Redis.from_url(redis_url) as raw:
        await raw.config_set("replica-serve-stale-data", "no")
        await raw.replicaof("127.0.0.1", free_port())
        try:
            for _ in range(2):
                with pytest.raises(Unavailable):
                    await client.run(GREET, [], [])
        finally:
            await raw.replicaof("NO", "ONE")
            await raw.config_set("replica-serve-stale-data", "yes")
    await recovered(client)

    assert told(caplog) == ["it is a replica that has lost its master", "over"]


async def test_a_password_that_is_no_longer_right_is_said_once(
    client: Client, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with Redis.from_url(redis_url, single_connection_client=True) as raw:
        await raw.config_set("requirepass", "changed")
        try:
            await raw.client_kill_filter(_type="normal", skipme=True)
            for _ in range(2):
                with pytest.raises(Unavailable):
                    await client.run(GREET, [], [])
        finally:
            await raw.config_set("requirepass", "")
    await recovered(client)

    assert told(caplog) == ["it refuses our password, or what our user may do", "over"]


async def test_another_password_is_used_from_then_on_and_what_waits_goes_on(
    client: Client, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    place = redis_url.removeprefix("unix://")
    async with Redis.from_url(redis_url, single_connection_client=True) as raw:
        waiting = asyncio.ensure_future(client.pop("wake", 30))
        await client.run(GREET, [], [])
        await raw.config_set("requirepass", "second")
        try:
            assert await client.use(f"unix://:second@{place}")
            greeted = [await client.run(GREET, [], []) for _ in range(3)]
            await raw.rpush("wake", "1")
            await waiting
            assert await client.use(f"unix://:second@{place}")  # once more: what the first had opened is closed
            await client.check()
        finally:
            await raw.config_set("requirepass", "")

    assert greeted == ["hello"] * 3
    assert caplog.records == []


@pytest.mark.parametrize("url", ["redis://:second@127.0.0.1:1", "unix:///nowhere.sock"])
async def test_another_redis_is_not_used_under_way(client: Client, url: str) -> None:
    assert not await client.use(url)
    assert await client.run(GREET, [], []) == "hello"


async def test_scripts_that_are_forgotten_are_loaded_again_and_nobody_hears_of_it(
    client: Client, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with Redis.from_url(redis_url) as raw:
        for _ in range(3):
            assert await client.run(GREET, [], []) == "hello"
            await raw.script_flush()

    assert told(caplog) == []


@pytest.mark.parametrize(
    ("sentence", "meaning"),
    [
        ("-LOADING Redis is loading the dataset in memory", "it is loading its data"),
        (
            "-MISCONF Redis is configured to save RDB snapshots, but it's unable to persist",
            "it cannot save to its disk",
        ),
        ("-NOREPLICAS Not enough good replicas to write.", "it has too few replicas"),
        ("-CLUSTERDOWN The cluster is down", "the cluster is down"),
        ("-ERR max number of clients reached", "it has too many clients"),
        ("-BUSY Redis is busy running a script.", "it is busy with a script"),
        ("-NOPERM this user has no permissions", "it refuses our password, or what our user may do"),
        (
            "-ERR Error running script (call to f_1): @user_script:3: -OOM command not allowed when used memory > "
            "'maxmemory'.",
            "it is full (maxmemory)",
        ),
        (
            "-ERR Error running script (call to f_1): @user_script:3: @user_script: 3: -READONLY You can't write "
            "against a read only replica.",
            "it is a read-only replica",
        ),
    ],
    ids=lambda value: value.split()[0] if value.startswith("-") else "",
)
async def test_what_a_server_says_is_said_to_the_operator_in_plain_words(
    sentence: str, meaning: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            writer.write(f"{sentence}\r\n".encode())
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        client = Client(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}?protocol=2")
        with pytest.raises(Unavailable):
            await client.run(GREET, [], [])
        await client.close()

    assert told(caplog) == [meaning]


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
        await raw.acl_setuser(
            "guest", enabled=True, nopass=True, categories=["+@all"], keys=["*"], commands=["-config"]
        )
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
        ("redis+sentinel://:hunter2@a:26379,b/memory/0", "redis+sentinel://a:26379,b/memory/0"),
        ("rediss+cluster://me:hunter2@a,b:7000?ssl_cert_reqs=none", "rediss+cluster://a,b:7000"),
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


async def test_nothing_is_left_open_though_it_is_closed_in_the_midst_of_calls(redis_url: str) -> None:
    """Whatever still runs when the process ends: what is under way is waited for, what comes later is refused."""
    client = Client(redis_url)
    async with asyncio.TaskGroup() as calls:
        under_way = [calls.create_task(client.run(GREET, [], [])) for _ in range(20)]
        await asyncio.sleep(0)
        await client.close()
    with pytest.raises(Unavailable):
        await client.run(GREET, [], [])

    assert {call.result() for call in under_way} == {"hello"}
    async with Redis.from_url(redis_url) as another:
        assert [each["name"] for each in await another.client_list() if each["name"] == "threadbot"] == []
