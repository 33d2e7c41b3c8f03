"""What a surface for programs asks of the store: threads of theirs, what stands in them, and news of that."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from bot.conversation.ids import ThreadKey
from bot.turns.entries import Entry


@dataclass(frozen=True, slots=True)
class ApiThread:
    """`guid` is its id for programs, `code` who was asked for, `at` when it was made, in microseconds since 1970."""

    guid: str
    key: ThreadKey
    code: str
    title: str
    at: int


class ApiThreads(Protocol):
    """Of one workspace. `owner` is a token's id; what is another's is not there."""

    async def create(self, guid: str, owner: str, code: str, title: str) -> ApiThread:
        """A new one, or the one with this guid."""
        ...

    async def get(self, guid: str, owner: str) -> ApiThread | None: ...

    async def listed(self, owner: str, before: int | None, most: int) -> Sequence[ApiThread]:
        """Those made before a time in microseconds, newest first. Which are forgotten are left out."""
        ...

    async def rename(self, thread: ApiThread, title: str) -> ApiThread:
        """It has this title now, unless it is forgotten."""
        ...

    async def place(self, thread: ApiThread, request: str = "") -> str | None:
        """The `ts` of the next message in it, later than all before; the same one for the same `request`, a name as in
        `Tokens.begin`. None when the thread is forgotten."""
        ...

    async def entries(self, thread: ApiThread) -> Sequence[Entry]:
        """All of it, oldest first."""
        ...

    async def forget(self, thread: ApiThread) -> None:
        """It is not there any more. What was said in it is `History.forget`'s."""
        ...


class Tail(Protocol):
    """What is going on in a thread, while somebody looks."""

    @property
    def waiting(self) -> frozenset[str]:
        """The messages that are not dealt with, by `ts`."""
        ...

    @property
    def entries(self) -> int:
        """How many there are."""
        ...

    @property
    def newest(self) -> str:
        """The newest message that the growing answer is to answer; empty where none grows."""
        ...

    @property
    def text(self) -> str:
        """What the growing answer says so far."""
        ...

    async def news(self, seconds: float) -> None:
        """Return when something of this has changed, or after so many seconds."""
        ...


class Tails(Protocol):
    """News of threads of all workspaces, whichever replica brings them about."""

    def follow(self, thread: ThreadKey) -> AbstractAsyncContextManager[Tail]:
        """Look at a thread as long as the block lasts; it shows at once how things stand. May raise Unavailable."""
        ...
