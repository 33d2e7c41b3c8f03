"""What one turn may spend: held before the model is asked, more of it while the answer grows.

Beside that, what is taken is noted in the inbox while it grows: if this process dies, whoever takes the turn over
enters that.
"""

from dataclasses import dataclass, field, replace

from bot.conversation.places import Ref
from bot.conversation.prompt import Ask
from bot.errors import BotError
from bot.personas import persona as personas
from bot.policy import access
from bot.policy.preferences import UNPRICED, Rules
from bot.policy.tokens import person
from bot.ports import World
from bot.turns import accounting
from bot.turns.meter import Meter
from bot.turns.state import Turn
from bot.usage import budgets
from bot.usage.budgets import STEP, Amount, Budget, Hold, Short, Want, Who
from bot.usage.ledger import Booking

NOTED_AGAIN = 1.5  # times as much as was noted last: what a dead process took is known to a third
NOTED_LEAST = 400  # tokens more than were noted last: or to so many


class OverBudget(BotError):
    """A budget has no room for the turn. `ask`: whom somebody can ask."""

    def __init__(self, short: Short, model: str, ask: tuple[Ref, ...] = ()) -> None:
        super().__init__("", "over budget")
        self.short, self.model, self.ask = short, model, ask


class Unpriced(BotError):
    """The model has no known price, and is not asked for that."""

    def __init__(self, model: str, ask: tuple[Ref, ...] = ()) -> None:
        super().__init__("", "no known price")
        self.model, self.ask = model, ask


@dataclass(slots=True)
class Purse:
    turn: Turn
    rules: Rules
    world: World
    meter: Meter = field(default_factory=Meter)
    budgets: tuple[Budget, ...] = ()
    _want: Want | None = None
    _hold: Hold | None = None
    _counted: int = 0  # requests that have ended, which are in what is held
    _noted: int = 0  # tokens

    async def open(self, ask: Ask) -> Ask:
        """Hold what the request takes; returns it with how long its answer may be. May raise OverBudget, Unpriced."""
        turn, world, thread = self.turn, self.world, self.turn.batch.thread
        turn.told = self._told
        rate, whom = world.model.rate(ask), access.whom(self.rules.access, thread.channel)
        if rate is None and self.rules[UNPRICED] == "refuse" and not turn.passes:
            raise Unpriced(ask.model, whom)
        who = Who(person(turn.payer), "" if thread.direct else thread.channel, personas.key(self.rules.persona.name))
        self.budgets = turn.budgets = budgets.applying(who, self.rules.numbers, world.allowance, turn.day)
        if turn.passes and any(each.fixed for each in self.budgets):  # past all others
            self.budgets = turn.budgets = tuple(each for each in self.budgets if each.fixed)
        if not self.budgets:
            return ask
        self._want = budgets.want(ask.tokens, ask.params, rate, accounting.before(turn))
        held = await world.budgets.reserve(turn.id, self._want, self.budgets, turn, passes=self._passes)
        if isinstance(held, Short):
            raise OverBudget(held, ask.model, whom)
        self._hold, turn.near = held, held.near
        if not self._passes:
            self.meter.allow(held.answer * self._want.choices)
        longest = held.longest(self._want)
        if longest is None:
            return ask
        self.meter.capped = held.budget
        return replace(ask, params={**ask.params, "max_tokens": longest})

    @property
    def _passes(self) -> bool:
        """Whatever is used: an admin said so, and no number of the operator's is in the way."""
        return self.turn.passes and not any(each.fixed for each in self.budgets)

    async def follow(self) -> None:
        """Note what is taken, and hold more of what there is, until the answer is whole. May raise LeaseLost."""
        meter = self.meter
        while not meter.closed:
            await meter.news.wait()
            meter.news.clear()
            if meter.closed or not meter.under_way:
                continue
            await self._grow()
            await self._note()
            meter.tell_at = min(self._next_note(), self._next_step())

    def close(self) -> None:
        """The answer is whole."""
        self.meter.close()

    async def _grow(self) -> None:
        want, hold, meter = self._want, self._hold, self.meter
        if want is None or hold is None or self.turn.passes:
            return
        if meter.produced < self._next_step() and self._counted == len(meter.taken):
            return
        if self._counted != len(meter.taken):  # the request is repeated: what it took counts, too
            want = self._want = replace(want, before=self._before())
            self._counted = len(meter.taken)
        grown = await self.world.budgets.grow(self.turn.id, want, self.budgets, self.turn, hold, STEP)
        self._hold, self.turn.near = grown, self.turn.near or grown.near or grown.answer == hold.answer
        if grown.answer == hold.answer and meter.produced >= grown.answer * want.choices:
            meter.refuse(grown.budget)
        else:
            meter.allow(grown.answer * want.choices)

    def _before(self) -> Amount:
        rules, turn = self.rules, self.turn
        taken = accounting.bookings(self.meter.taken, rules.persona, turn, self.world.model)
        return accounting.before(replace(turn, earlier=(*turn.earlier, *taken)))

    def _next_step(self) -> float:
        """Tokens of the answer with which more of it has to be held; with nothing left, those that are held."""
        if self._want is None or self._hold is None or self._passes:
            return float("inf")
        held = self._hold.answer
        spare = STEP // 2 if self._hold.left is None or self._hold.left > held else 0
        return (held - spare) * self._want.choices

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
        return accounting.bookings(self.meter.so_far, self.rules.persona, self.turn, self.world.model)

    def _total(self) -> int:
        return sum(part.usage.total for part in self.meter.so_far)

    @property
    def _due(self) -> float:
        return max(self._noted * NOTED_AGAIN, self._noted + NOTED_LEAST)

    def _next_note(self) -> float:
        return max(self._due - (self._total() - self.meter.produced), self.meter.produced + 1)
