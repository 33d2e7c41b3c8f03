"""Who is answered here, and why others are not."""

import asyncio

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Batch
from bot.conversation.places import Channel, Direct, Place, Ref
from bot.policy import roles
from bot.policy.preferences import POLICY, Access, Rules
from bot.policy.roles import Refusal
from bot.ports import World

MAX_NAMED = 3  # people whom somebody is told to ask


async def refused(batch: Batch, rules: Rules, world: World) -> dict[str, Refusal]:
    """Those who asked and are not answered here, each with the reason; mostly empty."""
    users = list(dict.fromkeys(message.author for message in batch.messages))
    found = await asyncio.gather(*(refusal(user, batch.thread, rules, world) for user in users))
    return {user: why for user, why in zip(users, found, strict=True) if why is not None}


def whom(access: Access, channel: str | None = None) -> tuple[Ref, ...]:
    """Whom somebody can ask for what they may not do, besides the admins of the workspace. May be empty."""
    managers = access.managers.get(channel, frozenset()) if channel else frozenset()
    named = sorted(managers | access.admins | access.appointed)[:MAX_NAMED]
    return tuple(Ref("user", user) for user in named)


async def refusal(user: str, where: ThreadKey | Place, rules: Rules, world: World) -> Refusal | None:
    """Why one person is not answered there; None if they are."""
    access, channel, direct = rules.access, _channel(where), _direct(where)
    ask = whom(access, channel)
    if rules[POLICY] == "mute" and not direct:
        return Refusal("muted", ask)
    person = await world.directory.person(user)
    listed = access.allowed_groups | access.denied_groups
    groups = await world.directory.groups(user, listed) if listed else ()
    reason = roles.admitted(user, person, channel, access, groups, direct=direct)
    return None if reason is None else Refusal(reason, ask)


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
