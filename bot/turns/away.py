"""What was deleted in Slack while no replica listened is not shown to the model, and not answered.

Whoever takes a thread up again that is older than the last such time looks once at what still stands in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from bot.conversation.ids import ThreadKey, just_after, order
from bot.conversation.messages import Message
from bot.ports import World
from bot.turns.history import known
from bot.turns.state import Turn

STILL_TOLD = 300.0  # seconds: of what was deleted in a shorter time, Slack still tells by itself
MOST_CHECKED = 10_000  # threads


@dataclass(slots=True)
class Away:
    """When nobody listened last, in seconds since 1970; 0.0 if that was never so. `checked` are threads that were
    looked at after that."""

    since: float = 0.0
    until: float = 0.0
    checked: set[ThreadKey] = field(default_factory=set)

    def was(self, since: float, until: float) -> None:
        if until != self.until:
            self.checked.clear()
        self.since, self.until = since, until


async def look_again(turn: Turn, world: World) -> None:
    """Drop what is gone, from what is asked as well. Where Slack does not let us look after a longer time, what was
    said before is left out of this answer. May raise LeaseLost."""
    away, thread = world.away, turn.batch.thread
    if away is None or thread in away.checked or order(thread.root) >= away.until * 1_000_000:
        return
    said = (*(await known(turn, world)).messages, *turn.batch.everything)
    if not any(message.kind is None and order(message.ts) < away.until * 1_000_000 for message in said):
        return
    present = await world.transcript.present(thread, just_after(turn.newest))
    if present is None:
        if away.until - away.since > STILL_TOLD:
            turn.since = f"{away.until:.6f}"
        return
    gone = _gone(said, present, thread, away.until)
    for message in gone:
        await world.inbox.drop(thread, message.ts)
    turn.ahead = None if gone else turn.ahead
    asked, heard = (tuple(m for m in some if m not in gone) for some in (turn.batch.messages, turn.batch.heard))
    turn.batch = replace(turn.batch, messages=asked, heard=heard)
    if len(away.checked) >= MOST_CHECKED:
        away.checked.clear()
    away.checked.add(thread)


def _gone(messages: Iterable[Message], present: frozenset[str], thread: ThreadKey, until: float) -> list[Message]:
    """What people said before that and does not stand there any more. What a button has asked for them never did: it
    has its place right after the message with the button."""
    said = list(messages)
    places = {order(ts) for ts in (*present, thread.root, *(message.ts for message in said))}
    return [
        message
        for message in said
        if message.kind is None
        and message.ts not in present
        and order(message.ts) < until * 1_000_000
        and order(message.ts) - 1 not in places
    ]
