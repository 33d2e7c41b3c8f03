"""What is the model told? The system prompt, then the thread, cut to fit.

Tokens are estimated here, before the call; the server's own count is what the footer shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.persona import Persona
from bot.thread import File, Message

PER_MESSAGE = 4  # tokens that a chat template spends on each message


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of the conversation as the model sees it."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a model. `messages` start with the system prompt (when there is one) and end with what is new.

    `past` is what of the thread's past is in it, `left_out` how many messages of it did not fit.
    """

    model: str
    messages: tuple[Said, ...]
    params: Mapping[str, object]
    user: str | None = None
    past: tuple[Message, ...] = ()
    new: tuple[Message, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    left_out: int = 0

    @property
    def tokens(self) -> int:
        return sum(tokens(said.text) for said in self.messages)

    @property
    def unread(self) -> tuple[File, ...]:
        """Files that came with what is new, and that the model cannot see."""
        return tuple(file for message in self.new for file in message.files)


def tokens(text: str) -> int:
    """An estimate that is seldom too low for prose or code in any script: a token per three bytes."""
    return -(-len(text.encode()) // 3) + PER_MESSAGE


def build(
    persona: Persona,
    model: str,
    past: Sequence[Message],
    new: Sequence[Message],
    names: Mapping[str, str],
    budget: int,
    user: str | None = None,
) -> Ask:
    """The request that answers `new`. The system prompt and `new` are always in it, whatever the budget."""
    room = budget - (tokens(persona.system_prompt) if persona.system_prompt else 0)
    first = _cut([tokens(m.text) for m in (*past, *new)], room)
    first = min(first, len(past))
    ask = Ask(model, (), persona.params, user, tuple(past), tuple(new), names)
    return _without(ask, first, persona.system_prompt)


def shorter(ask: Ask) -> Ask | None:
    """The same request without the older half of the past; None when there is no past left in it."""
    if not ask.past:
        return None
    system = ask.messages[0].text if ask.messages[0].role == "system" else ""
    return _without(ask, -(-len(ask.past) // 2), system)


def _without(ask: Ask, oldest: int, system_prompt: str) -> Ask:
    """Leave out so many of the oldest messages, and answers whose questions went with them."""
    past = ask.past[oldest:]
    while past and past[0].role == "assistant":
        past = past[1:]
    system = (Said("system", system_prompt),) if system_prompt else ()
    messages = system + _conversation((*past, *ask.new), ask.names)
    return replace(ask, messages=messages, past=past, left_out=ask.left_out + len(ask.past) - len(past))


def _cut(costs: Sequence[int], room: int) -> int:
    """Where to start so that `costs[start:]` fits into `room`.

    Replays how the thread grew: each time it overflows, it is cut to half the room. The cut therefore stays put
    for many turns, and the model's server can reuse its cache of the prefix (OpenAI's prompt caching guide).
    """
    start = total = 0
    for end, cost in enumerate(costs):
        total += cost
        if total <= room:
            continue
        while start < end and total > room // 2:
            total -= costs[start]
            start += 1
    return start


def _conversation(messages: Sequence[Message], names: Mapping[str, str]) -> tuple[Said, ...]:
    """Neighbouring messages of people become one entry: many chat templates insist on taking turns.

    As soon as more than one person speaks in the thread, each message says who.
    """
    several = len({m.author for m in messages if m.role == "user"}) > 1
    said: list[Said] = []
    for message in messages:
        text = _with_files(message)
        if not text:
            continue
        if message.role == "user" and several:
            text = f"{names.get(message.author, message.author)}: {text}"
        if said and said[-1].role == "user" == message.role:
            said[-1] = Said("user", f"{said[-1].text}\n\n{text}")
        else:
            said.append(Said(message.role, text))
    return tuple(said)


def _with_files(message: Message) -> str:
    notes = [
        f"[attached file, content not available: {f.name} ({f.mimetype or 'unknown type'})]" for f in message.files
    ]
    return "\n".join(filter(None, (message.text, *notes)))
