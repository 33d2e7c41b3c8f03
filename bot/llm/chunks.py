"""Decodes the bytes of a streamed chat completion.

Server-sent events, one JSON object each (OpenAI docs: streaming). Taken in whole network reads: at fifty tokens a
second and hundreds of answers, a Python object per token is what a naive bot spends its processor on.
"""

import re
from collections.abc import Iterator
from typing import Any

import jiter

from bot.conversation.tokens import Usage
from bot.ports import Text

_CODE = re.compile(r"[\w.-]{1,64}")
_TOO_LONG = ("context_length_exceeded", "exceed_context_size", "maximum context length")


class BrokenStream(Exception):
    """The server said in place of an answer, or in the middle of one, that it failed.

    `code` may be empty. The message is not kept: it may quote the prompt.
    """

    def __init__(self, code: str, *, too_long: bool = False) -> None:
        super().__init__(f"error in the answer, code {code or 'unknown'}")
        self.code = code
        self.too_long = too_long

    @classmethod
    def of(cls, error: Any) -> "BrokenStream":
        """From the `error` of an event or of a whole answer: an object, or a mere text."""
        if not isinstance(error, dict):
            return cls("")
        code = str(error.get("code") or error.get("type") or "")
        told = f"{code} {error.get('type')} {error.get('message')}"
        return cls(code if _CODE.fullmatch(code) else "", too_long=is_too_long(told))


class Chunks:
    """Fed with bytes, gives texts; remembers how the stream ended. A chunk that is not JSON is left out."""

    def __init__(self) -> None:
        self.finish_reason: str | None = None
        self.usage: Usage | None = None
        self.model = ""
        self.done = False
        self.speaking = False
        self.malformed = 0
        self._rest = b""

    def take(self, data: bytes) -> Iterator[Text]:
        """The texts in these bytes, neighbours joined. On an error event, BrokenStream follows what came before it."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        texts: dict[int, list[str]] = {}
        broken = None
        try:
            for line in lines:
                if line.startswith(b"data:"):
                    self._event(line[5:].strip(), texts)
        except BrokenStream as error:
            broken = error
        self.speaking = self.speaking or bool(texts)
        for choice, pieces in texts.items():
            yield Text("".join(pieces), choice)
        if broken:
            raise broken

    @property
    def complete(self) -> bool:
        """All of the answer has come, even if the stream has not ended yet."""
        return self.done or self.finish_reason is not None

    def _event(self, payload: bytes, texts: dict[int, list[str]]) -> None:
        if payload == b"[DONE]":
            self.done = True
            return
        try:
            self._read(jiter.from_json(payload, cache_mode="keys"), texts)
        except (ValueError, AttributeError, TypeError):
            self.malformed += 1

    def _read(self, event: Any, texts: dict[int, list[str]]) -> None:
        if error := event.get("error"):
            raise BrokenStream.of(error)
        self.model = event.get("model") or self.model
        if event.get("usage"):
            self.usage = usage_of(event["usage"]) or self.usage
        for choice in event.get("choices") or ():
            self._choice(choice, texts)

    def _choice(self, choice: dict[str, Any], texts: dict[int, list[str]]) -> None:
        index = choice.get("index") or 0
        delta = choice.get("delta") or {}
        if text := text_of(delta):
            texts.setdefault(index, []).append(text)
        if choice.get("finish_reason") and index == 0:
            self.finish_reason = choice["finish_reason"]


def text_of(said: dict[str, Any]) -> str:
    """What a delta or a message says: content or refusal, as a text or (some compatible servers) in parts."""
    content = said.get("content") or said.get("refusal") or ""
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or "" for part in content)


def usage_of(reported: dict[str, Any]) -> Usage | None:
    """The usage object of the API; each detail may be missing on compatible servers. None when the totals are."""
    spent, written = reported.get("prompt_tokens"), reported.get("completion_tokens")
    if not isinstance(spent, int) or not isinstance(written, int):
        return None
    details = reported.get("prompt_tokens_details") or {}
    return Usage(
        input=spent,
        output=written,
        cached=details.get("cached_tokens") or 0,
        cache_written=details.get("cache_write_tokens") or 0,
    )


def is_too_long(told: str) -> bool:
    """Whether an error's code, type or message says that the prompt exceeds the model's context."""
    return any(sign in told.lower() for sign in _TOO_LONG)
