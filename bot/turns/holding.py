"""What one answer may take: held before the model is asked, and more of it while the answer grows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bot.conversation.places import Ref
from bot.conversation.prompt import Ask
from bot.errors import BotError
from bot.policy.preferences import UNPRICED, Rules
from bot.ports import World
from bot.turns import accounting
from bot.turns.meter import Meter, Part
from bot.turns.state import Turn
from bot.usage import budgets
from bot.usage.budgets import STEP, Amount, Budget, Hold, Short, Want
from bot.usage.ledger import Booking


class OverBudget(BotError):
    """A budget has no room for the answer. `ask`: whom somebody can ask."""

    def __init__(self, short: Short, model: str, ask: tuple[Ref, ...] = ()) -> None:
        super().__init__("", "over budget")
        self.short, self.model, self.ask = short, model, ask


class Unpriced(BotError):
    """The model has no known price, and is not asked for that."""

    def __init__(self, model: str, ask: tuple[Ref, ...] = ()) -> None:
        super().__init__("", "no known price")
        self.model, self.ask = model, ask


@dataclass(slots=True)
class Holding:
    """Under `name`, in all `budgets`. `booked` says what requests are entered as; `earlier` attempts are not entered
    yet. A `turn` may lose its lease; what `passes` is held whatever is left."""

    name: str
    world: World
    meter: Meter
    booked: Callable[[Sequence[Part]], tuple[Booking, ...]]
    budgets: tuple[Budget, ...] = ()
    earlier: tuple[Booking, ...] = ()
    turn: Turn | None = None
    passes: bool = False
    _want: Want | None = field(default=None, init=False)
    _hold: Hold | None = field(default=None, init=False)
    _counted: int = field(default=0, init=False)  # requests that have ended, which are in what is held

    async def open(self, ask: Ask, rules: Rules, whom: tuple[Ref, ...]) -> Ask:
        """Hold what the request takes; returns it with how long its answer may be. May raise OverBudget, Unpriced."""
        rate = self.world.model.rate(ask)
        if rate is None and rules[UNPRICED] == "refuse" and not (self.passes or (self.turn and self.turn.passes)):
            raise Unpriced(ask.model, whom)
        if not self.budgets:
            return ask
        self._want = want = budgets.want(ask.tokens, ask.params, rate, self._before())
        held = await self.world.budgets.reserve(self.name, want, self.budgets, self.turn, passes=self.passes)
        if isinstance(held, Short):
            raise OverBudget(held, ask.model, whom)
        self._hold = held
        if not self.passes:
            self.meter.allow(held.answer * want.choices)
        longest = held.longest(want)
        if longest is None:
            return ask
        self.meter.capped = held.budget
        return replace(ask, params={**ask.params, "max_tokens": longest})

    async def follow(self) -> None:
        """Hold more of what there is, until the answer is whole. May raise LeaseLost."""
        meter = self.meter
        while not meter.closed:
            await meter.news.wait()
            meter.news.clear()
            if not meter.closed and meter.under_way:
                await self.grow()
                meter.tell_at = self.next_step

    async def grow(self) -> None:
        """Hold one step more, if it is time for that. May raise LeaseLost."""
        want, hold, meter = self._want, self._hold, self.meter
        if want is None or hold is None or self.passes:
            return
        if meter.produced < self.next_step and self._counted == len(meter.taken):
            return
        if self._counted != len(meter.taken):  # the request is repeated: what it took counts, too
            want = self._want = replace(want, before=self._before())
            self._counted = len(meter.taken)
        grown = self._hold = await self.world.budgets.grow(self.name, want, self.budgets, self.turn, hold, STEP)
        if grown.answer == hold.answer and meter.produced >= grown.answer * want.choices:
            meter.refuse(grown.budget)
        else:
            meter.allow(grown.answer * want.choices)

    @property
    def next_step(self) -> float:
        """Tokens of the answer with which more of it has to be held; with nothing left, those that are held."""
        if self._want is None or self._hold is None or self.passes:
            return float("inf")
        held = self._hold.answer
        spare = STEP // 2 if self._hold.left is None or self._hold.left > held else 0
        return (held - spare) * self._want.choices

    def _before(self) -> Amount:
        return accounting.amount((*self.earlier, *self.booked(self.meter.taken)))
