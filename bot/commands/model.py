"""What can people ask of the bot by slash command, by form or on its Home tab, and which right does it take?"""

from dataclasses import dataclass, replace
from typing import Literal

from bot.conversation.ids import UNTOLD, ThreadKey
from bot.personas.persona import Persona
from bot.policy.roles import Act

Where = Literal["here", "me", "workspace"]
Choice = Literal["persona", "model", "policy", "footer", "feedback"]
Listing = Literal["allow", "deny"]
Kind = Literal["users", "groups", "channels", "switch"]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and where a thread of theirs would begin: no message has its root. Both as Slack signed them, never as
    somebody wrote them."""

    user: str
    thread: ThreadKey

    @property
    def channel(self) -> str:
        return self.thread.channel

    @property
    def direct(self) -> bool:
        return self.thread.direct

    @property
    def privately(self) -> "Asker":
        """The same person in their direct messages."""
        return self if self.direct else replace(self, thread=replace(self.thread, channel=UNTOLD, direct=True))


@dataclass(frozen=True, slots=True)
class Explain:
    """Who answers here, and why?"""


@dataclass(frozen=True, slots=True)
class List:
    pass


@dataclass(frozen=True, slots=True)
class Show:
    name: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    name: str


@dataclass(frozen=True, slots=True)
class Compare:
    """`new` is None for the present version."""

    name: str
    old: int
    new: int | None = None


@dataclass(frozen=True, slots=True)
class Choose:
    """`value` None takes a choice back. Without `where` it holds where it is said: in direct messages for oneself."""

    what: Choice
    value: str | bool | None
    where: Where | None = None


@dataclass(frozen=True, slots=True)
class OpenForm:
    """The edge shows the form; whoever may not send it need not see it."""

    kind: Literal["new", "edit", "import"]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Save:
    """What a form holds. `based_on` is the version that was edited, None for a new persona. May raise Conflict."""

    persona: Persona
    based_on: int | None


@dataclass(frozen=True, slots=True)
class Copy:
    name: str
    new: str


@dataclass(frozen=True, slots=True)
class Restore:
    name: str
    version: int


@dataclass(frozen=True, slots=True)
class Delete:
    name: str
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    name: str


@dataclass(frozen=True, slots=True)
class ShowSettings:
    pass


@dataclass(frozen=True, slots=True)
class ShowUsage:
    """`month` as 2026-11; None for the present one."""

    everyone: bool = False
    month: str | None = None


@dataclass(frozen=True, slots=True)
class Forget:
    """A thread; None: everything that the asker said, if they are `sure`."""

    thread: ThreadKey | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class ForgetLink:
    """The same, of the thread behind a link: the edge knows which that is."""

    channel: str
    root: str


@dataclass(frozen=True, slots=True)
class ShowAdmins:
    pass


@dataclass(frozen=True, slots=True)
class Appoint:
    """Add or remove an admin; one of this channel only, if `here`."""

    user: str
    add: bool
    here: bool = False


@dataclass(frozen=True, slots=True)
class ShowAccess:
    pass


@dataclass(frozen=True, slots=True)
class Admit:
    """Add to, or remove from, the list of whom the bot answers or does not; a `switch` has two states and no list."""

    listing: Listing
    kind: Kind
    id: str
    add: bool = True


@dataclass(frozen=True, slots=True)
class ShowAudit:
    most: int = 10


@dataclass(frozen=True, slots=True)
class Help:
    """`problem` is what could not be understood, `verb` the word that the help is about; both may be empty."""

    command: str
    problem: str = ""
    verb: str = ""


Command = (
    Explain | List | Show | History | Compare | Choose | OpenForm | Save | Copy | Restore | Delete | Export
    | ShowSettings | ShowUsage | Forget | ShowAdmins | Appoint | ShowAccess | Admit | ShowAudit
)  # fmt: skip

RIGHTS: dict[type, Act] = {
    Explain: "persona.explain",
    List: "persona.list",
    Show: "persona.show",
    History: "persona.history",
    Compare: "persona.history",
    Copy: "persona.copy",
    Restore: "persona.restore",
    Delete: "persona.delete",
    Export: "persona.export",
    ShowSettings: "settings.show",
    ShowAdmins: "admins.list",
    ShowAccess: "access.show",
    Admit: "access.set",
    ShowAudit: "audit.read",
}
"""Which right a command needs, where that does not depend on what it says."""
_CHOOSE: dict[tuple[Choice, Where], Act] = {
    ("persona", "here"): "persona.use-here",
    ("persona", "me"): "persona.use-me",
    ("persona", "workspace"): "persona.use-workspace",
    ("model", "here"): "model.set-channel",
    ("model", "workspace"): "model.set-workspace",
    ("policy", "here"): "policy.set-channel",
    ("policy", "workspace"): "policy.set-workspace",
    ("footer", "here"): "footer.set-channel",
    ("footer", "workspace"): "footer.set-workspace",
    ("feedback", "here"): "feedback.set-channel",
    ("feedback", "workspace"): "feedback.set-workspace",
}


def right(command: Command, asker: Asker) -> Act:
    """What one has to be allowed to do to be obeyed."""
    match command:
        case Choose(what):
            return _CHOOSE[what, where(command, asker)]
        case OpenForm(kind):
            return "persona.new" if kind == "new" else "persona.edit" if kind == "edit" else "persona.import"
        case Save(_, based_on):
            return "persona.new" if based_on is None else "persona.edit"
        case ShowUsage(everyone):
            return "usage.all" if everyone else "usage.mine"
        case Forget(thread):
            return "forget.me" if thread is None else "forget.thread"
        case Appoint(_, add, here):
            return "managers.set" if here else "admins.add" if add else "admins.remove"
    return RIGHTS[type(command)]


def where(command: Choose, asker: Asker) -> Where:
    """Where a choice holds that does not say so: here, which in direct messages means oneself."""
    if command.where is not None and command.where != "here":
        return command.where
    return "me" if command.what == "persona" and asker.direct else "here"
