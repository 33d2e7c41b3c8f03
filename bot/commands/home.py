"""What does somebody see of the bot at a glance? All that the Home tab shows; for admins more than for others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.commands import dispatch as admin
from bot.commands.model import Asker
from bot.personas.persona import Persona
from bot.policy import roles as rights
from bot.policy.preferences import WORKSPACE, Choices, Entry, Scope
from bot.ports import World
from bot.usage.ledger import Spent

LATEST = 8  # entries of the audit log


@dataclass(frozen=True, slots=True)
class ForAdmins:
    """`channels` are those with choices of their own."""

    everyone: Spent
    workspace: Choices
    channels: Mapping[str, Choices]
    latest: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Overview:
    """`mine` is the persona that somebody has chosen for direct messages, if any; `answers` is who answers them there.

    What somebody has no right to see is None.
    """

    month: str
    answers: Persona
    mine: str | None
    personas: Sequence[Persona] | None
    spent: Spent | None
    for_admins: ForAdmins | None


async def of(asker: Asker, world: World) -> Overview:
    """`asker` is in their direct messages with the bot."""
    access = await world.prefs.access()
    held = await admin.standing(asker, access, world)
    month = admin.this_month()
    rules = await world.prefs.rules(asker.thread, asker.user)
    mine = (await world.prefs.chosen(Scope("person", asker.user))).persona
    return Overview(
        month,
        rules.persona,
        mine,
        await world.prefs.personas() if rights.may(held, "persona.list") else None,
        await world.ledger.spent(month, asker.user) if rights.may(held, "usage.mine") else None,
        await _for_admins(month, world) if rights.may(held, "audit.read") else None,
    )


async def _for_admins(month: str, world: World) -> ForAdmins:
    return ForAdmins(
        await world.ledger.spent(month),
        await world.prefs.chosen(WORKSPACE),
        await world.prefs.channels(),
        await world.prefs.audited(LATEST),
    )
