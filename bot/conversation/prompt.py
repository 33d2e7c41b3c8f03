"""The model's prompt: the system prompt, then the thread, cut to fit.

Tokens are estimated here, before the call; the server's own count is what the footer shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.conversation import attachments as files
from bot.conversation import marks as marking
from bot.conversation.attachments import PICTURE_TOKENS, Content, Picture, Unread
from bot.conversation.marks import Marks
from bot.conversation.messages import Message
from bot.conversation.notes import Note
from bot.conversation.tokens import BYTES_PER_TOKEN, Usage
from bot.personas.persona import Persona
from bot.redaction.restore import restored

PER_MESSAGE = 4  # tokens that a chat template spends on each message
LEAST_ROOM = 500  # tokens of files; a request that is too long with less is not made shorter by cutting them
NOT_TAKEN = Unread("not-accepted")


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of the conversation as the model sees it."""

    role: Literal["system", "user", "assistant"]
    text: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a model. `messages` start with the system prompt and end with what is new.

    `past` is what of the thread's past is in it, `left_out` how many messages of it did not fit. `files` is what was
    read, `room` how many tokens of it there may be, and `placed` what became of each file.
    """

    model: str
    messages: tuple[Said, ...]
    params: Mapping[str, object]
    user: str | None = None
    past: tuple[Message, ...] = ()
    new: tuple[Message, ...] = ()
    marks: Marks = field(kw_only=True)
    left_out: int = 0
    files: Mapping[str, Content] = field(default_factory=dict)
    room: int = 0
    placed: Mapping[str, Content] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the model is not told, by the placeholders that it sees in its place."""
    hidden_count: int = 0
    """How many values it is not told, secrets too."""
    fallbacks: tuple[str, ...] = ()
    """Models that may answer where this one cannot, in this order."""

    @property
    def tokens(self) -> int:
        return sum(tokens(said.text) + PICTURE_TOKENS * len(said.pictures) for said in self.messages)

    def estimate(self, text: str, thought: int = 0) -> Usage:
        """What this request and the answer `text` take, where the server does not say. `thought` counts the characters
        that the model thought before it."""
        return Usage(self.tokens, tokens(text) + thought // BYTES_PER_TOKEN, estimated=True)

    @property
    def pictures(self) -> bool:
        return any(said.pictures for said in self.messages)

    @property
    def file_notes(self) -> list[Note]:
        """What people are told of the files that came with what is new, and that the model has not wholly seen."""
        named = (replace(file, name=restored(file.name, self.hidden)) for message in self.new for file in message.files)
        return files.notes(list(named), self.placed)

    @property
    def unread_quotes(self) -> int:
        """How many messages came forwarded or linked with what is new, and are not read."""
        return sum(quote.unread for message in self.new for quote in message.quotes)


def tokens(text: str) -> int:
    return -(-len(text.encode()) // BYTES_PER_TOKEN) + PER_MESSAGE


def build(
    persona: Persona,
    model: str,
    past: Sequence[Message],
    new: Sequence[Message],
    marks: Marks,
    budget: int,
    user: str | None = None,
    read: Mapping[str, Content] | None = None,
    file_room: int = 0,
) -> Ask:
    """The request that answers `new`. The system prompt and `new` are always in it, whatever the budget.

    Of `past`, what the bot said of itself is left out. `marks` have the names of those who speak and of whom and what
    they mention. What was `read` of files, by their ids, has a room of its own beside that budget.
    """
    past = [message for message in past if message.kind in (None, "answer")]
    system = "\n\n".join(filter(None, (persona.system_prompt, marking.rule(marks.word))))
    first = _cut([tokens(_spoken(message, marks)) for message in (*past, *new)], budget - tokens(system))
    first = min(first, len(past))
    ask = Ask(model, (), persona.params, user, tuple(past), tuple(new), files=read or {}, room=file_room, marks=marks)
    return _without(ask, first, system)


def shorter(ask: Ask) -> Ask | None:
    """The same request without the older half of the past and of its files' words; None when there is nothing left
    that could go."""
    used = files.used(ask.placed)
    less = replace(ask, room=used // 2) if used >= LEAST_ROOM else ask
    if ask.past or less is not ask:
        return _without(less, -(-len(ask.past) // 2), _system(ask))
    return without_pictures(ask) if ask.pictures else None


def without_pictures(ask: Ask) -> Ask:
    """The same request for a model that takes no pictures, or not these."""
    seen = {id: NOT_TAKEN if isinstance(content, Picture) else content for id, content in ask.files.items()}
    return _without(replace(ask, files=seen), 0, _system(ask))


def _system(ask: Ask) -> str:
    return ask.messages[0].text


def _without(ask: Ask, oldest: int, system_prompt: str) -> Ask:
    """Leave out so many of the oldest messages, and answers whose questions went with them."""
    past = ask.past[oldest:]
    while past and past[0].role == "assistant":
        past = past[1:]
    conversation = (*past, *ask.new)
    placed = files.place(conversation, ask.files, ask.room)
    messages = (Said("system", system_prompt), *_conversation(conversation, ask.marks, placed))
    left_out = ask.left_out + len(ask.past) - len(past)
    return replace(ask, messages=messages, past=past, left_out=left_out, placed=placed)


def _cut(costs: Sequence[int], room: int) -> int:
    """Where to start so that `costs[start:]` fits into `room`.

    Replays how the thread grew: each time it overflows, it is cut to half the room. The cut therefore stays put
    for many turns, and the model's server can reuse its cache of the prefix (OpenAI's prompt caching guide).
    """
    start = total = 0
    for end, cost in enumerate(costs):
        total += cost
        if total <= room:
            continue
        while start < end and total > room // 2:
            total -= costs[start]
            start += 1
    return start


def _conversation(messages: Sequence[Message], marks: Marks, placed: Mapping[str, Content]) -> tuple[Said, ...]:
    """Neighbouring messages of people become one entry: many chat templates insist on taking turns.

    Nothing of an entry depends on what comes after it.
    """
    said: list[Said] = []
    marked = False  # whether a mark stands before what was said last in this entry
    for message in messages:
        entry = _entry(message, marks, placed)
        if not entry.text.strip():
            continue
        joins = bool(said) and said[-1].role == "user" == entry.role
        if message.role == "user":
            marked = not marks.goes_without_saying(message.author) or (joins and marked)
            if marked:
                entry = replace(entry, text=f"{marks.of(message.author)}\n{entry.text}")
        if joins:
            before = said.pop()
            entry = Said("user", f"{before.text}\n\n{entry.text}", before.pictures + entry.pictures)
        said.append(entry)
    return tuple(said)


def _entry(message: Message, marks: Marks, placed: Mapping[str, Content]) -> Said:
    """A message as people read it, with its files."""
    contents = [placed[file.id] for file in message.files]
    quoted = [files.quoted(file, content, marks) for file, content in zip(message.files, contents, strict=True)]
    pictures = tuple(content for content in contents if isinstance(content, Picture))
    return Said(message.role, "\n".join(filter(None, (_words(message, marks), *quoted))), pictures)


def _words(message: Message, marks: Marks) -> str:
    """What a message says and quotes."""
    quotes = (marks.quotation(quote) for quote in message.quotes)
    return "\n".join(filter(None, (marks.said(message.text), *quotes)))


def _spoken(message: Message, marks: Marks) -> str:
    """The same with the mark that may stand before it."""
    return f"{marks.of(message.author)}\n{_words(message, marks)}" if message.role == "user" else message.text
