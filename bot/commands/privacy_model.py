"""What people can ask about what is kept of them: to have it forgotten, handed out, or told."""

from dataclasses import dataclass
from typing import ClassVar

from bot.conversation.ids import ThreadKey
from bot.conversation.places import Channel, Place


@dataclass(frozen=True, slots=True)
class ForgetMe:
    """Forget all that the actor said, and the `answers` to it, if `sure`; else ask whether they are."""

    act: ClassVar[str] = "forget.me"
    sure: bool = False
    answers: bool = False


@dataclass(frozen=True, slots=True)
class ForgetThread:
    """A thread that a link names: it may be anybody's. `given` is where the command was given."""

    act: ClassVar[str] = "forget.thread"
    thread: ThreadKey
    given: Place


@dataclass(frozen=True, slots=True)
class ForgetHere:
    """All threads of a channel, or the actor's direct messages."""

    place: Place

    @property
    def act(self) -> str:
        return "forget.here" if isinstance(self.place, Channel) else "forget.me"


@dataclass(frozen=True, slots=True)
class ExportMine:
    """A file with all that forgetting the actor would reach, for them alone."""

    act: ClassVar[str] = "export.me"


@dataclass(frozen=True, slots=True)
class ShowPrivacy:
    """What becomes of words at a place."""

    act: ClassVar[str] = "privacy.show"
    place: Place


@dataclass(frozen=True, slots=True)
class ReadMe:
    """Whether the actor's words may be read as context when others ask; None asks whether they are."""

    act: ClassVar[str] = "context.me"
    on: bool | None = None


@dataclass(frozen=True, slots=True)
class ShowForgetting:
    """How far it is with what the actor wanted to be forgotten: all that they said, or a channel."""

    act: ClassVar[str] = "forget.me"
    what: ForgetMe | ForgetHere


PrivacyCommand = ForgetMe | ForgetThread | ForgetHere | ShowForgetting | ExportMine | ShowPrivacy | ReadMe
