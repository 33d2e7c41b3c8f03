"""All that the core asks of the outside world, and the World that holds one of each.

Edges conform by shape. Every method may raise `Unavailable`; what else may escape is said where it does.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.conversation.attachments import Content, Unread, Words
from bot.conversation.history import Earlier, Past
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import File, Message, Person
from bot.conversation.pieces import Finished, Interrupted, Piece, Routed
from bot.conversation.places import Place
from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.happenings import Happening
from bot.personas.persona import Persona
from bot.policy.preferences import Access, Choices, Entry, Rules, Scope, Value, Version
from bot.policy.roles import Refusal
from bot.policy.triggers import Manner
from bot.turns.draft import MAX_MESSAGES
from bot.turns.state import Complete, Lease, Record, Shown, Turn
from bot.turns.words import Wording
from bot.usage.ledger import By, Spent, Verdict, Vote


class Model(Protocol):
    def stream(self, ask: Ask, within: float | None = None) -> AsyncGenerator[Piece | Finished | Interrupted]:
        """Answer. Ends with `Finished` or `Interrupted`. May raise Unanswerable, TooLong, Busy, and Late when nothing
        has come in time: `within` so many seconds, where that is given."""
        ...

    async def offered(self) -> tuple[str, ...]:
        """The models that may be chosen, as far as they are known; may be empty."""
        ...

    async def prove(self, model: str) -> None:
        """Have it say one word. Raises Unanswerable, NotOffered if it may not be chosen."""
        ...

    def cost(self, model: str, usage: Usage, route: Routed | None = None) -> float | None:
        """US dollars, where this route led to the model; None when the price is unknown."""
        ...

    def free(self, route: Routed | None) -> bool:
        """Whether the operator says that what this route leads to costs nothing."""
        ...


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

    async def find(self, turn: Turn) -> Mapping[int, str]:
        """The messages that this turn has already posted, by index; looked up in the thread.

        Empty also when we are not allowed to look; Unavailable when we cannot for the moment.
        """
        ...

    async def refuse(self, thread: ThreadKey, user: str, why: Refusal, *, begun: bool) -> None:
        """Tell one person alone why they are not answered: in the thread, or in the channel where it has not `begun`
        because nobody has replied yet. Never raises: it may get lost."""
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

    async def names(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Display names by id, of people and bots; an id that cannot be looked up is left out."""
        ...

    async def channel_names(self, channels: Iterable[str], thread: ThreadKey) -> Mapping[str, str]:
        """Names by id, of a private channel only in its own threads; one that cannot be looked up is left out."""
        ...

    async def group_names(self, groups: Iterable[str]) -> Mapping[str, str]:
        """Handles of user groups, by id; one that cannot be looked up is left out."""
        ...


class Transcript(Protocol):
    """What was said in a thread, as the surface has it."""

    async def earlier(self, thread: ThreadKey, before: str, after: str, most: int) -> Earlier:
        """What was said in the thread between the messages `after` ("0": from its beginning) and `before`, our own
        answers too; of more than `most` messages the newest. Never raises."""
        ...


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

    async def note_intent(self, turn: Turn, index: int) -> None:
        """We are about to post: whoever takes the turn over has to look whether we did. May raise LeaseLost."""
        ...

    async def note_posted(self, turn: Turn) -> None:
        """What stands in `turn.posted` is in Slack: whoever takes the turn over goes on there. May raise LeaseLost."""
        ...

    async def keep_answer(self, turn: Turn, answer: Complete) -> None:
        """The model has finished: whoever takes the turn over need not ask it again. May raise LeaseLost."""
        ...

    async def finish(self, turn: Turn, answer: Message | None, record: Record) -> None:
        """The batch is dealt with: it and the answer become history. May raise LeaseLost."""
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

    async def again(self, thread: ThreadKey, newest: str) -> str:
        """Do a finished turn once more, in its place: "ready". Not done: "busy", "old" (not the newest), "unknown"."""
        ...


class History(Protocol):
    async def load(self, thread: ThreadKey) -> Past:
        """The thread's past, without what the running turn is about. May be empty."""
        ...

    async def keep(self, turn: Turn, earlier: Earlier) -> None:
        """Add what Slack told of the past; what we hold already stays as it is. May raise LeaseLost."""
        ...

    async def forget(self, thread: ThreadKey) -> bool:
        """Remove all that was said in the thread. False, and nothing is done, while a turn runs or waits there."""
        ...

    async def forget_person(self, user: str) -> int:
        """Remove what this person said in any thread, and their direct messages whole. Returns how many threads."""
        ...


