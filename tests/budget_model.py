"""Budgets in memory, as plainly as can be: the fake of the port, and what the scripts are compared with."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bot.errors import LeaseLost
from bot.policy.preferences import Entry
from bot.turns.state import Turn
from bot.usage.budgets import (
    NEAR,
    Amount,
    Budget,
    Decision,
    Hold,
    Numbers,
    Owner,
    Reached,
    Request,
    Set,
    Short,
    Standing,
    Verdict,
    Want,
)
from bot.usage.limits import Busy, Fuse, FuseBlown, Soon

Place = tuple[str, str]
"""Period and field."""


@dataclass
class Held:
    places: tuple[Place, ...]
    cost: int
    tokens: int
    until: float


def place(budget: Budget) -> Place:
    return budget.period, budget.field


@dataclass
class FakeBudgets:
    """`used` is what the ledger has. `ours` says whose turn is still running."""

    now: Callable[[], float] = lambda: 0.0
    hold_for: float = 60.0
    ours: Callable[[Turn], bool] = lambda _turn: True
    used: defaultdict[Place, tuple[int, int]] = field(default_factory=lambda: defaultdict(lambda: (0, 0)))
    holds: dict[str, Held] = field(default_factory=dict)
    lifts: defaultdict[Place, set[str]] = field(default_factory=lambda: defaultdict(set))
    noted: dict[Place, bool] = field(default_factory=dict)
    said: dict[Owner, Numbers] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    asked: dict[str, Request] = field(default_factory=dict)
    decided: dict[str, Decision] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def book(self, budgets: Sequence[Budget], cost: int, tokens: int) -> None:
        for budget in budgets:
            before = self.used[place(budget)]
            self.used[place(budget)] = before[0] + cost, before[1] + tokens

    async def reserve(
        self, name: str, want: Want, budgets: Sequence[Budget], turn: Turn | None = None, *, passes: bool = False
    ) -> Hold | Short:
        self.calls.append("reserve")
        return self._reserve(name, want, budgets, turn, want.answer, want.least, passes)

    async def grow(
        self, name: str, want: Want, budgets: Sequence[Budget], turn: Turn | None, hold: Hold, by: int
    ) -> Hold:
        self.calls.append("grow")
        grown = self._reserve(name, want, budgets, turn, hold.answer + by, hold.answer + 1, passes=False)
        return grown if isinstance(grown, Hold) else replace(hold, left=hold.answer, budget=grown.budget)

    def _reserve(
        self,
        name: str,
        want: Want,
        budgets: Sequence[Budget],
        turn: Turn | None,
        answer: int,
        least: int,
        passes: bool,
    ) -> Hold | Short:
        if turn is not None and not self.ours(turn):
            raise LeaseLost("not ours")
        self._sweep()
        rooms = [self._room(budget, want, name) for budget in budgets]
        room = min(rooms, default=math.inf)
        tight = budgets[rooms.index(room)] if room < math.inf else None
        if passes:
            room = math.inf
        if room < least and tight is not None:
            return Short(tight, self._standing(tight, without=name))
        granted = int(min(answer, room))
        cost = want.before.cost or 0
        if want.rate:
            cost += math.ceil(want.prompt * want.rate.input + granted * want.choices * want.rate.output)
        tokens = (want.before.tokens or 0) + want.prompt + granted * want.choices
        self.holds[name] = Held(tuple(map(place, budgets)), cost, tokens, self.now() + self.hold_for)
        return Hold(granted, None if room == math.inf else int(room), tight)

    def _room(self, budget: Budget, want: Want, name: str) -> float:
        at, fits, rate = self._standing(budget, without=name), math.inf, want.rate
        if at.limit.cost is not None:
            left = at.limit.cost - (at.used.cost or 0) - (at.held.cost or 0) - (want.before.cost or 0)
            left -= want.prompt * rate.input if rate else 0  # type: ignore[assignment]
            if left < 0 or (left == 0 and not rate):
                fits = -1
            elif rate and rate.output:
                fits = left // (want.choices * rate.output)
        if at.limit.tokens is not None:
            rest = at.limit.tokens - (at.used.tokens or 0) - (at.held.tokens or 0) - (want.before.tokens or 0)
            fits = min(fits, (rest - want.prompt) // want.choices)
        return fits

    def _standing(self, budget: Budget, without: str = "") -> Standing:
        cost, tokens = self.used[place(budget)]
        held = [each for name, each in self.holds.items() if name != without and place(budget) in each.places]
        lift = 1 + 0.5 * len(self.lifts[place(budget)])
        limit = Amount(*(None if n is None else math.floor(n * lift) for n in (budget.limit.cost, budget.limit.tokens)))
        return Standing(Amount(cost, tokens), Amount(sum(h.cost for h in held), sum(h.tokens for h in held)), limit)

    def _sweep(self) -> None:
        self.holds = {name: held for name, held in self.holds.items() if held.until > self.now()}

    async def release(self, name: str) -> None:
        self.holds.pop(name, None)

    async def standing(self, budgets: Sequence[Budget]) -> Sequence[Standing]:
        self._sweep()
        return [self._standing(budget) for budget in budgets]

    async def reached(self, budgets: Sequence[Budget]) -> Sequence[Reached]:
        found = []
        for budget in budgets:
            at, known = self._standing(budget), self.noted.get(place(budget))
            over = at.share >= 1
            if at.share >= NEAR and known is not True and known != over:
                self.noted[place(budget)] = over
                found.append(Reached(budget, at, over))
        return found

    async def lift(self, budget: Budget, grant: str) -> None:
        self.lifts[place(budget)].add(grant)

    async def ask(self, request: Request) -> bool:
        if request.id in self.asked:
            return False
        self.asked[request.id] = request
        return True

    async def withdraw(self, id: str) -> None:
        self.asked.pop(id, None)

    async def decide(self, id: str, by: str, verdict: Verdict) -> Decision | None:
        if id not in self.asked:
            return None
        return self.decided.setdefault(id, Decision(self.asked[id], by, verdict))

    async def numbers(self, owners: Sequence[Owner] = ()) -> Set:
        return {owner: said for owner, said in self.said.items() if owner in owners or not owners}

    async def set(self, owner: Owner, wanted: Numbers, seen: Numbers, entry: Entry) -> bool:
        if self.said.get(owner, Numbers()) != seen:
            return False
        self.said[owner] = wanted
        self.entries.append(entry)
        return True


@dataclass
class FakeTurnLimits:
    """`says` is what the next questions are told; then they are let through."""

    says: list[Soon | Busy] = field(default_factory=list)
    entered: list[tuple[str, str, int, int]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    blown: list[FuseBlown] = field(default_factory=list)
    calls: int = 0
    burnt: list[int] = field(default_factory=list)

    async def fuse(self, fuse: Fuse) -> FuseBlown | None:
        self.calls += 1
        return self.blown.pop(0) if self.blown else None

    async def lift(self) -> bool:
        lifted, self.blown = bool(self.blown), []
        return lifted

    async def burn(self, name: str, cost: int) -> None:
        self.burnt.append(cost)

    async def enter(
        self, name: str, person: str, per_minute: int, at_once: int, turn: Turn | None = None
    ) -> Soon | Busy | None:
        self.entered.append((name, person, per_minute, at_once))
        return self.says.pop(0) if self.says else None

    async def leave(self, name: str, person: str) -> None:
        self.left.append(name)
