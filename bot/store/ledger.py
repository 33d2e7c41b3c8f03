"""What was used and spent, and what people think of the answers: in Redis, by day and by month.

A period is a hash. Its fields are `<by>:<id>`, as in `persona:Bard` or `workspace:`; a value has the amounts of `Spent`
in their order, as whole numbers with a space between two of them.
"""

import json
import secrets
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, get_args

from pydantic import TypeAdapter

from bot.conversation.ids import ThreadKey, order
from bot.errors import Unreadable
from bot.policy.tokens import OPERATOR
from bot.store import records, unreadable
from bot.store import seal as sealing
from bot.store.budget_scripts import HOLDS
from bot.store.client import Client
from bot.store.keys import BOOKED_FOR, DAY_FOR, MONTH_FOR, Keys
from bot.store.lives import Lives, life
from bot.store.migrations.window import CLOSED, Window
from bot.store.reasons import REASONED, Latest, parsed
from bot.store.script import Key, Script
from bot.store.scripts import BOOK, DECODED, ReadHash
from bot.store.seal import Seal
from bot.usage.ledger import Booking, By, Reason, Spent, Verdict, Vote
from bot.usage.periods import is_day, periods_of

NANO = 1_000_000_000  # costs are kept as whole billionths of a dollar: sums of those are exact
SECRET_BYTES = 16
MOST_REASON = 2000  # characters
MAX_TOKENS = 1_000_000_000  # of one answer
MAX_COST = 10_000.0  # US dollars of one answer
MAX_TRIES = 20  # at a vote, while others change it

AMOUNTS = tuple(each.name for each in fields(Spent))
COST = AMOUNTS.index("cost")
BYS: tuple[By, ...] = get_args(By)


Places = Mapping[By, str]
"""Under whom or what something is entered: id by kind; empty where there is none."""


@dataclass(frozen=True, slots=True)
class _Cast:
    """A vote as it is kept, with what it was counted for, so that it can be taken back there."""

    vote: Vote
    reason: str = ""
    persona: str = ""
    model: str = ""
    day: str = ""


_CAST = TypeAdapter(_Cast)


@dataclass(slots=True)
class Entries:
    """Amounts to be added, by period and field."""

    amounts: defaultdict[str, defaultdict[str, Counter[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counter))
    )

    def add(self, periods: Iterable[str], places: Places, amounts: Mapping[str, int]) -> None:
        for period in periods:
            for by, id in (("workspace", ""), *places.items()):
                if id or by == "workspace":
                    self.amounts[period][f"{by}:{id}"].update(amounts)

    @property
    def periods(self) -> tuple[str, ...]:
        return tuple(self.amounts)

    def keys(self, keys: Keys) -> tuple[Key, ...]:
        return tuple(keys.used(period) for period in self.amounts)

    @property
    def lives(self) -> tuple[int, ...]:
        return tuple(DAY_FOR if is_day(period) else MONTH_FOR for period in self.amounts)

    @property
    def texts(self) -> tuple[str, ...]:
        """For each period, JSON: field → its amounts, all of them in their order."""
        return tuple(
            json.dumps({name: [sums[each] for each in AMOUNTS] for name, sums in named.items()})
            for named in self.amounts.values()
        )


def entries(bookings: Iterable[Booking]) -> Entries:
    """What these add to their days and months. What is no amount, or one that no answer can take, is left out."""
    found = Entries()
    for booking in bookings:
        person = "" if booking.person == OPERATOR else booking.person
        places: dict[By, str] = {"person": person, "channel": booking.channel, "persona": booking.persona}
        places |= {"model": booking.model, "route": booking.route}
        found.add(periods_of(booking.day), places, _amounts(booking))
    return found


