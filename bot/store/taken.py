"""What a running turn has taken so far, noted for whoever takes it over."""

from collections.abc import Sequence
from contextlib import suppress

from bot.errors import LeaseLost, Unavailable
from bot.store import records
from bot.store.budget_scripts import NoteTaken
from bot.store.client import Client
from bot.store.keys import Keys, QueueKeys
from bot.turns.state import Turn
from bot.usage.ledger import Booking


async def note(client: Client, keys: Keys, queue: QueueKeys, turn: Turn, bookings: Sequence[Booking]) -> None:
    """Where Redis is away the answer goes on all the same: the next note tells more. May raise LeaseLost."""
    thread = turn.batch.thread
    script = NoteTaken(
        state=queue.state,
        turn=keys.turn(thread),
        thread=str(thread),
        token=turn.lease.token,
        taken=records.write_bookings(bookings),
    )
    with suppress(Unavailable):
        if not await client.call(script):
            raise LeaseLost("when noting what was taken")
