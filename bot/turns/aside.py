"""One answer that is no turn: a preview, or a completion for a program. It has no place where it could wait.

It is limited, held and entered as a turn is. What is lost with the process is lost.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot import aio
from bot.conversation.prompt import Ask
from bot.conversation.tokens import Usage
from bot.policy import access
from bot.policy.preferences import Rules
from bot.ports import World
from bot.turns import accounting, fuse
from bot.turns.generate import Generated, Page, generate
from bot.turns.holding import Holding
from bot.turns.meter import Meter, Part
from bot.turns.pace import TooOftenAsked
from bot.usage.budgets import LIMITS, Set, Who, applying, limit, owners
from bot.usage.ledger import Booking
from bot.usage.limits import LOOKED_AGAIN, Soon


@dataclass(frozen=True, slots=True)
class Aside:
    """`name` is its id. What it took is entered for `who`. The `meter` has that, whatever happens."""

    name: str
    who: Who
    rules: Rules
    world: World
    meter: Meter = field(default_factory=Meter)

    async def answer(self, ask: Ask, *, page: Page, stop: asyncio.Event, seconds: float) -> Generated:
        """Ask the model, as `generate` does. May also raise OverBudget, Unpriced, TooOftenAsked and PausedByFuse."""
        world, who = self.world, self.who
        numbers = await world.budgets.numbers(owners(who))
        minute, at_once = (limit(what, who, numbers, world.allowance) for what in LIMITS)
        if minute or at_once:
            await self._enter(minute, at_once)
        try:
            await fuse.check(self.rules, world)
            return await self._answer(ask, numbers, page, stop, seconds)
        finally:
            if at_once:
                await world.turn_limits.leave(self.name, who.person)

    async def _enter(self, minute: int, at_once: int) -> None:
        why = await self.world.turn_limits.enter(self.name, self.who.person, minute, at_once)
        if isinstance(why, Soon):
            raise TooOftenAsked(minute, why.seconds)
        if why is not None:
            raise TooOftenAsked(at_once, LOOKED_AGAIN)

    async def _answer(self, ask: Ask, numbers: Set, page: Page, stop: asyncio.Event, seconds: float) -> Generated:
        world, who, meter, answered = self.world, self.who, self.meter, 0
        day = world.calendar.day()
        entry = Booking(day, "", Usage(0, 0), None, who.person, who.channel or who.token, who.persona)

        def booked(parts: Sequence[Part]) -> tuple[Booking, ...]:
            return tuple(accounting.booked(part, entry, world.model) for part in parts)

        holding = Holding(self.name, world, meter, booked, applying(who, numbers, world.allowance, day))
        ask = await holding.open(ask, self.rules, access.whom(self.rules.access))

        async def generated() -> Generated:
            try:
                return await generate(ask, world, turn=self.name, stop=stop, seconds=seconds, page=page, meter=meter)
            finally:
                meter.close()

        try:
            found = await aio.together(generated(), holding.follow())
            answered = int(bool(found.text.strip()))
            return found
        finally:
            taken = booked(meter.so_far)
            if taken:
                taken = (*taken[:-1], replace(taken[-1], answers=answered))
            await world.ledger.charge(self.name, taken)
            await fuse.spent(self.name, taken, world)
