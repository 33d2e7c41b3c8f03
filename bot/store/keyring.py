"""The operator's keys as ENCRYPTION_KEYS writes them: `id:base64,id:base64`, of which the first one writes."""

import base64
import binascii
import re
from collections.abc import Mapping

BYTES = 32  # AES-256
MAKE_ONE = "`openssl rand -base64 32` makes one"
_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}")


def parse(text: str) -> Mapping[str, bytes]:
    """The keys by their ids, in their order; empty for an empty text. Raises ValueError, which quotes no key."""
    found: dict[str, bytes] = {}
    for part in text.replace(",", " ").split():
        id, colon, key = part.partition(":")
        if not colon or not _ID.fullmatch(id):
            raise ValueError(f"write id:base64, several with commas between; {MAKE_ONE}")
        if id in found:
            raise ValueError(f"the id {id} stands there twice; each key needs one of its own")
        found[id] = _decoded(id, key)
    return found


def secrets(text: str) -> list[str]:
    """Each key as it is written, without its id."""
    return [part.partition(":")[2] for part in text.replace(",", " ").split()]


def _decoded(id: str, key: str) -> bytes:
    """URL-safe signs are taken too, and padding may be left out."""
    standard = key.translate(str.maketrans("-_", "+/")).rstrip("=")
    try:
        found = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != BYTES:
        raise ValueError(f"the key {id} is not {BYTES} bytes in base64; {MAKE_ONE}")
    return found
