"""What a program is told of budgets: how much is left of the one that is nearest to its end, and that one is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from fastapi import Request

from bot.conversation import prompt
from bot.conversation.ids import ThreadKey
from bot.conversation.marks import Marks
from bot.conversation.mentions import literal
from bot.conversation.messages import Message
from bot.happenings import ProgramOverBudget
from bot.policy import payers
from bot.policy.preferences import MODEL, Rules
from bot.turns.fuse import PausedByFuse
from bot.turns.holding import OverBudget, Unpriced
from bot.turns.pace import TooOftenAsked
from bot.usage.amounts import NANO, spelled
from bot.usage.budgets import Amount, Budget, Set, Short, Standing, Who, applying, want
from bot.web.api.door import Caller
from bot.web.api.problems import QUOTA, Problem, again


@dataclass(frozen=True, slots=True)
class Budgets:
    """Those in which a question has to have room."""

    rules: Rules
    who: Who
    applying: Sequence[Budget]
    caller: Caller

    async def check(self, thread: ThreadKey, text: str) -> None:
        """Whether enough is left for a question, as things stand. What it then takes is held by its turn."""
        if not self.applying:
            return
        world, rules, name = self.caller.world, self.rules, f"check/{uuid4().hex}"
        past = (await world.history.load(thread)).messages if text else ()
        said, marks = Message("0", self.caller.user, literal(text)), Marks(world.mark_word(str(thread)), direct=True)
        ask = prompt.build(rules.persona, rules[MODEL], past, [said], marks, world.limits.history_tokens)
        wanted = want(ask.tokens, ask.params, world.model.rate(ask))
        held = await world.budgets.reserve(name, wanted, self.applying)
        if isinstance(held, Short):
            raise _over(held, self.caller)
        await world.budgets.release(name)


async def told(request: Request, rules: Rules, who: Who, numbers: Set, caller: Caller) -> Budgets:
    """Each reply says how much is left of the budget that is nearest to its end."""
    world = caller.world
    found = applying(who, numbers, world.allowance, world.calendar.day())
    if found:
        standing = await world.budgets.standing(found)
        nearest, at = max(zip(found, standing, strict=True), key=lambda pair: pair[1].share)
        request.state.headers = {**request.state.headers, **_headers(nearest, at, caller)}
    return Budgets(rules, who, found, caller)


async def of_thread(request: Request, thread: ThreadKey, caller: Caller) -> Budgets:
    rules = await caller.world.prefs.rules(thread, caller.user)
    return await told(request, rules, payers.who(thread, caller.user, rules.persona.name), rules.numbers, caller)


def problem(why: OverBudget | Unpriced | TooOftenAsked | PausedByFuse, caller: Caller) -> Problem:
    match why:
        case OverBudget():
            return _over(why.short, caller)
        case TooOftenAsked(count=count, seconds=seconds):
            whole = int(-(-seconds // 1))
            return Problem(429, "api.too-often", headers=again(seconds), count=count, seconds=whole)
        case PausedByFuse(at=at):
            return Problem(429, "api.paused", headers=again(at - caller.api.now()), resets=_moment(at))
    return Problem(403, "not-answered.no-price", whom=caller.api.words.label("ask.admin"))


def _over(short: Short, caller: Caller) -> Problem:
    budget, at, label = short.budget, short.standing, caller.api.words.label
    caller.world.saw(ProgramOverBudget(budget.span))
    return Problem(
        429,
        "api.over-budget",
        headers=again(_seconds(budget, caller)),
        extra={"code": QUOTA},
        whose=label(f"whose.{budget.kind}"),
        when=label(f"when.{budget.span}"),
        used=spelled(Amount(*_counted(at.used, at.limit))),
        limit=spelled(at.limit),
        resets=_moment(caller.world.calendar.ends(budget.period)),
    )


def _counted(used: Amount, limit: Amount) -> tuple[int | None, int | None]:
    """In the units that have a limit."""
    return None if limit.cost is None else used.cost or 0, None if limit.tokens is None else used.tokens or 0


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


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
