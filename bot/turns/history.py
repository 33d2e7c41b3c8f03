"""What was said in a thread before a turn: what is remembered of it, and what the surface knows beyond that.

The surface is asked when the bot comes into a thread that is under way, and when a thread is taken up again after a
pause: its events may not have reached us meanwhile. What it tells is remembered, so that it is asked once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.conversation.history import Past
from bot.conversation.ids import order
from bot.conversation.messages import Message
from bot.ports import World
from bot.turns.state import Turn

MAX_PAUSE = 300  # seconds; what was missed in a shorter time, the surface still brings by itself


@dataclass(frozen=True, slots=True)
class Recalled:
    """Oldest first. `left_out` earlier messages were too many; `unread`: some that there are could not be read, of
    which `newest` says that they are the latest; `locked` are kept encrypted with a key that is missing."""

    messages: Sequence[Message] = ()
    left_out: int = 0
    unread: bool = False
    locked: int = 0
    newest: bool = False


async def recall(turn: Turn, world: World, since: str = "0") -> Recalled:
    """The past of the turn's thread, back to the place `since`. May raise LeaseLost."""
    thread, most = turn.batch.thread, world.limits.context_messages
    past = _since(await known(turn, world), since)
    if most == 0 or not _may_lack(past, turn):
        return Recalled(past.messages, unread=turn.since != "0", locked=past.locked)
    earlier = await world.transcript.earlier(thread, before=turn.newest, after=past.known, most=most)
    await world.history.keep(turn, earlier)
    read_to = earlier.read_to
    unread = earlier.gap or (read_to is not None and (past.known == "0" or bool(earlier.messages)))
    newest = read_to is not None and order(read_to) > order(past.known)
    if earlier.messages:  # some of it may be known, wait to be answered, or be deleted by now
        past = _since(await world.history.load(thread), since)
    unread = unread or turn.since != "0"
    return Recalled(past.messages, earlier.left_out, unread, past.locked, newest)


async def known(turn: Turn, world: World) -> Past:
    """What is remembered of the thread, as it was when the turn began."""
    return turn.ahead.past if turn.ahead else await world.history.load(turn.batch.thread)


def _since(past: Past, since: str) -> Past:
    """What is older may not be read any more, and is not looked for."""
    recent = tuple(message for message in past.messages if order(message.ts) >= order(since))
    return replace(past, messages=recent, known=max(past.known, since, key=order))


def _may_lack(past: Past, turn: Turn) -> bool:
    """Whether something may have been said that we do not know of."""
    said = [message.ts for message in turn.batch.everything]
    if said[0] == turn.batch.thread.root:
        return False
    return any(order(late) - order(early) > MAX_PAUSE * 1_000_000 for early, late in pairwise([past.known, *said]))
