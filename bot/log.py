"""The log: one line for each thing that happened, with ids beside the words; never texts, names or secrets.

Nothing that comes from outside can make a line look like another: what is no plain character is written as an escape,
each value has its bound, and what goes on over several lines is indented.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from urllib.parse import quote, quote_plus

from bot import happenings
from bot.happenings import Happening
from bot.turns.state import Record

MAX_VALUE = 300  # characters of one value
MAX_MESSAGE = 1_000
MAX_TRACE = 20_000  # characters of a traceback, of its end
MIN_SECRET = 4  # characters: a shorter one would strike out half of every line, and protects nothing

STRUCK_OUT = "…"

log = logging.getLogger("bot.happenings")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_TOKEN = re.compile(
    r"xox[a-z.]{0,20}-[\w-]+|xapp-[\w-]+|sk-[\w-]{8,}|tb_[A-Z0-9]+_\w{8,}|(?<=ticket=)[\w-]+|(?<=://)[^/\s@:]*+:[^/\s@]*+(?=@)"
)
"""What is a secret by its looks, wherever it comes from."""
_PLAIN = re.compile(r"[^\s\"=]+")


class _Secrets:
    """The very values that the settings hold, as they may be written."""

    def __init__(self) -> None:
        self._known: frozenset[str] = frozenset()
        self._values: re.Pattern[str] | None = None

    def know(self, secrets: Iterable[str], *, only: bool = True) -> None:
        """These, beside those that are known already unless it is `only` these."""
        secrets = self._known = frozenset(secrets) | (frozenset() if only else self._known)
        forms = {
            form for value in secrets for form in (value, quote(value, safe=""), quote_plus(value), repr(value)[1:-1])
        }
        known = sorted((re.escape(form) for form in forms if len(form) >= MIN_SECRET), key=len, reverse=True)
        self._values = re.compile("|".join(known)) if known else None

    def strike_out(self, text: str) -> str:
        text = self._values.sub(STRUCK_OUT, text) if self._values else text
        return _TOKEN.sub(STRUCK_OUT, text)


_secrets = _Secrets()


def set_up(level: str, style: str, secrets: Iterable[str] = ()) -> None:
    """Everything to standard error, without the secrets. Libraries speak only from WARNING on: at INFO and below some
    print payloads."""
    _secrets.know(secrets)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if style == "json" else Text())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("bot").setLevel(level.upper())


def know(secrets: Iterable[str]) -> None:
    """Strike these out too from now on, as far as they do not look like secrets; one that was replaced is still one."""
    if new := [each for each in secrets if _secrets.strike_out(each) != STRUCK_OUT]:
        _secrets.know(new, only=False)


def redacted(text: str) -> str:
    """The text without the settings' secrets, and what looks like one."""
    return _secrets.strike_out(text)


LINES: Mapping[type, tuple[int, str]] = {
    happenings.MessageKept: (logging.DEBUG, "event kept"),
    happenings.MessageNotKept: (logging.DEBUG, "not kept; Slack will send it again"),
    happenings.EventRefused: (logging.DEBUG, "refused"),
    happenings.TurnTakenOver: (logging.INFO, "turn taken over"),
    happenings.TurnStarted: (logging.DEBUG, "turn started"),
    happenings.AskersRefused: (logging.DEBUG, "not answered"),
    happenings.ModelAsked: (logging.DEBUG, "model asked"),
    happenings.ModelRequested: (logging.DEBUG, "model's answer is over"),
    happenings.RequestReduced: (logging.DEBUG, "asking with less"),
    happenings.AnswerBroke: (logging.INFO, "asking once more for an answer that broke off"),
    happenings.ModelAnswered: (logging.DEBUG, "model answered"),
    happenings.AnswerReused: (logging.DEBUG, "a kept answer is given"),
    happenings.PostReplaced: (logging.INFO, "posting anew"),
    happenings.AnswerImpossible: (logging.WARNING, "cannot answer there"),
    happenings.TurnFailed: (logging.WARNING, "turn failed"),
    happenings.ApologyImpossible: (logging.WARNING, "cannot apologise there"),
    happenings.TurnAbandoned: (logging.ERROR, "turn abandoned"),
    happenings.TurnFinished: (logging.INFO, "turn finished"),
    happenings.ProgramOverBudget: (logging.INFO, "a program is over a budget"),
    happenings.TurnBroke: (logging.ERROR, "a bug ended a turn"),
    happenings.TurnPutBack: (logging.INFO, "turn put back"),
    happenings.NotHandedBack: (logging.INFO, "not handed back"),
    happenings.LeaseLost: (logging.INFO, "lease lost"),
    happenings.WorkspaceMissing: (logging.WARNING, "a thread waits in a workspace that is not installed here"),
    happenings.ClaimFailed: (logging.DEBUG, "cannot claim"),
    happenings.RenewalFailed: (logging.DEBUG, "leases not renewed"),
    happenings.SurfaceCalled: (logging.DEBUG, "called"),
    happenings.StoreFailed: (logging.DEBUG, "Redis did not do it"),
    happenings.Erased: (logging.INFO, "removed"),
    happenings.ErasureFailed: (logging.INFO, "cannot remove what shall be removed"),
}
"""How each happening is said; beside the words stand its own fields."""


