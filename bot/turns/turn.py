"""One turn: what was said, who is answered and by whom, what the model says, what the thread shows, what remains."""

import secrets
import time
from dataclasses import replace

from bot import aio, happenings
from bot.conversation.ids import is_ts
from bot.conversation.mentions import literal
from bot.conversation.messages import Message
from bot.conversation.tokens import Usage
from bot.errors import BotError, Gone, Unanswerable
from bot.personas.persona import DEFAULT
from bot.policy.preferences import FEEDBACK, FOOTER, MODEL, Rules
from bot.ports import World
from bot.turns import accounting, allowance, answer_cache, footer, fuse, guards, pace, request
from bot.turns.away import look_again
from bot.turns.fuse import PausedByFuse
from bot.turns.generate import Generated, OutOfBudget, Stopped, generate
from bot.turns.history import known
from bot.turns.holding import OverBudget, Unpriced
from bot.turns.meter import Part
from bot.turns.pace import TooOftenAsked
from bot.turns.publish import Publisher
from bot.turns.purse import Purse
from bot.turns.request import Request
from bot.turns.state import Complete, Control, Face, Outcome, Record, Taken, Turn
from bot.turns.words import Footer, Wording


async def take(turn: Turn, world: World) -> None:
    """Answer a batch and finish the turn. What escapes leaves it unfinished: Unavailable, LeaseLost, or a bug."""
    turn.started, turn.day = world.now(), world.calendar.day()
    if turn.attempt == 1 and not turn.posted and is_ts(turn.newest):  # what is asked again keeps its time
        turn.queue = max(time.time() - float(turn.newest), 0.0)
    world.saw(happenings.TurnStarted(turn.id, turn.attempt, len(turn.batch.messages), len(turn.batch.heard)))
    words = ""
    await _find_what_it_continues(turn, world)
    publisher = Publisher(turn, world)
    try:
        record, words = await _answer(turn, publisher, world)
    except Gone as gone:
        record = accounting.failed(turn, gone)
        world.saw(happenings.AnswerImpossible(turn.id, record.why))
    except (OverBudget, Unpriced, TooOftenAsked, PausedByFuse) as no:
        record = await _refuse(no, turn, publisher, world)
    except Unanswerable as no:
        record = await _apologise(no, turn, world)
    await publisher.clear_status()
    await _finish(turn, words, record, world)
    await allowance.tell_near(turn, world)


async def _find_what_it_continues(turn: Turn, world: World) -> None:
    """An answer goes on in the message where the one before broke off, if that is still the place."""
    continued = turn.batch.messages[0].continues if len(turn.batch.messages) == 1 else ""
    record = await world.inbox.record(turn.batch.thread, continued) if continued else None
    if record is None or not record.posted or (turn.posted and turn.posted[0] != record.posted[-1]):
        return
    past = (await known(turn, world)).messages
    if tail := next((each.tail for each in past if each.ts == continued and each.role == "assistant"), ""):
        turn.begins, turn.posted = tail, turn.posted or record.posted[-1:]


async def _answer(turn: Turn, publisher: Publisher, world: World) -> tuple[Record, str]:
    """What became of it, and the words that are remembered as the bot's."""
    thread = turn.batch.thread
    if turn.batch.messages and turn.complete is None:
        await look_again(turn, world)
    if not turn.batch.messages:
        return await _withdraw(turn, publisher)
    rules = await _rules(turn, world)
    turn.face = Face(rules.persona.display_name, rules.persona.icon)
    if turn.complete is not None:
        await publisher.show(turn.complete)
        return _shown(turn.complete, turn, publisher)
    await guards.check(turn, rules, world)
    if not turn.asked:
        return accounting.record_of(turn, "refused"), ""
    if turn.payer != turn.batch.newest.author:  # who was refused chooses nothing here
        rules = await world.prefs.rules(thread, turn.payer)
        turn.face = Face(rules.persona.display_name, rules.persona.icon)
    if turn.model:
        rules = replace(rules, values={**rules.values, MODEL.name: turn.model})
    if not await request.says_something(rules, turn, world):
        await _notice(rules, turn, world)
        await publisher.say("notice", world.words.label("hello"))
        return accounting.record_of(turn, "greeted"), ""
    await pace.enter(turn, rules, world)
    if not turn.passes:
        await fuse.check(rules, world, thread.channel)
    purse = Purse(turn, rules, world)
    writing = _write(rules, turn, publisher, purse, world)
    beside = publisher.follow(), publisher.keep_announcing(), purse.follow(), _notice(rules, turn, world)
    answer = await aio.together(writing, *beside)
    if answer is None or turn.lease.pointless:
        return await _withdraw(turn, publisher)
    return _shown(answer, turn, publisher)


