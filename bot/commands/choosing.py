"""Who may choose which persona and model, where that is not everybody, and whether there is such a model."""

import asyncio
from collections.abc import Iterable

from bot.commands.authorize import standing
from bot.commands.model import Actor
from bot.commands.result import Result
from bot.conversation.ids import ThreadKey
from bot.conversation.places import Place
from bot.errors import Problem
from bot.personas.persona import Chooser, Invalid, Persona, nearest
from bot.policy import access, roles
from bot.ports import World

LIST_WITHIN = 1.0  # seconds that a server gets to list its models, while somebody waits with a form


async def refusal(
    name: str, chosen_by: Chooser | None, actor: Actor, where: ThreadKey | Place | None, world: World
) -> Result | None:
    """Why the actor may not choose it there; None if they may. Slack is asked afresh who they are."""
    if chosen_by is None:
        return None
    seen, channel = await world.prefs.access(), _channel(where)
    person = await world.directory.person(actor.user, afresh=True)
    if roles.reach(roles.roles(actor.user, person, channel, seen), chosen_by):
        return None
    return Result("choose.limited", {"name": name[:40], "chosen_by": chosen_by, "ask": access.whom(seen, channel)})


async def personas(actor: Actor, where: ThreadKey | Place | None, world: World) -> list[Persona]:
    """Those that the actor may choose there."""
    held = await standing(actor.user, _channel(where), await world.prefs.access(), world)
    return [each for each in await world.prefs.personas() if roles.reach(held, each.chosen_by)]


async def models(actor: Actor, where: ThreadKey | Place | None, world: World) -> tuple[str, ...]:
    """The same of models, as far as they are known."""
    held = await standing(actor.user, _channel(where), await world.prefs.access(), world)
    offered: Iterable[str] = await world.model.offered()
    return tuple(name for name in offered if roles.reach(held, world.model.chosen_by(name)))


async def check_model(name: str | None, actor: Actor, world: World) -> None:
    """Whether the actor may give a persona this model. Raises Invalid. A server that is slow to list what it has may
    have it."""
    if name is None:
        return
    if await refusal(name, world.model.chosen_by(name), actor, None, world):
        raise Invalid({"model": Problem("wrong.model-limited")})
    try:
        async with asyncio.timeout(LIST_WITHIN):
            offered = await world.model.has(name)
    except TimeoutError:
        return
    if offered:
        return
    try:
        async with asyncio.timeout(LIST_WITHIN):
            known = await models(actor, None, world)
    except TimeoutError:
        known = ()
    raise Invalid({"model": Problem("wrong.not-offered", {"nearest": nearest(name, known)})})


def _channel(where: ThreadKey | Place | None) -> str | None:
    if where is None:
        return None
    return where.channel if isinstance(where, ThreadKey) else where.id
