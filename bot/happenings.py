"""What can happen, as values. `World.saw` passes them to whoever listens: the log, and what counts and measures.

Ids and numbers, never texts or secrets: `turn` and `thread` are ids as text, `why` is a detail fit for the log.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.turns.state import Record

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MessageKept:
    """A message is in the inbox. `outcome` is what `Inbox.put` said; `event` is the surface's id of its delivery, and
    `type` its name for such."""

    event: str
    thread: str
    outcome: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class MessageNotKept:
    """The inbox could not take what was delivered; `type` is the surface's name for that. It will be sent again."""

    event: str
    type: str
    why: str


@dataclass(frozen=True, slots=True)
class EventRefused:
    """Something was delivered that is not proved to come from where people talk, or is not what it says."""

    type: str
    why: str


@dataclass(frozen=True, slots=True)
class TurnTakenOver:
    """The lease of a turn had lapsed, and another replica has it now."""

    thread: str


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """An attempt at a turn begins. `messages` ask; `heard` were said beside them."""

    turn: str
    attempt: int
    messages: int
    heard: int


@dataclass(frozen=True, slots=True)
class AskersRefused:
    """A guard lets these users through no further."""

    turn: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelAsked:
    """A request goes to the model. `tokens` are estimated; `round` counts from 1 within one answer."""

    turn: str
    model: str
    round: int
    tokens: int
    pictures: bool


@dataclass(frozen=True, slots=True)
class ModelRequested:
    """A request to a model, at the operator's `target`, is over: "ok", "limited", "refused", "denied" to its key,
    "error", or "stopped" when it was we who ended it."""

    model: str
    target: str
    result: str


@dataclass(frozen=True, slots=True)
class RequestReduced:
    """The model refused a request, which is sent again with less in it."""

    turn: str
    model: str
    why: str


@dataclass(frozen=True, slots=True)
class AnswerBroke:
    """An answer broke off in its middle; the model is asked once more."""

    turn: str
    model: str
    why: str


@dataclass(frozen=True, slots=True)
class ModelAnswered:
    """The answer is over: `end` is "Finished", "Interrupted", "Stopped" or "TimedOut". Tokens may be `estimated`.

    `model` answered, at the operator's `target`; `instead` of the one that was wanted, where that is another.
    """

    turn: str
    model: str
    end: str
    input: int
    output: int
    cached: int
    estimated: bool
    target: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class AnswerReused:
    """A kept answer is given, and no model is asked. `model` gave it, at the operator's `target`."""

    turn: str
    model: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class PostReplaced:
    """A message could not be edited any more and is posted again."""

    turn: str
    why: str


@dataclass(frozen=True, slots=True)
class AnswerImpossible:
    """There is nobody to answer: the channel, or the right to write there, is gone."""

    turn: str
    why: str


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """The thread is told one plain sentence with this reference."""

    turn: str
    reference: str
    why: str


@dataclass(frozen=True, slots=True)
class ApologyImpossible:
    """Not even that sentence can be shown."""

    turn: str
    why: str


@dataclass(frozen=True, slots=True)
class TurnAbandoned:
    """All attempts are used up; the turn is set aside for the operator."""

    turn: str
    why: str


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """The batch is dealt with, however that ended. `seconds` are those of this attempt.

    `queue`: seconds from the newest question to the first attempt; None for a later one. `first_text`: seconds until
    this attempt's first post; None without one. `model`: the one that was asked last, by the name it was asked for.
    `over`: the budget of which "day" or "month" had no room for it.
    """

    turn: str
    record: Record
    seconds: float
    queue: float | None = None
    first_text: float | None = None
    model: str = ""
    over: str = ""

    @property
    def outcome(self) -> str:
        return "over_budget" if self.over else self.record.outcome


@dataclass(frozen=True, slots=True)
class ProgramOverBudget:
    """A program's question is refused: a budget for a "day" or "month" has no room for it."""

    period: str


@dataclass(frozen=True, slots=True)
class TurnBroke:
    """A bug ended an attempt."""

    turn: str
    error: Exception


@dataclass(frozen=True, slots=True)
class TurnPutBack:
    """An attempt ended without finishing the turn; the next may begin after some seconds. `error` is a bug, or None."""

    thread: str
    why: str
    after: float
    counted: bool
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class NotHandedBack:
    """The inbox could not be told that an attempt is over: the lease will lapse by itself."""

    thread: str
    why: str


@dataclass(frozen=True, slots=True)
class LeaseLost:
    """Another replica may have the turn by now."""

    thread: str
    why: str


@dataclass(frozen=True, slots=True)
class WorkspaceMissing:
    """A thread waits in a workspace that is not installed here."""

    workspace: str


@dataclass(frozen=True, slots=True)
class ClaimFailed:
    """The inbox could not be asked for work."""

    why: str


@dataclass(frozen=True, slots=True)
class RenewalFailed:
    """The inbox could not be told that leases are still needed."""

    why: str


@dataclass(frozen=True, slots=True)
class SurfaceCalled:
    """A call to where people talk is over: "ok", "limited", "refused" or "error". It `waited` for its turn, in seconds.

    `method` is one of a fixed set.
    """

    method: str
    result: str
    waited: float


@dataclass(frozen=True, slots=True)
class StoreFailed:
    """The store did not do what it was asked."""

    why: str


@dataclass(frozen=True, slots=True)
class Erased:
    """Something was removed: a person's words, a channel's threads, a workspace. `busy` threads were given up."""

    workspace: str
    kind: str
    threads: int
    busy: int


@dataclass(frozen=True, slots=True)
class ErasureFailed:
    """What shall be removed could not be, for now."""

    why: str


Happening = (
    MessageKept
    | MessageNotKept
    | EventRefused
    | TurnTakenOver
    | TurnStarted
    | AskersRefused
    | ModelAsked
    | ModelRequested
    | RequestReduced
    | AnswerBroke
    | ModelAnswered
    | AnswerReused
    | PostReplaced
    | AnswerImpossible
    | TurnFailed
    | ApologyImpossible
    | TurnAbandoned
    | TurnFinished
    | ProgramOverBudget
    | TurnBroke
    | TurnPutBack
    | NotHandedBack
    | LeaseLost
    | WorkspaceMissing
    | ClaimFailed
    | RenewalFailed
    | SurfaceCalled
    | StoreFailed
    | Erased
    | ErasureFailed
)

Listener = Callable[[Happening], None]


class Listeners:
    """Tells each happening to all; one that raises is logged once, and told nothing more."""

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = list(listeners)

    def saw(self, happening: Happening) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(happening)
            except Exception:
                self._listeners.remove(listener)
                log.exception("a listener failed; it is told nothing more")
