"""What may be used, as it stands in Redis: written and read. What cannot be read is as if nothing was set."""

import json
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, TypeAdapter
from pydantic.dataclasses import dataclass

from bot.store import unreadable
from bot.usage.budgets import Amount, Numbers, Owner, Set

Whole = Annotated[int, Field(ge=0, lt=2**53)]


@dataclass(frozen=True)
class _Amount:
    cost: Whole | None = None
    tokens: Whole | None = None


@dataclass(frozen=True)
class _Numbers:
    day: _Amount | None = None
    month: _Amount | None = None
    minute: Whole | None = None
    at_once: Whole | None = None


_STORED = TypeAdapter(_Numbers)


def read(stored: Mapping[str, str]) -> Set:
    """By the fields of the hash; what is '' is not set."""
    found = {owner: numbers(text) for name, text in stored.items() if text and (owner := Owner.parse(name))}
    return {owner: each for owner, each in found.items() if not each.empty}


def numbers(text: str) -> Numbers:
    known = unreadable.read(_STORED, text, "a limit") if text else None
    if known is None:
        return Numbers()
    return Numbers(_amount(known.day), _amount(known.month), known.minute, known.at_once)


def _amount(known: _Amount | None) -> Amount | None:
    return None if known is None else Amount(known.cost, known.tokens)


def written(numbers: Numbers) -> str:
    """'' where nothing is set."""
    if numbers.empty:
        return ""
    amounts = {
        span: {"cost": amount.cost, "tokens": amount.tokens}
        for span in ("day", "month")
        if (amount := getattr(numbers, span)) is not None
    }
    counts = {name: count for name in ("minute", "at_once") if (count := getattr(numbers, name)) is not None}
    return json.dumps(amounts | counts)
