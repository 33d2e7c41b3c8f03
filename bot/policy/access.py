"""Who is answered here, who is obeyed, and why others are not.

What decides is asked in this order: what a message itself says of its author, what Slack tells, and what Slack told
last. Where all of these are silent nobody is let in.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import get_args

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Message, Person, Standing
from bot.conversation.places import Channel, Direct, Place, Ref
from bot.policy import roles
from bot.policy.preferences import POLICY, Access, Rules
from bot.policy.roles import Refusal
from bot.ports import World

MAX_NAMED = 3  # people whom somebody is told to ask
_WORST_LAST: tuple[Standing, ...] = ("member", "guest", "bot", "outsider")
assert set(_WORST_LAST) == set(get_args(Standing))


async def refused(messages: Sequence[Message], where: ThreadKey, rules: Rules, world: World) -> dict[str, Refusal]:
    """The authors of messages who are not answered there, each with the reason; mostly empty."""
    says: dict[str, Standing | None] = {}
    for message in messages:
        says[message.author] = _worse(says.get(message.author), message.author_is)
    found = await asyncio.gather(*(refusal(user, where, rules, world, said) for user, said in says.items()))
    return {user: why for user, why in zip(says, found, strict=True) if why is not None}


def whom(access: Access, channel: str | None = None) -> tuple[Ref, ...]:
    """Whom somebody can ask for what they may not do, besides the admins of the workspace. May be empty."""
    managers = access.managers.get(channel, frozenset()) if channel else frozenset()
    named = sorted(managers | access.admins | access.appointed)[:MAX_NAMED]
    return tuple(Ref("user", user) for user in named)


async def refusal(
    user: str, where: ThreadKey | Place, rules: Rules, world: World, says: Standing | None = None
) -> Refusal | None:
    """Why one person is not answered there; None if they are. `says` is what their message says of them."""
    access, channel, direct = rules.access, _channel(where), _direct(where)
    if rules[POLICY] == "mute" and not direct:
        return Refusal("muted", whom(access, channel))
    person, groups = await asyncio.gather(_person(user, says, world), _groups(user, access, world))
    reason = roles.admitted(user, person, channel, access, groups, direct=direct)
    return None if reason is None else Refusal(reason, whom(access, channel))


async def refusal_of_command(
    user: str, where: ThreadKey | Place | None, access: Access, world: World
) -> Refusal | None:
    """Why nobody obeys one person there; None if they are obeyed. `where` is None for what is asked at no place.

    Admins are obeyed everywhere, or a place that was shut could not be opened again.
    """
    channel = None if where is None else _channel(where)
    person, groups = await asyncio.gather(_person(user, None, world), _groups(user, access, world))
    reason = roles.kept_out(user, person, channel, access, groups)
    if reason is None and where is not None and not roles.is_admin(roles.roles(user, person, channel, access)):
        reason = roles.shut(channel, access, direct=_direct(where))
    return None if reason is None else Refusal(reason, whom(access, channel))


async def _person(user: str, says: Standing | None, world: World) -> Person:
    """Who somebody is. What their own message says can only take rights away from what Slack tells."""
    match says:
        case "outsider":
            return Person(known=True, is_outsider=True)
        case "bot":
            return Person(known=True, is_bot=True)
    person = await world.directory.person(user)
    if says is None:
        return person
    return replace(person, known=True, is_hidden=False, is_guest=person.is_guest or says == "guest")


async def _groups(user: str, access: Access, world: World) -> Mapping[str, bool]:
    """Whether they are in each of the user groups that are allowed or denied, as far as that is known."""
    listed = access.allowed_groups | access.denied_groups
    return await world.directory.groups(user, listed) if listed else {}


def _worse(one: Standing | None, other: Standing | None) -> Standing | None:
    """Of two things that are said of somebody, the one that takes more away."""
    said = [each for each in (one, other) if each is not None]
    return max(said, key=_WORST_LAST.index, default=None)


def _channel(where: ThreadKey | Place) -> str | None:
    return where.channel if isinstance(where, ThreadKey) else where.id


def _direct(where: ThreadKey | Place) -> bool:
    match where:
        case ThreadKey():
            return where.direct
        case Channel():
            return False
        case Direct():
            return True
