"""Redis is stopped under load while each probe is asked again and again: nothing is restarted, and nothing is lost."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from tests.town import Town, free_port, wait_until
from threadbot_sandbox.redis import EmbeddedRedis

PROBES = ("/livez", "/readyz", "/healthz")
FAILURES = 3  # in a row, after which Kubernetes and Docker restart a container
AWAY = 6.0  # seconds; a minute is only longer
ANSWERS_WITHIN = 5.0  # seconds, as the probes of deploy/ wait


class Polled:
    """The status of each probe's answers in turn; 0 where none came."""

    def __init__(self) -> None:
        self.seen: dict[str, list[int]] = defaultdict(list)

    def in_a_row(self, probe: str) -> int:
        """The most failures without a success between them."""
        longest = now = 0
        for status in self.seen[probe]:
            now = 0 if status == 200 else now + 1
            longest = max(longest, now)
        return longest


@asynccontextmanager
async def polled(port: int) -> AsyncIterator[Polled]:
    found, over = Polled(), asyncio.Event()

    async def poll(http: aiohttp.ClientSession, probe: str) -> None:
        while not over.is_set():
            try:
                async with http.get(f"http://127.0.0.1:{port}{probe}") as answer:
                    found.seen[probe].append(answer.status)
            except (aiohttp.ClientError, TimeoutError):
                found.seen[probe].append(0)
            await asyncio.sleep(0.1)

    timeout = aiohttp.ClientTimeout(total=ANSWERS_WITHIN)
    async with aiohttp.ClientSession(timeout=timeout) as http, asyncio.TaskGroup() as tasks:
        for probe in PROBES:
            tasks.create_task(poll(http, probe))
        yield found
        over.set()


@pytest.mark.timeout(600)
async def test_redis_is_away_under_load_and_nothing_is_restarted_or_lost(
    town: Town, redis_server: EmbeddedRedis
) -> None:
    town.slack.retry_delays = (0.0, *[0.2] * 300)  # Slack sends again for as long as it takes
    town.slack.courier.ack_within = 0.3
    port = free_port()
    async with town.bot(port=port), polled(port) as probes:
        threads = [await town.slack.say("Ada", "#general", f"@Threadbot tell me joke {n}") for n in range(10)]
        await wait_until(lambda: probes.seen["/readyz"].count(200), "it is ready")
        redis_server.kill()
        threads += [await town.slack.say("Ben", "#general", f"@Threadbot tell me joke {n}") for n in range(10, 20)]
        await asyncio.sleep(AWAY)
        redis_server.start()
        answers = [await town.answer("#general", thread, thread) for thread in threads]
        away = len(probes.seen["/readyz"])
        await wait_until(lambda: 200 in probes.seen["/readyz"][away:], "it is ready again")

    assert probes.in_a_row("/livez") < FAILURES
    assert 503 in probes.seen["/readyz"]
    assert 503 in probes.seen["/healthz"]
    assert [len(answer.messages) for answer in answers] == [1] * 20
