"""What a line of the log looks like, and what never stands in it."""

import json
import logging
import sys
import time
from collections.abc import Iterator
from typing import get_args
from urllib.parse import quote, quote_plus, urlencode

import pytest

from bot import happenings, log
from bot.happenings import Happening
from bot.turns.state import Record


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("bot")
    handlers, levels = root.handlers[:], (root.level, ours.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


@pytest.fixture(autouse=True)
def no_secrets_known() -> Iterator[None]:
    yield
    log.set_up("warning", "text")


def record(message: str = "turn failed", **about: object) -> logging.LogRecord:
    made = logging.makeLogRecord(
        {"name": "bot.turns.turn", "levelno": logging.WARNING, "levelname": "WARNING", "msg": message}
    )
    vars(made).update(about)
    return made


def test_a_line_for_people() -> None:
    line = log.Text().format(record(turn="T1/C1/1.2", reference="a1b2c3d4"))

    assert line.partition(" ")[2] == "warning turn failed  turn=T1/C1/1.2 reference=a1b2c3d4"


def test_a_line_for_machines() -> None:
    line = log.Json().format(record(turn="T1/C1/1.2", tries=3))

    about = json.loads(line)
    assert about.pop("at").endswith("+00:00")
    assert about == {
        "level": "warning",
        "logger": "bot.turns.turn",
        "message": "turn failed",
        "turn": "T1/C1/1.2",
        "tries": 3,
    }


@pytest.mark.parametrize("formatter", [log.Text(), log.Json()], ids=["text", "json"])
@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-12-34-abcDEF",
        "xoxe.xoxp-1-abcDEF",
        "xapp-1-A1-2-abcdef",
        "sk-proj-abc_DEF-123456",
        "tb_T0123_Ab3dEf9h_0123456789abcdefABCDEF0123456789aBcDeF",
        "wss://wss-primary.slack.com/link/?ticket=abc-def-123",
        "rediss://user:hunter2@redis.example:6380/1",
        "https://:hunter2@proxy.example",
    ],
)
def test_secrets_are_struck_out_wherever_they_stand(formatter: logging.Formatter, secret: str) -> None:
    try:
        raise RuntimeError(f"cannot use {secret}")
    except RuntimeError:
        error = sys.exc_info()

    line = formatter.format(record(f"trouble with {secret}", why=f"said {secret}", exc_info=error))

    assert line.count("…") >= 3
    for part in ("abc", "hunter2", "DEF"):
        assert part not in line


VALUES = ("gsk_live51H", "AIzaSyA-9", "hf_QwErTy", "0123456789abcdef0123456789abcdef", "p@ss/wo rd+", 'a"b\\\\c')


@pytest.mark.parametrize("formatter", [log.Text(), log.Json()], ids=["text", "json"])
@pytest.mark.parametrize("secret", VALUES)
def test_the_very_values_of_the_settings_are_struck_out(formatter: logging.Formatter, secret: str) -> None:
    log.set_up("info", "text", VALUES)
    try:
        raise RuntimeError(f"cannot use {secret} and {secret!r}")
    except RuntimeError:
        error = sys.exc_info()
    made = record(
        f"trouble with {secret}", why=f"https://{quote(secret, safe='')}@x?{urlencode({'k': secret})}", exc_info=error
    )

    line = formatter.format(made)

    for form in (secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1], json.dumps(secret)[1:-1]):
        assert form not in line


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\x1b[2J", "\0", "\u202e", "\ud800"]
)
@pytest.mark.parametrize("formatter", [log.Text(), log.Json()], ids=["text", "json"])
def test_nothing_from_outside_makes_a_line_of_its_own(formatter: logging.Formatter, end: str) -> None:
    forged = f"x{end}21:00:00 warning admin added by=U0ALICE"
    try:
        raise RuntimeError(forged)
    except RuntimeError:
        error = sys.exc_info()

    told = formatter.format(
        record(f"trouble with {forged}", **{"why": forged, f"odd{end}name": [forged]}, exc_info=error)
    )

    lines = told.splitlines()
    assert [line for line in lines if line.startswith("21:00:00")] == []
    assert all(line.startswith("    ") for line in lines[1:])
    assert all(character.isprintable() or character == "\n" for character in told)
    if isinstance(formatter, log.Json):
        assert len(lines) == 1
        assert json.loads(told)["level"] == "warning"


def test_a_value_cannot_pass_for_another_field() -> None:
    line = log.Text().format(record(why="lost by=U0ALICE", note='a"b', turn="T1/C1/1.2"))

    assert line.endswith('why="lost by=U0ALICE" note="a\\"b" turn=T1/C1/1.2')


@pytest.mark.parametrize("formatter", [log.Text(), log.Json()], ids=["text", "json"])
def test_every_value_has_its_bound(formatter: logging.Formatter) -> None:
    try:
        raise RuntimeError("y" * 1_000_000)
    except RuntimeError:
        error = sys.exc_info()
    made = record(
        "m" * 1_000_000, a="a" * 1_000_000, b=["b" * 1_000_000], c=10**6000, d="\n" * 1_000_000, exc_info=error
    )

    assert len(formatter.format(made)) < 50_000


