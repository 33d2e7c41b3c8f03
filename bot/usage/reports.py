"""What was used, as a report shows it: day by day, the largest first, and beside the month before.

People are named only where the operator wants that. Where they have pseudonyms, those of one month tell people apart
and say nothing of who they are; of few people nothing is told apart, for each could be guessed.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from bot.usage.ledger import Spent

People = Literal["names", "pseudonyms", "off"]
FEW = 5  # people: of fewer, pseudonyms would tell who they are
OTHERS = ""
"""The id of all that are not shown one by one."""

Shares = Sequence[tuple[str, Spent]]
"""What each has used, by id, the largest first."""


@dataclass(frozen=True, slots=True)
class Span:
    """What was used on one day, or on some that follow one another."""

    first: str
    last: str
    spent: Spent


def total(many: Iterable[Spent]) -> Spent:
    every = [*many]
    return Spent(**{field.name: sum(getattr(each, field.name) for each in every) for field in fields(Spent)})


def spans(days: Sequence[str], used: Mapping[str, Spent], most: int) -> list[Span]:
    """All `days`, as many together as it takes for `most` spans at the utmost."""
    at_once = -(-len(days) // most)
    pieces = [days[n : n + at_once] for n in range(0, len(days), at_once)]
    return [Span(piece[0], piece[-1], total(used.get(day, Spent()) for day in piece)) for piece in pieces]


def largest(used: Mapping[str, Spent], most: int) -> Shares:
    """By what they cost, then by tokens; what is beyond `most` stands together at the end, so that sums are right."""
    ranked = sorted(used.items(), key=lambda each: (-each[1].cost, -each[1].tokens, -each[1].answers, each[0]))
    if len(ranked) <= most:
        return ranked
    shown = [each for each in ranked[: most - 1] if each[0] != OTHERS]
    kept = {id for id, _ in shown}
    return [*shown, (OTHERS, total(spent for id, spent in ranked if id not in kept))]


def grown(now: float, before: float) -> int | None:
    """By how many percent; None where there was nothing before."""
    return round(100 * (now - before) / before) if before > 0 else None


def seen(used: Mapping[str, Spent], people: People, secret: bytes) -> Mapping[str, Spent]:
    """What people used, under what they are called in reports; empty where these do not part people."""
    if people == "names":
        return used
    if people == "off" or not used:
        return {}
    if len(used) < FEW:
        return {OTHERS: total(used.values())}
    return {pseudonym(secret, user): spent for user, spent in used.items()}


def pseudonym(secret: bytes, user: str) -> str:
    return hmac.new(secret, user.encode(), hashlib.sha256).hexdigest()[:12]
