"""The values in a model server's reply, checked in type, range and length before anything else of the bot sees them.

Servers are many, and some are broken or hostile. What is odd is left out, as if the server had not said it.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.conversation.plain import paired
from bot.conversation.tokens import Usage

MAX_TOKENS = 100_000_000  # in one count; no model of today reads or writes a tenth of it
MAX_DOLLARS = 10_000.0  # for one answer
MAX_CHOICES = 8  # as many as can be asked for
MAX_NAME = 200  # characters of a model's name, as in a persona
REASONS = frozenset({"stop", "length", "content_filter", "tool_calls", "function_call"})
"""Why an answer ends (OpenAI API reference: chat completion object)."""
OTHER = "other"
"""What a server gives in place of a reason, and no word."""
FAILED = "error"
"""The reason of a server that failed, or whose own upstream did."""

_SIGNS_OF_REASONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "content_filter",
        ("filter", "safety", "sensitive", "refus", "recitation", "prohibit", "blocklist", "spii", "guardrail"),
    ),
    ("length", ("length", "max_", "limit", "window", "truncat")),
    ("tool_calls", ("tool",)),
    ("function_call", ("function",)),
    (FAILED, ("error", "fail", "abort", "cancel", "unavailable", "insufficient", "timeout", "overload")),
)
"""Parts of the words that servers have of their own, by what they mean. Any other word is an end like "stop"."""

_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "reasoning_text", "reasoning_details", "thinking_blocks")
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.:/ -]{0,63}")
_NAME = re.compile(rf"\S{{1,{MAX_NAME}}}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]+")


def usage_of(reported: object) -> Usage | None:
    """The usage object of the API; each detail may be missing on compatible servers. None when the totals are.

    Some use the names of OpenAI's other API, Anthropic's or DeepSeek's.
    """
    if not isinstance(reported, dict):
        return None
    spent = _count(_first(reported, "prompt_tokens", "input_tokens"))
    written = _count(_first(reported, "completion_tokens", "output_tokens"))
    if spent is None or written is None:
        return None
    details = _object(reported, "prompt_tokens_details", "input_tokens_details")
    own = {"cached": _first(reported, "prompt_cache_hit_tokens", "cache_read_input_tokens")}
    cached = _count(_first({**own, **details}, "cached_tokens", "cached"), spent)
    own = {"stored": _first(reported, "cache_creation_input_tokens")}
    stored = _count(_first({**own, **details}, "cache_write_tokens", "stored"), spent)
    thought = _count(
        _object(reported, "completion_tokens_details", "output_tokens_details").get("reasoning_tokens"), written
    )
    return Usage(
        input=spent,
        output=written,
        cached=cached or 0,
        cache_written=stored or 0,
        reasoning=thought or 0,
        cost=cost_of(reported),
    )


def _first(reported: Mapping[str, Any], *names: str) -> object:
    """What stands under the first of these names under which there is something."""
    return next((reported[name] for name in names if reported.get(name) is not None), None)


def _object(reported: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    found = _first(reported, *names)
    return found if isinstance(found, dict) else {}


def cost_of(reported: Mapping[str, Any]) -> float | None:
    """US dollars, where the server says what an answer cost (OpenRouter: usage accounting); never below zero.

    Under a key of one's own at the provider behind it, that one's price comes on top.
    """
    details = reported.get("cost_details")
    upstream = details.get("upstream_inference_cost") if isinstance(details, dict) else None
    own = reported.get("is_byok") is True
    costs = [_dollars(reported.get("cost")), *([_dollars(upstream)] if own else [])]
    return sum(cost for cost in costs if cost is not None) if None not in costs else None


def _dollars(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= MAX_DOLLARS else None


def _count(value: object, most: int = MAX_TOKENS) -> int | None:
    """A number of tokens. True is no number, whatever Python thinks."""
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
    return value if fits and isinstance(value, int) else None


def model_of(value: object) -> str:
    """A model's name, without blanks or signs that are not seen; else ""."""
    return value if isinstance(value, str) and _NAME.fullmatch(value) and value.isprintable() else ""


def reason_of(value: object) -> str | None:
    """Why the answer ended, in the API's words; None where the server did not say. `FAILED` is among them."""
    if not value or value == "null":
        return None
    if isinstance(value, str) and value in REASONS:
        return value
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        return OTHER
    word = value.lower()
    return next((reason for reason, signs in _SIGNS_OF_REASONS if any(sign in word for sign in signs)), "stop")


def choice_of(value: object) -> int:
    """Which of several answers a piece belongs to; the first where it does not say. Raises ValueError."""
    if value is None:
        return 0
    index = _count(value, MAX_CHOICES - 1)
    if index is None:
        raise ValueError("not the index of a choice")
    return index


def code_of(value: object) -> str:
    """A word such as `rate_limit_exceeded` or a number, fit for the log; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    if isinstance(value, int) and not -1_000_000 < value < 1_000_000:
        return ""
    return str(value) if _CODE.fullmatch(str(value)) else ""


def text_of(said: Mapping[str, Any]) -> str:
    """What a delta or a message says: content or refusal, as a text or (some compatible servers) in parts.

    As it came: see `clean`. Raises TypeError or AttributeError where it is neither.
    """
    content = said.get("content") or said.get("refusal") or ""
    if isinstance(content, str):
        return content
    parts = (content,) if isinstance(content, dict) else content
    return "".join(part if isinstance(part, str) else _part(part) for part in parts)


def thought_of(said: Mapping[str, Any]) -> int:
    """Characters of thinking in a delta or a message, in the fields that servers have for it."""
    content = said.get("content")
    found = [said[name] for name in _THOUGHTS if name in said] if len(said) > 1 or content is None else []
    if isinstance(content, list):
        found += [part for part in content if isinstance(part, dict) and _is_thinking(part)]
    return sum(map(_letters, found))


def _part(part: Mapping[str, Any]) -> str:
    return "" if _is_thinking(part) else part.get("text") or ""


def _is_thinking(part: Mapping[str, Any]) -> bool:
    kind = part.get("type")
    return isinstance(kind, str) and ("think" in kind or "reason" in kind)


def _letters(value: object, depth: int = 3) -> int:
    """Characters of all texts in it."""
    if isinstance(value, str):
        return len(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sum(_letters(each, depth - 1) for each in inner) if depth else 0


def clean(text: str) -> str:
    """Without control characters other than line ends and tabs, and without halves of characters."""
    if text.isascii() and text.isprintable():
        return text
    return _CONTROLS.sub("", paired(text))
