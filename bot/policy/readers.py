"""Whose words and files the model is given.

That is decided for each request, by the rules of that moment: when they change, what was said before is read, or left
out, by the new ones.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Literal

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Message, Quote
from bot.errors import Unavailable
from bot.policy import access
from bot.policy.preferences import Rules
from bot.ports import World

Author = Literal["admitted", "app", "other"]
"""A person whom the access rules admit; an app of this workspace; everybody else, and whoever is not known."""
UNREAD = Quote("")
"""What stands in place of a quotation that is not read."""


async def known_authors(authors: Iterable[str], where: ThreadKey, rules: Rules, world: World) -> Mapping[str, Author]:
    """Who they are here, by id. What cannot be looked up grants nothing."""
    wanted = [author for author in dict.fromkeys(authors) if author]
    found = await asyncio.gather(*(_author(author, where, rules, world) for author in wanted))
    return dict(zip(wanted, found, strict=True))


def shown(message: Message, known: Mapping[str, Author], readers: str) -> Message | None:
    """What of a message the model is given; None for nothing of it."""
    if message.kind is not None or readers == "all":
        return message
    kind = known.get(message.author, "other")
    if kind == "other":
        return None
    if readers == "quoted" and kind == "admitted":
        return message
    return without_quotes(message, {q.author for q in message.quotes if known.get(q.author, "other") == "other"})


def without_quotes(message: Message, authors: Collection[str]) -> Message:
    """The message without what it passes on of these people."""
    unread = [quote for quote in message.quotes if quote.author in authors]
    if not unread:
        return message
    quotes = tuple(UNREAD if quote in unread else quote for quote in message.quotes)
    hidden = {id for quote in unread for id in quote.files}
    return replace(message, quotes=quotes, files=tuple(file for file in message.files if file.id not in hidden))


async def _author(author: str, where: ThreadKey, rules: Rules, world: World) -> Author:
    person = await world.directory.person(author)
    if not person.known:
        return "other"
    if not person.is_bot:
        return "admitted" if await _admitted(author, where, rules, world) else "other"
    of_apps = replace(rules.access, bots=True, allowed_users=frozenset(), allowed_groups=frozenset())
    return "app" if await _admitted(author, where, replace(rules, access=of_apps), world) else "other"


async def _admitted(author: str, where: ThreadKey, rules: Rules, world: World) -> bool:
    try:
        return await access.refusal(author, where, rules, world) is None
    except Unavailable:
        return False
