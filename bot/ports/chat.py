"""What the core asks of the surface people talk through: where answers stand, who people are, what was said."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.conversation.history import Earlier
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Person
from bot.policy.roles import Refusal
from bot.privacy.handling import Handling
from bot.turns.notices import Notice
from bot.turns.state import Shown, Turn


@dataclass(frozen=True, slots=True)
class Later:
    """Slack wants us to slow down: it was left undone, and is worth trying again after so many seconds."""

    seconds: float


class Chat(Protocol):
    """Where answers are shown: what is posted, edited and taken away in a thread, and the status under it."""

    async def post(self, turn: Turn, index: int, latest: Callable[[], Shown]) -> tuple[str, Shown] | Later:
        """Show a new message, the turn's `index`-th, as soon as it is our turn to post: `latest` is asked then.

        Returns its ts and what it shows. What is growing may be left unposted: Later. May raise Oversized and Gone.
        """
        ...

    async def edit(self, turn: Turn, index: int, ts: str, shown: Shown) -> Later | None:
        """Change a message. What is growing may be left as it was: Later. May raise Unchangeable: then it is there no
        more, or is taken away as far as Slack lets us; and Oversized, Gone, LeaseLost."""
        ...

    async def remove(self, turn: Turn, ts: str) -> None:
        """Take a message away, or make it a dash where Slack does not let us. May raise Gone."""
        ...

    async def retire(self, thread: ThreadKey, ts: str) -> None:
        """There is a newer answer: take from this one what its readers might do. Never raises: at worst it stays, and
        tells whoever uses it that it is too old."""
        ...

    async def find(self, turn: Turn) -> Mapping[int, str]:
        """The messages that this turn has already posted, by index; looked up in the thread.

        Empty also when we are not allowed to look; Unavailable when we cannot for the moment.
        """
        ...

    async def refuse(self, thread: ThreadKey, user: str, why: Refusal, *, begun: bool) -> None:
        """Tell one person alone why they are not answered: in the thread, or in the channel where it has not `begun`
        because nobody has replied yet. Never raises: it may get lost."""
        ...

    async def whisper(self, thread: ThreadKey, user: str, notice: Notice, *, begun: bool = True) -> None:
        """Tell one person alone what they have to know of limits, as `refuse` does. Never raises."""
        ...

    async def tell(self, user: str, notice: Notice) -> bool:
        """Tell one person in their direct messages. False where that is not possible. Never raises."""
        ...

    async def send_file(self, user: str, name: str, content: bytes, about: str) -> bool:
        """Give one person a file, alone, below a message that says what it is `about`. False where that is not
        allowed."""
        ...

    async def notify(self, thread: ThreadKey, user: str, what: Handling, *, begun: bool) -> bool:
        """Tell one person alone what becomes of their words, where `refuse` would. False if it got lost. Never
        raises."""
        ...

    async def status(self, thread: ThreadKey, text: str, *, cleared: bool = False) -> bool | None:
        """Show under the thread what we do, or with "" that nothing is done any more (`cleared`: a reply has taken the
        status away). False when it is not known to be done, None where none is shown. Never raises."""
        ...


class Directory(Protocol):
    """Who people are. Facts are some minutes old at most; where a look-up fails they are what was told last, some hours
    old at most, or nothing."""

    async def person(self, user: str, *, afresh: bool = False) -> Person:
        """What is known of them. `afresh`: what is told now, or nothing."""
        ...

    async def groups(self, user: str, among: Iterable[str]) -> Mapping[str, bool]:
        """Whether they are in each of the named user groups, by id; one whose members are not known is left out."""
        ...

    async def admins(self) -> frozenset[str]:
        """The owners and admins of the workspace; empty where they cannot be looked up."""
        ...

    async def names(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Display names by id, of people and bots; an id that cannot be looked up is left out."""
        ...

    async def everybody(self) -> Mapping[str, str]:
        """Display names of all people of the workspace, by id, as far as they can be had. Never raises."""
        ...

    async def channel_names(self, channels: Iterable[str], thread: ThreadKey | None) -> Mapping[str, str]:
        """Names by id, of a private channel only in its own threads; one that cannot be looked up is left out."""
        ...

    def is_direct(self, channel: str) -> bool:
        """Whether it is one person's direct messages."""
        ...

    async def group_names(self, groups: Iterable[str]) -> Mapping[str, str]:
        """Handles of user groups, by id; one that cannot be looked up is left out."""
        ...

    async def left(self, channel: str) -> bool | None:
        """Whether the bot is not in a channel any more, or the channel is archived or gone. None: not known."""
        ...

    def let_go(self) -> None:
        """Drop what is in memory of people."""
        ...


class Transcript(Protocol):
    """What was said in a thread, as the surface has it."""

    async def present(self, thread: ThreadKey, before: str) -> frozenset[str] | None:
        """The `ts` of all that stands in the thread before one; None where that cannot be read whole. Never raises."""
        ...

    async def earlier(self, thread: ThreadKey, before: str, after: str, most: int) -> Earlier:
        """What was said in the thread between the messages `after` ("0": from its beginning) and `before`, our own
        answers too; of more than `most` messages the newest. Never raises."""
        ...
