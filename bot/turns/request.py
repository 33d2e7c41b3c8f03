"""Gathering what the model is asked: the thread's past, what people are called, and what is in their files."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot import aio
from bot.conversation import prompt
from bot.conversation.marks import Marks
from bot.conversation.messages import Message
from bot.conversation.prompt import Ask
from bot.policy.preferences import MODEL, Rules
from bot.ports import World
from bot.turns.history import Recalled, recall
from bot.turns.names import apps_among, names_in
from bot.turns.state import Turn


@dataclass(frozen=True, slots=True)
class Request:
    """What the model is asked, and what was known of the past when it was put together."""

    ask: Ask
    recalled: Recalled


async def gather(new: Sequence[Message], rules: Rules, turn: Turn, world: World) -> Request:
    """The request that answers `new`, the batch. Files are not waited for when a person stops it.

    May raise LeaseLost.
    """
    persona, limits, thread = rules.persona, world.limits, turn.batch.thread
    recalled = await recall(turn, world)
    past = recalled.messages
    apps = await apps_among((*past, *new), world)
    names = await names_in((*past, *new), thread, apps, world, people=persona.sees_names)
    marks = Marks(world.mark_word(str(thread)), names, apps, direct=thread.direct)
    user = world.user_hash(turn.batch.newest.author)
    read = await aio.unless(turn.lease.stop, world.files.read((*past, *new)))
    budget, room = limits.history_tokens, limits.file_tokens
    return Request(prompt.build(persona, rules[MODEL], past, new, marks, budget, user, read, room), recalled)
