"""Stored values that cannot be read: each is passed over, with one line in the log for its kind and place."""

import logging
from functools import lru_cache
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.errors import Locked, Unreadable
from bot.store.seal import Seal

log = logging.getLogger(__name__)

T = TypeVar("T")


def read(kind: TypeAdapter[T], text: str, where: str) -> T | None:
    """The value that a stored JSON text holds; None, said once in the log, where it is none of this kind. `where` names
    ids and no texts."""
    try:
        return kind.validate_json(text)
    except ValidationError:  # which would quote it
        passed_over(where)
        return None


def opened(seal: Seal, kind: TypeAdapter[T], text: str, about: str, where: str) -> T | None:
    """The same for what may be sealed. What cannot be opened is passed over as well."""
    try:
        return read(kind, seal.open(text, about), where)
    except Locked as locked:
        locked_up(where, locked.key)
        return None


def need(kind: TypeAdapter[T], text: str, what: str) -> T:
    """The same for what nothing can be done without. Raises Unreadable."""
    try:
        return kind.validate_json(text)
    except ValidationError:
        raise Unreadable(f"{what} cannot be read") from None


def whole(text: str | None, where: str) -> int:
    """A stored amount; 0, said once in the log, where it is none that Redis could have counted."""
    amount = int(text) if text and len(text) < 20 and text.isdecimal() else 0
    if text and (text != str(amount) or amount >= 2**63):
        passed_over(where)
        return 0
    return amount


@lru_cache(maxsize=1000)
def locked_up(where: str, key: str) -> None:
    """Say in the log, once for each place and key, that something there cannot be opened."""
    log.error("stored words are encrypted with a key that is missing", extra={"where": where, "key": key})


@lru_cache(maxsize=1000)
def passed_over(where: str) -> None:
    """Say in the log, once for each place, that something there was not read."""
    log.error("stored data cannot be read, and is passed over", extra={"where": where})
