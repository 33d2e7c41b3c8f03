"""Decodes the bytes of a streamed chat completion.

Server-sent events, one JSON object each (OpenAI docs: streaming). Taken in whole network reads: at fifty tokens a
second and hundreds of answers, a Python object per token is what a naive bot spends its processor on.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jiter

from bot.conversation.tokens import Usage
from bot.llm.values import BrokenStream, Oversized, choice_of, model_of, reason_of, text_of, usage_of
from bot.ports import Text

MAX_LINE = 1_000_000  # bytes; an event is one line


class Chunks:
    """Fed with bytes, gives texts; remembers how the stream ended. A chunk that is not JSON is left out."""

    def __init__(self) -> None:
        self.finish_reason: str | None = None
        self.usage: Usage | None = None
        self.model = ""
        self.done = False
        self.speaking = False
        self.malformed = 0
        self._rest: list[bytes] = []  # of a line that has not ended yet
        self._length = 0  # of this rest

    def take(self, data: bytes) -> Iterator[Text]:
        """The texts in these bytes, neighbours joined. On an error event, BrokenStream follows what came before it.

        A line that is too long is such an error.
        """
        texts: dict[int, list[str]] = {}
        broken = None
        try:
            for line in self._lines(data):
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

    def _lines(self, data: bytes) -> Iterator[bytes]:
        """The lines that have ended. Raises Oversized."""
        *lines, rest = data.split(b"\n")
        for line in lines:
            if self._length + len(line) > MAX_LINE:
                raise Oversized
            yield b"".join((*self._rest, line))
            self._rest, self._length = [], 0
        self._rest.append(rest)
        self._length += len(rest)
        if self._length > MAX_LINE:
            raise Oversized

    def _event(self, payload: bytes, texts: dict[int, list[str]]) -> None:
        if payload == b"[DONE]":
            self.done = True
            return
        try:
            self._read(parsed(payload), texts)
        except (ValueError, AttributeError, TypeError):
            self.malformed += 1

    def _read(self, event: Any, texts: dict[int, list[str]]) -> None:
        if error := event.get("error"):
            raise BrokenStream.of(error)
        self.model = model_of(event.get("model")) or self.model
        self.usage = usage_of(event.get("usage")) or self.usage
        for choice in event.get("choices") or ():
            self._choice(choice, texts)

    def _choice(self, choice: Mapping[str, Any], texts: dict[int, list[str]]) -> None:
        index = choice_of(choice.get("index"))
        if text := text_of(choice.get("delta") or {}):
            texts.setdefault(index, []).append(text)
        if index == 0:
            self.finish_reason = reason_of(choice.get("finish_reason")) or self.finish_reason


def parsed(payload: bytes) -> Any:
    """The JSON in it. Raises ValueError, also for what is nested too deep."""
    try:
        return jiter.from_json(payload, cache_mode="keys")
    except ValueError:
        if rb"\ud" not in payload.lower():
            raise
    try:
        return json.loads(payload)  # it takes half a surrogate pair, which jiter does not
    except RecursionError:
        raise ValueError("nested too deep") from None
