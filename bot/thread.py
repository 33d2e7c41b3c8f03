"""What travels: threads, messages and batches on the way in, turns and leases, and what remains of a turn."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.budget import Usage


@dataclass(frozen=True, slots=True)
class ThreadKey:
    """One Slack thread. `root` is the `ts` of its first message; a DM's top-level message is a root of its own."""

    team: str
    channel: str
    root: str

    def __str__(self) -> str:
        return f"{self.team}/{self.channel}/{self.root}"

    @property
    def direct(self) -> bool:
        """Whether it is in a direct message: one person and the bot."""
        return self.channel.startswith("D")

    @classmethod
    def parse(cls, text: str) -> "ThreadKey":
        team, channel, root = text.split("/")
        return cls(team, channel, root)


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with a message; `size` in bytes, 0 when Slack did not say. Its content stays at Slack.

    `url` is where Slack has it, empty where one has to ask; `thumb` a smaller picture of it, empty where there is none
    or no need. `mode` is Slack's word for how it is kept: "hosted", "snippet", "external", …
    """

    id: str
    name: str
    mimetype: str = ""
    size: int = 0
    url: str = ""
    thumb: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """What Slack says of somebody. A fact that it does not tell is no: of whom it tells nothing, `known` is False, the
    name empty, and they have no right that depends on a fact.

    `is_admin` and `is_owner` are of our own workspace; a guest is restricted to some channels of it, an outsider
    belongs to another workspace.
    """

    name: str = ""
    known: bool = False
    is_admin: bool = False
    is_owner: bool = False
    is_guest: bool = False
    is_outsider: bool = False
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """What a person or the bot said.

    `text` is as Slack encodes it until `Chat.plain` has made it readable. `ts` is Slack's message id and its
    place in the thread; never a float. `author` is a user id, or a bot id where another bot spoke. `name` is what the
    author is called, where the message itself tells; mostly empty.
    """

    ts: str
    author: str
    text: str
    role: Literal["user", "assistant"] = "user"
    files: tuple[File, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """What is remembered of a thread, oldest first. Up to the message `known` nothing of it was missed; "0": nothing is
    known for certain, not even how the thread began."""

    messages: tuple[Message, ...] = ()
    known: str = "0"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What Slack told of a thread, oldest first. `left_out` older messages were more than was asked for.

    `read_to` is the `ts` up to which Slack let us read; None when that is all.
    """

    messages: tuple[Message, ...] = ()
    left_out: int = 0
    read_to: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What was said in one thread since the last turn, oldest first.

    `messages` were said to the bot and are answered together; empty only if all of them were deleted since the batch
    was fixed. `heard` are messages of the same thread that were addressed to nobody or to others: context, often empty.
    """

    thread: ThreadKey
    messages: tuple[Message, ...]
    heard: tuple[Message, ...] = ()

    @property
    def newest(self) -> Message:
        return self.messages[-1]

    @property
    def everything(self) -> tuple[Message, ...]:
        return tuple(sorted((*self.messages, *self.heard), key=lambda m: order(m.ts)))


@dataclass(slots=True)
class Lease:
    """A replica's right to run one turn. `token` proves it to Redis; `until` is our own clock's deadline.

    `stop` is set when a person wants the turn to end; `pointless` is True then if that is because they have deleted
    all that they had asked.
    """

    thread: ThreadKey
    token: str
    until: float
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    pointless: bool = False


Outcome = Literal["answered", "stopped", "failed", "greeted", "withdrawn", "refused"]


@dataclass(frozen=True, slots=True)
class Record:
    """What remains of a finished turn: enough to do it again, and to report what it took.

    `asked` and `heard` are the `ts` of the batch's messages. Tokens are 0 and `cost` None where no model was asked.
    """

    outcome: Outcome
    askers: tuple[str, ...]
    asked: tuple[str, ...]
    heard: tuple[str, ...] = ()
    posted: tuple[str, ...] = ()
    attempt: int = 1
    model: str = ""
    input: int = 0
    output: int = 0
    cached: int = 0
    estimated: bool = False
    cost: float | None = None
    seconds: float = 0.0
    why: str = ""
    reference: str = ""
    reason: str = ""
    """Why the model stopped, in the API's word: "length" when it reached its limit. Empty when it did not say."""
    persona: str = ""
    version: int = 0

    def took(self, model: str, usage: Usage, cost: float | None, seconds: float) -> "Record":
        """The same, with what the model took."""
        return replace(
            self,
            model=model,
            input=usage.input,
            output=usage.output,
            cached=usage.cached,
            estimated=usage.estimated,
            cost=cost,
            seconds=seconds,
        )


@dataclass(frozen=True, slots=True)
class Complete:
    """A whole answer, kept until it stands in Slack: `shown` there under a `footer`, remembered as `words`.

    `rated` says that readers are asked whether it was good.
    """

    shown: str
    words: str
    footer: str | None
    record: Record
    rated: bool = False


@dataclass(frozen=True, slots=True)
class Face:
    """How the one who answers looks: a name, and an `:emoji:` or the https URL of a picture; None: as the app."""

    name: str | None = None
    icon: str | None = None


@dataclass(slots=True)
class Turn:
    """The work of answering one batch. `posted` are the Slack messages that show the answer so far.

    `newest` is the `ts` of the newest message that it answers: with the thread, it names the turn.
    """

    newest: str
    lease: Lease
    batch: Batch
    attempt: int = 1
    posted: tuple[str, ...] = ()
    intent: int | None = None
    """An earlier attempt was about to post its message with this index, and may have done so: look before posting."""
    complete: Complete | None = None
    """An earlier attempt had the whole answer, and only has to show it."""
    face: Face = Face()
    refused: frozenset[str] = frozenset()
    """Those who are not answered here, though they had asked."""

    @property
    def id(self) -> str:
        return f"{self.batch.thread}/{self.newest}"

    @property
    def asked(self) -> tuple[Message, ...]:
        """The messages that are answered."""
        return tuple(message for message in self.batch.messages if message.author not in self.refused)


def order(ts: str) -> int:
    """A Slack `ts` as whole microseconds: exact in a Redis score (below 2^53), unlike the float it resembles."""
    seconds, _, fraction = ts.partition(".")
    return int(seconds) * 1_000_000 + int((fraction + "000000")[:6])


def just_after(ts: str) -> str:
    """The first place behind a message: Slack gives it to nobody else for all practical purposes."""
    seconds, fraction = divmod(order(ts) + 1, 1_000_000)
    return f"{seconds}.{fraction:06}"
