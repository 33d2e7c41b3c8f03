"""What may be used, what running turns may still take of it, and who was told: in Redis."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypedDict, get_args

from pydantic import TypeAdapter

from bot.errors import LeaseLost
from bot.policy.preferences import Entry
from bot.store import limit_fields, unreadable
from bot.store.budget_scripts import Ask, DecideOnce, Lift, Look, Near, ReadNumbers, Release, Reserve, Withdraw
from bot.store.client import Client
from bot.store.keys import DAY_FOR, MONTH_FOR, Keys, QueueKeys
from bot.store.preferences_records import write_entry
from bot.store.preferences_scripts import SetLimit
from bot.store.script import Key
from bot.store.scripts import ReadHash
from bot.turns.state import Turn
from bot.usage.budgets import (
    LIFTED_BY,
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
from bot.usage.periods import is_day

_REQUEST = TypeAdapter(Request)
ASKED_FOR = 40 * 24 * 3600  # seconds


class _Places(TypedDict):
    """Where each budget stands, and how much of it there is; -1 is no limit."""

    used: tuple[Key, ...]
    lifted: tuple[Key, ...]
    periods: tuple[str, ...]
    fields: tuple[str, ...]
    costs: tuple[int, ...]
    tokens: tuple[int, ...]
    lifted_by: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RedisBudgets:
    """See `ports.Budgets`. `hold_for` in seconds: longer than any turn."""

    client: Client
    keys: Keys
    queue: QueueKeys
    hold_for: float

    async def reserve(
        self, name: str, want: Want, budgets: Sequence[Budget], turn: Turn | None = None, *, passes: bool = False
    ) -> Hold | Short:
        return await self._reserve(name, want, budgets, turn, want.answer, want.least, passes)

    async def grow(
        self, name: str, want: Want, budgets: Sequence[Budget], turn: Turn | None, hold: Hold, by: int
    ) -> Hold:
        grown = await self._reserve(name, want, budgets, turn, hold.answer + by, hold.answer + 1, passes=False)
        return grown if isinstance(grown, Hold) else replace(hold, left=hold.answer, budget=grown.budget)

    async def _reserve(
        self,
        name: str,
        want: Want,
        budgets: Sequence[Budget],
        turn: Turn | None,
        answer: int,
        least: int,
        passes: bool,
    ) -> Hold | Short:
        k, rate = self.keys, want.rate
        script = Reserve(
            state=self.queue.state,
            due=k.due,
            holds=k.holds,
            reserved=k.reserved,
            **self._places(budgets),
            thread=str(turn.batch.thread) if turn else "",
            token=turn.lease.token if turn else "",
            op=name,
            ttl_ms=int(self.hold_for * 1000),
            prompt=want.prompt,
            answer=answer,
            least=least,
            choices=want.choices,
            price_in=rate.input if rate else -1.0,
            price_out=rate.output if rate else -1.0,
            before_cost=want.before.cost or 0,
            before_tokens=want.before.tokens or 0,
            passes=passes,
        )
        found = await self.client.call(script)
        match found:
            case [1, granted, room, tight]:
                return Hold(granted, None if room < 0 else room, budgets[tight - 1] if tight else None)
            case [0, tight, *standing]:
                return Short(budgets[tight - 1], _standing(standing))
        raise LeaseLost("when something was held for it")

    async def release(self, name: str) -> None:
        k = self.keys
        await self.client.call(Release(due=k.due, holds=k.holds, reserved=k.reserved, op=name))

    async def standing(self, budgets: Sequence[Budget]) -> list[Standing]:
        if not budgets:
            return []
        k = self.keys
        script = Look(due=k.due, holds=k.holds, reserved=k.reserved, **self._places(budgets))
        return [_standing(each) for each in await self.client.call(script)]

    async def reached(self, budgets: Sequence[Budget]) -> list[Reached]:
        k = self.keys
        script = Near(
            reserved=k.reserved,
            **self._places(budgets),
            noted=tuple(k.noted(each.period) for each in budgets),
            near=NEAR,
            lives=tuple(_life(each.period) for each in budgets),
        )
        found = await self.client.call(script)
        return [Reached(budgets[n - 1], _standing(standing), over=bool(over)) for n, over, *standing in found]

    async def lift(self, budget: Budget, grant: str) -> None:
        life = _life(budget.period)
        lifted, granted = self.keys.lifted(budget.period), self.keys.booked(f"grant/{grant}")
        await self.client.call(Lift(lifted=lifted, granted=granted, field=budget.field, life=life))

    # -- what is asked for

    async def ask(self, request: Request) -> bool:
        key, text = self.keys.request(request.id), _REQUEST.dump_json(request).decode()
        return await self.client.call(Ask(request=key, text=text, life=ASKED_FOR)) == 1

    async def withdraw(self, id: str) -> None:
        await self.client.call(Withdraw(request=self.keys.request(id)))

    async def decide(self, id: str, by: str, verdict: Verdict) -> Decision | None:
        text, who, what = await self.client.call(DecideOnce(request=self.keys.request(id), by=by, verdict=verdict))
        request = unreadable.read(_REQUEST, text, "what somebody has asked for") if text else None
        known = next((each for each in get_args(Verdict) if each == what), None)
        return Decision(request, who, known) if request and known else None

    # -- numbers

    async def numbers(self, owners: Sequence[Owner] = ()) -> Set:
        names = tuple(map(str, owners))
        if not names:
            return await numbers_in(self.client, self.keys)
        texts = await self.client.call(ReadNumbers(limits=self.keys.limits, owners=names))
        return limit_fields.read(dict(zip(names, texts, strict=True)))

    async def set(self, owner: Owner, wanted: Numbers, seen: Numbers, entry: Entry) -> bool:
        k = self.keys
        script = SetLimit(
            limits=k.limits,
            audit=k.audit,
            field=str(owner),
            before=limit_fields.written(seen),
            after=limit_fields.written(wanted),
            entry=write_entry(entry),
        )
        return await self.client.call(script) == 1

    def _places(self, budgets: Sequence[Budget]) -> _Places:
        k = self.keys

        def of(amount: int | None) -> int:
            return -1 if amount is None else amount

        return {
            "used": tuple(k.used(each.period) for each in budgets),
            "lifted": tuple(k.lifted(each.period) for each in budgets),
            "periods": tuple(each.period for each in budgets),
            "fields": tuple(each.field for each in budgets),
            "costs": tuple(of(each.limit.cost) for each in budgets),
            "tokens": tuple(of(each.limit.tokens) for each in budgets),
            "lifted_by": tuple(0.0 if each.fixed else LIFTED_BY for each in budgets),
        }


async def numbers_in(client: Client, keys: Keys) -> Set:
    """All that is set in Slack."""
    return limit_fields.read(await client.call(ReadHash(hash=keys.limits)))


def _standing(found: Sequence[int]) -> Standing:
    cost, tokens, held_cost, held_tokens, most_cost, most_tokens = found
    limit = Amount(None if most_cost < 0 else most_cost, None if most_tokens < 0 else most_tokens)
    return Standing(Amount(cost, tokens), Amount(held_cost, held_tokens), limit)


def _life(period: str) -> int:
    return DAY_FOR if is_day(period) else MONTH_FOR
