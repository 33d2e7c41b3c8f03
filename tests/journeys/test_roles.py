"""Listening and answering may be split over processes; each scales alone. And how they say that they are well."""

import asyncio
import time
from collections import Counter

import pytest
from aiohttp import ClientConnectorError, ClientSession

from bot.run.app import Roles
from bot.store.queue import RedisQueue
from bot.turns.state import Lease
from bot.version import VERSION
from tests import processes
from tests.patience import PATIENCE
from tests.town import Town, free_port, is_bot, wait_until
from threadbot_sandbox.redis import EmbeddedRedis

LISTENER = Roles(work=False)
WELL = {"status": "ok", "version": VERSION}


async def healthz(port: int) -> tuple[int, dict[str, str]]:
    """What it says, as soon as it says anything."""
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            async with ClientSession() as http, http.get(f"http://127.0.0.1:{port}/healthz") as answer:
                return answer.status, await answer.json()
        except ClientConnectorError:
            assert time.monotonic() < give_up
            await asyncio.sleep(0.02)


async def well_again(port: int) -> None:
    give_up = time.monotonic() + PATIENCE
    while (await healthz(port))[0] != 200:
        assert time.monotonic() < give_up
        await asyncio.sleep(0.1)


async def test_one_listens_and_two_answer_and_everything_is_answered_once(town: Town) -> None:
    async with (
        processes.bot(town, "--listen") as listener,
        processes.bot(town, "--work"),
        processes.bot(town, "--work"),
    ):
        assert len(town.slack.sockets) == 1
        threads = [await town.slack.say("Ada", "#general", f"@Threadbot tell me joke {n}") for n in range(30)]
        answers = [await town.answer("#general", thread, thread) for thread in threads]
        await town.all_delivered()

    assert [len(answer.messages) for answer in answers] == [1] * 30
    assert Counter(len(town.slack.thread("#general", thread)) for thread in threads) == {2: 30}
    assert len(town.model.requests) == 30
    assert "Traceback" not in listener.said


async def test_who_only_listens_answers_nothing_and_loses_nothing(town: Town) -> None:
    async with town.bot(LISTENER):
        thread = await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
        await town.all_delivered()
    assert town.model.requests == []
    assert not [m for m in town.slack.thread("#general", thread) if is_bot(m)]

    async with town.bot():
        await town.answer("#general", thread, thread)


async def test_who_only_works_opens_no_socket_and_serves_no_events(town: Town) -> None:
    port = free_port()
    async with processes.bot(town, "--work", PORT=str(port), HOST="127.0.0.1"):
        assert not town.slack.connected
        assert await healthz(port) == (200, WELL | {"redis": "ok", "worker": "ok"})
        async with ClientSession() as http, http.post(f"http://127.0.0.1:{port}/slack/events") as answer:
            assert answer.status == 404


async def test_both_options_together_are_the_whole_bot(town: Town) -> None:
    async with processes.bot(town, "--listen", "--work"):
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert len(answer.messages) == 1


async def test_health_tells_of_a_lost_connection_to_slack(town: Town) -> None:
    port = free_port()
    running = {"worker": "ok", "socket": "ok"}
    async with town.bot(port=port):
        assert await healthz(port) == (200, WELL | {"redis": "ok", "slack": "ok", **running})
        town.slack.fail("apps.connections.open", error="invalid_auth", times=1000)
        town.slack.cut_sockets()
        await wait_until(lambda: not town.slack.connected, "the connection is lost")
        ill = WELL | {"status": "failing", "redis": "ok", "slack": "failing", **running}
        assert await healthz(port) == (503, ill)


async def test_a_bug_in_a_long_lived_task_ends_nothing_else(
    town: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    claim, port = RedisQueue.claim, free_port()
    errors: list[Exception] = [RuntimeError("a bug"), TypeError("another")]

    async def buggy(self: RedisQueue, most: int) -> list[Lease]:
        if errors:
            raise errors.pop()
        return await claim(self, most)

    monkeypatch.setattr(RedisQueue, "claim", buggy)
    async with town.bot(port=port):
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        status, told = await healthz(port)
        assert (status, told["worker"] in ("restarting", "ok")) == (200, True)

    assert answer.text
    assert caplog.messages.count("ended by an error; it is begun again") == 1


async def test_health_tells_of_a_lost_redis(town: Town, redis_server: EmbeddedRedis) -> None:
    port = free_port()
    async with town.bot(port=port):
        redis_server.stop()
        try:
            for _ in range(2):
                status, told = await healthz(port)
                assert (status, told["redis"]) == (503, "failing")
        finally:
            redis_server.start()
        await well_again(port)