async def _rules(turn: Turn, world: World) -> Rules:
    """What applies to whoever has asked last."""
    user, ahead = turn.batch.newest.author, turn.ahead
    return ahead.rules if ahead and ahead.user == user else await world.prefs.rules(turn.batch.thread, user)


async def _notice(rules: Rules, turn: Turn, world: World) -> None:
    """Who asks for the first time is told what becomes of their words, beside the answer."""
    if world.notice is not None:
        await world.notice.give(turn, rules, hold=world.hold)


async def _write(rules: Rules, turn: Turn, publisher: Publisher, purse: Purse, world: World) -> Complete | None:
    """Let the model answer, until it is done or a person stops it; the publisher gets each word as it comes.

    Returns the whole answer, which is kept by then; None if all that was asked has been deleted meanwhile.
    """
    turn.keeps = None if rules.pinned else rules.persona  # which is told with the first note
    wanted = await request.gather(rules, turn, world)
    ask, persona, meter = wanted.ask, rules.persona, purse.meter
    try:
        generated = await answer_cache.look(ask, persona, turn, world, publisher, meter) or await generate(
            await purse.open(ask),
            world,
            turn=turn.id,
            stop=turn.lease.stop,
            seconds=world.limits.turn,
            page=publisher,
            meter=meter,
        )
    finally:
        purse.close()
        turn.bookings = accounting.bookings(meter.so_far, persona, turn, world.model)
        parts = meter.so_far or [Part(ask.model, Usage(0, 0, estimated=True))]
        turn.asks = (parts[-1].route or ask).model
        turn.taken = accounting.taken(parts, persona, world.now() - turn.started, world.model)
    if turn.lease.pointless:
        publisher.close()
        return None
    generated.check()
    answer = _complete(generated, turn.taken, wanted, rules, turn, world.words)
    await world.inbox.keep_answer(turn, answer, accounting.entered(replace(turn, earlier=()), answer.record))
    publisher.complete(answer)
    await answer_cache.keep(generated, ask, persona, turn, world)
    return answer


def _complete(
    generated: Generated, taken: Taken, wanted: Request, rules: Rules, turn: Turn, words: Wording
) -> Complete:
    """The answer as it is shown: the model's words, its further choices, and the line under them."""
    titled = ((words.label("alternative", number=n + 1), text) for n, text in generated.others.items())
    shown = "".join((generated.text, *(f"\n\n---\n\n**{title}**\n\n{text}" for title, text in titled)))
    outcome: Outcome = "stopped" if isinstance(generated.end, Stopped | OutOfBudget) else "answered"
    record = replace(accounting.record_of(turn, outcome), reason=generated.reason)
    persona = None if rules.persona.name == DEFAULT else rules.persona.name
    notes = footer.notes(generated, rules, wanted.recalled, direct=turn.batch.thread.direct)
    line = words.footer(Footer(rules[FOOTER], taken, persona, notes))
    if shown.strip() or turn.begins:
        return Complete(shown, generated.text, line, record, rated=rules[FEEDBACK])
    notice = shown + words.label("stopped")
    return Complete(notice, generated.text, line, record, rated=rules[FEEDBACK], kind="notice")


