"""Tokens: what a program shows in place of a person, and what is kept of it.

A token names its workspace and its id; what follows is a secret of 190 bits and a checksum, so that a mistyped one is
known at sight. Only a hash of it is kept: with so much chance in it, nobody can try them all.
"""

import hashlib
import hmac
import re
import secrets
import string
import zlib
from dataclasses import dataclass
from typing import Literal, get_args

Right = Literal["threads:write", "threads:read", "usage:read"]
RIGHTS: tuple[Right, ...] = get_args(Right)
"""What a token may be good for."""
OPERATOR = "operator"
"""Who acts with a token that belongs to nobody, but to whoever runs the bot: no person, and an admin."""
MAX_NAME = 64  # characters
LIFETIME = 90 * 24 * 3600.0  # seconds, where nobody says another

_DIGITS = string.digits + string.ascii_letters
_TOKEN = re.compile(r"(tb_([A-Z0-9]{1,20})_([0-9A-Za-z]{8})_[0-9A-Za-z]{32})([0-9A-Za-z]{6})")
_CHANNEL = re.compile(r"A[0-9A-Za-z]{8}")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SPAN = re.compile(r"([0-9]{1,6})([dhms])")
_SECONDS = {"d": 24 * 3600, "h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token. `user` is whose rights it has; empty for the operator's. `by` made it.

    `created` and `expires` are times in seconds since 1970; `expires` is None where it holds for ever.
    """

    id: str
    name: str
    digest: str
    user: str
    by: str
    rights: tuple[str, ...] = RIGHTS
    created: float = 0.0
    expires: float | None = None

    @property
    def actor(self) -> str:
        """Who acts with it, as the author of messages and the giver of commands."""
        return self.user or OPERATOR

    @property
    def channel(self) -> str:
        """What stands in the place of a channel where its threads are kept and what they took is counted."""
        return f"A{self.id}"

    def over(self, now: float) -> bool:
        return self.expires is not None and now >= self.expires


def person(actor: str) -> str:
    """The person who acts; empty for the operator, who is none and has no budget of their own."""
    return "" if actor == OPERATOR else actor


@dataclass(frozen=True, slots=True)
class Shown:
    """A token that somebody shows: where it would stand, and the hash by which it is known."""

    workspace: str
    id: str
    digest: str


def make(workspace: str) -> tuple[str, Shown]:
    """A new token, which is seen now and never again, and what is kept of it."""
    id, secret = ("".join(secrets.choice(_DIGITS) for _ in range(length)) for length in (8, 32))
    text = f"tb_{workspace}_{id}_{secret}"
    token = f"{text}{_checksum(text)}"
    return token, Shown(workspace, id, _digest(token))


def read(text: str) -> Shown | None:
    """None for what cannot be a token."""
    found = _TOKEN.fullmatch(text)
    if found is None or not hmac.compare_digest(found[4], _checksum(found[1])):
        return None
    return Shown(found[2], found[3], _digest(text))


def is_channel(id: str) -> bool:
    """Whether what a channel's use is counted under is a token's."""
    return _CHANNEL.fullmatch(id) is not None


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def span(text: str) -> float | None:
    """Seconds of what is written as `90d`, `12h`, `30m` or `45s`; None for anything else."""
    found = _SPAN.fullmatch(text.strip())
    return float(int(found[1]) * _SECONDS[found[2]]) if found and int(found[1]) else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _checksum(text: str) -> str:
    number, signs = zlib.crc32(text.encode()), list[str]()
    for _ in range(6):
        number, digit = divmod(number, len(_DIGITS))
        signs.append(_DIGITS[digit])
    return "".join(signs)
