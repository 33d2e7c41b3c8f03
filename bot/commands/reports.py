"""What commands show: typed values, which each surface lays out in its own way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.commands.usage_model import UsageOf
from bot.errors import Problem
from bot.personas.persona import Persona
from bot.policy.preferences import Access, Choices, Entry, Rules, Version
from bot.policy.tokens import Token
from bot.privacy.handling import Handling
from bot.turns.notices import Notice
from bot.turns.state import Taken
from bot.usage.budgets import Budget, Numbers, Standing
from bot.usage.ledger import By, Reason, Spent
from bot.usage.reports import People, Shares


@dataclass(frozen=True, slots=True)
class WhoAnswers:
    """Who answers in new threads at a place; in direct messages if `direct`."""

    rules: Rules
    direct: bool


@dataclass(frozen=True, slots=True)
class WhoAnswersInThread:
    """Who answers in one thread. `personas` could answer instead; `more` beyond these are left out."""

    rules: Rules
    personas: Sequence[Persona]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """What applies at a place; to one person in direct messages if `direct`."""

    rules: Rules
    direct: bool


@dataclass(frozen=True, slots=True)
class Personas:
    """All that can be chosen, by name. `answers` is the name of the one that answers where they were asked for."""

    personas: Sequence[Persona]
    answers: str


@dataclass(frozen=True, slots=True)
class OnePersona:
    """`hidden`: its prompt is not for whoever asked, and left out."""

    persona: Persona
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Versions:
    """Newest first; empty for what was never changed. `built_in`: version 0 comes with the product."""

    name: str
    versions: Sequence[Version]
    built_in: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """`difference` is a unified diff of the two as YAML; empty when they are equal."""

    old: Persona
    new: Persona
    difference: str


@dataclass(frozen=True, slots=True)
class PersonaFile:
    persona: Persona
    yaml: str


@dataclass(frozen=True, slots=True)
class Form:
    """What a form is filled with. `persona` is None for an empty one; `based_on` the version that saving changes,
    None for a persona that will be new."""

    persona: Persona | None = None
    based_on: int | None = None


@dataclass(frozen=True, slots=True)
class Problems:
    """What is wrong with what was written, by field; `""` is what concerns the whole."""

    fields: Mapping[str, Problem]


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A persona that somebody else has changed meanwhile. `current` is None if it was deleted; `latest` is what was
    done to it last, None if that is not known."""

    name: str
    current: Persona | None
    latest: Version | None


@dataclass(frozen=True, slots=True)
class Previewed:
    """What a draft answered, and what that took."""

    name: str
    text: str
    taken: Taken
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Notified:
    """What a limit has to say."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class Stood:
    """How things stand with a budget; it `resets` so many seconds since 1970."""

    budget: Budget
    standing: Standing
    resets: float


@dataclass(frozen=True, slots=True)
class BudgetReport:
    """What applies to somebody at a place. `minute` and `at_once` are questions; 0: any number."""

    rows: Sequence[Stood]
    minute: int = 0
    at_once: int = 0
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class UsageReport:
    """What was used in a month that is `past` or still runs, and in each of its `days` until now.

    `before` is what was used in the month before until the same day; None where that is not known. `parts` are the
    largest of each kind, and `last` what these had used in the whole month before; both only of everyone. `people` says
    how people are called, `names` are those of channels that are public, by id, and `programs` those of tokens, by what
    stands in the place of their channel.
    """

    of: UsageOf
    id: str
    month: str
    past: bool
    spent: Spent
    days: Mapping[str, Spent] = field(default_factory=dict)
    before: Spent | None = None
    parts: Mapping[By, Shares] = field(default_factory=dict)
    last: Mapping[By, Mapping[str, Spent]] = field(default_factory=dict)
    people: People = "off"
    names: Mapping[str, str] = field(default_factory=dict)
    programs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reasons:
    """What people wrote with their thumbs, the latest first. `named`: with who wrote it."""

    given: Sequence[Reason]
    named: bool


@dataclass(frozen=True, slots=True)
class Admins:
    """Who manages the bot; `channel` is the one whose managers are asked for, None in direct messages."""

    access: Access
    channel: str | None


@dataclass(frozen=True, slots=True)
class WhoIsAnswered:
    """`explained`: with how the lists work."""

    access: Access
    explained: bool = False


@dataclass(frozen=True, slots=True)
class AuditLog:
    """The latest administrative acts, newest first. `filtered`: of those that were asked for."""

    entries: Sequence[Entry]
    filtered: bool = False


@dataclass(frozen=True, slots=True)
class TokenList:
    """Tokens, with the time when each was used last, in seconds since 1970. `numbers` are what those may use that have
    a budget of their own, by what stands in the place of their channel."""

    tokens: Mapping[Token, float | None]
    numbers: Mapping[str, Numbers] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class InForce:
    """What applies in the workspace, where nobody has chosen otherwise. `models` can be chosen, as far as they are
    known; `minute` and `at_once` are how many questions each person may ask, 0: any number."""

    rules: Rules
    models: Sequence[str] = ()
    minute: int = 0
    at_once: int = 0


@dataclass(frozen=True, slots=True)
class ForAdmins:
    """What only admins see. `days` are those of the month until now; `channels` those with choices of their own."""

    everyone: Spent
    days: Mapping[str, Spent]
    workspace: Choices
    channels: Mapping[str, Choices]
    latest: Sequence[Entry]
    reasons: Reasons
    access: Access = field(default_factory=Access)


@dataclass(frozen=True, slots=True)
class Overview:
    """All that somebody sees of the bot at a glance; what they have no right to see is None.

    `mine` is the name of the persona that they have chosen for direct messages, if any; `answers` is who answers there.
    """

    month: str
    answers: Persona
    mine: str | None
    personas: Sequence[Persona] | None
    spent: Spent | None
    for_admins: ForAdmins | None
    handling: Handling
    tokens: TokenList | None = None
    """None for who may not make any."""
    budgets: Sequence[Stood] = ()
    in_force: InForce | None = None
    own_server: str | None = None
    """The host of the workspace's own server, empty if there is none; None for who may set none."""


@dataclass(frozen=True, slots=True)
class Privacy:
    """What becomes of what somebody writes at a place."""

    handling: Handling


@dataclass(frozen=True, slots=True)
class ServerForm:
    """What is set of a workspace's own server, but its key; empty for none."""

    url: str
    models: Sequence[str]


Report = (
    WhoAnswers | WhoAnswersInThread | Settings | Personas | OnePersona | Versions | Comparison | PersonaFile
    | Form | Problems | Overtaken | Previewed | Notified | BudgetReport | UsageReport | Reasons
    | Admins | WhoIsAnswered | AuditLog | Privacy | Overview | TokenList | ServerForm
)  # fmt: skip
