"""Commands to what may be used: how things stand, and what is set."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.commands.authorize import token_named
from bot.commands.budget_model import ONESELF, SetBudget, SetLimit, ShowBudget
from bot.commands.model import Actor
from bot.commands.reports import BudgetReport, Stood
from bot.commands.result import Result, report
from bot.conversation.places import Channel, Place
from bot.errors import Unavailable
from bot.personas import persona as personas
from bot.policy.preferences import Entry, Rules
from bot.ports import World
from bot.usage import budgets
from bot.usage.amounts import listed
from bot.usage.budgets import NOTHING, SPANS, Numbers, Owner, Span, Who

MAX_TRIES = 20  # at a number that somebody else changes at the same time


async def show(command: ShowBudget, actor: Actor, world: World) -> Result:
    return report(await standing(command.place, actor, world))


async def standing(place: Place, actor: Actor, world: World) -> BudgetReport:
    """What applies to somebody at a place, and what is left of it."""
    rules, allowance = await world.prefs.rules(place, actor.user), world.allowance
    channel = place.id if isinstance(place, Channel) else ""
    who = Who(actor.user, channel, rules.persona.name)
    applying = budgets.applying(who, rules.numbers, allowance, world.calendar.day())
    stood = await world.budgets.standing(applying) if applying else []
    pairs = zip(applying, stood, strict=True)
    rows = [Stood(budget, each, world.calendar.ends(budget.period)) for budget, each in pairs]
    minute = budgets.limit("minute", who, rules.numbers, allowance)
    at_once = budgets.limit("at_once", who, rules.numbers, allowance)
    return BudgetReport(rows, minute, at_once, exempt=actor.user in allowance.exempt)


def everyones_limits(rules: Rules, world: World) -> tuple[int, int]:
    """How many questions each person may ask, in a minute and at once; 0: any number."""
    who = Who("", "", "")
    return (
        budgets.limit("minute", who, rules.numbers, world.allowance),
        budgets.limit("at_once", who, rules.numbers, world.allowance),
    )


async def set_budget(command: SetBudget, actor: Actor, world: World) -> Result:
    """May raise Unknown, of a persona."""
    owner, amount = _named(command.owner, actor), command.amount
    shown = owner
    if owner.level == "persona":
        shown = owner = Owner("persona", personas.key((await world.prefs.persona(owner.id)).name))
    if owner.level == "token":
        token = await token_named(owner.id, world)
        if token is None:
            return Result("token.unknown", {"name": owner.id[:40]})
        shown, owner = Owner("token", token.name), Owner("token", token.channel)
    if owner.level == "channel" and not owner.id:
        return Result("choose.not-here")
    spans: Sequence[Span] = SPANS if command.span is None else (command.span,)

    def wanted(seen: Numbers) -> Numbers:
        for span in spans:
            seen = seen.having(span, amount)
        return seen

    changed = await _change(owner, wanted, Entry(actor.user, "budget.set", _what(shown)), world)
    values = {"owner": shown, "spans": spans, "amount": amount}
    code = "budget.reset" if amount is None else "budget.off" if amount.off else "budget.set"
    return Result(code, values, await standing(command.place, actor, world), changed=changed)  # type: ignore[arg-type]


def _named(owner: Owner, actor: Actor) -> Owner:
    return Owner("person", actor.user) if owner == Owner("person", ONESELF) else owner


async def set_limit(command: SetLimit, actor: Actor, world: World) -> Result:
    def wanted(seen: Numbers) -> Numbers:
        return seen.limited(command.what, command.count)

    owner = _named(command.owner, actor)
    changed = await _change(owner, wanted, Entry(actor.user, "limit.set", _what(owner)), world)
    values = {"owner": owner, "what": command.what, "count": command.count}
    code = "limit.reset" if command.count is None else "limit.set" if command.count else "limit.off"
    return Result(code, values, await standing(command.place, actor, world), changed=changed)  # type: ignore[arg-type]


async def lift_fuse(actor: Actor, world: World) -> Result:
    if not await world.turn_limits.lift():
        return Result("fuse.whole")
    await world.prefs.audit(Entry(actor.user, "fuse.lift", "workspace"))
    return Result("fuse.lifted", changed=True)


async def _change(owner: Owner, wanted: Callable[[Numbers], Numbers], entry: Entry, world: World) -> bool:
    """Whether anything is different then. Noted in the audit, together with the change."""
    for _ in range(MAX_TRIES):
        seen = (await world.budgets.numbers([owner])).get(owner, NOTHING)
        after = wanted(seen)
        if after == seen:
            return False
        if await world.budgets.set(owner, after, seen, replace(entry, before=listed(seen), after=listed(after))):
            return True
    raise Unavailable("memory.slow", "a limit changes again and again")


def _what(owner: Owner) -> str:
    """As the audit names it."""
    match owner.level:
        case "person":
            return f"users:{owner.id}"
        case "channel" | "persona" | "token":
            return f"{owner.level}:{owner.id}"
    return owner.level
