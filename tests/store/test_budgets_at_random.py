"""Any order of holding, growing, settling, repeating, taking over and dying, by several replicas, beside a model that
is simple enough to be believed.

Redis is real; time passes only where the machine says so.
"""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bot.conversation.tokens import Usage
from bot.store.budgets import RedisBudgets
from bot.store.ledger import RedisLedger
from bot.usage.budgets import Amount, Budget, Hold, Rate, Want
from bot.usage.ledger import Booking
from tests.budget_model import FakeBudgets
from tests.servers import DebianRedis
from tests.store.shelf import MONTH, Shelf
from threadbot_sandbox.redis import EmbeddedRedis

T = TypeVar("T")

DAYS = ("2025-11-30", "2025-12-01")
NAMES = st.sampled_from([f"T{n}" for n in range(6)])
PEOPLE = st.sampled_from(["UADA", "UBEN"])
LIMITS = st.builds(
    Amount,
    st.none() | st.just(0) | st.integers(2_000_000, 40_000_000),
    st.none() | st.just(0) | st.integers(1_000, 20_000),
)
RATES = st.none() | st.sampled_from([Rate(1000.0, 2000.0), Rate(0.0, 0.0), Rate(1500.0, 0.0)])
TOKENS = st.integers(0, 3000)
PROMPTS = st.integers(0, 500)
BEFORE = st.sampled_from([0, 0, 0, 700])
PASSES = st.sampled_from([False] * 5 + [True])
"""Mostly there is room, and now and then there is none."""


class Spending(RuleBasedStateMachine):
    """Six turns of two people, in a day that may end."""

    server: EmbeddedRedis

    @initialize(limits=st.tuples(LIMITS, LIMITS, LIMITS))
    def begin(self, limits: tuple[Amount, Amount, Amount]) -> None:
        self.loop = asyncio.new_event_loop()
        self.shelf = self.do(Shelf.open(self.server.url))
        self.do(self.shelf.raw.flushall())
        self.replicas = [RedisBudgets(self.shelf.client, self.shelf.keys, self.shelf.queue, 1000.0) for _ in range(3)]
        self.ledger = RedisLedger(self.shelf.client, self.shelf.keys, MONTH)
        self.model = FakeBudgets(hold_for=1000.0)
        self.limits, self.day, self.charged = limits, DAYS[0], 0
        self.open: dict[str, tuple[Want, list[Budget], Hold]] = {}

    def do(self, work: Awaitable[T]) -> T:
        return self.loop.run_until_complete(work)

    def budgets(self, person: str) -> list[Budget]:
        mine, daily, monthly = self.limits
        found = [
            Budget("person", person, self.day, mine),
            Budget("channel", "C1", self.day, daily),
            Budget("workspace", "", self.day[:7], monthly),
        ]
        return [each for each in found if not each.limit.off]

    @rule(name=NAMES, person=PEOPLE, prompt=PROMPTS, answer=TOKENS, choices=st.integers(1, 3), rate=RATES,
          before=BEFORE, passes=PASSES, replica=st.integers(0, 2))  # fmt: skip
    def hold(
        self,
        name: str,
        person: str,
        prompt: int,
        answer: int,
        choices: int,
        rate: Rate | None,
        before: int,
        passes: bool,
        replica: int,
    ) -> None:
        """A new turn, or one that is taken over, which holds under the same name; sent twice, as by a client that has
        lost the first reply."""
        budgets = self.budgets(person)
        if not budgets:
            return
        want = Want(prompt, answer, choices, None, rate, Amount(before * 1000, before))
        first = self.do(self.replicas[replica].reserve(name, want, budgets, passes=passes))
        again = self.do(self.replicas[replica - 1].reserve(name, want, budgets, passes=passes))
        wanted = self.do(self.model.reserve(name, want, budgets, passes=passes))
        assert first == again == wanted
        if isinstance(wanted, Hold):
            self.open[name] = want, budgets, wanted

    @rule(name=NAMES, by=st.integers(1, 1000), replica=st.integers(0, 2))
    def grow(self, name: str, by: int, replica: int) -> None:
        if name not in self.open or name not in self.model.holds:
            return
        want, budgets, hold = self.open[name]
        grown = self.do(self.replicas[replica].grow(name, want, budgets, None, hold, by))
        assert grown == self.do(self.model.grow(name, want, budgets, None, hold, by))
        self.open[name] = want, budgets, grown

    @rule(name=NAMES, share=st.floats(0, 1))
    def settle(self, name: str, share: float) -> None:
        """What it really took is at most what it held; entered twice under one name, it counts once."""
        held = self.model.holds.get(name)
        if name not in self.open or held is None:
            return
        _, budgets, _ = self.open.pop(name)
        cost, tokens = int(held.cost * share), int(held.tokens * share)
        person = next((each.id for each in budgets if each.kind == "person"), "UEVE")
        booking = Booking(self.day, "m", Usage(tokens, 0), cost / 1_000_000_000, person, "C1")
        self.charged += 1
        for _ in range(2):
            self.do(self.ledger.charge(f"{name}/{self.charged}", [booking]))
        self.do(self.replicas[0].release(name))
        self.do(self.model.release(name))
        everything = [Budget("person", person, self.day, Amount()), Budget("channel", "C1", self.day, Amount())]
        self.model.book([*everything, Budget("workspace", "", self.day[:7], Amount())], cost, tokens)

    @rule(name=NAMES)
    def die(self, name: str) -> None:
        """Nobody comes back for it, and its time is over."""
        if name in self.model.holds:
            self.do(self.shelf.raw.zadd(self.shelf.keys.due, {name: 1}))
            del self.model.holds[name]
            self.open.pop(name, None)

    @rule(person=PEOPLE, grant=st.sampled_from(["a", "b"]))
    def lift(self, person: str, grant: str) -> None:
        for budget in self.budgets(person):
            self.do(self.replicas[0].lift(budget, f"{budget.period}/{budget.field}/{grant}"))
            self.do(self.model.lift(budget, f"{budget.period}/{budget.field}/{grant}"))

    @rule()
    def midnight(self) -> None:
        self.day = DAYS[1]

    @rule(person=PEOPLE)
    def tell(self, person: str) -> None:
        budgets = self.budgets(person)
        if budgets:
            assert self.do(self.replicas[1].reached(budgets)) == self.do(self.model.reached(budgets))

    @invariant()
    def both_say_the_same(self) -> None:
        if not hasattr(self, "open"):
            return
        for person in ("UADA", "UBEN"):
            budgets = self.budgets(person)
            assert self.do(self.replicas[2].standing(budgets)) == self.do(self.model.standing(budgets))

    @invariant()
    def nothing_is_held_for_nobody(self) -> None:
        if hasattr(self, "open") and not self.model.holds:
            assert self.do(self.shelf.raw.exists(self.shelf.keys.reserved, self.shelf.keys.due)) == 0

    def teardown(self) -> None:
        if hasattr(self, "open"):
            self.do(self.shelf.raw.flushall())
            self.do(self.shelf.close())
            self.loop.close()


def test_budgets_behave_like_their_model(redis_server: EmbeddedRedis, redis_url: str) -> None:
    """Fewer lives on the second server: what differs there is the server, not the order of events."""
    Spending.server = redis_server
    run_state_machine_as_test(
        Spending,
        settings=settings(
            max_examples=6 if isinstance(redis_server, DebianRedis) else 25,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
