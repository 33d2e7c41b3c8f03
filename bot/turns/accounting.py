"""What a turn took, and the record that remains of it."""

from dataclasses import replace

from bot.errors import BotError
from bot.personas.persona import Persona
from bot.ports import Model
from bot.turns.generate import Generated
from bot.turns.state import Outcome, Record, Taken, Turn


def taken(generated: Generated, persona: Persona, seconds: float, model: Model) -> Taken:
    """What an answer took, however it ended: it has to be paid for all the same."""
    route = generated.route
    free = model.free(route)
    cost = 0.0 if free else model.cost(generated.model, generated.usage, route)
    taken = Taken(generated.model, generated.usage, cost, seconds, persona.name, persona.version, free)
    taken = replace(taken, kept=generated.age is not None)
    return taken if route is None else replace(taken, target=route.target, instead=route.instead)


def record_of(turn: Turn, outcome: Outcome) -> Record:
    """What remains of the turn as it stands, with what it has taken so far, in this attempt or an earlier one."""
    record = Record(
        outcome,
        askers=tuple(dict.fromkeys(message.author for message in turn.asked if message.author)),
        asked=tuple(message.ts for message in turn.batch.messages),
        heard=tuple(message.ts for message in turn.batch.heard),
        posted=turn.posted,
        attempt=turn.attempt,
    )
    taken = turn.taken or (turn.complete.record.taken if turn.complete else None)
    return record if taken is None else record.took(taken)


def failed(turn: Turn, error: Exception) -> Record:
    """What remains of a turn that ends with this error; `why` is for the log."""
    why = error.detail if isinstance(error, BotError) else type(error).__name__
    return replace(record_of(turn, "failed"), why=why)
