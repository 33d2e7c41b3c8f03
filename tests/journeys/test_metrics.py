"""What Prometheus sees of a bot at work."""

import asyncio
import json
import re
import time
from pathlib import Path

import aiohttp
import pytest
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


TROUBLE = {
    *("repeated_attempts", "put_back", "abandoned", "leases_lost", "bugs", "model_refusals", "queue_errors"),
    "unpriced",
}
"""What is not seen while all goes well."""
LABELS = {"outcome", "model", "kind", "end", "method", "result", "part", "state", "what", "version", "le"}
AN_ID = re.compile(r"\b[UCDTEWB][A-Z0-9]{5,}\b|\d{10}\.\d+|xox|Ada|Mallory|evil")


def families(text: str) -> dict[str, list[float]]:
    """Our metrics and their values, without the moments at which they began."""
    found = {family.name: family for family in text_string_to_metric_families(text)}
    return {
        name.removeprefix("threadbot_"): [each.value for each in family.samples]
        for name, family in found.items()
        if name.startswith("threadbot_") and not name.endswith("_created")
    }


async def test_each_metric_has_a_plausible_value_under_load(town: Town, tmp_path: Path) -> None:
    port = free_port()
    models = tmp_path / "models.json"
    priced = {"name": "small-model", "price": {"input": 1, "output": 2}}
    target = {"name": "hosted", "base_url": town.model_url, "key": "sandbox", "models": [priced]}
    await asyncio.to_thread(models.write_text, json.dumps({"targets": [target]}))
    async with town.bot(metrics_port=port, models_file=models):
        asking = (town.ask("Ada", "#general", f"@Threadbot tell me joke {number}") for number in range(40))
        await asyncio.gather(*asking)
        await town.idle()
        await asyncio.sleep(1.5)  # the loop is measured once a second
        text = (await scrape(port))[1]

    seen, values = read(text), families(text)
    assert value(seen, "turns_total", outcome="answered") == 40
    assert value(seen, "cost_usd_total", model="small-model") == pytest.approx(
        value(seen, "tokens_total", model="small-model", kind="input") / 1e6
        + 2 * value(seen, "tokens_total", model="small-model", kind="output") / 1e6,
        rel=0.01,
    )
    assert 0 <= time.time() - value(seen, "last_event_timestamp_seconds") < 60
    assert 0 <= value(seen, "loop_lag_seconds") < 30
    assert value(seen, "turn_seconds_sum", outcome="answered") >= value(
        seen, "first_text_seconds_sum", outcome="answered"
    )
    quiet = {"inbox_threads", "inbox_oldest_ready_seconds", "loop_lag_seconds"}  # they may be 0
    assert [name for name, found in values.items() if name not in TROUBLE | quiet and not any(found)] == []
    assert set(values) >= quiet


async def test_a_hostile_client_makes_no_new_label_sets(town: Town) -> None:
    port = free_port()
    async with town.bot(metrics_port=port):
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        await town.idle()
        before = read((await scrape(port))[1])
        for number in range(10):
            words = f'@Threadbot evil"}} {number}\\n# TYPE threadbot_turns_total{{outcome="evil{number}"}} gauge'
            await town.ask("Ben", ("#general", "#random")[number % 2], words)
        await town.idle()
        after = read((await scrape(port))[1])

    new = {labels for _, labels in after.keys() - before.keys()}
    assert not new
    assert {name for _, labels in after for name, _ in labels} <= LABELS
    assert [found for _, labels in after for _, found in labels if AN_ID.search(found)] == []
