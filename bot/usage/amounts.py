"""An amount as people write it: `2.00`, `$2`, `50000 tokens`, `off`."""

import re
from typing import cast

from bot.usage.budgets import NOTHING, OFF, SPANS, Amount, Numbers, Span

NANO = 1_000_000_000
MAX_DOLLARS = 1_000_000
MAX_TOKENS = 1_000_000_000_000
_DOLLARS = re.compile(r"\$?([0-9]{1,9}(?:,[0-9]{3})*)(?:\.([0-9]{1,9}))?\$?")
_TOKENS = re.compile(r"([0-9]{1,15}|[0-9]{1,3}(?:[,_][0-9]{3}){1,4})([kKmM])?")
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}


def amount(words: list[str]) -> Amount | None:
    """The amount with which the words begin, which are taken away; None, and nothing is taken, where they begin with
    none."""
    if not words:
        return None
    first, second = words[0].casefold(), words[1].casefold() if len(words) > 1 else ""
    if first in ("off", "none"):
        del words[0]
        return OFF
    if second in ("token", "tokens") and (tokens := _tokens(first)) is not None:
        del words[:2]
        return Amount(tokens=tokens)
    glued = re.fullmatch(r"(.+?)tokens?", first)
    if glued and (tokens := _tokens(glued[1])) is not None:
        del words[0]
        return Amount(tokens=tokens)
    if (cost := _cost(first)) is None:
        return None
    del words[0]
    if words and words[0].casefold() in ("$", "usd", "dollar", "dollars"):
        del words[0]
    return Amount(cost=cost)


def numbers(words: list[str]) -> Numbers | None:
    """All of the words, as `2.00 per day` or `2.00 per day 50000 tokens per month`; None for anything else."""
    found, left = NOTHING, [*words]
    while left:
        limit = amount(left)
        if limit is None or len(left) < 2 or left[0].casefold() != "per" or left[1].casefold() not in SPANS:
            return None
        found = found.having(cast(Span, left[1].casefold()), limit)
        del left[:2]
    return found if words else None


def _tokens(word: str) -> int | None:
    found = _TOKENS.fullmatch(word)
    if found is None:
        return None
    count = int(found[1].replace(",", "").replace("_", "")) * _TIMES[(found[2] or "").casefold()]
    return count if count <= MAX_TOKENS else None


def _cost(word: str) -> int | None:
    found = _DOLLARS.fullmatch(word)
    if found is None:
        return None
    cost = int(found[1].replace(",", "")) * NANO + int((found[2] or "0").ljust(9, "0"))
    return cost if cost <= MAX_DOLLARS * NANO else None


def spelled(amount: Amount) -> str:
    """As people write it; both units, where there are two."""
    if amount.off:
        return "off"
    cost = [] if amount.cost is None else [f"${amount.cost / NANO:,.2f}"]
    return " and ".join(cost + ([] if amount.tokens is None else [f"{amount.tokens:,} tokens"]))


def listed(numbers: Numbers) -> str:
    """What is set, in short, for the audit; empty where nothing is."""
    amounts = [(span, numbers.of(span)) for span in SPANS]
    found = [f"{spelled(amount)} per {span}" for span, amount in amounts if amount is not None]
    for what, count in (("per minute", numbers.minute), ("at once", numbers.at_once)):
        found += [] if count is None else [f"{count or 'off'} {what}"]
    return ", ".join(found)
