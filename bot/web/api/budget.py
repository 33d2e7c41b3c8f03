"""What a program is told of budgets: how much is left of the one that is nearest to its end, and that one is over."""

from uuid import uuid4

from fastapi import Request

from bot.conversation import prompt
from bot.conversation.ids import ThreadKey
from bot.conversation.marks import Marks
from bot.conversation.mentions import literal
from bot.conversation.messages import Message
from bot.happenings import ProgramOverBudget
from bot.personas.persona import key
from bot.policy.preferences import MODEL
from bot.policy.tokens import person
from bot.turns.purse import OverBudget, Unpriced
from bot.usage.amounts import NANO
from bot.usage.budgets import Budget, Short, Standing, Who, applying, want
from bot.web.api.door import Caller
from bot.web.api.problems import Problem, again


async def check(request: Request, thread: ThreadKey, text: str, caller: Caller) -> None:
    """Whether enough is left for a question in this thread, as far as it can be told before what was said there is
    read. Each reply says how much."""
    world = caller.world
    rules = await world.prefs.rules(thread, caller.user)
    who = Who(person(caller.user), persona=key(rules.persona.name))
    budgets = applying(who, rules.numbers, world.allowance, world.calendar.day())
    if not budgets:
        return
    standing = await world.budgets.standing(budgets)
    nearest, at = max(zip(budgets, standing, strict=True), key=lambda pair: pair[1].share)
    request.state.headers = {**request.state.headers, **_headers(nearest, at, caller)}
    said = Message("0", caller.user, literal(text))
    ask = prompt.build(rules.persona, rules[MODEL], [], [said], Marks("", direct=True), world.limits.history_tokens)
    name = f"check/{uuid4().hex}"
    held = await world.budgets.reserve(name, want(ask.tokens, ask.params, world.model.rate(ask)), budgets)
    if isinstance(held, Short):
        raise _over(held.budget, caller)
    await world.budgets.release(name)


def problem(why: OverBudget | Unpriced, caller: Caller) -> Problem:
    if isinstance(why, OverBudget):
        return _over(why.short.budget, caller)
    return Problem(403, "not-answered.no-price", whom=caller.api.words.label("ask.admin"))


def _over(budget: Budget, caller: Caller) -> Problem:
    caller.world.saw(ProgramOverBudget(budget.span))
    headers = again(_seconds(budget, caller))
    return Problem(429, "not-answered.over-budget", headers=headers, whom=caller.api.words.label("ask.admin"))


def _headers(budget: Budget, at: Standing, caller: Caller) -> dict[str, str]:
    """In dollars, or in tokens where those are counted."""
    reset = {"Budget-Reset": str(int(_seconds(budget, caller)))}
    if (most := at.limit.cost) is not None:
        left = max(most - (at.used.cost or 0), 0)
        return {"Budget-Limit": f"{most / NANO:.6f} usd", "Budget-Remaining": f"{left / NANO:.6f} usd", **reset}
    whole = at.limit.tokens or 0
    left = max(whole - (at.used.tokens or 0), 0)
    return {"Budget-Limit": f"{whole} tokens", "Budget-Remaining": f"{left} tokens", **reset}


def _seconds(budget: Budget, caller: Caller) -> float:
    return max(caller.world.calendar.ends(budget.period) - caller.api.now(), 1.0)
