"""Commands to preferences: who answers and why, what applies, and what shall apply."""

import asyncio

from bot.commands import choosing
from bot.commands.model import Actor, Choose, Explain, ShowModels, ShowSettings
from bot.commands.reports import Settings, WhoAnswers, WhoAnswersInThread
from bot.commands.result import Result, report
from bot.conversation.ids import ThreadKey
from bot.conversation.places import Direct
from bot.errors import NotOffered, Unanswerable, Unavailable
from bot.policy import triggers
from bot.policy.preferences import FOLLOW, MODEL, PERSONA, POLICY, RETENTION, WORKSPACE, Scope
from bot.ports import World
from bot.privacy.held import Erasure

MAX_NAMED = 30  # personas named in a thread, or models in a list
PROVE_TIMEOUT = 30.0  # seconds that a model gets for its one word


async def explain(command: Explain, actor: Actor, world: World) -> Result:
    where = command.where
    rules = await world.prefs.rules(where, actor.user)
    if not isinstance(where, ThreadKey):
        return report(WhoAnswers(rules, isinstance(where, Direct)))
    known = await choosing.personas(actor, where, world)
    return report(WhoAnswersInThread(rules, known[:MAX_NAMED], max(len(known) - MAX_NAMED, 0)))


async def show(command: ShowSettings, actor: Actor, world: World) -> Result:
    rules = await world.prefs.rules(command.place, actor.user)
    return report(Settings(rules, isinstance(command.place, Direct)))


async def show_models(command: ShowModels, actor: Actor, world: World) -> Result:
    rules, offered = (
        await world.prefs.rules(command.place, actor.user),
        await choosing.models(actor, command.place, world),
    )
    values = {"model": rules[MODEL], "names": offered[:MAX_NAMED], "more": max(len(offered) - MAX_NAMED, 0)}
    return Result("model.list" if offered else "model.list.unknown", values)


async def _refused_persona(command: Choose, actor: Actor, world: World) -> Result | None:
    """Why this persona is not chosen; None if it may be. May raise Unknown."""
    if command.preference != PERSONA.name or not isinstance(command.value, str):
        return None
    found = await world.prefs.persona(command.value)
    return await choosing.refusal(found.name, found.chosen_by, actor, command.where, world)


async def _refused_model(command: Choose, actor: Actor, world: World) -> Result | None:
    """Why this model is not chosen: it may not be, or does not answer; None if it does, or there is none to try."""
    name = command.value
    if command.preference != MODEL.name or not isinstance(name, str) or MODEL.kind.problem(name):
        return None
    if limited := await choosing.refusal(name, world.model.chosen_by(name), actor, command.where, world):
        return limited
    try:
        async with asyncio.timeout(PROVE_TIMEOUT):
            await world.model.prove(name)
    except NotOffered:
        offered = await choosing.models(actor, command.where, world)
        values = {"model": name, "names": offered[:MAX_NAMED], "more": max(len(offered) - MAX_NAMED, 0)}
        return Result("model.not-offered", values)
    except (Unanswerable, Unavailable) as refusal:
        return Result("model.not-proved", {"model": name, "why": refusal.sentence})
    except TimeoutError:
        return Result("model.not-proved", {"model": name, "why": "model.late"})
    return None


async def choose(command: Choose, actor: Actor, world: World) -> Result:
    scope, where = _scope(command, actor), command.where
    if scope is None:
        return Result("choose.not-here")
    if refusal := await _refused_persona(command, actor, world) or await _refused_model(command, actor, world):
        return refusal
    if command.preference == RETENTION.name and world.hold:
        return Result("forget.held")
    if command.level == "thread" and isinstance(where, ThreadKey):
        return await _in_thread(command, where, actor, world)
    await world.prefs.choose(scope, {command.preference: command.value}, actor.user)
    if command.preference == RETENTION.name:  # what is older goes now, and all replicas learn of it
        await world.erasures.announce()
        await world.erasures.note(Erasure(actor.workspace, "retention"))
    here = where.direct if isinstance(where, ThreadKey) else isinstance(where, Direct)
    place = where if here or command.level != "person" else Direct()
    rules = await world.prefs.rules(place, actor.user)
    values = {"preference": command.preference, "value": command.value, "level": command.level}
    return Result("chosen", values, Settings(rules, here or command.level == "person"), changed=True)


async def _in_thread(command: Choose, thread: ThreadKey, actor: Actor, world: World) -> Result:
    if command.preference == FOLLOW.name:
        return await _follow(command, thread, actor, world)
    await world.prefs.choose(Scope.of(thread), {command.preference: command.value}, actor.user)
    rules = await world.prefs.rules(thread, actor.user)
    return Result("chosen.in-thread", {"persona": rules.persona}, changed=True)


async def _follow(command: Choose, thread: ThreadKey, actor: Actor, world: World) -> Result:
    if thread.direct:
        return Result("follow.direct")
    rules = await world.prefs.rules(thread, actor.user)
    if rules[POLICY] == "mute":
        return Result("follow.muted")
    if not command.value and not triggers.follows(rules):
        return Result("follow.not")
    await world.prefs.choose(Scope.of(thread), {FOLLOW.name: command.value}, actor.user)
    return Result("following" if command.value else "not-following", changed=True)


def _scope(command: Choose, actor: Actor) -> Scope | None:
    """Where the choice holds; None if the command was given where there is no such thing."""
    where = command.where
    match command.level:
        case "workspace":
            return WORKSPACE
        case "person":
            return Scope("person", actor.user)
        case "thread":
            return Scope.of(where) if isinstance(where, ThreadKey) else None
        case "channel":
            channel = where.channel if isinstance(where, ThreadKey) else where.id
            return Scope("channel", channel) if channel else None
