"""One answer to a conversation that somebody else keeps: no thread, no inbox, and nothing is remembered of it.

Who answers, how the model is asked and what is booked are as in a turn. What is lost with the process is lost: whoever
asks has to ask again.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast
from uuid import uuid4

from bot.conversation import prompt
from bot.conversation.marks import Marks
from bot.conversation.mentions import literal, named
from bot.conversation.messages import Message
from bot.conversation.prompt import Ask
from bot.personas.persona import Persona
from bot.policy.preferences import REDACT, Rules
from bot.policy.tokens import person
from bot.ports import World
from bot.redaction.find import Mode
from bot.turns.aside import Aside
from bot.turns.generate import Generated, Page
from bot.turns.redact import redact, with_placeholders
from bot.usage.budgets import Who

UPPER_BOUNDS = ("max_tokens",)
"""Parameters of which the smaller one holds, where both the persona and the program have one."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a program sends: its own instructions, then what was said, the user's words last. `params` are chat
    completions parameters by their API names; `channel` is where it is counted."""

    instructions: str
    said: Sequence[tuple[bool, str]]
    """Whether the user said it, and what."""
    params: Mapping[str, object]
    user: str
    channel: str


async def complete(
    asked: Conversation, persona: Persona, model: str, rules: Rules, world: World, *, page: Page, stop: asyncio.Event
) -> Generated:
    """The answer, which grows on the `page`. What it took is booked whatever becomes of it.

    May raise Unanswerable, Unavailable, OverBudget, Unpriced, TooOftenAsked and PausedByFuse.
    """
    who = Who(person(asked.user), persona=persona.name, token=asked.channel)
    aside = Aside(f"completion/{uuid4().hex}", who, rules, world)
    ask = _request(asked, persona, model, rules, world)
    generated = await aside.answer(ask, page=page, stop=stop, seconds=world.limits.turn)
    generated.check()
    return generated


def _request(asked: Conversation, persona: Persona, model: str, rules: Rules, world: World) -> Ask:
    """The persona's prompt comes before the program's own; the user's last words are always in it. What the model must
    not be told is hidden in all that the program sends."""
    messages = [_message(n, user, text, asked.user) for n, (user, text) in enumerate(asked.said, start=1)]
    first = next((n for n in range(len(messages), 0, -1) if messages[n - 1].role == "assistant"), 0)
    own, mode = _message(0, True, asked.instructions, asked.user), cast(Mode, rules[REDACT])
    stops = [_message(0, True, word, asked.user) for word in _stops(asked.params)]
    told = redact([own, *stops, *messages[:first]], messages[first:], {}, {}, mode, world.own_patterns)
    stop = [named(word.text, {}) for word in told.past[1 : 1 + len(stops)]]
    system = "\n\n".join(filter(None, (persona.system_prompt, named(told.past[0].text, {}))))
    speaker = replace(
        persona, system_prompt=system, params=params(persona, {**asked.params, **({"stop": stop} if stop else {})})
    )
    speaker = with_placeholders(speaker) if mode == "personal" else speaker
    marks = Marks(world.mark_word(f"completion/{asked.user}"), direct=True)
    budget, hashed = world.limits.history_tokens, world.user_hash(asked.user)
    ask = prompt.build(speaker, model, told.past[1 + len(stops) :], told.new, marks, budget, hashed)
    return replace(ask, fallbacks=world.fallbacks(persona.name), hidden=told.values, hidden_count=told.count)


def _stops(wanted: Mapping[str, object]) -> list[str]:
    """The words at which the program wants the answer to end."""
    found = wanted.get("stop")
    return list(map(str, found)) if isinstance(found, Sequence) else []


def params(persona: Persona, wanted: Mapping[str, object]) -> Mapping[str, object]:
    """What the persona, or the operator, has chosen stays so; of upper bounds the smaller one holds."""
    found = {**wanted, **{name: value for name, value in persona.params.items() if name != "n"}}
    for name in UPPER_BOUNDS:
        both = [each.get(name) for each in (persona.params, wanted)]
        numbers = [value for value in both if isinstance(value, int)]
        if numbers:
            found[name] = min(numbers)
    return found


def _message(place: int, user: bool, text: str, author: str) -> Message:
    return Message(f"{place}.0", author, literal(text)) if user else Message(f"{place}.0", "", text, kind="answer")
