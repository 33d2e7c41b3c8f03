"""Words as they stand in Redis: plain, or sealed with AES-256-GCM under one of the operator's keys.

What holds words is a JSON object. Sealed, its fields with words are gone, and `sealed` stands in their place: the id of
a key, and in base64 a nonce and what was encrypted. What scripts need stays in clear: ids, times, kinds. Each seal is
bound to what it is about, which names workspace and thread: moved elsewhere, it does not open. What is plain is read as
it is, whether there are keys or not; without keys nothing is sealed, and the library is not even loaded.
"""

import binascii
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from bot.conversation.ids import ThreadKey
from bot.errors import Locked
from bot.store import keyring

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12  # bytes
GRANT = ("token", "refresh_token")
"""What of a workspace's grant is sealed."""
SERVER = ("key",)
"""What of a workspace's own server of a model is sealed."""
REASON, SHOWN = ("reason",), ("text",)
"""What of a vote, and of what a program is shown, may be sealed."""
_SIGN = '"sealed":"'
"""Within a JSON text it stands outside of strings alone: there, a quotation mark has a backslash before it."""


@dataclass(frozen=True, slots=True)
class Ring:
    """The keys by their ids. `first` is the one that writes; '' without keys."""

    first: str = ""
    ciphers: Mapping[str, "AESGCM"] = field(default_factory=dict)
    prints: Mapping[str, str] = field(default_factory=dict)
    """By id, what tells one key from another and nothing else about it."""

    @classmethod
    def of(cls, text: str) -> "Ring":
        """Raises ValueError for what is no key."""
        keys = keyring.parse(text)
        if not keys:
            return cls()
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        ciphers = {id: AESGCM(key) for id, key in keys.items()}
        return cls(next(iter(keys)), ciphers, {id: _print(key) for id, key in keys.items()})


class Seal:
    """Shuts and opens words with the keys as they are `written` now; they may change at any time."""

    def __init__(self, written: Callable[[], str] = str) -> None:
        """Raises ValueError for what is no key."""
        self._written = written
        self._read, self._ring = "", Ring()
        _ = self.ring

    @property
    def ring(self) -> Ring:
        text = self._written()
        if text != self._read:
            self._read, self._ring = text, Ring.of(text)
        return self._ring

    @property
    def on(self) -> bool:
        return bool(self.ring.first)

    def shut(self, fields: Mapping[str, Any], words: Collection[str] | None, about: str) -> str:
        """The JSON of an object whose fields `words` are sealed; None: all of them."""
        hidden = {name: value for name, value in fields.items() if words is None or name in words}
        ring = self.ring
        if not ring.first or not hidden:
            return _json(fields)
        nonce = os.urandom(NONCE)
        plain_text = _json(hidden).encode("utf-8", "surrogatepass")
        shut = nonce + ring.ciphers[ring.first].encrypt(nonce, plain_text, about.encode())
        plain = {name: value for name, value in fields.items() if name not in hidden}
        return _json({**plain, "sealed": f"{ring.first}:{binascii.b2a_base64(shut, newline=False).decode()}"})

    def open(self, text: str, about: str) -> str:
        """The JSON of the object as it was; what is not sealed as it is. Raises Locked."""
        found = _sealed(text)
        if found is None:
            return text
        fields, id, shut = found
        return _json({**fields, **self._opened(id, shut, about)})

    def open_or(self, text: str, about: str, without: Mapping[str, Any]) -> str:
        """The same; where the key is missing, what stands in clear, with these in place of the words."""
        try:
            return self.open(text, about)
        except Locked:
            found = _sealed(text)
            return _json({**(found[0] if found else {}), **without})

    def wrapped(self, words: str, about: str) -> str:
        """One text by itself, as JSON."""
        return self.shut({"text": words}, None, about)

    def unwrapped(self, text: str, about: str) -> str:
        """The text again; one that was never wrapped as it is, and one whose key is missing as nothing."""
        try:
            found = _parsed(self.open_or(text, about, {"text": ""}))
        except (ValueError, RecursionError):
            return text
        return found["text"] if isinstance(found, dict) and isinstance(found.get("text"), str) else text

    def key_of(self, text: str) -> str:
        """The id of the key that this was sealed with; '' for what is plain."""
        found = _sealed(text)
        return found[1] if found else ""

    def _opened(self, id: str, shut: str, about: str) -> dict[str, Any]:
        cipher = self.ring.ciphers.get(id)
        if cipher is None:
            raise Locked(id)
        from cryptography.exceptions import InvalidTag

        try:
            raw = binascii.a2b_base64(shut.encode("utf-8", "replace"))
            found = _parsed(cipher.decrypt(raw[:NONCE], raw[NONCE:], about.encode()))
        except (InvalidTag, ValueError):
            raise Locked(id) from None
        return found if isinstance(found, dict) else {}


PLAIN = Seal()
"""Without keys."""


def of_message(thread: ThreadKey) -> str:
    """What the words of a message are about; and so on."""
    return f"message {thread}"


def of_answer(thread: ThreadKey) -> str:
    return f"answer {thread}"


def of_kept(thread: ThreadKey) -> str:
    """An answer that is given again to the same question."""
    return f"kept {thread}"


def of_program(thread: ThreadKey) -> str:
    """What a program is shown of its thread."""
    return f"program {thread}"


def of_title(workspace: str) -> str:
    """What a program calls its thread."""
    return f"title {workspace}"


def of_reply(workspace: str) -> str:
    """What a program was told."""
    return f"reply {workspace}"


def of_vote(thread: ThreadKey) -> str:
    return f"vote {thread}"


def of_persona(workspace: str) -> str:
    return f"persona {workspace}"


def of_grant(workspace: str) -> str:
    return f"grant {workspace}"


def of_space(workspace: str) -> str:
    """What is set for the whole workspace."""
    return f"space {workspace}"


def _sealed(text: str) -> tuple[dict[str, Any], str, str] | None:
    """The fields in clear, the id of the key, and what is sealed with it. None for what is plain."""
    if _SIGN not in text:
        return None
    try:
        fields = _parsed(text)
    except (ValueError, RecursionError):
        return None
    sealed = fields.pop("sealed", None) if isinstance(fields, dict) else None
    if not isinstance(sealed, str):
        return None
    id, _, shut = sealed.partition(":")
    return fields, id, shut


def _json(fields: Mapping[str, Any]) -> str:
    try:
        return to_json(fields).decode()
    except ValueError:  # half a character, perhaps, which UTF-8 cannot write
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _parsed(text: str | bytes) -> Any:
    """Raises ValueError and RecursionError."""
    try:
        return from_json(text)
    except ValueError:
        return json.loads(text)


def _print(key: bytes) -> str:
    return hmac.new(key, b"which key this is", hashlib.sha256).hexdigest()[:12]
