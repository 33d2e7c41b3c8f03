"""What a turn took, and the record that remains of it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.conversation.tokens import Usage
from bot.errors import BotError
from bot.personas.persona import Persona
from bot.ports import Model
from bot.turns.meter import Part, total
from bot.turns.state import Outcome, Record, Taken, Turn
from bot.usage.budgets import Amount
from bot.usage.ledger import Booking


def bookings(parts: Iterable[Part], persona: Persona, turn: Turn, model: Model) -> tuple[Booking, ...]:
    """What the requests of a turn took, as it is entered: it has to be paid for whatever becomes of the answer."""
    entry = Booking(turn.day, "", Usage(0, 0), None, turn.payer, turn.batch.thread.channel, persona.name)
    return tuple(booked(part, entry, model) for part in parts)


def booked(part: Part, entry: Booking, model: Model) -> Booking:
    """The `entry`, with what one request took."""
    target = part.route.target if part.route else ""
    cost = 0.0 if part.kept else _cost(part, model)
    return replace(entry, model=part.model, usage=part.usage, cost=cost, target=target, calls=int(not part.kept))


def taken(parts: Sequence[Part], persona: Persona, seconds: float, model: Model) -> Taken:
    """All that an answer took, by the name of the model that was asked last."""
    last, costs = parts[-1], [_cost(part, model) for part in parts]
    known = [cost for cost in costs if cost is not None]
    cost = sum(known) if len(known) == len(costs) else None
    free = all(model.free(part.route) for part in parts)
    used = total(part.usage for part in parts)
    found = Taken(last.model, used, cost, seconds, persona.name, persona.version, free, kept=last.kept)
    return found if last.route is None else replace(found, target=last.route.target, instead=last.route.instead)


def _cost(part: Part, model: Model) -> float | None:
    return 0.0 if model.free(part.route) else model.cost(part.model, part.usage, part.route)


def entered(turn: Turn, record: Record) -> tuple[Booking, ...]:
    """What the ledger is told of a turn that ends with this record: the answer counts for who gave it."""
    answers = int(record.outcome in ("answered", "stopped"))
    booked = [*turn.earlier, *turn.bookings]
    if turn.complete is not None and not any(booking.answers for booking in booked) and (taken := record.taken):
        payer, channel = record.payer or "".join(record.askers[-1:]), turn.batch.thread.channel
        used = taken.usage or Usage(0, 0)  # a version that noted no bookings has left it
        booked.append(
            Booking(record.day, taken.model, used, taken.cost, payer, channel, taken.persona, taken.target, answers)
        )
    if turn.bookings and answers:
        booked[-1] = replace(booked[-1], answers=1)
    return tuple(booked if answers else [replace(each, answers=0) for each in booked])


def amount(bookings: Iterable[Booking]) -> Amount:
    """What these have taken, as a budget counts it."""
    every = [*bookings]
    cost = sum(booking.cost or 0.0 for booking in every)
    return Amount(round(cost * 1_000_000_000), sum(booking.usage.total for booking in every))


def record_of(turn: Turn, outcome: Outcome) -> Record:
    """What remains of the turn as it stands, with what it has taken so far, in this attempt or an earlier one."""
    done = turn.complete.record if turn.complete else None
    record = Record(
        outcome,
        askers=tuple(dict.fromkeys(message.author for message in turn.asked if message.author)),
        asked=tuple(message.ts for message in turn.batch.messages),
        heard=tuple(message.ts for message in turn.batch.heard),
        posted=turn.posted,
        attempt=turn.attempt,
        payer=(done.payer if done else "") or turn.payer,
        day=(done.day if done else "") or turn.day,
    )
    taken = turn.taken or (done.taken if done else None)
    return record if taken is None else record.took(taken)


def failed(turn: Turn, error: Exception) -> Record:
    """What remains of a turn that ends with this error; `why` is for the log."""
    why = error.detail if isinstance(error, BotError) else type(error).__name__
    return replace(record_of(turn, "failed"), why=why)
