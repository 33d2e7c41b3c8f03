"""What may still be in the hands of an earlier version that runs beside us."""

from typing import Protocol

from bot.conversation.ids import ThreadKey
from bot.store.script import Key


class Window(Protocol):
    """Open from the first move of an earlier version's data until nothing has come from such a version for long."""

    async def adopt(self, thread: ThreadKey) -> bool:
        """Make a thread ours, with what an earlier version has put there. False while a turn of such a version runs
        there. May raise Unavailable."""
        ...

    async def adopt_all_of(self, user: str) -> None:
        """The same for all threads in which somebody has said something. May raise Unavailable."""
        ...

    def seen(self, thread: ThreadKey, ts: str) -> Key | None:
        """The key under which an earlier version looks whether it has a message; None while there is none beside us."""
        ...

    async def sweep(self) -> None:
        """Move what an earlier version goes on to leave. Returns when the window is closed."""
        ...


class _Closed:
    async def adopt(self, thread: ThreadKey) -> bool:
        return True

    async def adopt_all_of(self, user: str) -> None:
        return None

    def seen(self, thread: ThreadKey, ts: str) -> Key | None:
        return None

    async def sweep(self) -> None:
        return None


CLOSED: Window = _Closed()
"""No earlier version runs beside us."""