class Prefs(Protocol):
    """Choices and personas. Each read is fresh, so that a change holds at once everywhere; each change is done whole,
    together with its entry in the audit log, or not at all. `by` is the id of the user who does it; whether they may
    is for the caller to ask (`commands/authorize`)."""

    async def rules(self, where: ThreadKey | Place, user: str) -> Rules:
        """What applies to this person in a thread, or in new threads at a place."""
        ...

    async def pin(self, thread: ThreadKey, persona: Persona) -> None:
        """The thread keeps this persona in this version, unless it has or was given one."""
        ...

    async def chosen(self, scope: Scope) -> Choices:
        """What was chosen there."""
        ...

    async def channels(self) -> Mapping[str, Choices]:
        """The channels with choices of their own, by id."""
        ...

    async def choose(self, scope: Scope, changes: Mapping[str, Value | None], by: str) -> Choices:
        """Change some choices, by the names of preferences; None takes one back. Returns all that is chosen there now.

        A thread is given the persona's present version. May raise Unknown (of a persona) and Invalid (of a value).
        """
        ...

    async def personas(self) -> list[Persona]:
        """Those that can be chosen, by name: stored, built in, and the operator's."""
        ...

    async def persona(self, name: str, version: int | None = None) -> Persona:
        """The present version, or an older one, also of a persona that was deleted. May raise Unknown."""
        ...

    async def history(self, name: str) -> list[Version]:
        """All stored versions, newest first; empty for what was never changed. May raise Unknown."""
        ...

    async def save(self, persona: Persona, based_on: int | None, by: str) -> Persona:
        """A new version; `based_on` is the one that was edited, None for a persona that shall be new.

        Returns it with its version, or what is there already if nothing differs. May raise Conflict, Fixed.
        """
        ...

    async def restore(self, name: str, version: int, by: str) -> Persona:
        """A new version with the content of an old one, also of a persona that was deleted. May raise Unknown."""
        ...

    async def delete(self, name: str, by: str, *, anyway: bool = False) -> None:
        """It can no longer be chosen; one that was built in becomes what it was. Where it was chosen, if it goes
        `anyway`, the next level's choice applies and `Rules.gone` tells. May raise Unknown, InUse, Fixed."""
        ...

    async def access(self) -> Access: ...

    async def change_access(self, seen: Access, wanted: Access, by: str) -> Access:
        """Make the changes that lead from what somebody has seen to what they want; what others changed meanwhile
        stays. Returns what is in force now."""
        ...

    async def audit(self, entry: Entry) -> None:
        """Note an administrative act that is not a change made here. The time is the store's."""
        ...

    async def audited(self, most: int = 100) -> list[Entry]:
        """The latest administrative acts, newest first."""
        ...


class Ledger(Protocol):
    """Finished turns are entered by `Inbox.finish`, in the same step. Months are of UTC, written 2026-11."""

    async def spent(self, month: str, user: str | None = None) -> Spent:
        """What everybody, or this person, used in a month."""
        ...

    async def spent_by(self, month: str, by: By) -> Mapping[str, Spent]:
        """The same by user, channel, persona or model; empty when nothing was used."""
        ...

    async def charge(self, user: str, record: Record) -> None:
        """Enter an answer that belongs to no turn, such as a preview's."""
        ...

    async def rate(self, thread: ThreadKey, newest: str, user: str, vote: Vote, reason: str = "") -> bool:
        """A person's verdict on an answer; a later one replaces it. False when the turn is not remembered."""
        ...

    async def votes(self, thread: ThreadKey, newest: str) -> Mapping[str, Verdict]:
        """What people think of an answer, by user."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a turn may take, how often it is tried, and how long an answer may be; times in seconds."""

    turn: float = 600.0
    tries: int = 3
    history_tokens: int = 16_000
    context_messages: int = 400
    first_post_after: float = 0.5
    edit_every: float = 1.0
    file_tokens: int = 16_000
    answer_messages: int = MAX_MESSAGES


Refusals = Mapping[str, Refusal]
"""Those whom a guard does not let through, by user id, each with what to tell them. Mostly empty."""
Guard = Callable[[Turn, Rules, "World"], Awaitable[Refusals]]


@dataclass(frozen=True, slots=True)
class World:
    """What a turn, or a command, of one workspace has round it."""

    chat: Chat
    directory: Directory
    transcript: Transcript
    model: Model
    inbox: Inbox
    history: History
    prefs: Prefs
    ledger: Ledger
    files: Files
    limits: Limits
    words: Wording
    now: Callable[[], float]
    saw: Callable[[Happening], None]
    """Told of each thing that happens; see `happenings`. It returns at once and never raises."""
    guards: Sequence[Guard]
    """Asked in this order who of a batch is answered; see `turns/guards.py`."""
    mark_word: Callable[[str], str]  # of a thread, given as text; see `conversation/marks.py`
    user_hash: Callable[[str], str | None]
    """What the model's server may know of who asks: a keyed hash, or None for nothing."""
    fallbacks: Callable[[str], tuple[str, ...]] = lambda _persona: ()
    """Models that may answer where a persona's cannot; empty where the operator allows none."""


Worlds = Callable[[str], World | None]
"""The World of a workspace; None where the app is not installed there as far as this process knows."""
