"""Commands that people give in words, in a thread: a message that consists of nothing else."""

import re

from bot.commands.model import Choose, Explain, Stop
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Message
from bot.policy.preferences import FOLLOW, PERSONA
from bot.ports import World

Spoken = Stop | Choose | Explain
_NAME = re.compile(r"persona ([\w-]{1,40})", re.IGNORECASE)


def spoken(
    thread: ThreadKey, message: Message, starter: str | None, *, addressed: bool, followed: bool
) -> Spoken | None:
    """The command that a message consists of; None for everything that is said to the model.

    `addressed`: the message mentions the bot. Without that it obeys only "stop", and in a thread that it follows
    "stop following". `starter` wrote the first message of the thread, None if that is not known.
    """
    words = " ".join(message.text.split()).rstrip(".!")
    match words.casefold():
        case "stop":
            return Stop(thread, ts=message.ts)
        case "follow this thread" if addressed:
            return Choose(FOLLOW.name, True, "thread", thread, starter)
        case "stop following" | "stop following this thread" if addressed or followed:
            return Choose(FOLLOW.name, False, "thread", thread, starter)
        case "persona" | "persona list" | "persona help" if addressed:
            return Explain(thread)
    named = _NAME.fullmatch(words) if addressed else None
    return Choose(PERSONA.name, named[1], "thread", thread, starter) if named else None


async def meant(command: Spoken, world: World) -> bool:
    """Whether words that may be a command are one here. "stop" is one only while there is something to stop."""
    if isinstance(command, Stop):
        return bool(await world.inbox.askers(command.thread, before=command.ts))
    return True
