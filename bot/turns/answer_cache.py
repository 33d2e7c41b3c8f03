"""Answers that are given again to whoever asks the same, where a persona's `cache` says for how long.

The same is: the same version of the persona, the same model and parameters, and a conversation that reads the same to
the model, with its files and with the names of who speaks. Only a whole answer of the model that was wanted is kept,
and the conversation in which it was given takes it along when it is forgotten.
"""

import hashlib
import json
import time

from bot.conversation.pieces import Finished, Routed
from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.errors import Unavailable
from bot.happenings import AnswerReused
from bot.personas.persona import Persona
from bot.ports import World
from bot.turns.generate import Generated, Page
from bot.turns.meter import Meter, Part
from bot.turns.state import Kept, Turn

NOTHING = Usage(0, 0, cost=0.0)


async def look(ask: Ask, persona: Persona, turn: Turn, world: World, page: Page, meter: Meter) -> Generated | None:
    """The kept answer, written on the page; None where the model is to be asked, as somebody wants who asks again."""
    if not persona.cache or turn.again:
        return None
    try:
        kept = await world.answers.find(fingerprint(ask, persona))
    except Unavailable:
        return None
    if kept is None:
        return None
    page.feed(kept.text)
    world.saw(AnswerReused(turn.id, ask.model, kept.target))
    route, age = Routed(ask.model, kept.target), max(time.time() - kept.at, 0.0)
    meter.add(Part(kept.model, NOTHING, route, kept=True))
    end = Finished("stop", NOTHING, kept.model)
    return Generated(page.text, end, ask, kept.model, NOTHING, kept.others, route=route, age=age)


async def keep(generated: Generated, ask: Ask, persona: Persona, turn: Turn, world: World) -> None:
    """Keep a whole answer to what was to be asked. May raise LeaseLost."""
    route, end = generated.route or Routed(ask.model, ""), generated.end
    whole = isinstance(end, Finished) and end.reason == "stop" and generated.ask is ask
    if not persona.cache or not whole or generated.age is not None or route.instead or not generated.text.strip():
        return
    kept = Kept(generated.text, dict(generated.others), generated.model, route.target, time.time())
    turn.lease.check()
    try:
        await world.answers.keep(fingerprint(ask, persona), kept, turn.batch.thread, persona.cache)
    except Unavailable:
        return


def fingerprint(ask: Ask, persona: Persona) -> str:
    """The same for what is the same to ask, hidden values included. The word of the thread's marks is left out, which
    nobody else can write behind a bracket."""
    mark = f"[{ask.marks.word} "
    said = [
        (one.role, one.text.replace(mark, "[\0 "), [hashlib.sha256(each.data).hexdigest() for each in one.pictures])
        for one in ask.messages
    ]
    asked = [persona.name, persona.version, ask.model, dict(ask.params), said, dict(ask.hidden)]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode(errors="surrogatepass")).hexdigest()
