"""What a draft of a persona would answer: one question and one answer, seen by one person and kept nowhere."""

import asyncio
from dataclasses import dataclass, replace
from typing import cast
from uuid import uuid4

from bot.commands import choosing
from bot.commands.model import Actor, Preview
from bot.commands.reports import Notified, Previewed
from bot.commands.result import Result, report
from bot.conversation import prompt
from bot.conversation.marks import Marks
from bot.conversation.mentions import literal
from bot.conversation.messages import Message
from bot.conversation.pieces import Finished
from bot.conversation.places import Direct
from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.personas import form
from bot.personas import persona as personas
from bot.personas.persona import DEFAULT, Persona
from bot.policy import access
from bot.policy.preferences import MODEL, REDACT, UNPRICED, Rules
from bot.ports import World
from bot.redaction.find import Mode
from bot.turns import accounting, fuse
from bot.turns.fuse import PausedByFuse
from bot.turns.generate import Generated, generate
from bot.turns.meter import Meter, Part
from bot.turns.notices import NoPrice, Over, Paused, TooOften
from bot.turns.purse import OverBudget, Unpriced
from bot.turns.redact import redact, with_placeholders
from bot.usage.budgets import LIMITS, Short, Who, applying, limit, want
from bot.usage.ledger import Booking
from bot.usage.limits import LOOKED_AGAIN, Soon

PREVIEW_TIMEOUT = 60.0  # seconds
MAX_ANSWER = 8_000  # characters: more than anybody reads in a preview


async def answer(command: Preview, actor: Actor, world: World) -> Result:
    """Ask the model, and charge the actor for it. May raise Invalid, Unanswerable and Unavailable."""
    draft = form.check(command.fields)
    await choosing.check_model(draft.model, actor, world)
    rules = await world.prefs.rules(Direct(), actor.user)
    ask, started, day = await _request(draft, command.question, actor, rules, world), world.now(), world.calendar.day()
    name, meter, answered = f"preview/{uuid4().hex}", Meter(), 0
    entry = Booking(day, "", Usage(0, 0), person=actor.user, persona=draft.name)
    minute, at_once = (limit(what, Who(actor.user), rules.numbers, world.allowance) for what in LIMITS)
    if minute or at_once:
        why = await world.turn_limits.enter(name, actor.user, minute, at_once)
        if why is not None:
            seconds = why.seconds if isinstance(why, Soon) else LOOKED_AGAIN
            return report(Notified(TooOften(minute or at_once, world.calendar.now() + seconds)))
    try:
        await fuse.check(rules, world)
        ask = await _held(ask, name, draft, actor, rules, day, world)
    except OverBudget as over:
        budget, at = over.short.budget, over.short.standing
        return report(Notified(Over(budget, at, world.calendar.ends(budget.period), access.whom(rules.access))))
    except PausedByFuse as paused:
        return report(Notified(Paused(paused.at, paused.ask)))
    except Unpriced as unpriced:
        return report(Notified(NoPrice(unpriced.model, access.whom(rules.access))))
    try:
        generated = await _generate(ask, world, meter)
        answered = 1
    finally:
        booked = [accounting.booked(part, entry, world.model) for part in meter.so_far]
        if booked:
            booked[-1] = replace(booked[-1], answers=answered)
        await world.ledger.charge(name, booked)
        if at_once:
            await world.turn_limits.leave(name, actor.user)
    parts = meter.taken or [Part(ask.model, Usage(0, 0, estimated=True))]
    taken = accounting.taken(parts, draft, world.now() - started, world.model)
    return report(Previewed(draft.name, generated.text, taken, complete=isinstance(generated.end, Finished)))


async def _held(ask: Ask, name: str, draft: Persona, actor: Actor, rules: Rules, day: str, world: World) -> Ask:
    """Hold what it takes; it cannot grow. Returns the request with how long its answer may be."""
    rate = world.model.rate(ask)
    if rate is None and rules[UNPRICED] == "refuse":
        raise Unpriced(ask.model)
    who = Who(actor.user, persona=personas.key(draft.name))
    budgets = applying(who, rules.numbers, world.allowance, day)
    if not budgets:
        return ask
    held = await world.budgets.reserve(name, want(ask.tokens, ask.params, rate), budgets)
    if isinstance(held, Short):
        raise OverBudget(held, ask.model)
    return replace(ask, params={**ask.params, "max_tokens": held.answer})


async def _request(draft: Persona, question: str, actor: Actor, rules: Rules, world: World) -> Ask:
    """As a turn would ask, but for a single answer and without a past."""
    settings = await world.prefs.persona(DEFAULT)
    params = {name: value for name, value in {**settings.params, **draft.params}.items() if name != "n"}
    mode = cast(Mode, rules[REDACT])
    told = redact((), (Message("0", actor.user, literal(question)),), {}, {}, mode, world.own_patterns)
    user, marks = world.user_hash(actor.user), Marks(world.mark_word(f"preview/{actor.user}"), direct=True)
    speaker = replace(draft, params=params)
    speaker = with_placeholders(speaker) if mode == "personal" else speaker
    ask = prompt.build(speaker, draft.model or rules[MODEL], [], told.new, marks, world.limits.history_tokens, user)
    return replace(ask, hidden=told.values, hidden_count=told.count)


async def _generate(ask: Ask, world: World, meter: Meter) -> Generated:
    """The answer, stopped where it is long enough. May raise Unanswerable and Unavailable."""
    never = asyncio.Event()
    return await generate(ask, world, turn="preview", stop=never, seconds=PREVIEW_TIMEOUT, page=_Sheet(), meter=meter)


@dataclass(slots=True)
class _Sheet:
    """What the preview is written on."""

    text: str = ""

    @property
    def full(self) -> bool:
        return len(self.text) > MAX_ANSWER

    def feed(self, text: str) -> None:
        self.text += text

    def restart(self) -> None:
        self.text = ""

    def wait(self, until: float | None) -> None:
        pass