def saw(happening: Happening) -> None:
    """Log a happening: the first of those who listen to `World.saw`."""
    level, message = LINES[type(happening)]
    if not log.isEnabledFor(level):
        return
    facts = {field.name: getattr(happening, field.name) for field in fields(happening)}
    error = facts.pop("error", None)
    if "thread" in facts:  # a name that every record has already, for something else
        facts["in_thread"] = facts.pop("thread")
    if isinstance(record := facts.pop("record", None), Record):
        facts = {name: value for name, value in facts.items() if value not in ("", None)}
        facts |= {"outcome": getattr(happening, "outcome", record.outcome), "attempt": record.attempt}
        facts |= _taken(record)
    log.log(level, message, extra=facts, exc_info=error)


def _taken(record: Record) -> dict[str, object]:
    """What the model took, and where. By which name it calls itself is the server's word, and stays out."""
    if not record.model:
        return {}
    return {
        **({"target": record.target} if record.target else {}),
        **({"instead": record.instead} if record.instead else {}),
        "input": record.input,
        "cached": record.cached,
        "written": record.cache_written,
        "output": record.output,
        "reasoning": record.reasoning,
        "cost": record.cost,
    }


class Text(logging.Formatter):
    """`09:14:39 warning turn failed  turn=T1/C1/1.2 reference=a1b2c3d4`"""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        about = "".join(f" {_line(name, MAX_VALUE)}={_value(value)}" for name, value in _about(record).items())
        line = f"{at} {record.levelname.lower()} {_line(record.getMessage(), MAX_MESSAGE)}{about and ' ' + about}"
        return line + "".join(f"\n    {each}" for each in _trace(self, record))


class Json(logging.Formatter):
    """One JSON object a line: `at`, `level`, `logger`, `message`, then the ids."""

    def format(self, record: logging.LogRecord) -> str:
        about = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _line(record.getMessage(), MAX_MESSAGE),
            **{_line(name, MAX_VALUE): _plain(value) for name, value in _about(record).items()},
        }
        if trace := _trace(self, record):
            about["trace"] = "\n".join(trace)
        return json.dumps(about, ensure_ascii=False)


def _about(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _value(value: object) -> str:
    """In quotes where it could be taken for more than one value."""
    text = _line(value, MAX_VALUE)
    return text if not text or _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _plain(value: object) -> object:
    """A number or a truth as it is, all else as text."""
    small = isinstance(value, int) and abs(value) < 2**63
    return value if value is None or small or isinstance(value, float) else _line(value, MAX_VALUE)


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    if not record.exc_info:
        return []
    trace = redacted(formatter.formatException(record.exc_info))[-MAX_TRACE:]
    return [_escaped(line)[:MAX_MESSAGE] for line in trace.splitlines()]


def _line(value: object, most: int) -> str:
    """The value as text on one line, bounded, and without secrets."""
    try:
        text = redacted(str(value))
    except ValueError:  # an integer of thousands of digits
        text = "a number too large to write"
    return _escaped(text if len(text) <= most else text[:most] + "…")


def _escaped(text: str) -> str:
    """With `\\n` and the like for all that is not printable: line ends, control and invisible characters."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()
