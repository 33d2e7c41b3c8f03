"""One turn, told as a story: what was said, what the model answers, what the thread shows, what is remembered."""

import logging
import secrets
from dataclasses import replace

from bot.conversation.messages import Message
from bot.errors import BotError, Gone, Unanswerable
from bot.policy import access as admission
from bot.ports import World
from bot.turns.answer import Answer, record_of
from bot.turns.state import Control, Face, Record, Turn

log = logging.getLogger(__name__)

HELLO = (
    "Hello! Ask me something in the message that mentions me, and I answer here in the thread. "
    "Mention me again to go on: I remember what was said in this thread. In a direct message no mention is needed."
)
APOLOGY = "Something went wrong on my side, and I could not answer. Please try again."


async def take(turn: Turn, world: World) -> None:
    """Answer a batch and finish the turn. What escapes leaves it unfinished: Unavailable, LeaseLost, or a bug."""
    answer, words = Answer(turn, world), ""
    try:
        record, words = await _speak(answer, turn, world)
    except Gone as gone:
        record = _failed(turn, gone)
        log.warning("cannot answer there", extra={"turn": turn.id, "why": record.why})
    except Unanswerable as no:
        record = await _apologise(no, turn, world)
    await answer.clear_status()
    await world.inbox.finish(turn, _remembered(turn, words), record)


async def give_up(turn: Turn, world: World, error: Exception) -> None:
    """No further attempt will be made: say so in one plain sentence and finish the turn. Raises as `take` does."""
    record = await _apologise(error, turn, world)
    await world.chat.status(turn.batch.thread, "")
    await world.inbox.finish(turn, None, record)


async def abandon(turn: Turn, world: World) -> None:
    """Not even an apology can be shown. The turn is set aside for the operator, and its thread goes on."""
    record = replace(record_of(turn, "failed"), why="neither an answer nor an apology could be shown")
    log.error("turn abandoned", extra={"turn": turn.id, "why": record.why})
    await world.inbox.finish(turn, _remembered(turn, turn.complete.words if turn.complete else ""), record)


async def _speak(answer: Answer, turn: Turn, world: World) -> tuple[Record, str]:
    """What became of it, and the words that will be remembered as the bot's."""
    thread = turn.batch.thread
    if not turn.batch.messages:
        return await answer.withdraw(), ""
    rules = await world.prefs.rules(thread, turn.batch.newest.author)
    turn.face = Face(rules.persona.display_name, rules.persona.icon)
    if turn.complete is not None:
        return await answer.show(turn.complete), turn.complete.words
    refused = await admission.refused(turn.batch, rules, world)
    turn.refused = frozenset(refused)
    await admission.tell(turn.batch, refused, world)
    if not turn.asked:
        return record_of(turn, "refused"), ""
    said = [message for message in turn.batch.everything if message.author not in refused]
    new = await world.transcript.plain(said, named=rules.persona.sees_names)
    if not any(message.text or message.files for message in new):
        return await answer.say(HELLO, "greeted"), ""
    if not rules.pinned:
        await world.prefs.pin(thread, rules.persona)
    return await answer.think(new, rules), answer.words


async def _apologise(error: Exception, turn: Turn, world: World) -> Record:
    """One plain sentence in the thread; its reference stands in the log beside what the log may know."""
    failed = replace(_failed(turn, error), reference=secrets.token_hex(4))
    log.warning("turn failed", extra={"turn": turn.id, "reference": failed.reference, "why": failed.why})
    shown = str(error) if isinstance(error, BotError) and str(error) else APOLOGY
    try:
        await Answer(turn, world).say(f"{shown} (reference {failed.reference})", "failed", Control.RETRY)
    except (Gone, Unanswerable) as no:
        log.warning("cannot apologise there", extra={"turn": turn.id, "why": no.detail})
    return replace(failed, posted=turn.posted)


def _remembered(turn: Turn, words: str) -> Message | None:
    return Message(turn.newest, "", words, role="assistant") if words.strip() else None


def _failed(turn: Turn, error: Exception) -> Record:
    why = error.detail if isinstance(error, BotError) else type(error).__name__
    return replace(record_of(turn, "failed"), why=why)
