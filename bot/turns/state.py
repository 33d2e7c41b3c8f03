"""What travels with a turn: its lease, what it shows, and the record that remains of it."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal

from bot.conversation.history import Past
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Batch, Kind, Message
from bot.conversation.tokens import Usage
from bot.errors import LeaseLost, Unreadable
from bot.personas.persona import Persona
from bot.policy.preferences import Rules
from bot.usage.budgets import Budget
from bot.usage.ledger import Booking


@dataclass(slots=True)
class Lease:
    """A replica's right to run one turn. `token` proves it to the inbox; `until` is a time of our own clock, `now`.

    `stop` is set when a person wants the turn to end; `pointless` is True then if that is because they have deleted
    all that they had asked. `lost` is True once the inbox has said that it is another's.
    """

    thread: ThreadKey
    token: str
    until: float
    now: Callable[[], float] = time.monotonic
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    pointless: bool = False
    lost: bool = False
    taken_over: bool = False
    """From a replica that had let it lapse."""
    sure: bool = False
    """All that its turn has posted is noted: nobody has to look for it."""

    @property
    def over(self) -> bool:
        """Whether another replica may have the turn by now."""
        return self.lost or self.now() >= self.until

    def check(self) -> None:
        """Raise LeaseLost if the lease is over. Asked right before anything is changed, as late as can be."""
        if self.over:
            raise LeaseLost("our own deadline has passed")


@dataclass(frozen=True, slots=True)
class Taken:
    """What an answer took: the model that gave it, tokens, US dollars and seconds; None is unknown. `persona` and its
    `version` say as whom the model was asked."""

    model: str
    usage: Usage | None
    cost: float | None
    seconds: float
    persona: str = ""
    version: int = 0
    free: bool = False
    """It has no price: the operator's own server gave it."""
    target: str = ""
    """Where it was given, by the operator's name for it."""
    instead: str = ""
    """The model that was wanted, where another one answered."""
    kept: bool = False
    """It was given before, and no model was asked."""


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
    cache_written: int = 0
    reasoning: int = 0
    free: bool = False
    target: str = ""
    instead: str = ""
    kept: bool = False
    payer: str = ""
    """Who asked for it: the newest of those who were answered."""
    day: str = ""
    """The day in which it was done, as 2026-11-30 in the workspace's time zone. Earlier versions did not tell it."""

    @property
    def may_go_on(self) -> bool:
        """Whether it broke off where its readers may want more."""
        return self.reason == "length" or (self.outcome == "stopped" and bool(self.posted))

    @property
    def taken(self) -> "Taken | None":
        """What the model took; None where no model was asked."""
        if not self.model:
            return None
        usage = Usage(
            self.input,
            self.output,
            self.cached,
            self.cache_written,
            estimated=self.estimated,
            reasoning=self.reasoning,
        )
        taken = Taken(self.model, usage, self.cost, self.seconds, self.persona, self.version)
        return replace(taken, free=self.free, target=self.target, instead=self.instead, kept=self.kept)

    def took(self, taken: "Taken") -> "Record":
        """The same, with what the model took."""
        usage = taken.usage or Usage(0, 0)
        return replace(
            self,
            model=taken.model,
            input=usage.input,
            output=usage.output,
            cached=usage.cached,
            estimated=usage.estimated,
            cost=taken.cost,
            seconds=taken.seconds,
            persona=taken.persona,
            version=taken.version,
            cache_written=usage.cache_written,
            reasoning=usage.reasoning,
            free=taken.free,
            target=taken.target,
            instead=taken.instead,
            kept=taken.kept,
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that may be given again, with its further choices, by number. `model` gave it, by the server's word, at
    the operator's `target`, `at` a time in seconds since 1970."""

    text: str
    others: Mapping[int, str]
    model: str
    target: str
    at: float


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
    kind: Kind = "answer"


@dataclass(frozen=True, slots=True)
class Face:
    """How the one who answers looks: a name, and an `:emoji:` or the https URL of a picture; None: as the app."""

    name: str | None = None
    icon: str | None = None


class Control(Enum):
    """What a reader may do with the answer above it."""

    STOP = "Stop"
    AGAIN = "Regenerate"
    RETRY = "Try again"
    CONTINUE = "Continue"
    PERSONA = "Persona"
    """Who answers in this thread, and whether the bot follows it."""
    RATE = "Rate"


@dataclass(frozen=True, slots=True)
class Shown:
    """One message: standard Markdown, in which nobody is mentioned; under the last one of an answer, the small line and
    its controls.

    `growing`: more will come, and what is shown now need not stay.
    """

    text: str
    footer: str | None = None
    controls: tuple[Control, ...] = ()
    growing: bool = False
    kind: Kind = "answer"
    parts: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """The text in its settled parts (`markdown.settled`), where they are known."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was read as a turn began: what applies to the `user` whose message is its newest, and the past."""

    user: str
    rules: Rules
    past: Past


@dataclass(slots=True)
class Turn:
    """The work of answering one batch. `posted` are the Slack messages that show the answer so far.

    `newest` is the `ts` of the newest message that it answers: with the thread, it names the turn.
    """

    newest: str
    lease: Lease
    batch: Batch
    started: float = 0.0
    """When this attempt began, by the world's clock."""
    attempt: int = 1
    posted: tuple[str, ...] = ()
    intent: int | None = None
    """An earlier attempt was about to post its message with this index, and may have done so: look before posting."""
    complete: Complete | None = None
    """An earlier attempt had the whole answer, and only has to show it."""
    face: Face = Face()
    begins: str = ""
    """What stands in its first message already: the end of the answer that it continues."""
    tail: str = ""
    """What stands in the last message of an answer that may go on."""
    refused: frozenset[str] = frozenset()
    """Those who are not answered here, though they had asked."""
    unreadable: Unreadable | None = None
    """Why what is stored of it cannot be read, apart from what stands here: no answer, only an apology can be given."""
    taken: Taken | None = None
    """What the model took in this attempt, all in all. None while it was not asked."""
    bookings: tuple[Booking, ...] = ()
    """The same by requests, as it is entered in the ledger whatever becomes of the answer."""
    earlier: tuple[Booking, ...] = ()
    """What earlier attempts are known to have taken, that nobody has entered yet."""
    budgets: tuple[Budget, ...] = ()
    """In which it must have room."""
    model: str = ""
    """The model that is to answer in place of the one that would; empty: that one."""
    passes: bool = False
    """An admin has let it be answered, whatever is used up."""
    day: str = ""
    """The day in which this attempt began, in the workspace's time zone."""
    again: bool = False
    """Somebody wants another answer in place of the one that was given."""
    queue: float | None = None
    """Seconds from the newest question to the first attempt; None in a later one, or when it is asked again."""
    first_text: float | None = None
    """Seconds from this attempt's begin to its first post. None without one."""
    asks: str = ""
    """The model that was asked last, by the name it was asked for."""
    over: str = ""
    """The budget of which "day" or "month" had no room for it."""

    since: str = "0"
    """The place back to which the past may be read: what was deleted before is not known."""
    keeps: Persona | None = None
    """Whom the thread keeps as the one who answers there, until that is noted."""
    told: Callable[[], Sequence[Booking]] = tuple
    """What this attempt has taken until now, for whoever notes something."""
    ahead: Ahead | None = None
    """What need not be read again, as long as nothing has changed it."""
    announced: int | None = None
    """The message that may be posted: it is noted that whoever takes the turn over has to look for it."""

    @property
    def id(self) -> str:
        return f"{self.batch.thread}/{self.newest}"

    @property
    def asked(self) -> tuple[Message, ...]:
        """The messages that are answered."""
        return tuple(message for message in self.batch.messages if message.author not in self.refused)

    @property
    def payer(self) -> str:
        """The newest of those who are answered; empty where nobody is."""
        return self.asked[-1].author if self.asked else ""
