"""What programs read: threads and entries, as the replies have them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.conversation.mentions import named
from bot.ports.api import ApiThread
from bot.turns.entries import Entry, Request, Response
from bot.turns.state import Record
from bot.usage.ledger import Spent
from bot.web.api.door import refusal
from bot.wording.words import Words

NANO = 1_000_000_000


class _Reply(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class Thread(_Reply):
    """A conversation."""

    guid: str
    ai_code: str
    """Always "chatgpt"."""
    ai_version_code: str
    """The persona or model that was asked for."""
    title: str
    created_at: str


class Said(_Reply):
    role: Literal["user", "assistant"]
    content: str


class Choice(_Reply):
    message: Said
    finish_reason: str | None
    """"stop", "length", "content_filter"; "stopped" where somebody stopped it; null where it broke off."""
    index: int


class Usage(_Reply):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cached_tokens: int
    estimated: bool
    """Whether the model's server did not say, and this is a guess."""


class EntryReply(_Reply):
    """A request, or the response to it."""

    guid: str
    thread_guid: str
    type: Literal["request", "response"]
    error: str | None
    """Why there is no answer. It stands on the response."""
    content: Said | list[Choice]
    """Of a request, what was said; of a response, the answer, in a list."""
    waiting_response: bool
    """Whether the request still waits for its response."""
    credits: int | None
    """What the response took, in whole units; null where its price is not known."""
    created_at: str
    persona: str | None
    model: str | None
    usage: Usage | None
    cost: float | None
    """US dollars; null where they are not known."""


class Spending(_Reply):
    """What was used in a month."""

    month: str
    answers: int
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cost: float
    """US dollars, without the answers whose price is not known."""
    unpriced: int
    """How many requests those were."""
    credits: int


class OneSpending(_Reply):
    data: Spending


class OneThread(_Reply):
    data: Thread


class Threads(_Reply):
    data: list[Thread]
    next_cursor: str | None
    """What gives the next page; null on the last one."""


class OneEntry(_Reply):
    data: EntryReply


class Entries(_Reply):
    data: list[EntryReply]


class Gone(_Reply):
    guid: str
    deleted: bool


class OneGone(_Reply):
    data: Gone


class Details(_Reply):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    message: str
    """The same as `detail`."""


def thread(found: ApiThread) -> dict[str, object]:
    return {
        "guid": found.guid,
        "ai_code": "chatgpt",
        "ai_version_code": found.code,
        "title": found.title,
        "created_at": moment(found.at),
    }


def entries(thread: str, found: Sequence[Entry], credit: float, words: Words) -> list[dict[str, object]]:
    return [entry(thread, each, credit, words) for each in found]


def entry(thread: str, found: Entry, credit: float, words: Words) -> dict[str, object]:
    if isinstance(found, Request):
        return request(thread, found.guid, said(found), found.at, waiting=found.waiting)
    return _response(thread, found, credit, words)


def request(thread: str, guid: str, text: str, at: int, *, waiting: bool) -> dict[str, object]:
    return {
        "guid": guid,
        "thread_guid": thread,
        "type": "request",
        "error": None,
        "content": {"role": "user", "content": text},
        "waiting_response": waiting,
        "credits": 0,
        "created_at": moment(at),
        "persona": None,
        "model": None,
        "usage": None,
        "cost": None,
    }


def _response(thread: str, found: Response, credit: float, words: Words) -> dict[str, object]:
    record, error = found.record, _error(found, words)
    return {
        "guid": found.guid,
        "thread_guid": thread,
        "type": "response",
        "error": error,
        "content": [] if error is not None else [_choice(found)],
        "waiting_response": False,
        "credits": _credits(record, credit),
        "created_at": moment(found.at),
        "persona": record.persona or None,
        "model": record.model or None,
        "usage": _usage(record),
        "cost": record.cost if record.model else None,
    }


def said(found: Request) -> str:
    """What was asked, as it was sent."""
    return named(found.message.text, {})


def text(found: Response) -> str:
    """What the answer says; empty where it was stopped before it said anything."""
    shown, stopped = found.shown, found.record.outcome == "stopped"
    return "" if shown is None or (stopped and shown.kind == "notice") else shown.text


def _error(found: Response, words: Words) -> str | None:
    shown = found.shown
    if found.record.outcome == "refused":
        return refusal(found.refusal, words) if found.refusal else words.label("not-answered")
    if shown is None or shown.kind == "apology":
        return shown.text if shown else words.label("not-answered")
    return None


def _choice(found: Response) -> dict[str, object]:
    stopped = found.record.outcome == "stopped"
    reason = found.record.reason or ("stopped" if stopped else None)
    return {"message": {"role": "assistant", "content": text(found)}, "finish_reason": reason, "index": 0}


def _usage(record: Record) -> dict[str, object] | None:
    if not record.model:
        return None
    return {
        "prompt_tokens": record.input,
        "completion_tokens": record.output,
        "total_tokens": record.input + record.output,
        "cached_tokens": record.cached,
        "estimated": record.estimated,
    }


def spending(month: str, spent: Spent, credit: float) -> dict[str, object]:
    return {
        "month": month,
        "answers": spent.answers,
        "prompt_tokens": spent.input,
        "completion_tokens": spent.output,
        "total_tokens": spent.tokens,
        "cost": spent.cost,
        "unpriced": spent.unpriced,
        "credits": _units(spent.cost, credit),
    }


def _credits(record: Record, credit: float) -> int | None:
    if not record.model:
        return 0
    return None if record.cost is None else _units(record.cost, credit)


def _units(cost: float, credit: float) -> int:
    """Whole credits, rounded up: counted in billionths of a dollar, of which sums are exact."""
    return -(-round(cost * NANO) // max(round(credit * NANO), 1))


def moment(at: int) -> str:
    """Microseconds since 1970, as `2026-12-01T09:30:00.000000Z`."""
    seconds, micros = divmod(at, 1_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{micros:06}Z"
