"""What is known of a thread's past, from our own store and from Slack."""

from dataclasses import dataclass

from bot.conversation.messages import Message


@dataclass(frozen=True, slots=True)
class Past:
    """What is remembered of a thread, oldest first. Up to the message `known` nothing of it was missed; "0": nothing is
    known for certain, not even how the thread began. `locked` more messages are kept encrypted with a key that is
    missing."""

    messages: tuple[Message, ...] = ()
    known: str = "0"
    locked: int = 0


@dataclass(frozen=True, slots=True)
class Earlier:
    """What Slack told of a thread, oldest first. `left_out` older messages were more than was asked for.

    `read_to` is the `ts` up to which Slack let us read; None when that is all. What it told beyond that is the newest
    then. `gap`: before the messages there are more, nobody can tell how many.
    """

    messages: tuple[Message, ...] = ()
    left_out: int = 0
    read_to: str | None = None
    gap: bool = False
