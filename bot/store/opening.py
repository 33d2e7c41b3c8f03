"""How a turn opens: in one step its batch is taken, and what it needs next is read with it."""

from dataclasses import fields

from bot.conversation.ids import ThreadKey
from bot.store.keys import Keys, QueueKeys, shared
from bot.store.preferences import reading
from bot.store.turn_scripts import ASKER, Begin
from bot.turns.state import Lease


def begin(keys: Keys, queue: QueueKeys, lease: Lease, most: int, keep_for: int, seen: str) -> Begin:
    """`seen` is the state of the access list that is known."""
    thread: ThreadKey = lease.thread
    rules = reading(keys, thread, ASKER, seen)
    return Begin(
        state=queue.state,
        said=keys.messages(thread),
        waiting=keys.waiting(thread),
        heard=keys.heard(thread),
        past=keys.past(thread),
        turn=keys.turn(thread),
        turns=keys.turns(thread),
        thread=str(thread),
        token=lease.token,
        most=most,
        keep_for=keep_for,
        cooled=shared(keys.prefix, "cooled"),
        **{each.name: getattr(rules, each.name) for each in fields(rules)},
    )
