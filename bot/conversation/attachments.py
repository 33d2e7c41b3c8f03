"""What can the model be told of a file? Its words, the picture it is, or why neither; and how much of it fits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from bot.conversation.messages import File, Message
from bot.conversation.tokens import BYTES_PER_TOKEN

MOST_PICTURES = 8  # in one request, the newest
MOST_PICTURE_BYTES = 5_000_000  # of one picture; the smallest limit among the providers we know
MOST_BYTES_OF_PICTURES = 16_000_000  # in one request
PICTURE_TOKENS = 1_000  # an estimate; what a picture of a thousand pixels takes differs from model to model
LEAST_WORDS = 50  # tokens; less of a file helps nobody
LONGEST_NAME = 60  # characters
MOST_NAMED = 3  # files named in one note
KEPT_ELSEWHERE = {
    "external": "it is not kept in Slack",
    "hidden_by_limit": "hidden by a limit of your Slack plan",
    "tombstone": "it has been deleted",
}
NO_WORDS = ("audio/", "video/", "font/", "application/zip", "application/gzip", "application/x-7z", "application/x-tar")


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
    """`why` is brief: it stands in brackets after the file's name."""

    why: str


Content = Words | Picture | Unread

FORGOTTEN = Unread("no longer included")


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
        return Unread("no text in it")
    return too_large(most) if file.size > most else None


def too_large(most: int) -> Unread:
    return Unread(f"larger than {most / 1_000_000:g} MB")


def place(messages: Sequence[Message], found: Mapping[str, Content], room: int) -> dict[str, Content]:
    """What of the files in a conversation goes to the model, by file id: `room` tokens of words, and some pictures.

    Newer messages come first; the files of one message share what there is.
    """
    placed: dict[str, Content] = {}
    pictures, weight = MOST_PICTURES, MOST_BYTES_OF_PICTURES
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
                    content = Unread("too many pictures at once")
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
        return Unread("no room for it")
    text = whole[:most].decode(errors="ignore")
    return Words(text, words.share * len(text.encode()) / len(whole))


def quoted(file: File, content: Content) -> str:
    """The file as the model sees it. A fence longer than any in the text keeps what is said in it apart from us."""
    name = called(file)
    match content:
        case Words(text, share):
            fence = "`" * max(3, 1 + max((len(list(run)) for tick, run in groupby(text) if tick == "`"), default=0))
            part = "" if share >= 1 else f", {portion(share)}"
            return f"[attached file: {name}{part}]\n{fence}\n{text}\n{fence}"
        case Picture():
            return f"[attached picture: {name}]"
        case Unread(why):
            return f"[attached file, content not available: {name} ({why})]"


def notes(files: Sequence[File], placed: Mapping[str, Content]) -> list[str]:
    """What people are told of files that the model has not, or not wholly, seen."""
    unread: list[str] = []
    cut: list[str] = []
    for file in files:
        match placed.get(file.id, FORGOTTEN):
            case Unread(why):
                unread.append(f"{called(file)} ({why})")
            case Words(_, share) if share < 1:
                cut.append(f"{called(file)} ({portion(share)})")
    told = {"not read": unread, "read in part": cut}
    return [f"{what}: {_listed(names)}" for what, names in told.items() if names]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def portion(share: float) -> str:
    return f"the first {min(max(int(share * 100), 1), 99)} %"


def called(file: File) -> str:
    """Its name on one line, not too long, and unable to close the brackets that it stands in."""
    name = " ".join(file.name.replace("[", "(").replace("]", ")").split()) or "unnamed file"
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
