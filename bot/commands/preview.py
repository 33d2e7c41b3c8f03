"""What would this draft of a persona answer? One question and one answer, seen by one person and kept nowhere."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

from bot.commands import dispatch as admin
from bot.commands.model import Asker, OpenForm
from bot.conversation import prompt
from bot.conversation.messages import Message
from bot.conversation.prompt import Ask
from bot.errors import BotError
from bot.personas.persona import DEFAULT, Persona
from bot.ports import Finished, Text, World
from bot.turns import footer as footers
from bot.turns.state import Record
from bot.wording import results as told
from bot.wording.results import Told, Verbatim

WITHIN = 60.0  # seconds
LONGEST = 8_000  # characters of the answer: more than anybody reads in a preview


async def answer(draft: Persona, question: str, asker: Asker, world: World) -> Told:
    """Ask the model, and charge the asker for it. What goes wrong is said in the answer."""
    if refusal := await admin.refused(OpenForm("new"), asker, world):
        return refusal
    ask, started = await _request(draft, question, asker, world), world.now()
    try:
        text, end = await _hear(ask, world)
    except BotError as error:
        return told.told(told.plain(str(error)))
    model, usage = ask.model, ask.estimate(text)
    if end is not None:
        model, usage = end.model or model, end.usage or usage
    cost = world.model.cost(model, usage)
    seconds = world.now() - started
    record = Record("answered", (asker.user,), (), persona=draft.name).took(model, usage, cost, seconds)
    await world.ledger.charge(asker.user, record)
    notes = () if end is not None else ("incomplete",)
    line = footers.footer("full", model=model, usage=usage, cost=cost, seconds=seconds, notes=notes) or ""
    return told.told(
        f"*{told.plain(draft.name)}* answers, as the model wrote it:", Verbatim(text), f"_{told.plain(line)}_"
    )


async def _request(draft: Persona, question: str, asker: Asker, world: World) -> Ask:
    """As a turn would ask, but for a single answer and without a past."""
    settings = await world.prefs.persona(DEFAULT)
    rules = await world.prefs.rules(asker.thread, asker.user)
    params = {name: value for name, value in {**settings.params, **draft.params}.items() if name != "n"}
    said = Message("0", asker.user, question)
    user = world.user_hash(asker.user)
    speaker = replace(draft, params=params)
    return prompt.build(speaker, draft.model or rules.model, [], [said], {}, world.limits.history_tokens, user)


async def _hear(ask: Ask, world: World) -> tuple[str, Finished | None]:
    """The answer, and its end; None if it was broken off. May raise Unanswerable and Unavailable."""
    text = ""
    try:
        async with asyncio.timeout(WITHIN), aclosing(world.model.stream(ask)) as events:
            async for event in events:
                if not isinstance(event, Text):
                    return text, event if isinstance(event, Finished) else None
                text += event.text
                if len(text) > LONGEST:
                    break
    except TimeoutError:
        text = text or "The model took too long to answer."
    return text, None
