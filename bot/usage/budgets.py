"""How much may be spent: which numbers hold for a turn, and what a request may take of what is left.

A number is set for a scope, in money and in tokens, for a day and for a month. For each kind of scope the nearest level
that says something of a period holds there, whole: a person's own number before everyone's, and what is set in Slack
before the operator's settings. All scopes that have a number must have room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from bot.personas.persona import key
from bot.usage.periods import is_day, month_of

Span = Literal["day", "month"]
Kind = Literal["person", "channel", "persona", "token", "workspace"]
Level = Literal["person", "channel", "persona", "token", "workspace", "everyone"]
"""Whose a number is: `everyone` is each person's own, where they have none."""
Limited = Literal["minute", "at_once"]
SPANS: tuple[Span, ...] = get_args(Span)
LIMITS: tuple[Limited, ...] = get_args(Limited)
LEAST_ANSWER = 200  # tokens: with room for less, there is no answer
USUAL_ANSWER = 2_048  # tokens that are held for an answer of which nobody has said how long it may be
STEP = 500  # tokens by which a hold grows
NEAR = 0.8  # of a limit: people are told
LIFTED_BY = 0.5  # of a limit, by each grant until the end of its period
LONGEST_ANSWER = 32_768  # tokens: more than is ever shown, and as much as many models take for a limit


@dataclass(frozen=True, slots=True)
class Amount:
    """Billionths of a dollar, and tokens. None is no number; both None: there is no limit, whatever others say."""

    cost: int | None = None
    tokens: int | None = None

    @property
    def off(self) -> bool:
        return self.cost is None and self.tokens is None


OFF = Amount()


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is set for one scope. `minute` and `at_once` are for turns of a person; 0: no limit, whatever others say."""

    day: Amount | None = None
    month: Amount | None = None
    minute: int | None = None
    at_once: int | None = None

    def of(self, span: Span) -> Amount | None:
        return self.day if span == "day" else self.month

    def having(self, span: Span, amount: Amount | None) -> "Numbers":
        """The same with another amount; what is set in one unit leaves the other as it is."""
        seen = self.of(span)
        if amount is not None and not amount.off and seen is not None:
            cost = seen.cost if amount.cost is None else amount.cost
            amount = Amount(cost, seen.tokens if amount.tokens is None else amount.tokens)
        return replace(self, day=amount) if span == "day" else replace(self, month=amount)

    def limited(self, what: Limited, count: int | None) -> "Numbers":
        """The same with another limit."""
        return replace(self, minute=count) if what == "minute" else replace(self, at_once=count)

    @property
    def empty(self) -> bool:
        return self == Numbers()


NOTHING = Numbers()


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a number is. `id` is empty for the workspace and for everyone; a persona's is its name's key."""

    level: Level
    id: str = ""

    def __str__(self) -> str:
        return f"{self.level}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Owner | None":
        level, _, id = text.partition(":")
        known = next((each for each in get_args(Level) if each == level), None)
        return cls(known, id) if known else None


@dataclass(frozen=True, slots=True)
class Who:
    """What a turn is entered under; `persona` is a name, as it is written. `channel` is empty in direct messages, which
    have no number of their own; `person` where nobody asks but the operator, whose turns count for the workspace alone.
    `token` is what stands in a channel's place where a program asks.
    """

    person: str
    channel: str = ""
    persona: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Defaults:
    """The operator's numbers; `exempt` people have none of any kind. The `cap` is the workspace's: it holds whatever is
    set in Slack, and for everybody."""

    person: Numbers = NOTHING
    channel: Numbers = NOTHING
    workspace: Numbers = NOTHING
    exempt: frozenset[str] = frozenset()
    cap: Numbers = NOTHING

    @property
    def empty(self) -> bool:
        return self.cap.empty and self.person.empty and self.channel.empty and self.workspace.empty


@dataclass(frozen=True, slots=True)
class Budget:
    """A number in which a turn must have room: of whom, in which day or month, how much. A `fixed` one is the
    operator's, which nobody lifts."""

    kind: Kind
    id: str
    period: str
    limit: Amount
    fixed: bool = False

    @property
    def field(self) -> str:
        """What the ledger calls it: what a token uses stands in the place of a channel's use."""
        return f"{'channel' if self.kind == 'token' else self.kind}:{self.id}"

    @property
    def span(self) -> Span:
        return "day" if is_day(self.period) else "month"