def test_numbers_stay_numbers_for_machines() -> None:
    about = json.loads(log.Json().format(record(tries=3, share=0.5, working=True, code=None, many=(1, 2))))

    assert (about["tries"], about["share"], about["working"], about["code"], about["many"]) == (
        3,
        0.5,
        True,
        None,
        "(1, 2)",
    )


def test_a_line_takes_time_in_proportion_to_its_length() -> None:
    for piece in ("xox", "://", ":", "sk-", "://a:", "ticket=", "xoxb-", 'a="', "\u2028", "xapp"):
        began = time.process_time()
        log.Text().format(record("m", why=piece * 200_000))
        assert time.process_time() - began < 2


def test_json_stays_json_when_something_is_struck_out() -> None:
    line = log.Json().format(record("redis://:hunter2@host", url="redis://a:b@c", next="a@b"))

    assert json.loads(line)["next"] == "a@b"


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_traceback_is_part_of_the_entry(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("info", style)
    try:
        raise RuntimeError("a bug")
    except RuntimeError:
        logging.getLogger("bot.turns.turn").exception("a bug ended a turn")

    told = capsys.readouterr().err
    assert "RuntimeError: a bug" in told
    assert ("\n" in told.strip()) is (style == "text")


def test_libraries_speak_only_when_something_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """At INFO and below, some of them print what people wrote."""
    log.set_up("debug", "text")
    logging.getLogger("slack_sdk").info("payload: hello")
    logging.getLogger("slack_sdk").warning("rate limited")
    logging.getLogger("bot.slack").debug("event kept")

    told = capsys.readouterr().err
    assert "payload" not in told
    assert "rate limited" in told
    assert "event kept" in told


def test_the_level_is_the_operators(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("error", "text")
    logging.getLogger("bot.slack").warning("a warning")
    logging.getLogger("bot.slack").error("an error")

    assert "a warning" not in (told := capsys.readouterr().err)
    assert "an error" in told


def test_the_log_has_a_line_for_all_that_can_happen() -> None:
    assert set(log.LINES) == set(get_args(Happening))


@pytest.mark.parametrize(
    ("happening", "level", "line", "about"),
    [
        (
            happenings.TurnFailed("T1/C1/1.0/2.0", "a1b2c3d4", "http 401"),
            logging.WARNING,
            "turn failed",
            {"turn": "T1/C1/1.0/2.0", "reference": "a1b2c3d4", "why": "http 401"},
        ),
        (
            happenings.LeaseLost("T1/C1/1.0", "when renewing"),
            logging.INFO,
            "lease lost",
            {"in_thread": "T1/C1/1.0", "why": "when renewing"},
        ),
        (
            happenings.TurnFinished("T1/C1/1.0/2.0", Record("answered", ("U1",), ("2.0",)), 1.5),
            logging.INFO,
            "turn finished",
            {"turn": "T1/C1/1.0/2.0", "outcome": "answered", "attempt": 1, "seconds": 1.5},
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_happening_is_one_line_with_its_facts(
    caplog: pytest.LogCaptureFixture, happening: Happening, level: int, line: str, about: dict[str, object]
) -> None:
    caplog.set_level(logging.DEBUG, "bot")

    log.saw(happening)

    [found] = caplog.records
    assert (found.levelno, found.getMessage()) == (level, line)
    assert vars(found).items() >= about.items()
    assert not found.exc_info


def test_a_finished_turn_is_one_line_with_all_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("info", "json")
    taken = {"target": "hosted", "instead": "gpt-6-terra", "input": 53, "cached": 42, "cache_written": 3, "output": 61}
    record = Record("answered", ("U1",), ("2.0",), model="the server's word", reasoning=7, cost=0.5, **taken)  # type: ignore[arg-type]

    log.saw(happenings.TurnFinished("T1/C1/1.0/2.0", record, 2.1, 0.25, 0.5, "gpt-6-luna"))
    log.saw(happenings.TurnFinished("T1/C1/1.0/3.0", Record("refused", ("U1",), ("3.0",)), 0.1, over="day"))

    answered, refused = map(json.loads, capsys.readouterr().err.splitlines())
    standard = ("at", "level", "logger", "message")
    assert {name: value for name, value in answered.items() if name not in standard} == {
        **{"turn": "T1/C1/1.0/2.0", "outcome": "answered", "attempt": 1},
        **{"seconds": 2.1, "queue": 0.25, "first_text": 0.5},
        **{"model": "gpt-6-luna", "target": "hosted", "instead": "gpt-6-terra"},
        **{"input": 53, "cached": 42, "written": 3, "output": 61, "reasoning": 7, "cost": 0.5},
    }
    assert {name: value for name, value in refused.items() if name not in standard} == {
        **{"turn": "T1/C1/1.0/3.0", "outcome": "over_budget", "over": "day", "attempt": 1, "seconds": 0.1}
    }


def test_a_bug_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ZeroDivisionError("oops")
    except ZeroDivisionError as error:
        log.saw(happenings.TurnBroke("T1/C1/1.0/2.0", error))

    assert "ZeroDivisionError: oops" in caplog.text
    assert "error" not in vars(caplog.records[0])
