"""A thread as programs read it: requests, and the responses to them, oldest first."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from bot.conversation.ids import order
from bot.conversation.messages import Kind, Message
from bot.policy.roles import Refusal
from bot.turns.state import Record

ANSWER = "/answer"
"""Behind the `ts` of the newest message that a turn answers, it names the turn's response."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands in the place of an answer, and since when, in microseconds since 1970."""

    text: str
    kind: Kind = "answer"
    at: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. `waiting`: it is not dealt with yet."""

    guid: str
    message: Message
    waiting: bool

    @property
    def at(self) -> int:
        """Microseconds since 1970."""
        return order(self.message.ts)


@dataclass(frozen=True, slots=True)
class Response:
    """What came of a turn. `newest` is the `ts` of the newest message that it answers; `shown` is None where nothing
    could be shown, or was to be; `refusal` then says why not, if anybody was told."""

    guid: str
    newest: str
    record: Record
    shown: Shown | None
    refusal: Refusal | None = None

    @property
    def at(self) -> int:
        return self.shown.at if self.shown else order(self.newest)


Entry = Request | Response


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store has of a thread. `places` are the names of entries in their order; the rest is by the `ts` of
    messages, and of turns' newest messages."""

    places: tuple[str, ...]
    messages: Mapping[str, Message]
    waiting: Collection[str]
    records: Mapping[str, Record]
    shown: Mapping[str, Shown]
    refusal: Refusal | None = None


def guid(thread: str, place: str) -> str:
    """The id of an entry, the same whoever asks."""
    return str(uuid.uuid5(uuid.UUID(thread), place))


def listed(thread: str, kept: Kept) -> list[Entry]:
    """The entries of the thread with this guid. A request whose words are gone is left out, and a response as long as
    something that it is to answer waits: it is being written, or written anew."""
    return [entry for place in _complete(kept) if (entry := _entry(thread, place, kept)) is not None]


def response_to(ts: str, entries: Iterable[Entry]) -> Response | None:
    """The response to the message with this `ts`; None while there is none."""
    responses = (entry for entry in entries if isinstance(entry, Response))
    return next((each for each in responses if ts == each.newest or ts in each.record.asked), None)


def _complete(kept: Kept) -> list[str]:
    """The places, and those of turns that ended without showing anything: each behind what it was to answer."""
    missing = {newest for newest in kept.records if newest + ANSWER not in kept.places}
    found: list[str] = []
    for place in kept.places:
        found += [place, place + ANSWER] if place in missing else [place]
    return found


def _entry(thread: str, place: str, kept: Kept) -> Entry | None:
    if not place.endswith(ANSWER):
        message = kept.messages.get(place)
        return None if message is None else Request(guid(thread, place), message, place in kept.waiting)
    newest = place.removesuffix(ANSWER)
    record = kept.records.get(newest)
    if record is None or any(ts in kept.waiting for ts in (newest, *record.asked)):
        return None
    shown = kept.shown.get(newest)
    if shown is None and record.outcome not in ("refused", "failed"):  # it was removed
        return None
    return Response(guid(thread, place), newest, record, shown, kept.refusal)
