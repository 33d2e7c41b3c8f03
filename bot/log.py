"""How is it said what happened? One line each, with ids beside the words; never texts, names or secrets."""

import json
import logging
import re
import sys
from datetime import UTC, datetime

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SECRET = re.compile(r"xox[a-z.]*-[\w-]+|xapp-[\w-]+|sk-[\w-]{8,}|(?<=ticket=)[\w-]+|(?<=://)[^/\s@]*:[^/\s@]*(?=@)")


def set_up(level: str, style: str) -> None:
    """Everything to standard error. Libraries speak only from WARNING on: at INFO and below some print payloads."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if style == "json" else Text())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("bot").setLevel(level.upper())


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