def _shown(answer: Complete, turn: Turn, publisher: Publisher) -> tuple[Record, str]:
    record = replace(answer.record, posted=turn.posted, attempt=turn.attempt)
    if record.may_go_on and answer.kind == "answer":
        turn.tail = publisher.last
    return record, answer.words


async def _withdraw(turn: Turn, publisher: Publisher) -> tuple[Record, str]:
    """All that was asked has been deleted: nothing of the answer stays, and nothing is remembered."""
    await publisher.withdraw()
    return accounting.record_of(turn, "withdrawn"), ""


async def _refuse(
    why: OverBudget | Unpriced | TooOftenAsked | PausedByFuse, turn: Turn, publisher: Publisher, world: World
) -> Record:
    """There is no room for it, or it comes too soon. Nothing of it stays in the thread, unless an answer was to be
    written anew."""
    turn.taken, turn.asks = None, ""  # no model was asked
    turn.over = why.short.budget.span if isinstance(why, OverBudget) else ""
    if not turn.again:
        await publisher.withdraw()
    notice = allowance.notice(why, world, turn)
    await world.chat.whisper(turn.batch.thread, turn.payer, notice, begun=guards.begun(turn))
    return accounting.record_of(turn, "refused")


async def give_up(turn: Turn, world: World, error: Exception) -> None:
    """No further attempt will be made: say so in one plain sentence and finish the turn. Raises as `take` does."""
    turn.started, turn.day = turn.started or world.now(), turn.day or world.calendar.day()
    await _find_what_it_continues(turn, world)
    record = await _apologise(error, turn, world)
    await world.chat.status(turn.batch.thread, "")
    await _finish(turn, "", record, world)


async def abandon(turn: Turn, world: World) -> None:
    """Not even an apology can be shown. The turn is set aside for the operator, and its thread goes on."""
    turn.started, turn.day = world.now(), world.calendar.day()
    record = replace(accounting.record_of(turn, "failed"), why="neither an answer nor an apology could be shown")
    world.saw(happenings.TurnAbandoned(turn.id, record.why))
    await _finish(turn, turn.complete.words if turn.complete else "", record, world)


async def _apologise(error: Exception, turn: Turn, world: World) -> Record:
    """One plain sentence in the thread; its reference stands in the log beside what the log may know."""
    failed = replace(accounting.failed(turn, error), reference=secrets.token_hex(4))
    world.saw(happenings.TurnFailed(turn.id, failed.reference, failed.why))
    code = (error.sentence if isinstance(error, BotError) else "") or "not-answered"
    sentence = world.words.label(code, **(error.values if isinstance(error, BotError) else {}))
    said = world.words.label("apology", sentence=sentence, reference=failed.reference)
    try:
        if turn.begins:  # its words are the answer's before, and stay
            await Publisher(turn, world).leave()
            turn.begins, turn.posted = "", turn.posted[1:]
        await Publisher(turn, world).say("apology", said, Control.RETRY)
    except (Gone, Unanswerable) as no:
        world.saw(happenings.ApologyImpossible(turn.id, no.detail))
    return replace(failed, posted=turn.posted)


async def _finish(turn: Turn, words: str, record: Record, world: World) -> None:
    """The batch, and the bot's words if there are any, become history."""
    answer = Message(turn.newest, "", literal(words), kind="answer", tail=turn.tail) if words.strip() else None
    before = await world.inbox.finish(turn, answer, record, accounting.entered(turn, record))
    seconds = world.now() - turn.started
    times = seconds, turn.queue, turn.first_text
    world.saw(happenings.TurnFinished(turn.id, record, *times, turn.asks, turn.over))
    await fuse.spent(turn.id, (*turn.earlier, *turn.bookings), world)
    if record.posted and before and before[-1] not in record.posted:
        await world.chat.retire(turn.batch.thread, before[-1])
