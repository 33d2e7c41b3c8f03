"""What one turn may spend, and what it is known to have taken.

What is taken is noted in the inbox while it grows: if this process dies, whoever takes the turn over enters that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.conversation.prompt import Ask
from bot.policy import access, payers
from bot.policy.preferences import Rules
from bot.ports import World
from bot.turns import accounting
from bot.turns.holding import Holding
from bot.turns.meter import Meter, Part
from bot.turns.state import Turn
from bot.usage import budgets
from bot.usage.ledger import Booking

NOTED_AGAIN = 1.5  # times as much as was noted last: what a dead process took is known to a third
NOTED_LEAST = 400  # tokens more than were noted last: or to so many


@dataclass(slots=True)
class Purse:
    turn: Turn
    rules: Rules
    world: World
    meter: Meter = field(default_factory=Meter)
    _holding: Holding = field(init=False)
    _noted: int = field(default=0, init=False)  # tokens

    def __post_init__(self) -> None:
        turn = self.turn
        own = (turn.id, self.world, self.meter, self.booked)
        self._holding = Holding(*own, earlier=turn.earlier, turn=turn, passes=turn.passes)

    def booked(self, parts: Sequence[Part]) -> tuple[Booking, ...]:
        return accounting.bookings(parts, self.rules.persona, self.turn, self.world.model)

    async def open(self, ask: Ask) -> Ask:
        """Hold what the request takes; returns it with how long its answer may be. May raise OverBudget, Unpriced."""
        turn, thread = self.turn, self.turn.batch.thread
        turn.told = self._told
        who = payers.who(thread, turn.payer, self.rules.persona.name)
        turn.budgets = budgets.applying(who, self.rules.numbers, self.world.allowance, turn.day)
        if turn.passes and any(each.fixed for each in turn.budgets):  # past all others
            turn.budgets = tuple(each for each in turn.budgets if each.fixed)
        self._holding.budgets, self._holding.passes = (
            turn.budgets,
            turn.passes and not any(each.fixed for each in turn.budgets),
        )
        return await self._holding.open(ask, self.rules, access.whom(self.rules.access, thread.channel))

    async def follow(self) -> None:
        """Note what is taken, and hold more of what there is, until the answer is whole. May raise LeaseLost."""
        meter = self.meter
        while not meter.closed:
            await meter.news.wait()
            meter.news.clear()
            if meter.closed or not meter.under_way:
                continue
            await self._holding.grow()
            await self._note()
            meter.tell_at = min(self._next_note(), self._holding.next_step)

    def close(self) -> None:
        """The answer is whole."""
        self.meter.close()

    async def _note(self) -> None:
        """As a request begins, and whenever much has come. The first one says, too, that the answer may be posted."""
        turn = self.turn
        if self._noted and self._total() < self._due:
            return
        begins = not (turn.posted or turn.announced is not None or turn.intent is not None)
        if await self.world.inbox.note_taken(turn, self._told(), 0 if begins else None) and begins:
            turn.announced = 0

    def _told(self) -> tuple[Booking, ...]:
        self._noted = self._total()
        return self.booked(self.meter.so_far)

    def _total(self) -> int:
        return sum(part.usage.total for part in self.meter.so_far)

    @property
    def _due(self) -> float:
        return max(self._noted * NOTED_AGAIN, self._noted + NOTED_LEAST)

    def _next_note(self) -> float:
        return max(self._due - (self._total() - self.meter.produced), self.meter.produced + 1)
