"""What the model is given of a file: its words, a picture, or why neither; and how much of it fits."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.conversation.marks import Marks
from bot.conversation.messages import File, Message
from bot.conversation.notes import Note
from bot.conversation.plain import one_line
from bot.conversation.tokens import BYTES_PER_TOKEN

MAX_PICTURES = 8  # in one request, the newest
MAX_PICTURE_BYTES = 5_000_000  # of one picture; the smallest limit among the providers we know
MAX_BYTES_OF_PICTURES = 16_000_000  # in one request
PICTURE_TOKENS = 1_000  # an estimate; what a picture of a thousand pixels takes differs from model to model
LEAST_WORDS = 50  # tokens; less of a file helps nobody
MAX_NAMED = 3  # files named in one note
_HIDDEN = re.compile(r"\[([A-Z][A-Z0-9_]*_\d+)\]")
KEPT_ELSEWHERE: Mapping[str, "Why"] = {
    "external": "elsewhere",
    "hidden_by_limit": "hidden-by-plan",
    "tombstone": "deleted",
}
NO_WORDS = ("audio/", "video/", "font/", "application/zip", "application/gzip", "application/x-7z", "application/x-tar")


Why = Literal[
    "damaged",
    "deleted",
    "elsewhere",
    "empty",
    "encrypted",
    "hidden-by-plan",
    "late",
    "not-accepted",
    "no-answer",
    "no-longer-included",
    "no-permission",
    "no-process",
    "no-room",
    "no-text",
    "not-shown",
    "off",
    "pictures-off",
    "scan",
    "too-hard",
    "too-large",
    "too-many-pictures",
    "too-much-memory",
    "too-slow",
    "unknown-picture",
]


@dataclass(frozen=True, slots=True)
class Words:
    """`share` says how much of the whole file `text` is, up to 1."""

    text: str = field(repr=False)
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Picture:
    mimetype: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unread:
    """The model has nothing of the file. It is told the code, people its phrase, in which `most` is a size in bytes."""

    why: Why
    most: int = 0

    @property
    def note(self) -> Note:
        return Note(f"unread.{self.why}", {"megabytes": self.most / 1_000_000})


Content = Words | Picture | Unread

FORGOTTEN = Unread("no-longer-included")


def picture_type(data: bytes) -> str | None:
    """What kind of picture these bytes are, of those that models take; what Slack was told it is may be wrong."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def is_pdf(data: bytes) -> bool:
    """Readers accept a little of anything before the header (PDF 1.7, annex H.3)."""
    return b"%PDF-" in data[:1024]


def hopeless(file: File, most: int) -> Unread | None:
    """Why there is no use in fetching it, if that is known from outside; `most` bytes may be fetched."""
    if why := KEPT_ELSEWHERE.get(file.mode):
        return Unread(why)
    if file.thumb:
        return None
    if file.mimetype.startswith(NO_WORDS):
        return Unread("no-text")
    return too_large(most) if file.size > most else None


def too_large(most: int) -> Unread:
    return Unread("too-large", most)


def place(messages: Sequence[Message], found: Mapping[str, Content], room: int) -> dict[str, Content]:
    """What of the files in a conversation goes to the model, by file id: `room` tokens of words, and some pictures.

    Newer messages come first; the files of one message share what there is.
    """
    placed: dict[str, Content] = {}
    pictures, weight = MAX_PICTURES, MAX_BYTES_OF_PICTURES
    for message in reversed(messages):
        by_length = sorted((file for file in message.files if file.id not in placed), key=lambda f: _cost(found, f))
        for n, file in enumerate(by_length):
            content = found.get(file.id, FORGOTTEN)
            match content:
                case Words():
                    content = _cut(content, room // (len(by_length) - n))
                    room -= _tokens(content)
                case Picture(_, data) if pictures and len(data) <= weight:
                    pictures, weight = pictures - 1, weight - len(data)
                case Picture():
                    content = Unread("too-many-pictures")
            placed[file.id] = content
    return placed


def used(placed: Mapping[str, Content]) -> int:
    """How many tokens of words are in there."""
    return sum(map(_tokens, placed.values()))


def _cost(found: Mapping[str, Content], file: File) -> int:
    return _tokens(found.get(file.id, FORGOTTEN))


def _tokens(content: Content) -> int:
    return -(-len(content.text.encode()) // BYTES_PER_TOKEN) if isinstance(content, Words) else 0


def _cut(words: Words, tokens: int) -> Words | Unread:
    whole = words.text.encode()
    most = tokens * BYTES_PER_TOKEN
    if len(whole) <= most:
        return words
    if tokens < LEAST_WORDS:
        return Unread("no-room")
    text = whole[:most].decode(errors="ignore")
    return Words(text, words.share * len(text.encode()) / len(whole))


def quoted(file: File, content: Content, marks: Marks) -> str:
    """The file as the model sees it."""
    name = called(file)
    match content:
        case Words(text, share):
            part = "" if share >= 1 else f"first {percent(share)} % of "
            return marks.block(marks.mark(f"{part}file", name), marks.plain(text))
        case Picture():
            return marks.mark("picture", name)
        case Unread(why):
            return marks.mark(f"unread file ({why.replace('-', ' ')})", name)


def notes(files: Sequence[File], placed: Mapping[str, Content]) -> list[Note]:
    """What people are told of files that the model has not, or not wholly, seen."""
    unread: list[Note] = []
    cut: list[Note] = []
    for file in files:
        match placed.get(file.id, FORGOTTEN):
            case Unread() as content:
                unread.append(Note("file.unread", {"name": called(file), "why": content.note}))
            case Words(_, share) if share < 1:
                cut.append(Note("file.cut", {"name": called(file), "percent": percent(share)}))
    return [*_few("files.unread", unread), *_few("files.cut", cut)]


def _few(code: str, files: Sequence[Note]) -> list[Note]:
    """One note of them all, if there are any, which names the first."""
    if not files:
        return []
    values = {"files": tuple(files[:MAX_NAMED]), "more": len(files) - MAX_NAMED}
    return [Note(f"{code}.more" if len(files) > MAX_NAMED else code, values)]


def percent(share: float) -> int:
    return min(max(int(share * 100), 1), 99)


def called(file: File) -> str:
    """Its name on one line, and not too long; what is hidden in it keeps its brackets, by which it is known again."""
    line = one_line(file.name, "unnamed file")
    for hidden in _HIDDEN.findall(file.name):
        line = line.replace(f"({hidden})", f"[{hidden}]")
    return line