Verdict = Literal["once", "period", "no"]
"""To who asks for more: this question, whatever is used; the limit is lifted until its period ends; no."""


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks for more than a budget has. `thread` and `newest` name their question."""

    id: str
    thread: str
    newest: str
    user: str
    budget: Budget


@dataclass(frozen=True, slots=True)
class Decision:
    """What an admin has said to it."""

    request: Request
    by: str
    verdict: Verdict


Set = Mapping[Owner, Numbers]
"""What is set in Slack, as far as it may matter."""


def owners(who: Who) -> tuple[Owner, ...]:
    """Whose numbers may matter to a turn."""
    found = [Owner("workspace"), Owner("everyone"), Owner("person", who.person)]
    found += [Owner("channel", who.channel)] if who.channel else []
    found += [Owner("persona", key(who.persona))] if who.persona else []
    found += [Owner("token", who.token)] if who.token else []
    return tuple(found)


def levels(who: Who, numbers: Set, defaults: Defaults) -> Mapping[Kind, Sequence[Numbers]]:
    """For each kind of scope what is said of it, the nearest first."""

    def said(level: Level, id: str = "") -> Numbers:
        return numbers.get(Owner(level, id), NOTHING)

    return {
        "person": [said("person", who.person), said("everyone"), defaults.person] if who.person else [],
        "channel": [said("channel", who.channel), defaults.channel] if who.channel else [],
        "persona": [said("persona", key(who.persona))] if who.persona else [],
        "token": [said("token", who.token)] if who.token else [],
        "workspace": [said("workspace"), defaults.workspace],
    }


def applying(who: Who, numbers: Set, defaults: Defaults, day: str) -> tuple[Budget, ...]:
    """The budgets in which a turn of this day must have room; mostly none."""
    if defaults.empty and not numbers:
        return ()
    ids: Mapping[Kind, str] = {
        "person": who.person,
        "channel": who.channel,
        "persona": who.persona,
        "token": who.token,
        "workspace": "",
    }
    exempt = who.person in defaults.exempt
    found = []
    for kind, said in ({} if exempt else levels(who, numbers, defaults)).items():
        for span, period in (("day", day), ("month", month_of(day))):
            limit = next((limit for each in said if (limit := each.of(span)) is not None), OFF)  # type: ignore[arg-type]
            if not limit.off:
                found.append(Budget(kind, ids[kind], period, limit))
    return _capped(found, defaults.cap, day)


def _capped(found: Sequence[Budget], cap: Numbers, day: str) -> tuple[Budget, ...]:
    """The same, with what the operator lets the workspace use at most."""
    wanted = {("workspace", period): limit for period, limit in ((day, cap.day), (month_of(day), cap.month)) if limit}
    capped = [
        replace(each, limit=_least(each.limit, wanted.pop((each.kind, each.period))), fixed=True)
        if (each.kind, each.period) in wanted
        else each
        for each in found
    ]
    return (*capped, *(Budget("workspace", "", period, limit, fixed=True) for (_, period), limit in wanted.items()))


def _least(one: Amount, other: Amount) -> Amount:
    """The smaller of both, in each unit that has a number."""
    cost = [each for each in (one.cost, other.cost) if each is not None]
    tokens = [each for each in (one.tokens, other.tokens) if each is not None]
    return Amount(min(cost, default=None), min(tokens, default=None))


def limit(what: Limited, who: Who, numbers: Set, defaults: Defaults) -> int:
    """How many turns of a person there may be; 0: any number."""
    if who.person in defaults.exempt:
        return 0
    said = levels(who, numbers, defaults)["person"]
    return next((found for each in said if (found := getattr(each, what)) is not None), 0)


@dataclass(frozen=True, slots=True)
class Rate:
    """What a token costs, in billionths of a dollar."""

    input: float
    output: float


@dataclass(frozen=True, slots=True)
class Want:
    """What a request would take. `answer` is what is held for each of `choices` at first; the answer may not be longer
    than `longest`, where that is said. `rate` None: the price is not known. `before` was taken by attempts that died,
    and is not entered yet."""

    prompt: int
    answer: int
    choices: int = 1
    longest: int | None = None
    rate: Rate | None = None
    before: Amount = field(default_factory=lambda: Amount(0, 0))

    @property
    def least(self) -> int:
        """Tokens of an answer with which it is worth beginning."""
        return min(LEAST_ANSWER, self.longest or LEAST_ANSWER)


def want(prompt: int, params: Mapping[str, object], rate: Rate | None, before: Amount | None = None) -> Want:
    longest, choices = params.get("max_tokens"), params.get("n")
    longest = longest if isinstance(longest, int) and longest > 0 else None
    choices = choices if isinstance(choices, int) and choices > 0 else 1
    answer = min(longest or USUAL_ANSWER, USUAL_ANSWER)
    return Want(prompt, answer, choices, longest, rate, before or Amount(0, 0))


@dataclass(frozen=True, slots=True)
class Hold:
    """What a turn may take: so many tokens for each choice of its answer. `left`: it may grow to that, as things stand;
    None where no budget says so. `budget` is the one with the least room."""

    answer: int
    left: int | None = None
    budget: Budget | None = None

    def longest(self, want: Want) -> int | None:
        """What the model may be told that its answer must not exceed; None: nothing new."""
        if self.left is None or self.left >= min(want.longest or LONGEST_ANSWER, LONGEST_ANSWER):
            return None
        return self.left


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand with a budget. `held` is what running turns may still take; `limit` has all grants in it."""

    used: Amount
    held: Amount
    limit: Amount

    @property
    def share(self) -> float:
        """How much of the limit is used, in the unit of which there is less left."""
        pairs = ((self.used.cost, self.limit.cost), (self.used.tokens, self.limit.tokens))
        return max((1.0 if most == 0 else (used or 0) / most for used, most in pairs if most is not None), default=0.0)


@dataclass(frozen=True, slots=True)
class Short:
    """A budget has no room for a turn."""

    budget: Budget
    standing: Standing


@dataclass(frozen=True, slots=True)
class Reached:
    """A budget that is near its limit or `over` it, for the first time in its period."""

    budget: Budget
    standing: Standing
    over: bool
