"""What the core asks of the store for a thread: its queue, its inbox and its past."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from bot.conversation.history import Earlier, Past
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Message
from bot.policy.triggers import Manner
from bot.turns.state import Complete, Lease, Record, Turn
from bot.usage.ledger import Booking


class Queue(Protocol):
    """Threads of all workspaces that wait for a turn, and leases on those that have one."""

    async def wait(self, seconds: float) -> None:
        """Return when a thread may have become ready, or after `seconds`."""
        ...

    async def claim(self, most: int) -> list[Lease]: ...

    async def renew(self, leases: Sequence[Lease]) -> list[Lease]:
        """Prolong; returns those that are lost."""
        ...

    async def hand_back(self, lease: Lease, after: float, *, counted: bool) -> None:
        """Let another attempt have it, after some seconds. An uncounted attempt does not use up a try."""
        ...

    async def stopped(self) -> Mapping[str, bool]:
        """The threads, as text, whose turns shall stop; True where all that was asked is deleted. Mostly empty."""
        ...


class Inbox(Protocol):
    async def put(self, thread: ThreadKey, message: Message, *, addressed: bool, manner: Manner = "plain") -> str:
        """Keep a message. Once this returns, Slack may be told that we have it.

        "new", "again" if we have it, "unknown" if it is not for us and we take no part in the thread.
        """
        ...

    async def change(self, thread: ThreadKey, message: Message) -> None:
        """The author has edited a message; a message that we do not hold is ignored."""
        ...

    async def drop(self, thread: ThreadKey, ts: str) -> None:
        """The author has deleted a message."""
        ...

    async def begin(self, lease: Lease) -> Turn | None:
        """Fix the batch. None when nothing is left to answer. What is stored of it and cannot be read raises Unreadable
        a few times; then the turn is `unreadable`, with what is left of it. May raise LeaseLost."""
        ...

    # Each note tells besides what the turn has taken until then (`told`), and whom its thread `keeps`.

    async def note_intent(self, turn: Turn, index: int) -> None:
        """We are about to post: whoever takes the turn over has to look whether we did. May raise LeaseLost."""
        ...

    async def note_posted(self, turn: Turn) -> None:
        """What stands in `turn.posted` is in Slack: whoever takes the turn over goes on there. May raise LeaseLost."""
        ...

    async def note_taken(self, turn: Turn, bookings: Sequence[Booking], may_post: int | None = None) -> bool:
        """So much has been taken until now: whoever takes the turn over enters it. Perhaps also that we may post the
        message with this index soon. False where the inbox is away. May raise LeaseLost."""
        ...

    async def keep_answer(self, turn: Turn, answer: Complete, bookings: Sequence[Booking] = ()) -> None:
        """The model has finished, and that is what it took: whoever takes the turn over need not ask it again. May
        raise LeaseLost."""
        ...

    async def finish(
        self, turn: Turn, answer: Message | None, record: Record, bookings: Sequence[Booking] = ()
    ) -> tuple[str, ...]:
        """The batch is dealt with: it and the answer become history, and the ledger has the bookings. Returns the
        messages of the turn that was the thread's last one before. May raise LeaseLost."""
        ...

    async def first_time(self, thread: ThreadKey, ts: str) -> bool:
        """Whether this message is new to us; it is known from now on, and not taken in if Slack sends it again."""
        ...

    async def stop(self, thread: ThreadKey, newest: str | None = None) -> bool:
        """Let the turn that runs or waits in this thread end, or only the named one. False when there is none."""
        ...

    async def askers(self, thread: ThreadKey, before: str | None = None) -> set[str]:
        """Who asked what the running turn, or the next one, is about; if wanted, only with messages before a `ts`."""
        ...

    async def record(self, thread: ThreadKey, newest: str) -> Record | None:
        """What remains of a finished turn; None when it is not remembered."""
        ...

    async def posted(self, turn: Turn) -> tuple[str, ...]:
        """The messages that are noted as this turn's, whoever runs it now or has finished it."""
        ...

    async def again(self, thread: ThreadKey, newest: str, *, passes: bool = False, model: str = "") -> str:
        """Do a finished turn once more, in its place, perhaps though there is no room for it, or by another model:
        "ready". Not done: "busy", "old" (not the newest), "unknown"."""
        ...


class History(Protocol):
    async def load(self, thread: ThreadKey) -> Past:
        """The thread's past, without what the running turn is about. May be empty."""
        ...

    async def keep(self, turn: Turn, earlier: Earlier) -> None:
        """Add what Slack told of the past; what we hold already stays as it is. May raise LeaseLost."""
        ...
