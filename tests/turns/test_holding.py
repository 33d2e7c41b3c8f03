"""What one answer may take: held, grown step by step, and refused."""

from dataclasses import dataclass, field

import pytest

from bot.conversation.marks import Marks
from bot.conversation.pieces import Routed
from bot.conversation.prompt import Ask
from bot.conversation.tokens import BYTES_PER_TOKEN
from bot.turns.holding import Holding, OverBudget, Unpriced
from bot.turns.meter import Meter
from bot.usage.budgets import STEP, USUAL_ANSWER, Amount, Budget
from tests.fakes import DAY, Fakes, fake_world, rules

ASK = Ask("m", (), {}, marks=Marks("q7w", direct=True))
ADA = Budget("person", "ADA", DAY, Amount(tokens=10_000))


@dataclass
class Answer:
    """One that grows as its test wants."""

    fakes: Fakes = field(default_factory=fake_world)
    meter: Meter = field(default_factory=Meter)

    def __post_init__(self) -> None:
        self.holding = Holding("one", self.fakes.world, self.meter, lambda _parts: (), (ADA,))

    async def open(self) -> Ask:
        self.ask = await self.holding.open(ASK, rules(), ())
        self.meter.begin(self.ask, Routed("m", ""))
        return self.ask

    async def grow(self, tokens: int) -> None:
        self.meter.grow(tokens * BYTES_PER_TOKEN)
        await self.holding.grow()

    @property
    def held(self) -> int:
        return self.fakes.budgets.holds["one"].tokens - self.ask.tokens


async def test_a_usual_answer_is_held_and_more_of_it_only_when_it_comes_near() -> None:
    answer = Answer()
    await answer.open()
    assert answer.held == USUAL_ANSWER
    await answer.grow(USUAL_ANSWER - STEP)
    assert answer.held == USUAL_ANSWER
    await answer.grow(STEP // 2)

    assert answer.held == USUAL_ANSWER + STEP
    assert answer.meter.limit == USUAL_ANSWER + STEP


async def test_the_model_is_told_how_much_is_left_and_nothing_grows_beyond_it() -> None:
    answer = Answer()
    answer.fakes.budgets.book([ADA], 0, 9_000)
    ask = await answer.open()

    assert ask.params["max_tokens"] == 1_000 - ask.tokens == answer.held
    await answer.grow(answer.held)
    assert answer.held == ask.params["max_tokens"]
    assert answer.meter.tight == ADA


async def test_without_room_or_price_nothing_is_held() -> None:
    answer = Answer()
    answer.fakes.budgets.book([ADA], 0, 9_900)
    with pytest.raises(OverBudget):
        await answer.open()
    answer.fakes.model.price = None
    with pytest.raises(Unpriced):
        await answer.holding.open(ASK, rules(unpriced="refuse"), ())

    assert answer.fakes.budgets.holds == {}
