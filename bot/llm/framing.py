"""The JSON values in the body of an answer, however a server frames them.

Server-sent events (WHATWG HTML: server-sent events), one JSON object a line, or one JSON value in the whole body; with
or without a byte order mark, lines ended by LF, CR or CR LF. The Content-Type is not looked at: many servers and
proxies send another one, or none.
"""

import json
from collections.abc import Iterator
from typing import Any

import jiter

from bot.llm.broken import Oversized

MAX_LINE = 1_000_000  # bytes of one line, and of one event
MAX_BARE = 8_000_000  # bytes of an answer that is one JSON value
_BOM = b"\xef\xbb\xbf"
_FIELDS = (b":", b"event", b"id", b"retry")
_SIGNS = (b'"choices"', b'"error"')
"""What stands in a value of its own, and not in a line that continues another."""


class Frames:
    """Fed with bytes, gives JSON values. What is none is left out and counted.

    `done` says that the end was announced, `bare` that the last value was no server-sent event, `failed` that it was
    one named "error". `foreign` says that there was something which is neither, `page` that it begins as HTML does.
    `seen` counts the values.
    """

    def __init__(self) -> None:
        self.done = self.bare = self.failed = self.foreign = self.page = False
        self.seen = self.malformed = 0
        self._begun = self._after_cr = False
        self._rest: list[bytes] = []  # of a line that has not ended yet
        self._length = 0  # of this rest
        self._event = _Parts(MAX_LINE)
        self._value = _Parts(MAX_BARE)

    def take(self, data: bytes) -> Iterator[Any]:
        """The values that are complete by now. Raises Oversized."""
        for line in self._lines(data):
            if line.startswith(b"data: {") and not self._event.waiting:  # as almost all are: without a detour
                try:
                    value = parsed(line[6:])
                except ValueError:
                    self._event.add(line[6:].strip())
                    continue
                self.bare = False
                self.seen += 1
                yield value
            else:
                yield from self._line(line)

    def end(self) -> Iterator[Any]:
        """Nothing more will come: the values that were complete without a sign of it."""
        if self._rest:
            yield from self._line(self._joined(b""))
        yield from self._close(self._event)
        self.bare, self.failed = True, False
        yield from self._close(self._value)

    def _lines(self, data: bytes) -> Iterator[bytes]:
        if self._after_cr and data.startswith(b"\n"):  # the other half of a line's end
            data = data[1:]
        if b"\r" in data:
            self._after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        elif data:
            self._after_cr = False
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._bound(line)
            yield self._joined(line)
        if rest:
            self._bound(rest)
            self._rest.append(rest)
            self._length += len(rest)

    def _bound(self, more: bytes) -> None:
        length = self._length + len(more)
        if length <= MAX_LINE:
            return
        begin = (self._rest[0] if self._rest else more)[:64].removeprefix(_BOM).lstrip()
        if length > MAX_BARE or not begin.startswith((b"{", b"[")):
            raise Oversized

    def _joined(self, line: bytes) -> bytes:
        if self._rest:
            line = b"".join((*self._rest, line))
            self._rest, self._length = [], 0
        if not self._begun:
            self._begun, line = True, line.removeprefix(_BOM)
        return line

    def _line(self, line: bytes) -> Iterator[Any]:
        if line.startswith(b"data:"):
            self.bare = False
            yield from self._data(line[5:].strip())
        elif not line or line.isspace():
            yield from self._close(self._event)
            self.failed = False
        elif self._value.waiting or line.lstrip().startswith((b"{", b"[")):
            self.bare, self.failed = True, False
            yield from self._part(line, self._value)
        elif line.startswith(b"event:"):
            self.failed = line[6:].strip() == b"error"
        elif not line.startswith(_FIELDS):
            self.page = self.page or (not self.foreign and line.lstrip().startswith(b"<"))
            self.foreign = True

    def _data(self, payload: bytes) -> Iterator[Any]:
        if payload == b"[DONE]":
            self.done = True
        elif payload:
            yield from self._part(payload, self._event)

    def _part(self, part: bytes, parts: "_Parts") -> Iterator[Any]:
        """A line that is a value by itself, though it should not be, or one of those that are one together."""
        if parts.waiting and not any(sign in part for sign in _SIGNS):
            return parts.add(part)
        try:
            value = parsed(part)
        except ValueError:
            return parts.add(part)
        if parts.waiting and not isinstance(value, dict):
            return parts.add(part)
        self.malformed += bool(parts.waiting)
        parts.clear()
        self.seen += 1
        yield value

    def _close(self, parts: "_Parts") -> Iterator[Any]:
        """What waits is complete."""
        if not parts.waiting:
            return
        try:
            value = parsed(b"\n".join(parts.waiting)) if len(parts.waiting) > 1 else None
        except ValueError:
            value = None
        parts.clear()
        if value is None:
            self.malformed += 1
            return
        self.seen += 1
        yield value


class _Parts:
    """Lines that are no JSON each for itself. Raises Oversized when they are more than `most` bytes."""

    def __init__(self, most: int) -> None:
        self.waiting: list[bytes] = []
        self._most, self._length = most, 0

    def add(self, part: bytes) -> None:
        self.waiting.append(part)
        self._length += len(part)
        if self._length > self._most:
            raise Oversized

    def clear(self) -> None:
        self.waiting, self._length = [], 0


def parsed(payload: bytes) -> Any:
    """The JSON in it. Raises ValueError, also for what is nested too deep."""
    try:
        return jiter.from_json(payload, cache_mode="keys")
    except ValueError:
        text = payload.decode(errors="replace")
        if rb"\ud" not in payload.lower() and "\ufffd" not in text:
            raise
    try:
        return json.loads(text)  # it takes half a surrogate pair, which jiter does not; nor does that take Latin 1
    except RecursionError:
        raise ValueError("nested too deep") from None
