"""What Prometheus sees of a bot at work."""

import asyncio
import json
import re
import time
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.metrics import counts
from tests.patience import PATIENCE
from tests.town import Town, free_port, wait_until
from threadbot_sandbox.model import Reply
from threadbot_sandbox.redis import EmbeddedRedis

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


def total(samples: Samples, name: str, **labels: str) -> float:
    """Of all series that have these labels, among others."""
    return sum(
        each for (called, has), each in samples.items() if called == f"threadbot_{name}" and has >= labels.items()
    )


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"threadbot_{name}", frozenset(labels.items())]


async def test_answers_calls_and_messages_are_seen_with_their_times(town: Town) -> None:
    port, by = free_port(), {"model": "small-model", "target": "openai"}
    async with town.bot(metrics_port=port):
        for number in range(5):
            await town.ask("Ada", "#general", f"@Threadbot tell me joke {number}")
        await town.idle()
        seen = read((await scrape(port))[1])

    assert value(seen, "turns_total", outcome="answered") == 5
    for times in ("turn_seconds", "first_text_seconds", "queue_seconds"):
        assert value(seen, f"{times}_count", outcome="answered") == 5
        assert 0 < value(seen, f"{times}_sum", outcome="answered") < 5 * 45
    assert value(seen, "model_requests_total", **by, result="ok") == 5
    assert value(seen, "model_answers_total", model="small-model", end="Finished") == 5
    assert value(seen, "tokens_total", **by, kind="input") > 5
    assert value(seen, "tokens_total", **by, kind="output") > 5
    assert value(seen, "unpriced_total", **by) == 5
    assert total(seen, "events_total", result="kept") == total(seen, "events_total", result="again") == 5
    assert value(seen, "last_event_timestamp_seconds") > 1e9
    assert value(seen, "slack_calls_total", method="chat.postMessage", result="ok") == 5
    assert value(seen, "slack_wait_seconds_count", method="chat.postMessage", result="ok") == 5
    assert value(seen, "socket_up") == 1
    assert value(seen, "holds") == value(seen, "redis_errors_total") == value(seen, "takeovers_total") == 0
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
    assert value(seen, "redis_errors_total") >= 1
    assert not [name for name, _ in seen if name == "threadbot_inbox_threads"]


async def test_how_much_of_the_workspaces_budget_is_used_is_seen(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "KNOWN_FOR", -1.0)
    port, by = free_port(), {"model": "small-model", "target": "openai"}
    async with town.bot(metrics_port=port, budget_workspace_day="1000 tokens", budget_person_day="100000 tokens"):
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        await town.idle()
        before = read((await scrape(port))[1])
        await town.slack.say("Ben", "#general", "@Threadbot summarize: " + "and more " * 1000)
        await town.all_delivered()
        await town.idle()
        after = read((await scrape(port))[1])

    used = total(before, "tokens_total", **by, kind="input") + total(before, "tokens_total", **by, kind="output")
    assert value(before, "budget_used_ratio", period="day") == pytest.approx(used / 1000)
    assert total(before, "budget_used_ratio", period="month") == 0
    assert value(after, "over_budget_total", period="day") == 1
    assert value(after, "turns_total", outcome="over_budget") == 1
    assert value(after, "holds") == 0


async def test_what_running_turns_hold_is_seen_by_each_process_alike(town: Town) -> None:
    ports, budget = (free_port(), free_port()), "100000 tokens"
    town.model.enqueue(*(Reply("one two three", stall_after=1) for _ in range(3)))
    async with (
        town.bot(metrics_port=ports[0], budget_workspace_month=budget),
        town.bot(metrics_port=ports[1], budget_workspace_month=budget),
    ):
        for number in range(3):
            await town.slack.say("Ada", "#general", f"@Threadbot slowly, number {number}")
        await wait_until(lambda: len(town.model.requests) == 3, "all are under way")
        found = [value(read((await scrape(port))[1]), "holds") for port in ports]
        town.model.release()

    assert found == [3, 3]


TROUBLE = {
    *("repeated_attempts", "put_back", "abandoned", "leases_lost", "bugs", "model_refusals", "queue_errors"),
    *("unpriced", "takeovers", "redis_errors", "over_budget", "holds"),
}
"""What is not seen while all goes well."""
LABELS = {
    *(
        "outcome",
        "model",
        "target",
        "kind",
        "end",
        "type",
        "method",
        "result",
        "part",
        "state",
        "what",
        "version",
        "le",
    ),
    "period",
}
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
    async with town.bot(metrics_port=port, models_file=models, budget_workspace_month="100.00"):
        asking = (town.ask("Ada", "#general", f"@Threadbot tell me joke {number}") for number in range(40))
        await asyncio.gather(*asking)
        await town.idle()
        await asyncio.sleep(1.5)  # the loop is measured once a second
        text = (await scrape(port))[1]

    seen, values = read(text), families(text)
    assert value(seen, "turns_total", outcome="answered") == 40
    by = {"model": "small-model", "target": "hosted"}
    assert value(seen, "cost_usd_total", **by) == pytest.approx(
        value(seen, "tokens_total", **by, kind="input") / 1e6
        + 2 * value(seen, "tokens_total", **by, kind="output") / 1e6,
        rel=0.01,
    )
    assert value(seen, "budget_used_ratio", period="month") == pytest.approx(value(seen, "cost_usd_total", **by) / 100)
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
