"""What people and the bot say: messages, their files and authors, and batches of messages."""

from dataclasses import dataclass
from typing import Literal

from bot.conversation.ids import ThreadKey, order
from bot.conversation.plain import visible

Kind = Literal["answer", "notice", "apology"]
"""What the bot says: the model's words; or its own, of which a model is told nothing: how things are, or went wrong."""
Standing = Literal["member", "guest", "outsider", "bot"]
"""What a message itself says of its author: of our workspace, restricted there, of another workspace, or an app."""


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
    name empty, and they have no right that depends on a fact. `is_hidden`: they are not known, and asking again would
    not help, because Slack has no such person or does not show them to us.

    `is_admin` and `is_owner` are of our own workspace; a guest is restricted to some channels of it, an outsider
    belongs to another workspace. Who `is_deactivated` was one of these once, and has no right at all.
    """

    name: str = ""
    known: bool = False
    is_admin: bool = False
    is_owner: bool = False
    is_guest: bool = False
    is_outsider: bool = False
    is_bot: bool = False
    is_deactivated: bool = False
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """What a message passes on of another one, as Markdown with tokens; empty if that is not read. `author` is an id as
    in a message; empty where the surface does not tell. `files` are the ids of files that came with it, and stand among
    the message's."""

    text: str
    author: str = ""
    files: tuple[str, ...] = ()

    @property
    def unread(self) -> bool:
        """Nothing of it is there."""
        return not (self.text or self.files)


@dataclass(frozen=True, slots=True)
class Message:
    """What a person or the bot said.

    `text` is Markdown in which whoever is mentioned stands as a token (see `mentions`). `ts` is Slack's message id and
    its place in the thread; never a float. `author` is a user id, or a bot id where another bot spoke. `kind` is what
    the bot's own words are; None for those of people and of other bots. `name` is what the author is called, where the
    message itself tells; mostly empty. `author_is` is what the message tells of the author's standing; mostly None.
    `quotes` are what a person has forwarded or linked in it. `continues` names the answer that shall go on, by the
    newest message that it answered; mostly empty. `tail` is what stands in the last message of an answer that may
    go on.
    """

    ts: str
    author: str
    text: str
    kind: Kind | None = None
    files: tuple[File, ...] = ()
    name: str = ""
    author_is: Standing | None = None
    quotes: tuple[Quote, ...] = ()
    continues: str = ""
    tail: str = ""

    @property
    def says_something(self) -> bool:
        """Whether there is anything that can be seen."""
        return bool(self.files or self.quotes or visible(self.text).strip())

    @property
    def role(self) -> Literal["user", "assistant"]:
        """Who speaks, for the model."""
        return "user" if self.kind is None else "assistant"


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
