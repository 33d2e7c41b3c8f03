"""The content of a conversation's files, fetched from where they are, looked into, and kept for a few minutes.

Nothing of a file is stored: a later question about it reads it again, and what was deleted there is gone.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.aio import FairSemaphore
from bot.conversation.attachments import MAX_PICTURE_BYTES, Content, Picture, Unread, Words, picture_type, too_large
from bot.conversation.messages import File, Message
from bot.ports import FileReader, FileStore

MAX_FILES = 20  # of a conversation, the newest
MAX_UNDER_WAY = 4  # files in this process: each may hold its whole content in memory
MAX_UNDER_WAY_EACH = 2  # of one person's
TIMEOUT = 30.0  # seconds that an answer waits for all its files
KEPT_FOR = 600.0  # seconds
MAX_KEPT = 32_000_000  # bytes

LATE = Unread("late")
OFF = Unread("off")
NO_PICTURES = Unread("pictures-off")
ODD_PICTURE = Unread("unknown-picture")

Wanted = Literal["all", "text", "off"]
Key = tuple[str, int, str]


def places() -> FairSemaphore:
    """Room for the files that are under way in a process."""
    return FairSemaphore(MAX_UNDER_WAY, MAX_UNDER_WAY_EACH)


@dataclass(slots=True)
class RecentFiles:
    """The core's `Files`: a store to fetch from, a reader for documents, and what was read lately.

    `places` are shared by all in one process.
    """

    store: FileStore
    reader: FileReader
    wanted: Wanted = "all"
    timeout: float = TIMEOUT
    max_kept: int = MAX_KEPT
    now: Callable[[], float] = time.monotonic
    places: FairSemaphore = field(default_factory=places)
    _kept: OrderedDict[Key, tuple[float, Content]] = field(default_factory=OrderedDict)

    async def read(self, messages: Sequence[Message]) -> dict[str, Content]:
        """The content of the newest files, by id. What cannot be read says why; it never raises for a file."""
        files = {file.id: (file, message.author) for message in reversed(messages) for file in message.files}
        chosen = list(files.values())[:MAX_FILES]
        give_up = asyncio.get_running_loop().time() + self.timeout
        contents = await asyncio.gather(*(self._in_time(file, owner, give_up) for file, owner in chosen))
        return {file.id: content for (file, _), content in zip(chosen, contents, strict=True)}

    def let_go(self) -> None:
        self._kept.clear()

    async def _in_time(self, file: File, owner: str, give_up: float) -> Content:
        if self.wanted == "off":
            return OFF
        if (known := self._known(file)) is not None:
            return known
        try:
            async with asyncio.timeout_at(give_up), self.places.place(owner):
                return await self._content(file, owner)
        except TimeoutError:
            return LATE

    async def _content(self, file: File, owner: str) -> Content:
        if self.wanted == "text" and _is_picture(file):
            return NO_PICTURES
        data = await self.store.fetch(file)
        if isinstance(data, Unread):
            return data
        content = await self._understood(file, owner, data)
        self._keep(file, content)
        return content

    async def _understood(self, file: File, owner: str, data: bytes) -> Content:
        if mimetype := picture_type(data):
            if self.wanted == "text":
                return NO_PICTURES
            return Picture(mimetype, data) if len(data) <= MAX_PICTURE_BYTES else too_large(MAX_PICTURE_BYTES)
        content = await self.reader.read(data, owner)
        return ODD_PICTURE if isinstance(content, Unread) and _is_picture(file) else content

    def _known(self, file: File) -> Content | None:
        until, content = self._kept.get(_key(file), (0.0, None))
        return content if self.now() < until else None

    def _keep(self, file: File, content: Content) -> None:
        self._kept.pop(_key(file), None)
        self._kept[_key(file)] = (self.now() + KEPT_FOR, content)
        while sum(_weight(content) for _, content in self._kept.values()) > self.max_kept or self._stale():
            self._kept.popitem(last=False)

    def _stale(self) -> bool:
        """Whether the oldest is too old. All are kept for the same time, so they grow old in order."""
        return next(iter(self._kept.values()))[0] <= self.now()


def _key(file: File) -> Key:
    """Snippets can be edited: their size changes then."""
    return file.id, file.size, file.thumb


def _weight(content: Content) -> int:
    match content:
        case Words(text):
            return 4 * len(text)
        case Picture(_, data):
            return len(data)
        case Unread():
            return 100


def _is_picture(file: File) -> bool:
    return file.mimetype.startswith("image/") and file.mimetype != "image/svg+xml"
