"""What those are called who speak in a thread, and whom and what they mention."""

import asyncio
from collections.abc import Mapping, Sequence

from bot.conversation.ids import ThreadKey
from bot.conversation.mentions import mentioned
from bot.conversation.messages import Message
from bot.ports import World

SOMEONE = "someone"


async def names_in(messages: Sequence[Message], thread: ThreadKey, world: World, *, people: bool) -> Mapping[str, str]:
    """Names by id, for the model; what cannot be looked up is left out. Those who speak have one only where several do.

    Unless `people`, it is not told what people are called: those who speak are numbered, others are "someone".
    """
    speakers = {message.author: message.name for message in messages if message.kind is None}
    if len(speakers) < 2:
        speakers = {}
    of = mentioned(message.text for message in messages)
    naming = _names if people else _without_names
    return {
        key: name
        for found in await asyncio.gather(
            naming(speakers, of.people, world),
            world.directory.channel_names(of.channels, thread),
            world.directory.group_names(of.groups),
        )
        for key, name in found.items()
    }


async def _names(speakers: Mapping[str, str], others: frozenset[str], world: World) -> Mapping[str, str]:
    told = {author: name for author, name in speakers.items() if name}
    return {**told, **await world.directory.names((speakers.keys() | others) - told.keys())}


async def _without_names(speakers: Mapping[str, str], others: frozenset[str], world: World) -> Mapping[str, str]:
    """Bots, of which we are one, have no name to hide."""
    numbered = {author: f"Person {n}" for n, author in enumerate(speakers, start=1)}
    unnamed = sorted(others - numbered.keys())
    known = await asyncio.gather(*(world.directory.person(user) for user in unnamed))
    bots = {user: each.name for user, each in zip(unnamed, known, strict=True) if each.is_bot and each.name}
    return {**numbered, **dict.fromkeys(unnamed, SOMEONE), **bots}
