"""Who of those who speak to the bot is answered here, and what are the others told?"""

import asyncio
from collections.abc import Mapping

from bot.conversation.ids import ThreadKey
from bot.conversation.mentions import person as mention
from bot.conversation.messages import Batch
from bot.policy import roles as rights
from bot.policy.preferences import Access, Rules
from bot.policy.roles import Reason
from bot.ports import World

MUTED = "I am muted in this channel, so I do not answer here. If that should change, please ask {whom}."
WHY: Mapping[Reason, str] = {
    "direct messages are off": "Direct messages are switched off. Please mention me in a channel, or ask {whom}.",
    "channel": "I do not answer in this channel. If I should, please ask {whom}.",
    "bot": "I do not answer other bots.",
    "outsider": "I do not answer people of other workspaces here. If I should, please ask {whom}.",
    "guest": "I do not answer guests here. If I should, please ask {whom}.",
    "denied": "I cannot answer you here. If you think that I should, please ask {whom}.",
    "not on the list": "I do not answer everybody here yet. If I should answer you, please ask {whom}.",
}


async def refused(batch: Batch, rules: Rules, world: World) -> dict[str, str]:
    """Those who asked and are not answered here, each with what to tell them; mostly empty."""
    users = list(dict.fromkeys(message.author for message in batch.messages))
    lines = await asyncio.gather(*(refusal(user, batch.thread, rules, world) for user in users))
    return {user: line for user, line in zip(users, lines, strict=True) if line is not None}


def whom(access: Access, channel: str = "") -> str:
    """To whom somebody may turn for what they may not do."""
    named = sorted(access.managers.get(channel, frozenset()) | access.admins | access.appointed)[:3]
    return " or ".join([*map(mention, named), "an admin of this workspace"])


async def refusal(user: str, thread: ThreadKey, rules: Rules, world: World) -> str | None:
    """Why one person is not answered there; None if they are."""
    access, direct = rules.access, thread.direct
    ask = whom(access, thread.channel)
    if rules.policy == "mute" and not direct:
        return MUTED.format(whom=ask)
    person = await world.directory.person(user)
    listed = access.allowed_groups | access.denied_groups
    groups = await world.directory.groups(user, listed) if listed else ()
    reason = rights.admitted(user, person, thread.channel, access, groups, direct=direct)
    return None if reason is None else WHY[reason].format(whom=ask)
