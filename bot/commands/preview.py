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
from bot.personas.persona import DEFAULT, Persona
from bot.policy.preferences import MODEL, REDACT, Rules
from bot.ports import World
from bot.redaction.find import Mode
from bot.turns import accounting, allowance
from bot.turns.aside import Aside
from bot.turns.fuse import PausedByFuse
from bot.turns.holding import OverBudget, Unpriced
from bot.turns.meter import Part
from bot.turns.pace import TooOftenAsked
from bot.turns.redact import redact, with_placeholders
from bot.usage.budgets import Who

PREVIEW_TIMEOUT = 60.0  # seconds
MAX_ANSWER = 8_000  # characters: more than anybody reads in a preview


async def answer(command: Preview, actor: Actor, world: World) -> Result:
    """Ask the model, and charge the actor for it. May raise Invalid, Unanswerable and Unavailable."""
    draft = form.check(command.fields)
    await choosing.check_model(draft.model, actor, world)
    rules = await world.prefs.rules(Direct(), actor.user)
    ask, started = await _request(draft, command.question, actor, rules, world), world.now()
    aside = Aside(f"preview/{uuid4().hex}", Who(actor.user, persona=draft.name), rules, world)
    try:
        generated = await aside.answer(ask, page=_Sheet(), stop=asyncio.Event(), seconds=PREVIEW_TIMEOUT)
    except (OverBudget, Unpriced, TooOftenAsked, PausedByFuse) as no:
        return report(Notified(allowance.notice(no, world)))
    parts = aside.meter.taken or [Part(ask.model, Usage(0, 0, estimated=True))]
    taken = accounting.taken(parts, draft, world.now() - started, world.model)
    return report(Previewed(draft.name, generated.text, taken, complete=isinstance(generated.end, Finished)))


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
