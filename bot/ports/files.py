"""What the core asks of files: to fetch them, and to find the words in them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.conversation.attachments import Content, Unread, Words
from bot.conversation.messages import File, Message


class FileStore(Protocol):
    async def fetch(self, file: File) -> bytes | Unread:
        """The file's bytes, or those of a smaller picture of it. Never raises; may take long."""
        ...


class FileReader(Protocol):
    async def read(self, data: bytes, owner: str = "") -> Words | Unread:
        """The words in a PDF, or in anything that is text. Never raises, whatever the bytes are."""
        ...


class Files(Protocol):
    async def read(self, messages: Sequence[Message]) -> Mapping[str, Content]:
        """What the files of a conversation hold, by file id; of many, the newest. Never raises."""
        ...

    def let_go(self) -> None:
        """Drop what is in memory of files."""
        ...
