"""What an error of a model's server means, read from its whole body: each provider puts its words elsewhere.

Shapes: OpenAI's `{"error": {message, type, code, param}}`, Google's list of these, FastAPI's `{"detail": [{loc,
msg}]}`, vLLM's flat object, a mere text; and the same in the middle of a stream, where there is no status but perhaps
its number as a code.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from bot.llm.values import code_of

MAX_READ = 4_000  # characters of an error that are looked at
MAX_AFTER = 3600.0  # seconds; what is to come later than that is not waited for
DEFAULT_AFTER = 5.0  # seconds, where a busy server does not say
_MAX_DEPTH = 6
_OWN = frozenset({0, 400, 402, 403, 404, 405, 410, 413, 415, 422, 451, 500, 501})
"""Statuses that say little of themselves; 0 is an error in a stream."""

Meaning = Literal[
    "too-long", "filtered", "no-credit", "key", "missing", "busy", "unreachable", "moved", "rejected"
]  # fmt: skip

_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|window|size)|contextwindow|exceed_context"
    r"|(?:prompt|input|request|messages?|conversation|query)(?: text| tokens| length)?(?: is| are| was)? "
    r"too (?:long|large|big)"
    r"|too many (?:input |prompt |total )?tokens|(?:input|prompt)[ _](?:token|length)[^.]{0,60}exceed"
    r"|exceed(?:s|ed|ing)? the (?:maximum|max|model)[^.]{0,40} (?:tokens|length)|tokens? limit exceeded"
    r"|reduce the (?:length|size|number of (?:input )?tokens)|must have less than \d{1,9} tokens"
    r"|string too long|string_above_max|max_new_tokens[`'\"]? must be|longer than the (?:model|maximum)"
    r"|maximum (?:prompt|input) length"
)
_FILTERED = re.compile(
    r"content[ _-]?(?:filter|management polic|policy|policies|moderation)|(?:was|been|is) flagged"
    r"|flagged (?:by|for|as)|guardrail|prohibited[ _]content|responsibleaipolicy"
    r"|data_?inspection_?failed|inappropriate content"
    r"|safety (?:filter|system|setting|reason|polic|check)|moderation (?:block|fail|filter|reject)"
    r"|blocked (?:by|for|due to)[^.]{0,20}(?:safety|content)"
)
_CREDIT = re.compile(
    r"insufficient[ _](?:quota|balance|credit|fund)|credit balance|(?:out of|no|not enough|more) credits?\b"
    r"|balance (?:is )?(?:too low|insufficient|not enough|exhausted)|payment required|exceeded your current quota"
    r"|billing (?:hard )?limit|spend(?:ing)? limit|budget (?:has been )?exceeded|budget_exceeded|over budget"
    r"|key limit exceeded|account (?:\S{1,60} )?(?:is )?(?:not active|overdue|suspended|in arrears)"
    r"|in good standing|billing_not_active|arrearage|余额不足|欠费"
)
_NOT_FOR_US = re.compile(
    r"(?:not allowed|no permission|does not have|without|no) (?:to )?access (?:to )?(?:the )?model"
    r"|model_access_denied|access to (?:the )?model[^.]{0,200} (?:denied|forbidden)"
)
"""A key that is right, and of no use for this model."""
_PLACE = re.compile(r"unsupported_country|(?:country|region|location)[^.]{0,40} (?:is |are )?not supported")
_SOON = re.compile(r"retry ?(?:in|delay|after)|try again in|per (?:minute|min|second|hour|day)\b")
_KEY = re.compile(
    r"(?:invalid|incorrect|missing|wrong|expired|unknown|no valid)[^.]{0,20} "
    r"(?:api|access|auth|proxy server|x-api)[ _-]?(?:key|token)"
    r"|(?:api|access)[ _-]?(?:key|token)[^.]{0,30} "
    r"(?:invalid|incorrect|not valid|missing|expired|wrong|revoked|not found|required|leaked)"
    r"|invalid_api_key|api_key_invalid|authentication ?(?:error|fail|required)|authentication_error"
    r"|unauthori[sz]ed|unauthenticated|no_db_connection"  # LiteLLM, of a key that its configuration does not name
)
_MISSING = re.compile(
    r"model_not_found|(?:invalid|unknown|unrecogni[sz]ed|no such|not a valid|non-existent) model"
    r"|model(?: name)?(?: \S{1,200})?(?: was| is| has| does| could)? "
    r"(?:not exist|not found|not be found|not available|unavailable|not supported"
    r"|been (?:deprecated|decommissioned|retired|removed))"
    r"|no endpoints found|no healthy deployments|with the specified model|unexpected endpoint"
)
_RATE = re.compile(r"rate[ _-]?limit|too many requests|quota exceeded|resource_exhausted|throttl|tokens per m")
_AFTER = re.compile(
    r"(?:retry|try again)[a-z ]{0,16}(?:in|after|delay)\W{1,3}(\d{1,5}(?:\.\d{1,9})?) ?(ms|s|seconds?|m|min|minutes?)\b"
)
_SCALE = {"ms": 0.001, "s": 1.0, "m": 60.0}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as a server said it. `status` is 0 in a stream; `words` are all texts of the body in lower case, and
    `names` what it names as wrong in the request. Only `code` is fit for the log: the words may quote key or prompt."""

    status: int
    code: str
    words: str
    names: tuple[str, ...] = ()

    @classmethod
    def of(cls, status: int, body: object) -> "Refusal":
        """From the body of a response, or from the `error` in an answer: an object, a list or a mere text."""
        inner = _inner(body)
        code = code_of(inner.get("code")) or code_of(inner.get("type")) or code_of(inner.get("status"))
        if not status and code.isdigit() and 400 <= int(code) < 600:
            status = int(code)
        words, names, left = list[str](), list[str](), MAX_READ
        for key, text in _texts(body):
            if key == "param" or key == "loc":
                names.append(re.split(r"[.\[]", text[:MAX_READ].removeprefix("#/"), maxsplit=1)[0])
            words.append(f"{key} {text}"[:left] if "retry" in key.lower() else text[:left])
            left -= len(words[-1]) + 1
            if left <= 0:
                break
        return cls(status, code, " ".join(words).lower(), tuple(names))

    @property
    def meaning(self) -> Meaning:
        """What it means for the person who waits."""
        words = self.words
        if _TOO_LONG.search(words):
            return "too-long"
        if self.status in _OWN and _FILTERED.search(words):
            return "filtered"
        if self.status == 402 or "insufficient_quota" in words or (_CREDIT.search(words) and not _SOON.search(words)):
            return "no-credit"
        if self.status in (401, 403) and _NOT_FOR_US.search(words):
            return "missing"
        if self.status == 401 or (self.status in _OWN and _KEY.search(words)):
            return "key"
        return self._by_status()

    def _by_status(self) -> Meaning:
        status = self.status
        if status == 429 or (status in _OWN and _RATE.search(self.words)):
            return "busy"
        if status == 413:
            return "too-long"
        if status in (404, 405, 410) or (status in _OWN and _MISSING.search(self.words)):
            return "missing"
        if status in (0, 408, 409) or status >= 500:
            return "unreachable"
        if status == 403:
            return "rejected" if _PLACE.search(self.words) else "key"
        return "moved" if status < 400 else "rejected"

    def after(self, headers: Mapping[str, str], default: float = DEFAULT_AFTER) -> float:
        """Seconds after which a busy server may answer again, by its headers or its words."""
        found = retry_after(headers, self.words)
        return min(found, MAX_AFTER) if found is not None and found > 0 else default


