"""How an answer arrives: a `Reply`, and the bytes that go out for it, each at its time.

Nothing here waits or sends; `model.py` does.
"""

import secrets
import time
from collections.abc import Iterator, Set
from dataclasses import dataclass, fields
from typing import Literal

from threadbot_sandbox import completion
from threadbot_sandbox.completion import DONE, Completion, Json


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer and how it arrives. Counts such as `cut_after` are in pieces (roughly, tokens)."""

    text: str = ""
    pieces: list[str] | None = None  # the text already cut, one streamed chunk each
    tokens_per_second: float | None = None  # None is "all at once"
    first_token_after: float = 0.0
    finish_reason: str = "stop"
    refusal: str | None = None  # arrives in the field of that name, in place of content
    usage: bool = True  # False: none is reported, asked for or not
    headers: dict[str, str] | None = None

    status: int | None = None  # an HTTP error in place of an answer ...
    error: Json | None = None  # ... with this body (`{"error": {...}}`; a fitting one if None) ...
    html_error: bool = False  # ... or a gateway's HTML page (502 unless `status` says otherwise)
    reject: Set[str] = frozenset()  # a request with one of these parameters gets a 400, and may try again

    stall_after: int | None = None
    stall_seconds: float | None = None  # None is "until `release()`"
    cut_after: int | None = None  # the connection ends there
    end_without_done: bool = False  # no finish_reason, no usage, no [DONE]
    broken_json_after: int | None = None  # one event that cannot be read; the stream goes on
    error_event_after: int | None = None  # `error` as an event, then the end
    empty_choices_first: bool = False  # Azure's leading chunk

    @classmethod
    def of(cls, said: "Reply | Json | str") -> "Reply":
        """From plain text, or from a JSON object with the fields' names. TypeError on any other name."""
        if isinstance(said, str):
            return cls(said)
        if isinstance(said, Reply):
            return said
        if unknown := said.keys() - {field.name for field in fields(cls)}:
            raise TypeError(f"a reply has no {', '.join(sorted(unknown))}")
        return cls(**{**said, "reject": frozenset(said.get("reject", ()))})


@dataclass(frozen=True, slots=True)
class Step:
    """Bytes to send, how many seconds after the first they are due, and what happens after them."""

    due: float
    data: bytes
    then: Literal["go on", "wait", "end", "cut"] = "go on"


def steps(reply: Reply, request: Json, prompt: int, cached: int) -> list[Step]:
    """All that is sent as the body for this reply to this request; `prompt` and `cached` in tokens."""
    pieces, reason = _said(reply, request)
    options = request.get("stream_options") or {}
    wire = Completion(
        id=f"chatcmpl-{secrets.token_hex(12)}",
        created=int(time.time()),
        model=str(request.get("model")),
        choices=request.get("n") or 1,
        field="content" if reply.refusal is None else "refusal",
        with_usage=bool(options.get("include_usage")) and reply.usage,
    )
    counts = completion.usage(prompt, cached, len(pieces) * wire.choices)
    if request.get("stream"):
        return list(_merged(_streamed(reply, wire, pieces, reason, counts)))
    return list(_merged(_whole(reply, wire, pieces, reason, counts)))


def _said(reply: Reply, request: Json) -> tuple[list[str], str]:
    """The pieces, as far as the request lets them go, and why they end."""
    if reply.refusal is not None:
        pieces = completion.pieces_of(reply.refusal)
    else:
        pieces = completion.pieces_of(reply.text) if reply.pieces is None else reply.pieces
    if stops := request.get("stop"):
        text = "".join(pieces)
        ends = [text.find(stop) for stop in ([stops] if isinstance(stops, str) else stops)]
        if found := [end for end in ends if end >= 0]:
            pieces = completion.pieces_of(text[: min(found)])
    limit = request.get("max_completion_tokens") or request.get("max_tokens")
    if limit and len(pieces) > limit:
        return pieces[:limit], "length"
    return pieces, reply.finish_reason


def _streamed(reply: Reply, wire: Completion, pieces: list[str], reason: str, counts: Json) -> Iterator[Step]:
    if reply.empty_choices_first:
        yield Step(0.0, wire.empty_choices())
    yield Step(0.0, wire.opening())
    due = 0.0
    for step in _paced(reply, wire.texts(pieces)):
        due = step.due
        yield step
        if step.then in ("cut", "end"):
            return
    if reply.end_without_done:
        return
    yield Step(due, wire.closing(reason))
    if wire.with_usage:
        yield Step(due, wire.counted(counts))
    yield Step(due, DONE)


def _whole(reply: Reply, wire: Completion, pieces: list[str], reason: str, counts: Json) -> Iterator[Step]:
    due = 0.0
    for step in _paced(reply, [b""] * len(pieces)):
        due = step.due
        if step.then in ("cut", "wait"):
            yield Step(due, b"", step.then)
    body = wire.whole("".join(pieces), reason, counts if reply.usage else None)
    yield Step(due, body if reply.broken_json_after is None else body[: len(body) // 2])


def _paced(reply: Reply, frames: list[bytes]) -> Iterator[Step]:
    """The pieces when they are due, with what goes wrong between them."""
    due = 0.0
    gap = 1 / reply.tokens_per_second if reply.tokens_per_second else 0.0
    for n in range(len(frames) + 1):
        if n == reply.broken_json_after:
            yield Step(due, b'data: {"id":"chatcmpl-broken","choices":[{"del\n\n')
        if n == reply.error_event_after:
            said = reply.error or completion.error(500, "The server had an error processing your request.")
            yield Step(due, completion.event(said), "end")
        if n == reply.cut_after:
            yield Step(due, b"", "cut")
        if n == reply.stall_after:
            yield Step(due, b"", "wait" if reply.stall_seconds is None else "go on")
            due += reply.stall_seconds or 0.0
        if n < len(frames):
            yield Step(due, frames[n])
            due += gap


def _merged(steps: Iterator[Step]) -> Iterator[Step]:
    """What is due at the same time goes out at once."""
    data: list[bytes] = []
    held: Step | None = None
    for step in steps:
        if held and (held.due != step.due or held.then != "go on"):
            yield Step(held.due, b"".join(data), held.then)
            data.clear()
        data.append(step.data)
        held = step
    if held:
        yield Step(held.due, b"".join(data), held.then)
