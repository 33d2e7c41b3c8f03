"""What a running turn notes for whoever takes it over: one step each time, with all that there is to be noted then."""

from collections.abc import Sequence

from bot.personas import persona as personas
from bot.store import records
from bot.store.keys import Keys, QueueKeys
from bot.store.turn_scripts import Mark
from bot.turns.state import Turn
from bot.usage.ledger import Booking


def mark(
    keys: Keys, queue: QueueKeys, turn: Turn, keep_for: int, noted: Sequence[str], taken: Sequence[Booking]
) -> Mark:
    """`noted` is field, value, … Beside it goes what was taken until now, and whom the thread keeps."""
    thread, token, keeps = turn.batch.thread, turn.lease.token, turn.keeps
    fields, values = tuple(noted[::2]), tuple(noted[1::2])
    if taken:
        fields, values = (*fields, f"taken:{token}"), (*values, records.write_bookings(taken))
    return Mark(
        state=queue.state,
        turn=keys.turn(thread),
        chosen=keys.chosen(thread),
        thread=str(thread),
        token=token,
        fields=fields,
        values=values,
        keep_for=keep_for,
        persona=keeps.name if keeps else "",
        key=personas.key(keeps.name) if keeps else "",
        version=keeps.version if keeps else 0,
        retention=keeps.retention if keeps else 0,
    )
