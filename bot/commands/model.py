"""What people can ask of the bot itself, who asks, and what comes of it.

Slash commands, forms, buttons, words in a thread, the Home tab and other surfaces make `Command` values.
`dispatch` obeys them and answers with a `Result`: codes and values, which `wording` turns into text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from bot.commands.budget_model import AskForMore, Cheaper, Decide, LiftFuse, SetBudget, SetLimit, ShowBudget
from bot.commands.privacy_model import PrivacyCommand
from bot.commands.token_model import TokenCommand
from bot.commands.usage_model import ShowReasons, ShowUsage
from bot.commands.workspace_model import WorkspaceCommand
from bot.conversation.ids import ThreadKey
from bot.conversation.places import Channel, Place
from bot.errors import Problem
from bot.policy.preferences import PERSONA, PREFERENCES, Level, Value
from bot.usage.ledger import Vote

Listing = Literal["allow", "deny"]
Kind = Literal["users", "groups", "channels"]
Switch = Literal["guests", "outsiders", "bots", "dms"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who gives a command, as the surface has proved it, never as somebody wrote it. `locale` is the language that
    they are answered in; `place` is where they give it, None for what stands at no place, such as a form."""

    surface: str
    workspace: str
    user: str
    locale: str = "en"
    place: Place | None = None


# -- in a thread


@dataclass(frozen=True, slots=True)
class Stop:
    """End the answer that is being written in a thread; what is written stays.

    `newest` names the turn, if a button under its answer was used. `ts` is the message that said so, if it was said in
    words: it can stop only what was asked before it.
    """

    act: ClassVar[str] = "answer.stop"
    thread: ThreadKey
    newest: str | None = None
    ts: str | None = None


@dataclass(frozen=True, slots=True)
class Regenerate:
    """Rewrite the answer to the message `newest`, in its place."""

    act: ClassVar[str] = "answer.again"
    thread: ThreadKey
    newest: str


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on where the answer to the message `newest` was cut at the model's length limit."""

    act: ClassVar[str] = "answer.continue"
    thread: ThreadKey
    newest: str


@dataclass(frozen=True, slots=True)
class Rate:
    """Say whether the answer to the message `newest` was good, and perhaps why."""

    act: ClassVar[str] = "answer.feedback"
    thread: ThreadKey
    newest: str
    vote: Vote
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PickPersona:
    """Offer the personas that could answer in a thread. `starter` as in `Choose`."""

    act: ClassVar[str] = PERSONA.act("thread")
    thread: ThreadKey
    starter: str | None = None


# -- what applies


@dataclass(frozen=True, slots=True)
class Explain:
    """Say who answers in a thread, or in new ones at a place, and why."""

    act: ClassVar[str] = "persona.explain"
    where: ThreadKey | Place


@dataclass(frozen=True, slots=True)
class Choose:
    """Choose a preference at one level; `value` None takes the choice back.

    `where` is where the command was given: a choice for a thread or a channel holds there. `starter` wrote the first
    message of the thread, if the surface has proved that with the command.
    """

    preference: str
    value: Value | None
    level: Level
    where: ThreadKey | Place
    starter: str | None = None

    @property
    def act(self) -> str:
        return PREFERENCES[self.preference].act(self.level)


@dataclass(frozen=True, slots=True)
class ShowModels:
    """Which models may be chosen, and which one answers at a place."""

    act: ClassVar[str] = "settings.show"
    place: Place


@dataclass(frozen=True, slots=True)
class ShowSettings:
    act: ClassVar[str] = "settings.show"
    place: Place


# -- personas


@dataclass(frozen=True, slots=True)
class ListPersonas:
    """All personas, with a mark at the one that answers at the place."""

    act: ClassVar[str] = "persona.list"
    place: Place


@dataclass(frozen=True, slots=True)
class ShowPersona:
    act: ClassVar[str] = "persona.show"
    name: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ShowHistory:
    act: ClassVar[str] = "persona.history"
    name: str


@dataclass(frozen=True, slots=True)
class Compare:
    """`new` is None for the present version."""

    act: ClassVar[str] = "persona.history"
    name: str
    old: int
    new: int | None = None


