"""What is in the bytes of a streamed chat completion?

Server-sent events, one JSON object each (OpenAI docs: streaming). Taken in whole network reads: at fifty tokens a
second and hundreds of answers, a Python object per token is what a naive bot spends its processor on.
"""

from collections.abc import Iterator
from typing import Any

import jiter

from bot.budget import Usage
from bot.ports import Text


class BrokenStream(Exception):
    """The server said in mid-stream that it failed. `code` may be empty; the message is not kept."""

    def __init__(self, code: str) -> None:
        super().__init__(f"error event in the stream, code {code or 'unknown'}")
        self.code = code


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
        """The texts in these bytes, neighbours joined. Raises BrokenStream on an error event."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        texts: dict[int, list[str]] = {}
        for line in lines:
            if line.startswith(b"data:"):
                self._event(line[5:].strip(), texts)
        self.speaking = self.speaking or bool(texts)
        for choice, pieces in texts.items():
            yield Text("".join(pieces), choice)

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
            raise BrokenStream(str(error.get("code") or error.get("type") or "") if isinstance(error, dict) else "")
        self.model = event.get("model") or self.model
        if event.get("usage"):
            self.usage = usage_of(event["usage"])
        for choice in event.get("choices") or ():
            self._choice(choice, texts)

    def _choice(self, choice: dict[str, Any], texts: dict[int, list[str]]) -> None:
        index = choice.get("index") or 0
        delta = choice.get("delta") or {}
        text = delta.get("content") or delta.get("refusal")
        if text:
            texts.setdefault(index, []).append(text)
        if choice.get("finish_reason") and index == 0:
            self.finish_reason = choice["finish_reason"]


def usage_of(reported: dict[str, Any]) -> Usage:
    """The usage object of the API; each detail may be missing on compatible servers."""
    details = reported.get("prompt_tokens_details") or {}
    return Usage(
        input=reported.get("prompt_tokens") or 0,
        output=reported.get("completion_tokens") or 0,
        cached=details.get("cached_tokens") or 0,
        cache_written=details.get("cache_write_tokens") or 0,
    )
