"""What was used and spent, and what people think of the answers: in Redis, by month."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields

from pydantic import TypeAdapter

from bot.conversation.ids import ThreadKey, order
from bot.store import unreadable
from bot.store.client import Client
from bot.store.keys import SPENT_FOR, Keys
from bot.store.migrations.window import CLOSED, Window
from bot.store.script import Key, Script
from bot.store.scripts import DECODED, ReadHash
from bot.turns.state import Record
from bot.usage.ledger import By, Spent, Verdict, Vote

NANO = 1_000_000_000  # costs are kept as whole billionths of a dollar: sums of those are exact
MOST_REASON = 2000  # characters
MAX_TOKENS = 1_000_000_000  # of one answer
MAX_COST = 10_000.0  # US dollars of one answer

_VERDICT = TypeAdapter(Verdict)
_AMOUNTS = tuple(field.name for field in fields(Spent))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rate(Script[int]):
    """1; 0 when there is no such turn. A vote is counted for what answered when it was given, which it therefore
    remembers."""

    turns: Key
    votes: Key
    spent: Key
    newest: str
    user: str
    vote: str
    reason: str
    channel: str
    keep_for: int
    spent_for: int

    LUA = (
        DECODED
        + """
local record = decoded(redis.call('HGET', turns, newest))
if not record.outcome then return 0 end
local function count(one, by)
  local places = {all = '', user = user, channel = channel, persona = text(one.persona), model = text(one.model)}
  for kind, id in pairs(places) do
    if kind == 'all' or id ~= '' then redis.pcall('HINCRBY', spent, kind .. ':' .. id .. ':' .. one.vote, by) end
  end
end
local now = {vote = vote, reason = reason, persona = text(record.persona), model = text(record.model)}
local before = decoded(redis.call('HGET', votes, newest .. '/' .. user))
if before.vote == 'up' or before.vote == 'down' then count(before, -1) end
count(now, 1)
redis.call('HSET', votes, newest .. '/' .. user, cjson.encode(now))
redis.call('EXPIRE', votes, keep_for)
redis.call('EXPIRE', spent, spent_for)
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spent(Script[list[str | None]]):
    """The values of these fields of a month."""

    spent: Key
    fields: tuple[str, ...]

    LUA = "return redis.call('HMGET', spent, unpack(fields))"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Charge(Script[None]):
    """`amounts` is JSON: field → whole number. One that cannot be entered is left out."""

    spent: Key
    amounts: str
    spent_for: int

    LUA = """
for field, amount in pairs(cjson.decode(amounts)) do redis.pcall('HINCRBY', spent, field, amount) end
redis.call('EXPIRE', spent, spent_for)
"""


def month(seconds: float | None = None) -> str:
    """The month in which a time since 1970 lies; now, if none is given."""
    return time.strftime("%Y-%m", time.gmtime(seconds))


def charges(channel: str | None, user: str, record: Record | None) -> str:
    """What an answer adds to the month, as JSON: field → whole number. Empty where no model was asked.

    `channel` is None for what was answered in none. What is no amount, or one that no answer can take, is left out.
    """
    if record is None or not record.model:
        return "{}"
    known = record.cost if record.cost is not None and 0 <= record.cost <= MAX_COST else None
    cost = {"unpriced": 1} if known is None else {"cost": round(known * NANO)}
    answers = int(record.outcome in ("answered", "stopped"))  # others were paid for, but nobody could read them
    tokens = {"input": record.input, "output": record.output, "cached": record.cached}
    amounts = {"answers": answers, **{name: n for name, n in tokens.items() if 0 <= n <= MAX_TOKENS}, **cost}
    places = {"user": user, "channel": channel, "persona": record.persona, "model": record.model}
    named = [("all", ""), *((by, id) for by, id in places.items() if id)]
    return json.dumps({f"{by}:{id}:{name}": amount for by, id in named for name, amount in amounts.items() if amount})


@dataclass(frozen=True, slots=True)
class RedisLedger:
    """See `ports.Ledger`. `keep_for` is the history's lifetime in seconds."""

    client: Client
    keys: Keys
    keep_for: int
    window: Window = CLOSED

    async def spent(self, month: str, user: str | None = None) -> Spent:
        prefix = f"user:{user}" if user else "all:"
        wanted = tuple(f"{prefix}:{name}" for name in _AMOUNTS)
        values = await self.client.call(_Spent(spent=self.keys.spent(month), fields=wanted))
        return _spent({name: _amount(value) for name, value in zip(_AMOUNTS, values, strict=True)})

    async def spent_by(self, month: str, by: By) -> Mapping[str, Spent]:
        all_of_it = await self.client.call(ReadHash(hash=self.keys.spent(month)))
        found: dict[str, dict[str, int]] = {}
        for field, value in all_of_it.items():
            kind, _, rest = field.partition(":")
            id, _, name = rest.rpartition(":")
            if kind == by and name in _AMOUNTS:
                found.setdefault(id, {})[name] = _amount(value)
        return {id: _spent(amounts) for id, amounts in sorted(found.items())}

    async def charge(self, user: str, record: Record) -> None:
        amounts = charges(None, user, record)
        await self.client.call(_Charge(spent=self.keys.spent(month()), amounts=amounts, spent_for=SPENT_FOR))

    async def rate(self, thread: ThreadKey, newest: str, user: str, vote: Vote, reason: str = "") -> bool:
        await self.window.adopt(thread)
        k, at = self.keys, order(newest) / 1_000_000
        script = _Rate(
            turns=k.turns(thread),
            votes=k.votes(thread),
            spent=k.spent(month(at)),
            newest=newest,
            user=user,
            vote=vote,
            reason=reason[:MOST_REASON],
            channel=thread.channel,
            keep_for=self.keep_for,
            spent_for=SPENT_FOR,
        )
        return await self.client.call(script) == 1

    async def votes(self, thread: ThreadKey, newest: str) -> Mapping[str, Verdict]:
        await self.window.adopt(thread)
        votes = await self.client.call(ReadHash(hash=self.keys.votes(thread)))
        found: dict[str, Verdict] = {}
        for field, value in votes.items():
            answered, _, user = field.partition("/")
            if answered == newest:
                verdict = unreadable.read(_VERDICT, value, f"a vote in {thread}")
                found |= {user: verdict} if verdict else {}
        return found


def _spent(amounts: Mapping[str, int]) -> Spent:
    whole = {name: value for name, value in amounts.items() if name != "cost"}
    return Spent(**whole, cost=amounts.get("cost", 0) / NANO)


def _amount(text: str | None) -> int:
    return unreadable.whole(text, "an amount in the ledger")
