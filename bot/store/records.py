"""Messages, turns and what remains of them, as they stand in Redis: written and read.

What cannot be read is passed over, unless a turn cannot be answered without it: then the reader raises Unreadable.
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, TypeAdapter

from bot.conversation.ids import ThreadKey, is_ts
from bot.conversation.messages import Batch, Message
from bot.errors import Unreadable
from bot.store import unreadable
from bot.store.turn_scripts import Begun
from bot.turns.state import Complete, Lease, Record, Turn

_COUNT = TypeAdapter(Annotated[int, Field(ge=0, lt=2**31)])
_POSTED = TypeAdapter(tuple[str, ...])
_MESSAGE = TypeAdapter(Message)
_RECORD = TypeAdapter(Record)
_COMPLETE = TypeAdapter(Complete)


def write_message(message: Message) -> str:
    return _MESSAGE.dump_json(message, exclude_defaults=True).decode()


def write_record(record: Record) -> str:
    return _RECORD.dump_json(record).decode()


def write_complete(answer: Complete) -> str:
    return _COMPLETE.dump_json(answer).decode()


def messages(thread: ThreadKey, texts: Sequence[str]) -> tuple[Message, ...]:
    """Those that can be read; '' stands for one that is gone."""
    found = (unreadable.read(_MESSAGE, text, f"a message in {thread}") for text in texts if text)
    return tuple(message for message in found if message and is_ts(message.ts))


def one(thread: ThreadKey, text: str) -> Message | None:
    """None for one that cannot be read."""
    return next(iter(messages(thread, [text])), None)


def message(thread: ThreadKey, ts: str, text: str) -> Message | None:
    """The one with this `ts`."""
    return next((found for found in messages(thread, [text]) if found.ts == ts), None)


def record(thread: ThreadKey, text: str) -> Record | None:
    return unreadable.read(_RECORD, text, f"a turn's record in {thread}") if text else None


def posted(thread: ThreadKey, text: str) -> tuple[str, ...]:
    return unreadable.read(_POSTED, text, f"what was posted in {thread}") or ()


def batch(found: Begun, thread: ThreadKey) -> Batch:
    """What is answered, without what was deleted. Raises Unreadable if something that was said to the bot is lost."""
    asked: list[Message] = []
    heard: list[Message] = []
    for member, text, to_us in zip(found.members, found.messages, found.addressed, strict=True):
        known = message(thread, member, text)
        if known is not None:
            (asked if to_us else heard).append(known)
        elif to_us:
            raise Unreadable("a message to be answered cannot be read")
    return Batch(thread, tuple(asked), tuple(heard))


def turn(facts: dict[str, str], asked: Batch, lease: Lease) -> Turn:
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
        complete=unreadable.need(_COMPLETE, facts["complete"], "the turn's answer") if "complete" in facts else None,
        again="again" in facts,
    )


def remains(found: Begun, lease: Lease) -> Turn:
    """A turn that cannot be read, with what is left of it. A message that is lost stands there without its words."""
    thread = lease.thread
    newest = found.facts["newest"] or (thread.root if is_ts(thread.root) else "0")
    pairs = list(zip(found.members, found.messages, strict=True)) or [(newest, "")]
    left = tuple(message(thread, member, text) or Message(member, "", "") for member, text in pairs)
    return Turn(newest, lease, Batch(thread, left), attempt=int(found.facts["attempt"]), unreadable=True)


def _count(text: str, name: str) -> int:
    return unreadable.need(_COUNT, text, f"the turn's {name}")
