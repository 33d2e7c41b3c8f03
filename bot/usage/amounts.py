"""An amount as people write it: `2.00`, `$2`, `50000 tokens`, `off`."""

import re

from bot.usage.budgets import OFF, Amount

NANO = 1_000_000_000
MAX_DOLLARS = 1_000_000
MAX_TOKENS = 1_000_000_000_000
_DOLLARS = re.compile(r"\$?(\d{1,9}(?:,\d{3})*)(?:\.(\d{1,9}))?\$?")
_TOKENS = re.compile(r"(\d{1,15}|\d{1,3}(?:[,_]\d{3}){1,4})([kKmM])?")
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
