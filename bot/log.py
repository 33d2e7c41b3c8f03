"""The log: one line for each thing that happened, with ids beside the words; never texts, names or secrets."""

import json
import logging
import re
import sys
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime

from bot import happenings
from bot.happenings import Happening
from bot.turns.state import Record

log = logging.getLogger("bot.happenings")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SECRET = re.compile(r"xox[a-z.]*-[\w-]+|xapp-[\w-]+|sk-[\w-]{8,}|(?<=ticket=)[\w-]+|(?<=://)[^/\s@]*:[^/\s@]*(?=@)")


def set_up(level: str, style: str) -> None:
    """Everything to standard error. Libraries speak only from WARNING on: at INFO and below some print payloads."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if style == "json" else Text())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("bot").setLevel(level.upper())


LINES: Mapping[type, tuple[int, str]] = {
    happenings.MessageKept: (logging.DEBUG, "event kept"),
    happenings.MessageNotKept: (logging.DEBUG, "not kept; Slack will send it again"),
    happenings.TurnStarted: (logging.DEBUG, "turn started"),
    happenings.AskersRefused: (logging.DEBUG, "not answered"),
    happenings.ModelAsked: (logging.DEBUG, "model asked"),
    happenings.RequestReduced: (logging.DEBUG, "asking with less"),
    happenings.ModelAnswered: (logging.DEBUG, "model answered"),
    happenings.PostReplaced: (logging.INFO, "posting anew"),
    happenings.AnswerImpossible: (logging.WARNING, "cannot answer there"),
    happenings.TurnFailed: (logging.WARNING, "turn failed"),
    happenings.ApologyImpossible: (logging.WARNING, "cannot apologise there"),
    happenings.TurnAbandoned: (logging.ERROR, "turn abandoned"),
    happenings.TurnFinished: (logging.DEBUG, "turn finished"),
    happenings.TurnBroke: (logging.ERROR, "a bug ended a turn"),
    happenings.TurnPutBack: (logging.INFO, "turn put back"),
    happenings.NotHandedBack: (logging.INFO, "not handed back"),
    happenings.LeaseLost: (logging.INFO, "lease lost"),
    happenings.WorkspaceMissing: (logging.WARNING, "a thread waits in a workspace that is not installed here"),
    happenings.ClaimFailed: (logging.DEBUG, "cannot claim"),
    happenings.RenewalFailed: (logging.DEBUG, "leases not renewed"),
}
"""How each happening is said; beside the words stand its own fields."""


def saw(happening: Happening) -> None:
    """Log a happening: the first of those who listen to `World.saw`."""
    level, message = LINES[type(happening)]
    facts = {field.name: getattr(happening, field.name) for field in fields(happening)}
    error = facts.pop("error", None)
    if "thread" in facts:  # a name that every record has already, for something else
        facts["in_thread"] = facts.pop("thread")
    if isinstance(record := facts.pop("record", None), Record):
        facts |= {"outcome": record.outcome, "attempt": record.attempt}
    log.log(level, message, extra=facts, exc_info=error)


class Text(logging.Formatter):
    """`09:14:39 warning turn failed  turn=T1/C1/1.2 reference=a1b2c3d4`"""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        about = "".join(f" {name}={value}" for name, value in _about(record).items())
        line = f"{at} {record.levelname.lower()} {record.getMessage()}{about and ' ' + about}"
        return _redacted(line + _trace(self, record))


class Json(logging.Formatter):
    """One JSON object a line: `at`, `level`, `logger`, `message`, then the ids."""

    def format(self, record: logging.LogRecord) -> str:
        about = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_about(record),
        }
        if trace := _trace(self, record):
            about["trace"] = trace.strip()
        return _redacted(json.dumps(about, default=str, ensure_ascii=False))


def _about(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return "\n" + formatter.formatException(record.exc_info) if record.exc_info else ""


def _redacted(line: str) -> str:
    return _SECRET.sub("…", line)
