"""Messages, turns and what remains of them, as they stand in Redis: written and read.

What cannot be read is passed over, unless a turn cannot be answered without it: then the reader raises Unreadable, or
Locked if the key for it is missing.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from bot.conversation.ids import ThreadKey, is_ts
from bot.conversation.messages import Batch, Message
from bot.errors import Locked, Unreadable
from bot.store import seal as sealing
from bot.store import unreadable
from bot.store.seal import Seal
from bot.store.turn_scripts import Begun
from bot.turns.state import Complete, Lease, Record, Turn
from bot.usage.ledger import Booking

_COUNT = TypeAdapter(Annotated[int, Field(ge=0, lt=2**31)])
_POSTED = TypeAdapter(tuple[str, ...])
_MESSAGE = TypeAdapter(Message)
_RECORD = TypeAdapter(Record)
_COMPLETE = TypeAdapter(Complete)
_BOOKINGS = TypeAdapter(tuple[Booking, ...])


WORDS = ("text", "name", "files", "quotes", "tail")
"""What of a message may be sealed."""


def write_message(seal: Seal, thread: ThreadKey, message: Message) -> str:
    if not seal.on:
        return _MESSAGE.dump_json(message, exclude_defaults=True).decode()
    fields = _MESSAGE.dump_python(message, mode="json", exclude_defaults=True)
    return seal.shut(with_quoted(fields), WORDS, sealing.of_message(thread))


def with_quoted(fields: dict[str, Any]) -> dict[str, Any]:
    """A message's fields, with the ids of those whom it quotes in clear: who is forgotten is found by them."""
    quotes = fields.get("quotes")
    found = [quote.get("author") for quote in quotes if isinstance(quote, dict)] if isinstance(quotes, list) else []
    return {**fields, "quoted": found} if any(found) else fields


def write_record(record: Record) -> str:
    return _RECORD.dump_json(record).decode()


def write_complete(seal: Seal, thread: ThreadKey, answer: Complete) -> str:
    if not seal.on:
        return _COMPLETE.dump_json(answer).decode()
    return seal.shut(_COMPLETE.dump_python(answer, mode="json"), None, sealing.of_answer(thread))


def write_bookings(bookings: Sequence[Booking]) -> str:
    return _BOOKINGS.dump_json(tuple(bookings)).decode()


def earlier(facts: Mapping[str, str], token: str) -> tuple[Booking, ...]:
    """What attempts before this one have taken, as far as it can be read."""
    noted = [facts[field] for field in sorted(facts) if field.startswith("taken:") and field != f"taken:{token}"]
    read = [unreadable.read(_BOOKINGS, text, "what an attempt has taken") or () for text in noted]
    return tuple(booking for bookings in read for booking in bookings)


def messages(seal: Seal, thread: ThreadKey, texts: Sequence[str]) -> tuple[Message, ...]:
    """Those that can be read; '' stands for one that is gone."""
    about, where = sealing.of_message(thread), f"a message in {thread}"
    found = (unreadable.opened(seal, _MESSAGE, text, about, where) for text in texts if text)
    return tuple(message for message in found if message and is_ts(message.ts))


def one(seal: Seal, thread: ThreadKey, text: str) -> Message | None:
    """Without its words, if the key for them is missing. None for one that cannot be read."""
    about, where = sealing.of_message(thread), f"a message in {thread}"
    found = unreadable.read(_MESSAGE, seal.open_or(text, about, {"text": ""}), where)
    return found if found and is_ts(found.ts) else None


def message(seal: Seal, thread: ThreadKey, ts: str, text: str) -> Message | None:
    """The one with this `ts`."""
    return next((found for found in messages(seal, thread, [text]) if found.ts == ts), None)


def record(thread: ThreadKey, text: str) -> Record | None:
    return unreadable.read(_RECORD, text, f"a turn's record in {thread}") if text else None


def posted(thread: ThreadKey, text: str) -> tuple[str, ...]:
    return unreadable.read(_POSTED, text, f"what was posted in {thread}") or ()


def locked(seal: Seal, thread: ThreadKey, texts: Sequence[str]) -> int:
    """How many of these messages are sealed with a key that is missing."""
    return sum(_is_locked(seal, thread, text) for text in texts)


def batch(seal: Seal, found: Begun, thread: ThreadKey) -> Batch:
    """What is answered, without what was deleted. Raises Unreadable if something that was said to the bot is lost."""
    asked: list[Message] = []
    heard: list[Message] = []
    for member, text, to_us in zip(found.members, found.messages, found.addressed, strict=True):
        known = message(seal, thread, member, text)
        if known is not None:
            (asked if to_us else heard).append(known)
        elif to_us:
            raise Locked() if _is_locked(seal, thread, text) else Unreadable("a message to be answered cannot be read")
    return Batch(thread, tuple(asked), tuple(heard))


def turn(seal: Seal, facts: dict[str, str], asked: Batch, lease: Lease) -> Turn:
    """Raises Unreadable."""
    newest, attempt = facts.get("newest", ""), _count(facts.get("attempt", ""), "attempt")
    if not attempt or not is_ts(newest):
        raise Unreadable("the turn has no attempt, or no newest message")
    return Turn(
        newest=newest,
        lease=lease,
        batch=asked,
        attempt=attempt,
        posted=unreadable.need(_POSTED, facts.get("posted", "[]"), "what the turn has posted"),
        intent=_count(facts["intent"], "intent") if "intent" in facts else None,
        complete=_complete(seal, facts["complete"], lease.thread) if "complete" in facts else None,
        again="again" in facts,
        earlier=earlier(facts, lease.token),
        passes=facts.get("passes") == "1",
        model=facts.get("model", ""),
    )


def _complete(seal: Seal, text: str, thread: ThreadKey) -> Complete | None:
    """None when the key for it is missing: then the model is asked anew."""
    try:
        return unreadable.need(_COMPLETE, seal.open(text, sealing.of_answer(thread)), "the turn's answer")
    except Locked as locked:
        unreadable.locked_up(f"an answer in {thread}", locked.key)
        return None


def remains(seal: Seal, found: Begun, lease: Lease) -> Turn:
    """A turn that cannot be read, with what is left of it. A message that is lost stands there without its words."""
    thread = lease.thread
    newest = found.facts["newest"] or (thread.root if is_ts(thread.root) else "0")
    pairs = list(zip(found.members, found.messages, strict=True)) or [(newest, "")]
    left = tuple(message(seal, thread, member, text) or Message(member, "", "") for member, text in pairs)
    odd = Unreadable("what is stored of it cannot be read")
    why = Locked() if locked(seal, thread, found.messages) else odd
    attempt, taken = int(found.facts["attempt"]), earlier(found.facts, lease.token)
    return Turn(newest, lease, Batch(thread, left), attempt=attempt, unreadable=why, earlier=taken)


def _is_locked(seal: Seal, thread: ThreadKey, text: str) -> bool:
    """Whether a message is sealed with a key that is missing."""
    try:
        seal.open(text, sealing.of_message(thread))
    except Locked:
        return True
    return False


def _count(text: str, name: str) -> int:
    return unreadable.need(_COUNT, text, f"the turn's {name}")
