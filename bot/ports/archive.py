"""What the core asks of the store for all that is kept of people: to look it through, to remove it, to hand it out."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.conversation.ids import ThreadKey
from bot.privacy.held import Erasure, Held, Own, Progress


class Archive(Protocol):
    """Of one workspace."""

    async def threads(self, channel: str | None = None) -> list[ThreadKey]:
        """All threads of which anything is kept, or those of a channel."""
        ...

    async def naming(self, user: str, threads: Sequence[ThreadKey]) -> list[ThreadKey]:
        """Those of some threads in which this person's id stands anywhere."""
        ...

    async def read(self, thread: ThreadKey) -> Held: ...

    async def remove(self, thread: ThreadKey, own: Own, user: str, instead: str) -> None:
        """Remove what is this person's own, unless it waits for an answer meanwhile; where only their id is needed,
        another one stands `instead`."""
        ...

    async def remove_thread(self, thread: ThreadKey) -> bool:
        """Remove all that was said there. False, and nothing is done, while a turn runs or waits there."""
        ...

    async def remove_person(self, user: str, instead: str) -> None:
        """Remove what is kept of a person outside of threads; in sums and in what was done, another id stands
        `instead`."""
        ...

    async def remove_channel(self, channel: str) -> None:
        """Remove what was chosen for a channel."""
        ...

    async def remove_workspace(self) -> int:
        """Remove all that there is. Returns how many keys that were."""
        ...

    async def shorten(self, thread: ThreadKey) -> None:
        """Nothing there lives longer than it may from now on; on a legal hold, nothing ends."""
        ...

    async def first_contact(self, user: str) -> bool:
        """Whether this person was never told what becomes of their words; from now on they were."""
        ...

    async def no_contact(self, user: str) -> None:
        """They could not be told."""
        ...

    async def reserve_export(self, user: str) -> float:
        """0.0 once a day: they may have their export now. Else the seconds until then."""
        ...

    async def release_export(self, user: str) -> None:
        """They did not get it."""
        ...

    async def about(self, user: str) -> Mapping[str, object]:
        """What is kept of a person outside of threads, by place."""
        ...


class Erasures(Protocol):
    """What shall be removed, and when: for all workspaces, noted so that it survives whoever works on it."""

    async def note(self, erasure: Erasure, after: float = 0.0) -> None:
        """It is due after so many seconds."""
        ...

    async def cancel(self, erasure: Erasure) -> None: ...

    async def look(self, only: str = "", *, wanted: bool = True) -> tuple[str, Erasure | None]:
        """Another text than before, if something was removed since: what is in memory of that is then let go. And one
        that is due, if one is wanted, perhaps of one kind. It is ours for a minute, then another may have it."""
        ...

    async def tell(self, erasure: Erasure, progress: Progress) -> None:
        """How far it is. It is ours for a minute more, or is done."""
        ...

    async def progress(self, erasure: Erasure) -> Progress | None:
        """None where nothing is known of it, or not for a day."""
        ...

    async def announce(self) -> None:
        """Something was removed."""
        ...
