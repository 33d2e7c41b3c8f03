"""What somebody sees of the bot at a glance, and what can be done from there."""

import asyncio
from contextlib import suppress

from bot.commands import budgets, choosing, tokens, usage
from bot.commands.authorize import standing
from bot.commands.model import Actor, AskSuggested, TryPersona
from bot.commands.reports import ForAdmins, InForce, Overview, Reasons, TokenList
from bot.commands.result import Result, report
from bot.commands.usage_file import Subject
from bot.conversation.ids import just_after
from bot.conversation.messages import Message
from bot.conversation.places import Direct
from bot.personas.persona import Persona
from bot.policy import access, roles
from bot.policy.needs import Role
from bot.policy.preferences import MODEL, PERSONA, WORKSPACE, Scope
from bot.ports import World
from bot.privacy.handling import handling

MAX_LATEST = 8  # entries of the audit log
MAX_REASONS = 3


async def show(actor: Actor, world: World) -> Result:
    """What somebody has no right to see is left out."""
    held = await standing(actor.user, None, await world.prefs.access(), world)
    month = world.calendar.month()
    rules = await world.prefs.rules(Direct(), actor.user)
    mine = PERSONA.of(await world.prefs.chosen(Scope("person", actor.user)))
    return report(
        Overview(
            month,
            rules.persona,
            mine,
            await _personas(held, actor, world) if roles.may(held, "persona.list") else None,
            await world.ledger.spent(month, "person", actor.user) if roles.may(held, "usage.mine") else None,
            await _for_admins(month, world) if roles.may(held, "audit.read") else None,
            handling(rules, world.reach, actor.user, hold=world.hold),
            await _tokens(held, actor, world),
            (await budgets.standing(Direct(), actor, world)).rows if roles.may(held, "budget.show") else (),
            await _in_force(held, actor, world) if roles.may(held, "settings.show") else None,
            _own_server(held, world),
        )
    )


async def try_persona(command: TryPersona, actor: Actor, world: World) -> Result:
    """Whether they would be answered. May raise Unknown."""
    rules = await world.prefs.rules(Direct(), actor.user)
    if refusal := await access.refusal(actor.user, Direct(), rules, world):
        return Result("not-admitted", {"refusal": refusal})
    found = await world.prefs.persona(command.name)
    if limited := await choosing.refusal(found.name, found.chosen_by, actor, Direct(), world):
        return limited
    return Result("try", {"persona": found})


async def ask_suggested(command: AskSuggested, actor: Actor, world: World) -> Result:
    """It has its place right after the message that offers it, so that only one of them is asked, and once."""
    thread = command.thread
    message = Message(just_after(thread.root), actor.user, command.text)
    if await world.inbox.put(thread, message, addressed=True) != "new":
        return Result("suggestion.again")
    rules = await world.prefs.rules(thread, actor.user)
    return Result("suggestion.asked", {"persona": rules.persona}, changed=True)


async def _personas(held: frozenset[Role], actor: Actor, world: World) -> list[Persona]:
    """Those that somebody may choose; who may edit them sees all."""
    if roles.may(held, "persona.edit"):
        return await world.prefs.personas()
    return await choosing.personas(actor, None, world)


async def _tokens(held: frozenset[Role], actor: Actor, world: World) -> TokenList | None:
    """Those of somebody who may make some; an admin's are everybody's."""
    all_of_them = roles.may(held, "token.new")
    if not all_of_them and actor.user not in (await world.prefs.access()).tokens:
        return None
    found = await world.tokens.all()
    mine = {each: used for each, used in found.items() if all_of_them or each.user == actor.user}
    return await tokens.listed(mine, world)


async def _in_force(held: frozenset[Role], actor: Actor, world: World) -> InForce:
    """Of nobody in particular. Which models there are is asked for those who may choose."""
    rules = await world.prefs.rules(Direct(), "")
    models: tuple[str, ...] = ()
    if roles.may(held, MODEL.act("workspace")):
        with suppress(TimeoutError):
            async with asyncio.timeout(choosing.LIST_WITHIN):
                models = await choosing.models(actor, None, world)
    return InForce(rules, models, *budgets.everyones_limits(rules, world))


def _own_server(held: frozenset[Role], world: World) -> str | None:
    if world.space is None or not world.space.takes_servers or not roles.may(held, "model-server.set"):
        return None
    return world.space.now.server.host if world.space.now.server else ""


async def _for_admins(month: str, world: World) -> ForAdmins:
    return ForAdmins(
        await world.ledger.spent(month),
        await usage.daily(month, Subject("workspace"), world),
        await world.prefs.chosen(WORKSPACE),
        await world.prefs.channels(),
        await world.prefs.audited(MAX_LATEST),
        Reasons(await world.ledger.reasons(MAX_REASONS), named=world.people == "names"),
        await world.prefs.access(),
    )
