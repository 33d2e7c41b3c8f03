"""What a line of the log looks like, and what never stands in it."""

import json
import logging
import sys
from collections.abc import Iterator
from typing import get_args

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
            logging.DEBUG,
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


def test_a_bug_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ZeroDivisionError("oops")
    except ZeroDivisionError as error:
        log.saw(happenings.TurnBroke("T1/C1/1.0/2.0", error))

    assert "ZeroDivisionError: oops" in caplog.text
    assert "error" not in vars(caplog.records[0])
