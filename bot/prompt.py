"""What is the model told? The system prompt, then the thread, cut to fit.

Tokens are estimated here, before the call; the server's own count is what the footer shows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
    """One request to a model. `messages` start with the system prompt (when there is one) and end with the batch.

    `kept` is how many messages of the past are in it, `left_out` how many did not fit.
    """

    model: str
    messages: tuple[Said, ...]
    params: Mapping[str, object]
    user: str | None = None
    kept: int = 0
    left_out: int = 0
    unread: tuple[File, ...] = ()

    @property
    def tokens(self) -> int:
        return sum(tokens(said.text) for said in self.messages)


def tokens(text: str) -> int:
    """An estimate that is seldom too low for prose or code in any script: a token per three bytes."""
    return -(-len(text.encode()) // 3) + PER_MESSAGE


def build(
    persona: Persona,
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
    while first < len(past) and past[first].role == "assistant":
        first += 1  # an answer without its question would only confuse
    kept = past[first:]
    system = (Said("system", persona.system_prompt),) if persona.system_prompt else ()
    return Ask(
        model=persona.model,
        messages=system + _conversation((*kept, *new), names),
        params=persona.params,
        user=user,
        kept=len(kept),
        left_out=first,
        unread=tuple(file for message in new for file in message.files),
    )


def shorter(ask: Ask) -> Ask | None:
    """The same request with the older half of the conversation left out; None when only the newest message is left."""
    system = tuple(said for said in ask.messages if said.role == "system")
    said = ask.messages[len(system) :]
    rest = said[-(-len(said) // 2) :]
    while rest and rest[0].role == "assistant":
        rest = rest[1:]
    if not rest or len(rest) == len(said):
        return None
    dropped = len(said) - len(rest)
    return replace(ask, messages=system + rest, kept=max(ask.kept - dropped, 0), left_out=ask.left_out + dropped)


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
