"""What Prometheus sees of a bot at work."""

import asyncio
import time

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.town import Town, free_port
from threadbot_sandbox.redis import EmbeddedRedis

PATIENCE = 20.0  # seconds
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def scrape(port: int, **headers: str) -> tuple[int, str]:
    """What it says, as soon as it says anything."""
    give_up = time.monotonic() + PATIENCE
    async with aiohttp.ClientSession(headers=headers) as http:
        while True:
            try:
                async with http.get(f"http://127.0.0.1:{port}/metrics") as answer:
                    return answer.status, await answer.text()
            except aiohttp.ClientConnectorError:
                assert time.monotonic() < give_up
                await asyncio.sleep(0.02)


def read(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"threadbot_{name}", frozenset(labels.items())]


async def test_answers_calls_and_messages_are_seen_with_their_times(town: Town) -> None:
    port, model = free_port(), "small-model"
    async with town.bot(metrics_port=port):
        for number in range(5):
            await town.ask("Ada", "#general", f"@Threadbot tell me joke {number}")
        await town.idle()
        seen = read((await scrape(port))[1])

    assert value(seen, "turns_total", outcome="answered") == 5
    for times in ("turn_seconds", "first_text_seconds", "queue_seconds"):
        assert value(seen, f"{times}_count", outcome="answered") == 5
        assert 0 < value(seen, f"{times}_sum", outcome="answered") < 5 * 45
    assert value(seen, "model_requests_total", model=model) == 5
    assert value(seen, "model_answers_total", model=model, end="Finished") == 5
    assert value(seen, "tokens_total", model=model, kind="input") > 5
    assert value(seen, "tokens_total", model=model, kind="output") > 5
    assert value(seen, "unpriced_total", model=model) == 5
    assert value(seen, "events_total", result="kept") == 5
    assert value(seen, "last_event_timestamp_seconds") > 1e9
    assert value(seen, "slack_calls_total", method="chat.postMessage", result="ok") == 5
    assert value(seen, "slack_wait_seconds_count", method="chat.postMessage") == 5
    assert {part: value(seen, "part_up", part=part) for part in ("redis", "slack", "worker", "socket")} == {
        "redis": 1, "slack": 1, "worker": 1, "socket": 1,
    }  # fmt: skip
    assert {state: value(seen, "inbox_threads", state=state) for state in ("ready", "running", "later", "aside")} == {
        "ready": 0, "running": 0, "later": 0, "aside": 0,
    }  # fmt: skip
    assert value(seen, "inbox_oldest_ready_seconds") == 0


async def test_it_is_read_at_the_port_of_the_probes_with_a_token_and_nowhere_else(town: Town) -> None:
    port = free_port()
    async with town.bot(port=port, metrics_token="t0ken"):
        assert (await scrape(port))[0] == 401
        assert (await scrape(port, Authorization="Bearer t0ken"))[0] == 200
    async with town.bot(port=port):
        assert (await scrape(port, Authorization="Bearer t0ken"))[0] == 404


async def test_a_lost_redis_is_seen(town: Town, redis_server: EmbeddedRedis) -> None:
    port = free_port()
    async with town.bot(metrics_port=port):
        redis_server.stop()
        try:
            status, text = await scrape(port)
        finally:
            redis_server.start()

    seen = read(text)
    assert status == 200
    assert value(seen, "part_up", part="redis") == 0
    assert not [name for name, _ in seen if name == "threadbot_inbox_threads"]