def _amounts(booking: Booking) -> Mapping[str, int]:
    used, cost = booking.usage, booking.cost
    known = cost is not None and 0 <= cost <= MAX_COST
    tokens = {"input": used.input, "output": used.output, "cached": used.cached}
    tokens |= {"written": used.cache_written, "reasoning": used.reasoning}
    found = {name: count for name, count in tokens.items() if 0 <= count <= MAX_TOKENS}
    found |= {"cost": round((cost or 0.0) * NANO)} if known else {"unpriced": 1}
    return found | {"answers": booking.answers, "calls": booking.calls, "estimated": int(used.estimated)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Charge(Script[int]):
    """1; 0 when it was entered before."""

    booked: Key
    due: Key
    holds: Key
    reserved: Key
    used: tuple[Key, ...]
    name: str
    entries: tuple[str, ...]
    lives: tuple[int, ...]
    booked_for: int

    LUA = (
        DECODED
        + HOLDS
        + BOOK
        + """
drop(due, holds, reserved, name)
if redis.call('EXISTS', booked) == 1 then return 0 end
redis.call('SET', booked, 1, 'EX', booked_for)
book(used, entries, lives)
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells(Script[list[str]]):
    """The record of a turn and a person's vote on it, as JSON, '' where there is none; and a sum of the vote's digits,
    by which it is known again."""

    turns: Key
    votes: Key
    newest: str
    user: str

    LUA = """
local vote = redis.call('HGET', votes, newest .. '/' .. user) or ''
return {redis.call('HGET', turns, newest) or '', vote, redis.sha1hex(vote)}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rate(Script[int]):
    """1; 0 when the vote is no longer what it was when its `sum` was made."""

    votes: Key
    reasons: Key
    used: tuple[Key, ...]
    newest: str
    user: str
    sum: str
    cast: str
    answer: str
    reason: bool
    entries: tuple[str, ...]
    lives: tuple[int, ...]
    keep_for: int

    LUA = (
        BOOK
        + REASONED
        + """
local field = newest .. '/' .. user
if redis.sha1hex(redis.call('HGET', votes, field) or '') ~= sum then return 0 end
redis.call('HSET', votes, field, cast)
redis.call('EXPIRE', votes, keep_for)
if reason then reasoned(reasons, answer, keep_for) end
book(used, entries, lives)
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Secret(Script[str]):
    """The one that was `given` first."""

    names: Key
    given: str
    life: int

    LUA = """
redis.call('SET', names, given, 'NX', 'EX', life)
return redis.call('GET', names)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spent(Script[list[str | None]]):
    """The value of this field in each of these periods."""

    used: tuple[Key, ...]
    field: str

    LUA = """
local found = {}
for i, key in ipairs(used) do found[i] = redis.call('HGET', key, field) end
return found
"""


@dataclass(frozen=True, slots=True)
class RedisLedger:
    """See `ports.Ledger`. `keep_for` is the history's lifetime in seconds."""

    client: Client
    keys: Keys
    keep_for: int
    window: Window = CLOSED
    lives: Lives | None = None

    async def spent(self, period: str, by: By = "workspace", id: str = "") -> Spent:
        return (await self.spent_over([period], by, id))[0]

    async def spent_over(self, periods: Sequence[str], by: By = "workspace", id: str = "") -> list[Spent]:
        used = tuple(self.keys.used(period) for period in periods)
        values = await self.client.call(_Spent(used=used, field=f"{by}:{id}"))
        return [_read(value) for value in values]

    async def spent_by(self, period: str, by: By) -> Mapping[str, Spent]:
        return (await self.spent_by_all(period))[by]

    async def spent_by_all(self, period: str) -> Mapping[By, Mapping[str, Spent]]:
        found: dict[By, dict[str, Spent]] = {by: {} for by in BYS}
        stored = await self.client.call(ReadHash(hash=self.keys.used(period)))
        for name, value in sorted(stored.items()):
            kind, _, id = name.partition(":")
            by = next((each for each in BYS if each == kind), None)
            if by is not None:
                found[by][id] = _read(value)
        return found

    async def charge(self, name: str, bookings: Sequence[Booking]) -> None:
        entered = entries(bookings)
        script = _Charge(
            booked=self.keys.booked(name),
            due=self.keys.due,
            holds=self.keys.holds,
            reserved=self.keys.reserved,
            name=name,
            used=entered.keys(self.keys),
            entries=entered.texts,
            lives=entered.lives,
            booked_for=BOOKED_FOR,
        )
        await self.client.call(script)

    async def rate(self, thread: ThreadKey, newest: str, user: str, vote: Vote, reason: str = "") -> bool:
        await self.window.adopt(thread)
        turns, votes = self.keys.turns(thread), self.keys.votes(thread)
        for _ in range(MAX_TRIES):
            cells = await self.client.call(_Cells(turns=turns, votes=votes, newest=newest, user=user))
            record = records.record(thread, cells[0])
            if record is None:
                return False
            before = unreadable.read(_CAST, cells[1], f"a vote in {thread}") if cells[1] else None
            cast = _Cast(vote, reason[:MOST_REASON], record.persona, record.model, record.day)
            counted = _counted(before, cast, newest, user, thread.channel)
            script = _Rate(
                votes=votes,
                reasons=self.keys.reasons,
                used=counted.keys(self.keys),
                newest=newest,
                user=user,
                sum=cells[2],
                cast=_written(self.client.seal, thread, cast),
                answer=f"{thread}/{newest}",
                reason=bool(reason),
                entries=counted.texts,
                lives=counted.lives,
                keep_for=await life(self, thread),
            )
            if await self.client.call(script):
                return True
        raise Unreadable("a vote changes without end")

    async def reasons(self, most: int) -> Sequence[Reason]:
        listed = await self.client.call(Latest(reasons=self.keys.reasons, most=most))
        found: list[Reason] = []
        for member, at in zip(listed[::2], listed[1::2], strict=True):
            answer = parsed(member)
            if answer is not None and answer[0].workspace == self.keys.workspace:
                found += await self._reasons(*answer, float(at) / 1000)
        return found[:most]

    async def _reasons(self, thread: ThreadKey, newest: str, at: float) -> list[Reason]:
        """What is left of them: they may have been taken back, or forgotten."""
        casts = await self._casts(thread, newest)
        return [
            Reason(at, user, thread.channel, thread.direct, cast.vote, cast.reason, cast.persona)
            for user, cast in casts.items()
            if cast.reason
        ]

    async def secret(self, month: str) -> bytes:
        given = secrets.token_hex(SECRET_BYTES)
        return (
            await self.client.call(_Secret(names=self.keys.pseudonyms(month), given=given, life=MONTH_FOR))
        ).encode()

    async def votes(self, thread: ThreadKey, newest: str) -> Mapping[str, Verdict]:
        await self.window.adopt(thread)
        casts = await self._casts(thread, newest)
        return {user: Verdict(cast.vote, cast.reason) for user, cast in casts.items()}

    async def _casts(self, thread: ThreadKey, newest: str) -> dict[str, _Cast]:
        """By user; what cannot be read is left out."""
        votes = await self.client.call(ReadHash(hash=self.keys.votes(thread)))
        of_it = [(name, value) for name, value in votes.items() if name.partition("/")[0] == newest]
        casts = _casts(self.client.seal, thread, of_it)
        return {name.partition("/")[2]: cast for name, cast in casts.items()}


def verdicts(seal: Seal, thread: ThreadKey, votes: Iterable[tuple[str, str]]) -> dict[str, Verdict]:
    """Those that can be read, by the field that each stands in; without the reason, if the key for that is missing."""
    return {name: Verdict(cast.vote, cast.reason) for name, cast in _casts(seal, thread, votes).items()}


def _casts(seal: Seal, thread: ThreadKey, votes: Iterable[tuple[str, str]]) -> dict[str, _Cast]:
    about, where = sealing.of_vote(thread), f"a vote in {thread}"
    read = {name: unreadable.read(_CAST, seal.open_or(text, about, {}), where) for name, text in votes}
    return {name: cast for name, cast in read.items() if cast}


def _written(seal: Seal, thread: ThreadKey, cast: _Cast) -> str:
    if not seal.on:
        return _CAST.dump_json(cast).decode()
    return seal.shut(_CAST.dump_python(cast, mode="json"), sealing.REASON, sealing.of_vote(thread))


def _counted(before: _Cast | None, now: _Cast, newest: str, user: str, channel: str) -> Entries:
    """A vote counts where the answer does; the one before it no longer."""
    found = Entries()
    for cast, by in ((before, -1), (now, 1)):
        if cast is not None:
            places: dict[By, str] = {"person": user, "channel": channel, "persona": cast.persona, "model": cast.model}
            found.add(_periods(cast.day, newest), places, {cast.vote: by})
    return found


def _periods(day: str, newest: str) -> Sequence[str]:
    """Where a vote counts. Earlier versions noted no day: then in the month of the question, of UTC."""
    return periods_of(day) or (time.strftime("%Y-%m", time.gmtime(order(newest) / 1_000_000)),)


def _read(value: str | None) -> Spent:
    words = (value or "").split()[: len(AMOUNTS)]
    amounts: list[Any] = [0 if word == "0" else _amount(word) for word in words]
    if len(amounts) > COST:
        amounts[COST] /= NANO
    return Spent(*amounts)


def _amount(word: str) -> int:
    return unreadable.whole(word, "an amount in the ledger")
