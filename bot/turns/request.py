"""Gathering what the model is asked: the thread's past, what people are called, and what is in their files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot import aio
from bot.conversation import prompt
from bot.conversation.messages import Message
from bot.conversation.prompt import Ask
from bot.policy.preferences import Rules
from bot.ports import World
from bot.turns.history import Recalled, recall
from bot.turns.state import Turn


@dataclass(frozen=True, slots=True)
class Request:
    """What the model is asked, and what was known of the past when it was put together."""

    ask: Ask
    recalled: Recalled


async def gather(new: Sequence[Message], rules: Rules, turn: Turn, world: World) -> Request:
    """The request that answers `new`, the batch as people read it. Files are not waited for when a person stops it.

    May raise LeaseLost.
    """
    persona, limits = rules.persona, world.limits
    recalled = await recall(turn, world)
    past = await world.transcript.plain(recalled.messages, named=persona.sees_names)
    names = await _names((*past, *new), world, named=persona.sees_names)
    user = world.user_hash(turn.batch.newest.author)
    read = await aio.unless(turn.lease.stop, world.files.read((*past, *new)))
    budget, room = limits.history_tokens, limits.file_tokens
    return Request(prompt.build(persona, rules.model, past, new, names, budget, user, read, room), recalled)


async def _names(messages: Sequence[Message], world: World, *, named: bool) -> Mapping[str, str]:
    """What those who speak are called, where several do; by number if the persona does not see names."""
    speakers = {message.author: message.name for message in messages if message.role == "user"}
    if len(speakers) < 2:
        return {}
    if not named:
        return {author: f"Person {n}" for n, author in enumerate(speakers, start=1)}
    known = {author: name for author, name in speakers.items() if name}
    return {**known, **await world.directory.names(speakers.keys() - known.keys())}
