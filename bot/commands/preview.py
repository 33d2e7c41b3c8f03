"""What would this draft of a persona answer? One question and one answer, seen by one person and kept nowhere."""

import asyncio
from dataclasses import replace

from bot.commands import dispatch as admin
from bot.commands.model import Asker, OpenForm
from bot.conversation import prompt
from bot.conversation.mentions import literal
from bot.conversation.messages import Message
from bot.conversation.prompt import Ask
from bot.errors import BotError
from bot.personas.persona import DEFAULT, Persona
from bot.ports import Finished, World
from bot.turns import accounting, footer
from bot.turns.generate import Generated, TimedOut, generate
from bot.turns.state import Record
from bot.wording import results as told
from bot.wording.results import Told, Verbatim

TIMEOUT = 60.0  # seconds
MAX_LENGTH = 8_000  # characters of the answer: more than anybody reads in a preview


async def answer(draft: Persona, question: str, asker: Asker, world: World) -> Told:
    """Ask the model, and charge the asker for it. What goes wrong is said in the answer."""
    if refusal := await admin.refused(OpenForm("new"), asker, world):
        return refusal
    ask, started = await _request(draft, question, asker, world), world.now()
    try:
        generated = await _generate(ask, world)
    except BotError as error:
        return told.told(told.plain(str(error)))
    taken = accounting.taken(generated, draft, world.now() - started, world.model)
    await world.ledger.charge(asker.user, Record("answered", (asker.user,), ()).took(taken))
    notes = () if isinstance(generated.end, Finished) else ("incomplete",)
    line = footer.footer("full", taken, notes=notes) or ""
    text = generated.text
    if not text and isinstance(generated.end, TimedOut):
        text = "The model took too long to answer."
    return told.told(
        f"*{told.plain(draft.name)}* answers, as the model wrote it:", Verbatim(text), f"_{told.plain(line)}_"
    )


async def _request(draft: Persona, question: str, asker: Asker, world: World) -> Ask:
    """As a turn would ask, but for a single answer and without a past."""
    settings = await world.prefs.persona(DEFAULT)
    rules = await world.prefs.rules(asker.thread, asker.user)
    params = {name: value for name, value in {**settings.params, **draft.params}.items() if name != "n"}
    said = Message("0", asker.user, literal(question))
    user = world.user_hash(asker.user)
    speaker = replace(draft, params=params)
    return prompt.build(speaker, draft.model or rules.model, [], [said], {}, world.limits.history_tokens, user)


async def _generate(ask: Ask, world: World) -> Generated:
    """The answer, stopped where it is long enough. May raise Unanswerable and Unavailable."""
    enough, length = asyncio.Event(), 0

    def feed(piece: str) -> None:
        nonlocal length
        length += len(piece)
        if length > MAX_LENGTH:
            enough.set()

    return await generate(ask, world, turn="preview", stop=enough, seconds=TIMEOUT, feed=feed)
