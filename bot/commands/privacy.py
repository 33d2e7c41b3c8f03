"""Forgetting: a thread, or all that somebody said."""

from bot.commands.model import Actor, ForgetMe, ForgetThread
from bot.commands.result import Offer, Result
from bot.policy.preferences import Entry
from bot.ports import World


async def forget_me(command: ForgetMe, actor: Actor, world: World) -> Result:
    """Asks first whether they are sure."""
    if not command.sure:
        return Result("forget.sure", offers=(Offer(ForgetMe(sure=True)),))
    count = await world.history.forget_person(actor.user)
    await world.prefs.audit(Entry(actor.user, command.act, f"{count} thread{'' if count == 1 else 's'}"))
    return Result("forgotten.me", {"count": count})


async def forget_thread(command: ForgetThread, actor: Actor, world: World) -> Result:
    if not await world.history.forget(command.thread):
        return Result("forget.busy")
    await world.prefs.audit(Entry(actor.user, command.act, str(command.thread)))
    return Result("forgotten.thread")
