"""When Redis is away, full or replaced: nobody's question is lost or answered twice, and the log says it once."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests import servers
from tests.town import Town, free_port, wait_until
from threadbot_sandbox.redis import EmbeddedRedis

BEGUN, OVER = "Redis does not serve us", "Redis serves us again"
Trouble = Callable[[Redis], Awaitable[object]]


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "bot.store.client"]


@pytest.fixture
def patient(town: Town) -> Town:
    """Slack sends again what was not taken for as long as the trouble lasts."""
    town.slack.retry_delays = (0.0, *[0.2] * 75)
    town.slack.courier.ack_within = 0.3
    return town


@asynccontextmanager
async def trouble(url: str, begin: Trouble, end: Trouble) -> AsyncIterator[None]:
    async with Redis.from_url(url) as redis:
        await begin(redis)
        try:
            yield
        finally:
            await end(redis)


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (lambda redis: redis.config_set("maxmemory", "1"), lambda redis: redis.config_set("maxmemory", "0")),
        (lambda redis: redis.replicaof("127.0.0.1", free_port()), lambda redis: redis.replicaof("NO", "ONE")),
    ],
    ids=["full", "a read-only replica"],
)
async def test_a_question_that_cannot_be_kept_is_answered_when_it_can(
    patient: Town, caplog: pytest.LogCaptureFixture, begin: Trouble, end: Trouble
) -> None:
    town = patient
    async with town.bot():
        first = await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        async with trouble(town.redis_url, begin, end):
            ts = await town.slack.say("Ada", "#general", "@Threadbot another", thread_ts=first.thread)
            await wait_until(lambda: any(d.retry > 1 for d in town.slack.deliveries), "Slack sends it again")
            assert len(town.model.requests) == 1
        answer = await town.answer("#general", ts, first.thread)
        await wait_until(lambda: OVER in said(caplog), OVER)

    assert len(answer.messages) == 1
    assert said(caplog) == [BEGUN, OVER]


async def test_while_redis_is_away_the_bot_waits_without_spinning(
    patient: Town, redis_server: EmbeddedRedis, caplog: pytest.LogCaptureFixture
) -> None:
    town = patient
    async with town.bot():
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        redis_server.kill()
        await wait_until(lambda: said(caplog), "it is noticed")
        worked = time.process_time()
        await asyncio.sleep(1)
        worked = time.process_time() - worked
        redis_server.start()
        await town.ask("Ada", "#general", "@Threadbot another")
        await wait_until(lambda: OVER in said(caplog), OVER)

    assert worked < 0.5  # of the second; the small Slack and the small model are in here too
    assert said(caplog) == [BEGUN, OVER]


async def test_a_redis_that_restarts_in_the_middle_of_answers_has_each_answered_once(
    patient: Town, redis_server: EmbeddedRedis, caplog: pytest.LogCaptureFixture
) -> None:
    """Killed as by a power cut; what it had told us that it has, is on its disk."""
    town = patient
    async with town.bot():
        town.model.hold()
        threads = [await town.slack.say("Ada", "#general", f"@Threadbot tell me joke {n}") for n in range(8)]
        await town.model.wait_for(lambda: town.model.running == 8)
        redis_server.kill()
        during = [await town.slack.say("Ben", "#general", f"@Threadbot tell me joke {n}") for n in range(8, 12)]
        town.model.release()
        await wait_until(lambda: said(caplog), "it is noticed")
        redis_server.start()
        answers = [await town.answer("#general", thread, thread) for thread in threads + during]
        await town.all_delivered()
        await wait_until(lambda: OVER in said(caplog), OVER)

    assert [len(answer.messages) for answer in answers] == [1] * 12
    assert said(caplog) == [BEGUN, OVER]


async def test_when_the_master_dies_its_replica_goes_on(
    patient: Town, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    town = patient
    with servers.sentinel(tmp_path) as several:
        async with town.bot(redis_url=several.url):
            first = await town.ask("Ada", "#general", "@Threadbot tell me a joke")
            several.lose_master_of("{threadbot}:queue:state")
            ts = await town.slack.say("Ada", "#general", "@Threadbot another", thread_ts=first.thread)
            answer = await town.answer("#general", ts, first.thread)
            await town.all_delivered()
            await wait_until(lambda: OVER in said(caplog), OVER)

    assert len(answer.messages) == 1
    assert len(town.model.requests[-1]["messages"]) > 2  # it remembers
    assert said(caplog) == [BEGUN, OVER]
