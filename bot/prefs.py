"""What did people choose, and whose choice wins?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bot.errors import BotError
from bot.persona import Persona
from bot.thread import ThreadKey

Policy = Literal["mention", "follow", "follow-until-other", "mute"]
"""When the bot speaks: if it is mentioned; then on in that thread; until people turn to one another; never."""
Origin = Literal["thread", "person", "channel", "workspace", "persona", "settings"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a choice holds. `id` is a channel's, a user's, or a thread as text; empty for the workspace."""

    kind: Literal["workspace", "channel", "person", "thread"]
    id: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind

    @classmethod
    def of(cls, thread: ThreadKey) -> "Scope":
        return cls("thread", str(thread))


WORKSPACE = Scope("workspace")


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen at one level; None: not chosen there. `version` goes with `persona`, and `follow` is chosen,
    in threads only."""

    persona: str | None = None
    version: int | None = None
    model: str | None = None
    footer: str | None = None
    policy: Policy | None = None
    feedback: bool | None = None
    follow: bool | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Who may be answered, and who may manage. Ids throughout; `managers` by channel.

    An empty `allowed_…` allows all. `appointed` are the admins whom the settings file names; nobody changes those
    in Slack.
    """

    allowed_users: frozenset[str] = frozenset()
    denied_users: frozenset[str] = frozenset()
    allowed_groups: frozenset[str] = frozenset()
    denied_groups: frozenset[str] = frozenset()
    allowed_channels: frozenset[str] = frozenset()
    denied_channels: frozenset[str] = frozenset()
    guests: bool = False
    outsiders: bool = False
    bots: bool = False
    direct_messages: bool = True
    admins: frozenset[str] = frozenset()
    managers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    appointed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rules:
    """What applies in one place to one person, and where each of it comes from.

    `persona` is as it answers: its parameters over those of the settings file. `origins` has an entry for each of
    "persona", "model", "footer", "policy" and "feedback". `pinned` says that the thread has its persona already.
    `gone` names a persona that was chosen here and has been deleted since; another answers in its place.
    """

    persona: Persona
    model: str
    footer: str
    policy: Policy
    feedback: bool
    origins: Mapping[str, Origin]
    access: Access = field(default_factory=Access)
    pinned: bool = False
    gone: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a persona's history. `at` in seconds since 1970; `changed` names fields, empty for the first."""

    persona: Persona
    by: str
    at: float
    changed: tuple[str, ...] = ()
    deed: Literal["saved", "restored", "deleted"] = "saved"


@dataclass(frozen=True, slots=True)
class Entry:
    """One administrative act. `what` it was done to; `before` and `after` are short: versions, never prompts."""

    by: str
    act: str
    what: str
    before: str = ""
    after: str = ""
    at: float = 0.0


class Conflict(BotError):
    """Somebody else has changed it meanwhile. `current` is None if it was deleted; nothing was saved."""

    def __init__(self, current: Persona | None) -> None:
        super().__init__("Somebody else has changed this persona meanwhile.", "persona changed meanwhile")
        self.current = current


class Unknown(BotError):
    """There is no persona, or no version, of that name. `nearest` is a name that was perhaps meant."""

    def __init__(self, shown: str, nearest: str | None = None) -> None:
        super().__init__(shown, "unknown persona")
        self.nearest = nearest


class InUse(BotError):
    """A persona is not deleted where it would vanish silently. `where` it is chosen, never empty."""

    def __init__(self, where: tuple[Scope, ...]) -> None:
        super().__init__("This persona is in use.", "persona in use")
        self.where = where


class Fixed(BotError):
    """It cannot be changed in Slack: the settings file's persona, or one that comes with the product."""