def _inner(body: object) -> Mapping[str, object]:
    """The object that says what is wrong."""
    for _ in range(3):
        if isinstance(body, list) and body:
            body = body[0]
        if not isinstance(body, Mapping):
            return {}
        error = body.get("error")
        if not isinstance(error, Mapping | list):
            return body
        body = error
    return body if isinstance(body, Mapping) else {}


def _texts(value: object, key: str = "", depth: int = _MAX_DEPTH) -> Iterator[tuple[str, str]]:
    """All texts in it, each with the name of the field that it stands in."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping) and depth:
        for name, inner in value.items():
            yield from _texts(inner, str(name), depth - 1)
    elif isinstance(value, list) and depth:
        for inner in value:
            yield from _texts(inner, key, depth - 1)


def retry_after(headers: Mapping[str, str], words: str = "") -> float | None:
    """Seconds to wait, in the server's words; may be anything. None where it does not say."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if (given := headers.get(name)) is not None:
            try:
                return float(given) * scale
            except ValueError:
                return _until(given)
    if (found := _AFTER.search(words)) is None:
        return None
    unit = found[2] if found[2] == "ms" else found[2][0]
    return float(found[1]) * _SCALE[unit]


def _until(date: str) -> float | None:
    """Seconds until an HTTP date."""
    try:
        at = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
