"""What can people ask of the bot itself, by a button or in words, and what becomes of it?"""

from dataclasses import dataclass

from bot import rights
from bot.ports import World
from bot.thread import Message, ThreadKey


@dataclass(frozen=True, slots=True)
class Stop:
    """End the answer that is being written in a thread; what is written stays.

    `newest` names the turn, if a button under its answer was used. `ts` is the message that said so, if it was said in
    words: it can stop only what was asked before it.
    """

    thread: ThreadKey
    user: str
    newest: str | None = None
    ts: str | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """Write the answer to the message `newest` anew, in its place."""

    thread: ThreadKey
    user: str
    newest: str


Command = Stop | Again

REFUSED = "Only those who asked, and admins, may do that."
NOTHING_RUNS = "There is nothing to stop: I am not writing an answer here."
NOT_AGAIN = {
    "busy": "I am still answering in this thread. Please try again when I am done.",
    "old": "I can only do my newest answer in a thread again.",
    "unknown": "I do not remember this question any more. Please ask it again.",
}


async def act(command: Command, world: World) -> str | None:
    """Do it, if they may. Returns what to tell this person alone; None when the thread shows it."""
    match command:
        case Stop(thread, user, newest, ts):
            askers = await world.inbox.askers(thread, before=ts)
            if not askers:
                return NOTHING_RUNS
            if ts is not None and not await world.inbox.first_time(thread, ts):
                return None  # Slack tells it twice, or again
            if not await _may_steer(user, askers, world):
                return REFUSED
            return None if await world.inbox.stop(thread, newest) else NOTHING_RUNS
        case Again(thread, user, newest):
            record = await world.inbox.record(thread, newest)
            if record is None:
                return NOT_AGAIN["busy" if await world.inbox.askers(thread) else "unknown"]
            if not await _may_steer(user, set(record.askers), world):
                return REFUSED
            return NOT_AGAIN.get(await world.inbox.again(thread, newest))


def spoken(thread: ThreadKey, message: Message) -> Command | None:
    """The command that a message consists of; None for everything that is said to the model."""
    words = message.text.strip().rstrip(".!").casefold()
    return Stop(thread, message.author, ts=message.ts) if words == "stop" else None


async def _may_steer(user: str, askers: set[str], world: World) -> bool:
    return rights.may_steer(user, askers, admin=user not in askers and await world.chat.is_admin(user))
