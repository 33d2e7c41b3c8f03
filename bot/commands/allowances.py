"""What is asked for beyond a budget: by whom there is no room for, and what admins say to it."""

import hashlib
from typing import assert_never

from bot.commands.budget_model import AskForMore, Cheaper, Decide
from bot.commands.model import Actor
from bot.commands.result import Result
from bot.conversation.ids import ThreadKey
from bot.policy import payers
from bot.policy.preferences import Entry
from bot.ports import World
from bot.turns.notices import Decided, MoreAsked
from bot.usage import amounts, budgets
from bot.usage.budgets import Budget, Numbers, Request

MAX_ASKED = 20  # admins who are told


async def ask_for_more(command: AskForMore, actor: Actor, world: World) -> Result:
    """Tell the admins, once for each question and budget."""
    budget = await _applying(command, actor, world)
    if budget is None:
        return Result("more.over")
    digest = hashlib.sha256(f"{command.thread}/{command.newest}/{actor.user}/{budget.field}/{budget.period}".encode())
    request = Request(digest.hexdigest()[:24], str(command.thread), command.newest, actor.user, budget)
    if not await world.budgets.ask(request):
        return Result("more.again")
    [standing] = await world.budgets.standing([budget])
    notice = MoreAsked(request, command.thread.channel, standing, world.calendar.ends(budget.period))
    told = [await world.chat.tell(admin, notice) for admin in await admins(world)]
    if any(told):
        return Result("more.asked")
    await world.budgets.withdraw(request.id)
    return Result("more.nobody")


async def _applying(command: AskForMore, actor: Actor, world: World) -> Budget | None:
    """The budget as it applies now; None where it does no longer."""
    thread, wanted = command.thread, command.budget
    rules = await world.prefs.rules(thread, actor.user)
    who = payers.who(thread, actor.user, rules.persona.name)
    found = budgets.applying(who, rules.numbers, world.allowance, world.calendar.day())
    found = tuple(each for each in found if not each.fixed)
    return next((each for each in found if (each.field, each.period) == (wanted.field, wanted.period)), None)


async def admins(world: World) -> list[str]:
    """Whom to ask, as many as may be."""
    access = await world.prefs.access()
    everywhere = access.admins | access.appointed | await world.directory.admins()
    return sorted(everywhere)[:MAX_ASKED]


async def decide(command: Decide, actor: Actor, world: World) -> Result:
    """What the first of the admins says holds."""
    known = await world.budgets.decide(command.id, actor.user, command.verdict)
    if known is None:
        return Result("more.unknown")
    request, by, verdict = known.request, known.by, known.verdict
    if (by, verdict) != (actor.user, command.verdict):
        return Result("more.decided", {"by": by, "verdict": verdict})
    thread = ThreadKey.parse(request.thread)
    budget = request.budget
    amount = Numbers().having(budget.span, budget.limit)
    act = f"budget.{verdict}"
    await world.prefs.audit(
        Entry(actor.user, act, f"users:{request.user}", after=f"{budget.field} {amounts.listed(amount)}")
    )
    ready = "ready"
    match verdict:
        case "once":
            ready = await world.inbox.again(thread, request.newest, passes=True)
        case "period":
            await world.budgets.lift(budget, request.id)
            ready = await world.inbox.again(thread, request.newest)
        case "no":
            pass
        case _:
            assert_never(verdict)
    decided, begun = Decided(verdict, actor.user, ready == "ready"), request.newest != thread.root
    await world.chat.whisper(thread, request.user, decided, begun=begun)
    return Result(f"more.{verdict}", {"user": request.user, "ready": ready == "ready"}, changed=True)  # type: ignore[arg-type]


async def cheaper(command: Cheaper, world: World) -> Result:
    """Have the operator's cheaper model answer."""
    if not world.cheaper:
        return Result("more.over")
    match await world.inbox.again(command.thread, command.newest, model=world.cheaper):
        case "ready":
            return Result("regenerating")
        case "busy":
            return Result("regenerate.busy")
        case "old":
            return Result("regenerate.old")
    return Result("regenerate.unknown")
