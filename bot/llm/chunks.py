"""Decodes the bytes of a chat completion, streamed or in one piece.

What arrived together is decoded together: at fifty tokens a second and hundreds of answers, a Python object per token
is what a naive bot spends its processor on.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.conversation.pieces import Piece, Retracted, Text, Thought
from bot.conversation.tokens import Usage
from bot.llm.broken import BrokenStream, Foreign
from bot.llm.framing import Frames
from bot.llm.thinking import Parted, Thinking
from bot.llm.values import (
    FAILED,
    choice_of,
    clean,
    code_of,
    model_of,
    reason_of,
    text_of,
    thought_of,
    usage_of,
)

_HIGH = ("\ud800", "\udbff")  # the first halves of surrogate pairs


@dataclass(slots=True)
class _Spoken:
    """What one choice has said. `half` is the first half of a character whose second half has not come yet."""

    thinking: Thinking
    half: str = ""
    by_delta: bool = False
    messages: list[str] = field(default_factory=list)  # where a server sends `message` in place of `delta`
    length: int = 0  # of these

    def whole(self, text: str) -> str:
        """The text without half a character at its end, and with the one that was left before."""
        text, self.half = self.half + text, ""
        if text and _HIGH[0] <= text[-1] <= _HIGH[1]:
            text, self.half = text[:-1], text[-1]
        return text

    def new(self, message: str, *, last: bool) -> str:
        """What a message in place of a delta adds: some servers send all of it each time, some only what is new."""
        if self.by_delta:
            return ""  # it repeats what the deltas said
        if len(message) >= self.length and (last or len(message) > self.length):
            before = "".join(self.messages)
            if message.startswith(before):
                self.messages, self.length = [message], len(message)
                return message[len(before) :]
        self.messages.append(message)
        self.length += len(message)
        return message


class Chunks:
    """Fed with bytes, gives texts; remembers how the answer ended. A chunk that cannot be read is left out.

    `hidden`: the model is known to think without an opening tag; see `Thinking`.
    """

    def __init__(self, *, hidden: bool = False) -> None:
        self.usage: Usage | None = None
        self.model = ""
        self.speaking = self.alive = False
        self._named: object = None  # the model's name as it came last; it is the same in each chunk
        self._finish_reason: str | None = None
        self._odd = 0  # chunks that are JSON and no chunks
        self._whole = False  # the answer came in one piece
        self._frames = Frames()
        self._thought = 0  # characters, since that was told
        self._spoken: defaultdict[int, _Spoken] = defaultdict(lambda: _Spoken(Thinking(hidden)))

    def take(self, data: bytes) -> Iterator[Piece]:
        """The texts in these bytes, neighbours joined. On an error event, BrokenStream follows what came before it.

        So it does when the server says that it failed, or sends more than an answer can be.
        """
        return self._read(self._frames.take(data))

    def end(self) -> Iterator[Piece]:
        """The texts that a server did not mark as complete. Raises BrokenStream also for what is no answer at all."""
        yield from self._read(self._frames.end())
        for choice, spoken in self._spoken.items():
            yield from self._part(spoken.thinking.feed("\ufffd") if spoken.half else Parted(), choice)
            yield from self._part(spoken.thinking.end(), choice)
        if not self._frames.seen and not self.done:
            if self._frames.page:
                raise Foreign
            if self.malformed or self._frames.foreign:
                raise BrokenStream("not_a_completion")

    @property
    def unmarked(self) -> bool:
        """The model has thought without an opening tag."""
        return any(spoken.thinking.unmarked for spoken in self._spoken.values())

    @property
    def done(self) -> bool:
        """The server has announced the end."""
        return self._frames.done

    @property
    def malformed(self) -> int:
        return self._frames.malformed + self._odd

    @property
    def finish_reason(self) -> str | None:
        """Why the answer ended. A server that only announces the end, or sends all at once, means that it is whole."""
        whole = self.speaking and (self.done or self._whole)
        return self._finish_reason or ("stop" if whole else None)

    @property
    def complete(self) -> bool:
        """All of the answer has come, even if the stream has not ended yet."""
        return self.done or self._finish_reason is not None

    @property
    def empty(self) -> bool:
        """There is no answer, nor a word of why, nor anything to pay for."""
        return not self.speaking and self._finish_reason is None and not (self.usage and self.usage.output)

    def _read(self, events: Iterator[Any]) -> Iterator[Piece]:
        texts: dict[int, list[str]] = {}
        broken = None
        try:
            for event in events:
                self._event(event, texts)
        except BrokenStream as error:
            broken = error
        for choice, pieces in texts.items():
            spoken = self._spoken[choice]
            if text := clean(spoken.whole("".join(pieces))):
                yield from self._part(spoken.thinking.feed(text), choice)
        if self._thought:
            self.alive = True
            yield Thought(self._thought)
            self._thought = 0
        if broken:
            raise broken

    def _part(self, parted: Parted, choice: int) -> Iterator[Piece]:
        self._thought += parted.thought
        if parted.void:
            yield Retracted(choice)
        if parted.text:
            self.speaking = self.alive = True
            yield Text(parted.text, choice)

    def _event(self, event: Any, texts: dict[int, list[str]]) -> None:
        for each in event if isinstance(event, list) and event else (event,):
            try:
                self._object(each, texts)
            except (ValueError, AttributeError, TypeError):
                self._odd += 1

    def _object(self, event: Any, texts: dict[int, list[str]]) -> None:
        if error := event.get("error") or ("choices" not in event and event.get("errors")):
            raise BrokenStream.of(error)
        if self._frames.failed or event.get("object") == "error" or event.get("type") == "error":
            raise BrokenStream.of(event)
        if (name := event.get("model")) != self._named:
            self._named, self.model = name, model_of(name) or self.model
        self._count(event)
        if "x_groq" in event:
            self._count(event["x_groq"])
        for choice in event.get("choices") or ():
            self._choice(choice, texts)

    def _count(self, holder: object) -> None:
        """The totals: they may stand in the event, in a choice, or with Groq in a part of its own."""
        if isinstance(holder, dict) and (reported := holder.get("usage")):
            self.usage = usage_of(reported) or self.usage

    def _choice(self, choice: Mapping[str, Any], texts: dict[int, list[str]]) -> None:
        index = choice_of(choice.get("index"))
        reason = reason_of(choice.get("finish_reason"))
        if text := self._said(choice, index, ended=reason is not None):
            texts.setdefault(index, []).append(text)
        self._count(choice)
        if reason == FAILED:
            raise BrokenStream(code_of(choice.get("native_finish_reason")) or FAILED)
        if index == 0:
            self._finish_reason = reason or self._finish_reason

    def _said(self, choice: Mapping[str, Any], index: int, *, ended: bool) -> str:
        """What a choice says in its delta, or else in the message or text that some servers send in its place."""
        delta = choice.get("delta") or {}
        self._thought += thought_of(delta)
        if text := text_of(delta):
            self._spoken[index].by_delta = True
            return text
        message = choice.get("message") or {"content": choice.get("text")}
        if message is not delta:
            self._thought += thought_of(message)
        if not (text := text_of(message)):
            return ""
        self._whole = self._whole or self._frames.bare
        return self._spoken[index].new(text, last=ended)
