"""The World of a workspace: one of each port, and what the operator has set."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.conversation.ids import ThreadKey
from bot.happenings import Happening
from bot.policy.preferences import Rules
from bot.policy.roles import Refusal
from bot.ports.admission import Admission
from bot.ports.answers import Answers
from bot.ports.archive import Archive, Erasures
from bot.ports.budgets import Budgets
from bot.ports.chat import Chat, Directory, Transcript
from bot.ports.choices import Ledger, Prefs
from bot.ports.files import Files
from bot.ports.inbox import History, Inbox
from bot.ports.model import Model
from bot.ports.spaces import OwnSpace
from bot.ports.tokens import Tokens
from bot.ports.turn_limits import TurnLimits
from bot.privacy.handling import Reach
from bot.redaction.find import Own
from bot.redaction.own import none
from bot.turns.draft import MAX_MESSAGES
from bot.turns.state import Turn
from bot.turns.words import Wording
from bot.usage.budgets import Defaults as Allowance
from bot.usage.limits import Fuse
from bot.usage.periods import Calendar
from bot.usage.reports import People


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
    uncut: bool = False
    """Whether an answer is one message, however long it is."""
    tables: int = 1
    """In one message."""


Refusals = Mapping[str, Refusal]
"""Those whom a guard does not let through, by user id, each with what to tell them. Mostly empty."""
Guard = Callable[[Turn, Rules, "World"], Awaitable[Refusals]]


class Away(Protocol):
    """When nobody listened last; see `turns/away.py`."""

    since: float
    until: float
    checked: set[ThreadKey]


class Notice(Protocol):
    """What people are told at their first question; see `turns/notice.py`."""

    async def give(self, turn: Turn, rules: Rules, *, hold: bool) -> None:
        """To each who asks, unless they had it. Never raises."""
        ...

    def let_go(self) -> None:
        """Somebody was forgotten."""
        ...


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
    archive: Archive
    erasures: Erasures
    budgets: Budgets
    turn_limits: TurnLimits
    files: Files
    answers: Answers
    tokens: Tokens
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
    calendar: Calendar = field(default_factory=Calendar)
    """Days and months in the workspace's time zone."""
    notice: Notice | None = None
    """What people are told at their first question; None where the operator wants none, or nobody would read it."""
    away: Away | None = None
    """When nobody listened last; None where nothing can be missed."""
    reach: Reach = field(default_factory=Reach)
    hold: bool = False
    """Whether nothing may be removed: a legal hold."""
    grace: float = 7 * 24 * 3600.0
    """Seconds until what is kept of those who went away is removed."""
    people: People = "off"
    """How people are called in reports on what others used."""
    fuse: Fuse = field(default_factory=Fuse)
    """With how much in an hour the workspace pauses."""
    cheaper: str = ""
    """A model that may answer where a budget has no room for another one; empty where the operator names none."""
    allowance: Allowance = field(default_factory=Allowance)
    """How much the operator lets people use, where nobody has set anything else in Slack."""
    space: OwnSpace | None = None
    """What is set for the whole workspace."""
    admission: Admission | None = None
    """Who lets other workspaces in; None but in the operator's."""
    own_patterns: Own = none
    """What else the operator hides from the model, as personal data."""
    fallbacks: Callable[[str], tuple[str, ...]] = lambda _persona: ()
    """Models that may answer where a persona's cannot; empty where the operator allows none."""


Worlds = Callable[[ThreadKey], World | None]
"""The World of a thread, which is that of its workspace and surface; None where the app is not installed there as far
as this process knows."""
