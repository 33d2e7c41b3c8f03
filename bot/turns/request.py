"""Gathering what the model is asked: the thread's past, what people are called, and what is in their files."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from bot import aio
from bot.conversation import prompt
from bot.conversation.ids import order
from bot.conversation.marks import Marks
from bot.conversation.messages import Message
from bot.conversation.prompt import Ask
from bot.policy import readers
from bot.policy.preferences import MODEL, READERS, REDACT, RETENTION, Rules
from bot.policy.readers import Author
from bot.ports import World
from bot.redaction.find import Mode
from bot.turns.history import Recalled, recall
from bot.turns.names import look_up, names_in
from bot.turns.redact import redact, with_placeholders
from bot.turns.state import Turn

DAY = 24 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class Request:
    """What the model is asked, and what was known of the past when it was put together."""

    ask: Ask
    recalled: Recalled


async def gather(rules: Rules, turn: Turn, world: World) -> Request:
    """The request that answers the batch, with what may be read of it and of the past. Files are not waited for when a
    person stops it.

    May raise LeaseLost.
    """
    persona, limits, thread = rules.persona, world.limits, turn.batch.thread
    recalled = await recall(turn, world, max(_oldest(rules), turn.since, key=order))
    if rules.hides:
        rules = replace(rules, unread=await _unread((*recalled.messages, *turn.batch.everything), world))
    before, batch = readable(recalled.messages, rules, turn), readable(turn.batch.everything, rules, turn)
    said, people = (*before, *batch), persona.sees_names
    known, found = await asyncio.gather(
        _known_authors(said, rules, turn, world), look_up(said, thread, world, people=people)
    )
    past, new = _shown(before, known, rules), _shown(batch, known, rules)
    apps = frozenset(author for author, kind in known.items() if kind == "app")
    untrusted = frozenset(author for author, kind in known.items() if kind == "other")
    names = names_in((*past, *new), thread, apps, found, people=people)
    user = world.user_hash(turn.payer)
    read = await aio.unless(turn.lease.stop, world.files.read((*past, *new)))
    mode = cast(Mode, rules[REDACT])
    told = redact(past, new, names, read or {}, mode, world.own_patterns)
    marks = Marks(world.mark_word(str(thread)), told.names, apps, untrusted, direct=thread.direct)
    budget, room = limits.history_tokens, limits.file_tokens
    speaker = with_placeholders(persona) if mode == "personal" else persona
    ask = prompt.build(speaker, rules[MODEL], told.past, told.new, marks, budget, user, told.files, room)
    ask = replace(ask, fallbacks=world.fallbacks(persona.name), hidden=told.values, hidden_count=told.count)
    return Request(ask, recalled)


def _oldest(rules: Rules) -> str:
    """The place back to which the past may be read, where somebody has chosen how long it is kept."""
    chosen = [rules[RETENTION] * DAY] if rules.origins.get(RETENTION.name, "settings") != "settings" else []
    limits = [*chosen, rules.persona.retention] if rules.persona.retention else chosen
    return f"{max(time.time() - min(limits), 0):.6f}" if limits else "0"


async def _unread(messages: Sequence[Message], world: World) -> frozenset[str]:
    said = {message.author for message in messages} | {quote.author for each in messages for quote in each.quotes}
    return await world.prefs.unread_of(said - {""})


def readable(messages: Sequence[Message], rules: Rules, turn: Turn) -> tuple[Message, ...]:
    """Those of people who want to be no context for others are left out, but for what they ask themselves just now,
    and where nobody else asks."""
    asked, askers = {message.ts for message in turn.asked}, {message.author for message in turn.asked}
    hidden = rules.unread - (askers if len(askers) == 1 else frozenset())
    if not hidden or turn.batch.thread.direct:
        return tuple(messages)
    kept = (message for message in messages if message.author not in hidden or message.ts in asked)
    return tuple(readers.without_quotes(message, hidden) for message in kept)


async def says_something(rules: Rules, turn: Turn, world: World) -> bool:
    """Whether there is anything in the batch that may be read."""
    if any(message.says_something for message in turn.asked):
        return True
    said = turn.batch.everything
    known = await _known_authors(said, rules, turn, world)
    return any(message.says_something for message in _shown(said, known, rules))


async def _known_authors(messages: Sequence[Message], rules: Rules, turn: Turn, world: World) -> Mapping[str, Author]:
    """Who wrote these messages, and what they quote. Those who are answered have been admitted just now, whatever the
    look-ups tell; those who were refused have not."""
    authors = {message.author for message in messages if message.kind is None}
    quoted = {quote.author for message in messages for quote in message.quotes}
    known = dict(await readers.known_authors((authors | quoted) - turn.refused, turn.batch.thread, rules, world))
    known |= dict.fromkeys(turn.refused, "other")
    return known | {m.author: "admitted" for m in turn.asked if known.get(m.author, "other") == "other"}


def _shown(messages: Sequence[Message], known: Mapping[str, Author], rules: Rules) -> tuple[Message, ...]:
    shown = (readers.shown(message, known, rules[READERS]) for message in messages)
    return tuple(message for message in shown if message is not None)
