"""What those are called who speak in a thread, and whom and what they mention."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.conversation.ids import ThreadKey
from bot.conversation.mentions import Mention, mentioned, parts
from bot.conversation.messages import Message
from bot.conversation.plain import distinct, one_line
from bot.ports import World

SOMEONE = "someone"


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What the directory calls people and apps, and channels and user groups, by id. What it does not tell is left out;
    where the model is not told what people are called, `speakers` has apps alone."""

    speakers: Mapping[str, str]
    places: Mapping[str, str]


async def look_up(messages: Sequence[Message], thread: ThreadKey, world: World, *, people: bool) -> LookedUp:
    """All that is needed to name who speaks and who and what is mentioned. Nobody alone in a direct thread is named."""
    of = mentioned(_texts(messages))
    speakers = _speakers(messages, thread)
    wanted = of.people | speakers.keys()
    named, channels, groups = await asyncio.gather(
        world.directory.names(wanted - {id for id, name in speakers.items() if name})
        if people
        else _apps(wanted, world),
        world.directory.channel_names(of.channels, thread),
        world.directory.group_names(of.groups),
    )
    return LookedUp(named, {**channels, **groups})


def names_in(
    messages: Sequence[Message], thread: ThreadKey, apps: frozenset[str], found: LookedUp, *, people: bool
) -> Mapping[str, str]:
    """Names by id, for the model: each on one line, and no two who speak or are mentioned with the same. What was not
    found has none.

    Unless `people`, it is not told what people are called: those who speak are numbered, others are "someone".
    """
    speakers = _speakers(messages, thread)
    given = {id: name for id, name in speakers.items() if name}
    called = {**found.speakers, **given}
    hidden = frozenset[str]()
    if not people:
        numbered = {id: f"Person {n}" for n, id in enumerate((id for id in speakers if id not in apps), start=1)}
        hidden = mentioned(_texts(messages)).people - called.keys() - numbered.keys()
        called |= numbered
    unique = distinct((id, called[id]) for id in _in_order(messages) if id in called)
    places = {id: one_line(name, id) for id, name in found.places.items()}
    return {**dict.fromkeys(hidden, SOMEONE), **unique, **places}


def _texts(messages: Iterable[Message]) -> Iterator[str]:
    for message in messages:
        yield message.text
        yield from (quote.text for quote in message.quotes)


def _speakers(messages: Iterable[Message], thread: ThreadKey) -> dict[str, str]:
    """All who have to be named because their words are there, in the order in which they speak first, with the first
    name that messages tell."""
    found: dict[str, str] = {}
    for message in messages:
        if message.kind is None:
            found[message.author] = found.get(message.author) or message.name
        for quote in message.quotes:
            found.setdefault(quote.author, "")
    found.pop("", None)
    return {} if thread.direct and len(found) < 2 else found


def _in_order(messages: Iterable[Message]) -> Iterator[str]:
    """The ids of people and apps in the order in which they appear."""
    for message in messages:
        yield message.author
        yield from (quote.author for quote in message.quotes)
        texts = (message.text, *(quote.text for quote in message.quotes))
        yield from (part.id for text in texts for part in parts(text) if isinstance(part, Mention))


async def _apps(ids: Iterable[str], world: World) -> Mapping[str, str]:
    """The names of those who are apps: they have none to hide."""
    listed = sorted(ids)
    known = await asyncio.gather(*(world.directory.person(id) for id in listed))
    return {id: each.name for id, each in zip(listed, known, strict=True) if each.is_bot and each.name}
