"""What is counted, and that nothing from outside becomes a label."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import happenings
from bot.errors import Unavailable
from bot.happenings import Happening
from bot.metrics import counts
from bot.metrics.counts import Counts, Depths, Used
from bot.turns.state import Record
from tests.town import wait_until

MODEL, TARGET = "gpt-6-luna", "hosted"
TURN = "T1/C1/1.0/2.0"


async def well() -> dict[str, str]:
    return {"redis": "ok", "worker": "failing"}


async def waiting() -> Depths:
    return {"ready": 2.0, "running": 1.0, "later": 0.0, "aside": 0.0, "oldest": 7.5, "holds": 3.0}


async def used() -> Used:
    return {"day": 0.25}


def seen(*happened: Happening, models: tuple[str, ...] = (MODEL,)) -> Counts:
    counted = Counts(models, (TARGET,))
    for each in happened:
        counted.saw(each)
    return counted


def of(counted: Counts, name: str, **labels: str) -> float | None:
    return counted.registry.get_sample_value(name, labels)


def record(**about: Any) -> Record:
    return Record("answered", ("U1",), ("2.0",), **about)


def series(text: bytes) -> Mapping[str, set[tuple[tuple[str, str], ...]]]:
    """The label sets of each metric."""
    found: dict[str, set[tuple[tuple[str, str], ...]]] = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).add(tuple(sorted(sample.labels.items())))
    return found


def test_a_finished_turn_is_counted_with_its_times_tokens_and_cost() -> None:
    answered = record(
        model=f"{MODEL}-2026-05-01",
        target=TARGET,
        input=100,
        cached=40,
        cache_written=20,
        output=7,
        reasoning=5,
        cost=0.25,
    )
    counted = seen(happenings.TurnFinished(TURN, answered, 3.0, queue=0.2, first_text=1.5))

    assert of(counted, "threadbot_turns_total", outcome="answered") == 1
    assert of(counted, "threadbot_turn_seconds_sum", outcome="answered") == 3.0
    assert of(counted, "threadbot_queue_seconds_sum", outcome="answered") == 0.2
    assert of(counted, "threadbot_first_text_seconds_bucket", outcome="answered", le="2.5") == 1
    by = {"model": MODEL, "target": TARGET}
    kinds = ("input", "cached", "written", "output", "reasoning")
    assert [of(counted, "threadbot_tokens_total", kind=kind, **by) for kind in kinds] == [100, 40, 20, 7, 5]
    assert of(counted, "threadbot_cost_usd_total", **by) == 0.25
    assert of(counted, "threadbot_unpriced_total", **by) is None


def test_a_model_is_counted_by_the_name_that_it_was_asked_for() -> None:
    answered = record(model="a name of the server's", target=TARGET, input=1)
    counted = seen(happenings.TurnFinished(TURN, answered, 1.0, model=MODEL))

    assert of(counted, "threadbot_tokens_total", model=MODEL, target=TARGET, kind="input") == 1


def test_what_a_budget_has_no_room_for_is_an_outcome_of_its_own() -> None:
    counted = seen(happenings.TurnFinished(TURN, Record("refused", ("U1",), ("2.0",)), 1.0, over="month"))

    assert of(counted, "threadbot_turns_total", outcome="over_budget") == 1
    assert of(counted, "threadbot_turns_total", outcome="refused") is None
    assert of(counted, "threadbot_over_budget_total", period="month") == 1
    counted.saw(happenings.ProgramOverBudget("day"))
    assert of(counted, "threadbot_over_budget_total", period="day") == 1


def test_requests_to_models_are_counted_by_how_they_end() -> None:
    ends = ("ok", "limited", "refused", "denied", "error", "stopped")
    counted = seen(*(happenings.ModelRequested(MODEL, TARGET, end) for end in ends))

    by = {"model": MODEL, "target": TARGET}
    assert [of(counted, "threadbot_model_requests_total", result=end, **by) for end in ends] == [1] * 6


def test_a_key_that_is_refused_for_the_first_time_is_a_rise_from_nothing() -> None:
    """A rate is known only between two values."""
    assert of(seen(), "threadbot_model_requests_total", model=MODEL, target=TARGET, result="denied") == 0


def test_what_people_say_is_counted_by_how_it_comes_and_what_becomes_of_it() -> None:
    counted = seen(
        happenings.MessageKept("E1", "T1/C1/1.0", "new", "app_mention"),
        happenings.MessageKept("E2", "T1/C1/1.0", "again", "message"),
        happenings.MessageKept("E3", "T1/C1/1.0", "unknown", "message"),
        happenings.MessageKept("E4", "T1/C1/1.0", "new", "entry"),
        happenings.MessageNotKept("E5", "message", "away"),
        happenings.EventRefused("", "unsigned"),
    )

    found = {
        tuple(sample.labels.values()): sample.value
        for family in counted.registry.collect()
        for sample in family.samples
        if sample.name == "threadbot_events_total"
    }
    assert found == {
        ("app_mention", "kept"): 1,
        ("message", "again"): 1,
        ("entry", "kept"): 1,
        ("message", "failed"): 1,
        ("other", "refused"): 1,
    }


def test_a_price_that_is_not_known_is_no_price_of_zero() -> None:
    counted = seen(happenings.TurnFinished(TURN, record(model=MODEL, input=1, output=1), 1.0))

    assert of(counted, "threadbot_cost_usd_total", model=MODEL, target="other") is None
    assert of(counted, "threadbot_unpriced_total", model=MODEL, target="other") == 1


def test_who_has_just_begun_has_not_waited_since_the_beginning_of_time() -> None:
    assert of(seen(), "threadbot_last_event_timestamp_seconds") == pytest.approx(time.time(), abs=60)


def test_times_that_are_not_known_are_not_counted() -> None:
    counted = seen(happenings.TurnFinished(TURN, record(), 1.0))

    assert of(counted, "threadbot_queue_seconds_count", outcome="answered") is None
    assert of(counted, "threadbot_first_text_seconds_count", outcome="answered") is None


def test_attempts_that_lead_to_nothing_are_counted() -> None:
    counted = seen(
        happenings.TurnStarted(TURN, 1, 1, 0),
        happenings.TurnStarted(TURN, 2, 1, 0),
        happenings.TurnPutBack("T1/C1/1.0", "", 5.0, True, ZeroDivisionError()),
        happenings.TurnPutBack("T1/C1/1.0", "no answer", 5.0, True),
        happenings.TurnAbandoned(TURN, "gone"),
        happenings.TurnBroke(TURN, ZeroDivisionError()),
        happenings.LeaseLost("T1/C1/1.0", "when renewing"),
        happenings.TurnTakenOver("T1/C1/1.0"),
        happenings.StoreFailed("away"),
        happenings.ClaimFailed("away"),
        happenings.RenewalFailed("away"),
        happenings.NotHandedBack("T1/C1/1.0", "away"),
    )

    names = ("repeated_attempts", "put_back", "abandoned", "bugs", "leases_lost", "takeovers", "redis_errors")
    assert [of(counted, f"threadbot_{name}_total") for name in names] == [1, 2, 1, 2, 1, 1, 1]
    errors = [of(counted, "threadbot_queue_errors_total", what=what) for what in ("claim", "renew", "hand_back")]
    assert errors == [1, 1, 1]


@pytest.mark.parametrize(
    ("name", "label"),
    [(MODEL, MODEL), (f"{MODEL}-2026-05-01", MODEL), ("gpt-6-lunatic", "other"), ("gpt-6", "other"), ("", "other")],
)
def test_a_model_that_the_settings_do_not_name_is_another(name: str, label: str) -> None:
    assert seen().model(name) == label


async def test_strangers_make_no_new_series() -> None:
    def hostile(number: int) -> list[Happening]:
        evil = f'"}}\n{number}\x00threadbot_turns_total{{outcome="x"}} 9'
        return [
            happenings.MessageKept(evil, evil, evil, evil),
            happenings.MessageKept(evil, evil, "new", evil),
            happenings.EventRefused(evil, evil),
            happenings.StoreFailed(evil),
            happenings.TurnTakenOver(evil),
            happenings.ModelRequested(evil, evil, "ok"),
            happenings.MessageNotKept(evil, evil, evil),
            happenings.TurnStarted(evil, number, 1, 0),
            happenings.AskersRefused(evil, (evil,)),
            happenings.ModelAsked(evil, evil, 1, 1, False),
            happenings.RequestReduced(evil, evil, evil),
            happenings.ModelAnswered(evil, evil, "Finished", -1, -1, -1, False),
            happenings.TurnFailed(evil, evil, evil),
            happenings.TurnFinished(
                evil, record(model=evil, target=evil, input=-5, why=evil, persona=evil, cost=-1.0), 1.0, 1.0, 1.0, evil
            ),
            happenings.WorkspaceMissing(evil),
            happenings.PostReplaced(evil, evil),
        ]

    counted = seen(*hostile(1))
    before = series(await counted.text(well, waiting, used))
    for number in range(500):
        for each in hostile(number):
            counted.saw(each)

    assert series(await counted.text(well, waiting, used)) == before
    assert (("model", "other"), ("result", "ok"), ("target", "other")) in before["threadbot_model_requests_total"]


async def test_what_is_shared_and_how_the_parts_are_is_read_when_it_is_asked_for() -> None:
    counted = seen()
    await counted.text(well, waiting, used)

    assert of(counted, "threadbot_inbox_threads", state="ready") == 2
    assert of(counted, "threadbot_inbox_oldest_ready_seconds") == 7.5
    assert of(counted, "threadbot_holds") == 3
    assert of(counted, "threadbot_budget_used_ratio", period="day") == 0.25
    assert of(counted, "threadbot_budget_used_ratio", period="month") is None
    assert [of(counted, "threadbot_part_up", part=part) for part in ("redis", "worker")] == [1, 0]


async def test_what_cannot_be_read_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "KNOWN_FOR", -1.0)

    async def away() -> Depths:
        raise Unavailable("memory.unreachable", "away", 1.0)

    counted = seen()
    await counted.text(well, waiting, used)
    text = await counted.text(well, away, used)

    assert "threadbot_inbox_threads" not in series(text)
    assert "threadbot_budget_used_ratio" not in series(text)
    assert "threadbot_inbox_oldest_ready_seconds NaN" in text.decode()


@pytest.mark.parametrize(("state", "up"), [("ok", 1.0), ("failing", 0.0)])
async def test_a_socket_is_up_or_not_where_there_is_one(state: str, up: float) -> None:
    async def health() -> dict[str, str]:
        return {"slack": state}

    counted = seen()
    assert "threadbot_socket_up NaN" in (await counted.text(well, waiting, used)).decode()

    counted = seen()
    await counted.text(health, waiting, used)
    assert of(counted, "threadbot_socket_up") == up


async def test_several_who_ask_at_once_let_redis_be_asked_once() -> None:
    asked = 0

    async def depths() -> Depths:
        nonlocal asked
        asked += 1
        return await waiting()

    counted = seen()
    for _ in range(3):
        await counted.text(well, depths, used)

    assert asked == 1


async def test_a_loop_that_is_late_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "LAG_EVERY", 0.0)
    counted = seen()
    measuring = asyncio.ensure_future(counted.measure_lag())
    await wait_until(lambda: of(counted, "threadbot_loop_lag_seconds"), "it is late by a little")
    measuring.cancel()
