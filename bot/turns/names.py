"""What those are called who speak in a thread, and whom and what they mention."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.conversation.ids import ThreadKey
from bot.conversation.mentions import Mention, mentioned, parts
from bot.conversation.messages import Message
from bot.conversation.plain import distinct, one_line
from bot.ports import World

SOMEONE = "someone"


async def names_in(
    messages: Sequence[Message], thread: ThreadKey, apps: frozenset[str], world: World, *, people: bool
) -> Mapping[str, str]:
    """Names by id, for the model: each on one line, and no two who speak or are mentioned with the same. What cannot be
    looked up is left out. Who speaks in a direct thread has one only where several do.

    Unless `people`, it is not told what people are called: those who speak are numbered, others are "someone".
    """
    speakers = _speakers(messages)
    if thread.direct and len(speakers) < 2:
        speakers = {}
    of = mentioned(_texts(messages))
    called, channels, groups = await asyncio.gather(
        _names(speakers, of.people, world) if people else _without_names(speakers, of.people, apps, world),
        world.directory.channel_names(of.channels, thread),
        world.directory.group_names(of.groups),
    )
    some = {id: name for id, name in called.items() if name == SOMEONE}
    distinguished = distinct((id, called[id]) for id in _in_order(messages) if id in called and id not in some)
    return {**some, **distinguished, **{id: one_line(name, id) for id, name in {**channels, **groups}.items()}}


def _texts(messages: Iterable[Message]) -> Iterator[str]:
    for message in messages:
        yield message.text
        yield from (quote.text for quote in message.quotes)


def _speakers(messages: Iterable[Message]) -> dict[str, str]:
    """All whose words are there, in the order in which they speak first, with the first name that messages tell."""
    found: dict[str, str] = {}
    for message in messages:
        if message.kind is None:
            found[message.author] = found.get(message.author) or message.name
        for quote in message.quotes:
            found.setdefault(quote.author, "")
    found.pop("", None)
    return found


def _in_order(messages: Iterable[Message]) -> Iterator[str]:
    """The ids of people and apps in the order in which they appear."""
    for message in messages:
        yield message.author
        yield from (quote.author for quote in message.quotes)
        texts = (message.text, *(quote.text for quote in message.quotes))
        yield from (part.id for text in texts for part in parts(text) if isinstance(part, Mention))


async def _names(speakers: Mapping[str, str], others: frozenset[str], world: World) -> Mapping[str, str]:
    told = {author: name for author, name in speakers.items() if name}
    return {**told, **await world.directory.names((speakers.keys() | others) - told.keys())}


async def _without_names(
    speakers: Mapping[str, str], others: frozenset[str], apps: frozenset[str], world: World
) -> Mapping[str, str]:
    """Apps, of which we are one, have no name to hide."""
    numbered = {id: f"Person {n}" for n, id in enumerate((id for id in speakers if id not in apps), start=1)}
    named = {id: name for id, name in speakers.items() if id in apps}
    open_names = await _names(named, frozenset(), world) if named else {}
    unnamed = sorted(others - numbered.keys() - open_names.keys())
    known = await asyncio.gather(*(world.directory.person(user) for user in unnamed))
    bots = {user: each.name for user, each in zip(unnamed, known, strict=True) if each.is_bot and each.name}
    return {**numbered, **open_names, **dict.fromkeys(unnamed, SOMEONE), **bots}