@dataclass(frozen=True, slots=True)
class OpenForm:
    """Offer a form; only people who may send it see it. `name` is the persona to edit, empty for the others."""

    kind: Literal["new", "edit", "import"]
    name: str = ""

    @property
    def act(self) -> str:
        return f"persona.{self.kind}"


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Read a persona from YAML, to be looked at in a form. Nothing is saved."""

    act: ClassVar[str] = "persona.import"
    text: str


@dataclass(frozen=True, slots=True)
class Save:
    """What a form holds. `based_on` is the version that was edited, None for a new persona."""

    fields: Mapping[str, object]
    based_on: int | None

    @property
    def act(self) -> str:
        return "persona.new" if self.based_on is None else "persona.edit"


@dataclass(frozen=True, slots=True)
class Preview:
    """Ask one question of a draft, as its form holds it. The answer is seen by the actor alone and kept nowhere."""

    act: ClassVar[str] = "persona.new"
    fields: Mapping[str, object]
    question: str


@dataclass(frozen=True, slots=True)
class Copy:
    act: ClassVar[str] = "persona.copy"
    name: str
    new: str


@dataclass(frozen=True, slots=True)
class Restore:
    act: ClassVar[str] = "persona.restore"
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class Delete:
    """`anyway`: also where it is in use."""

    act: ClassVar[str] = "persona.delete"
    name: str
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    act: ClassVar[str] = "persona.export"
    name: str


# -- people, usage, privacy


@dataclass(frozen=True, slots=True)
class ShowAdmins:
    act: ClassVar[str] = "admins.list"
    place: Place


@dataclass(frozen=True, slots=True)
class Appoint:
    """Add or remove an admin; a manager of the `channel`, if there is one."""

    user: str
    add: bool
    place: Place
    channel: Channel | None = None

    @property
    def act(self) -> str:
        return "managers.set" if self.channel else "admins.add" if self.add else "admins.remove"


@dataclass(frozen=True, slots=True)
class ShowAccess:
    """Who is answered."""

    act: ClassVar[str] = "access.show"


@dataclass(frozen=True, slots=True)
class Admit:
    """Put somebody or something on a list of those who are answered or not, or take it off."""

    act: ClassVar[str] = "access.set"
    listing: Listing
    kind: Kind
    id: str
    add: bool = True


@dataclass(frozen=True, slots=True)
class SetSwitch:
    """Answer a kind of people, or not."""

    act: ClassVar[str] = "access.set"
    switch: Switch
    on: bool


@dataclass(frozen=True, slots=True)
class ShowAudit:
    """`by` is a user's id, `of` an act, or the first part of several; empty for all."""

    act: ClassVar[str] = "audit.read"
    most: int = 10
    by: str = ""
    of: str = ""


# -- the Home tab


@dataclass(frozen=True, slots=True)
class ShowHome:
    """All that the actor may see of the bot at a glance."""

    act: ClassVar[str] = "persona.explain"


@dataclass(frozen=True, slots=True)
class TryPersona:
    """Begin a thread in the actor's direct messages, in which a persona answers: whether the surface may open it."""

    act: ClassVar[str] = PERSONA.act("person")
    name: str


@dataclass(frozen=True, slots=True)
class AskSuggested:
    """Ask a suggested prompt in a thread, as if the actor had written it there."""

    act: ClassVar[str] = "answer.ask"
    thread: ThreadKey
    text: str


ThreadCommand = Stop | Regenerate | Continue | Rate | PickPersona
PreferenceCommand = Explain | Choose | ShowSettings | ShowModels
PersonaQuestion = ListPersonas | ShowPersona | ShowHistory | Compare | Export | OpenForm | ReadFile | Preview
PersonaChange = Save | Copy | Restore | Delete
AdminCommand = ShowAdmins | Appoint | ShowAccess | Admit | SetSwitch | ShowAudit | ShowReasons
OwnCommand = ShowUsage | PrivacyCommand | ShowHome | TryPersona | AskSuggested
BudgetCommand = ShowBudget | SetBudget | SetLimit | AskForMore | Cheaper | Decide | LiftFuse
Command = (
    ThreadCommand
    | PreferenceCommand
    | PersonaQuestion
    | PersonaChange
    | AdminCommand
    | OwnCommand
    | TokenCommand
    | BudgetCommand
    | WorkspaceCommand
)
"""Each has an `act`: what the table of rights calls it."""


@dataclass(frozen=True, slots=True)
class Help:
    """What can be written after a slash command, or after one `verb` of it. It needs no right and touches nothing.
    `problem` is what could not be understood, None if help was asked for."""

    command: str
    problem: Problem | None = None
    verb: str = ""
