"""Commands to the answers in a thread: stop, regenerate, continue, rate; and who could answer there instead."""

from bot.commands import choosing
from bot.commands.model import Actor, Continue, PickPersona, Rate, Regenerate, Stop
from bot.commands.reports import Personas
from bot.commands.result import Result, report
from bot.conversation.ids import just_after
from bot.conversation.messages import Message
from bot.policy.preferences import FEEDBACK
from bot.ports import World

CONTINUE = "Continue exactly where you stopped."
"""What the model is told, as a message of the person who wants it to go on."""


async def stop(command: Stop, world: World) -> Result:
    stopped = await world.inbox.stop(command.thread, command.newest)
    return Result("stopped") if stopped else Result("stop.nothing")


async def regenerate(command: Regenerate, world: World) -> Result:
    match await world.inbox.again(command.thread, command.newest):
        case "ready":
            return Result("regenerating")
        case "busy":
            return Result("regenerate.busy")
        case "old":
            return Result("regenerate.old")
    return Result("regenerate.unknown")


async def go_on(command: Continue, actor: Actor, world: World) -> Result:
    """The wish to go on becomes a message, which is kept like any other. It has its place right after the message that
    was answered, so that no turn is continued twice, however often and on whichever replica somebody clicks."""
    thread, newest = command.thread, command.newest
    record = await world.inbox.record(thread, newest)
    if record is None:
        return Result("continue.unknown")
    if not record.may_go_on:
        return Result("continue.complete")
    answers = [message.ts for message in (await world.history.load(thread)).messages if message.role == "assistant"]
    if answers[-1:] != [newest]:
        return Result("continue.old")
    await world.inbox.put(thread, Message(just_after(newest), actor.user, CONTINUE, continues=newest), addressed=True)
    return Result("continuing")


async def rate(command: Rate, actor: Actor, world: World) -> Result:
    if not (await world.prefs.rules(command.thread, actor.user))[FEEDBACK]:
        return Result("rate.off")
    known = await world.ledger.rate(command.thread, command.newest, actor.user, command.vote, command.reason)
    return Result("rated") if known else Result("rate.unknown")


async def pick_persona(command: PickPersona, actor: Actor, world: World) -> Result:
    rules = await world.prefs.rules(command.thread, actor.user)
    return report(Personas(await choosing.personas(actor, command.thread, world), rules.persona.name))
