"""Tokens of programs in Redis: whose each is, what it may, how often it is used, and what came of its POSTs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from bot.policy.tokens import Shown, Token
from bot.ports.tokens import Admitted, Begun
from bot.store import limit_fields, unreadable
from bot.store import seal as sealing
from bot.store.client import Client
from bot.store.keys import REPLIES_FOR, Keys
from bot.store.script import Key, Script
from bot.store.scripts import DECODED, NOW, ReadHash
from bot.usage.budgets import NOTHING, Numbers, Owner

MINUTE = 60_000  # ms
FIRST_MAY_TAKE = 30_000  # ms until a POST that was begun, and never ended, may be done again

_TOKEN = TypeAdapter(Token)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Put(Script[int]):
    """1; 0 when there is another one of that name. `name` as it stands in `token`, which is JSON. Its `numbers` stand
    under the `owner`, '' where it has none."""

    tokens: Key
    limits: Key
    id: str
    name: str
    token: str
    owner: str
    numbers: str

    LUA = (
        DECODED
        + """
local all = redis.call('HGETALL', tokens)
for n = 1, #all, 2 do
  if all[n] ~= id and string.lower(text(decoded(all[n + 1]).name)) == string.lower(name) then return 0 end
end
redis.call('HSET', tokens, id, token)
if numbers ~= '' then redis.call('HSET', limits, owner, numbers) end
return 1
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remove(Script[int]):
    """How many there were."""

    tokens: Key
    last_used: Key
    limits: Key
    ids: tuple[str, ...]
    owners: tuple[str, ...]

    LUA = """
local gone = 0
for n, id in ipairs(ids) do
  gone = gone + redis.call('HDEL', tokens, id)
  redis.call('HDEL', last_used, id)
  redis.call('HDEL', limits, owners[n])
end
return gone
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Admit(Script[list[Any]]):
    """The token as JSON, or '' where there is none with this hash; then, in ms: how many more requests there may be at
    once, until when all of them may be made again, and how long to wait if this one comes too early.

    Requests are spread over the minute (GCRA): `most` may come at once.
    """

    tokens: Key
    last_used: Key
    rate: Key
    id: str
    digest: str
    most: int
    minute: int

    LUA = (
        NOW
        + DECODED
        + """
local token = redis.call('HGET', tokens, id) or ''
if token == '' or decoded(token).digest ~= digest then return {'', 0, 0, 0} end
local at, each = now(), minute / most
local spread = math.max(tonumber(redis.call('GET', rate) or at) or at, at)
local wait = spread + each - at - minute
if wait > 0 then return {token, 0, math.ceil(spread - at), math.ceil(wait)} end
redis.call('SET', rate, string.format('%.3f', spread + each), 'PX', minute)
redis.call('HSET', last_used, id, math.floor(at / 1000))
return {token, math.floor((minute - (spread + each - at)) / each + 0.000001), math.ceil(spread + each - at), 0}
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begin(Script[list[str]]):
    """How it stands, then the seed, the reply and its status: "new" (do it; nobody else does), "busy", "other" (it was
    another request), or "done"."""

    kept: Key
    request: str
    seed: str
    may_take: int
    keep_for: int

    LUA = (
        NOW
        + """
local known = redis.call('HGET', kept, 'request')
if known and known ~= request then return {'other', '', '', ''} end
local status = redis.call('HGET', kept, 'status')
if status then return {'done', '', redis.call('HGET', kept, 'reply') or '', status} end
if known and tonumber(redis.call('HGET', kept, 'until') or 0) > now() then return {'busy', '', '', ''} end
redis.call('HSETNX', kept, 'seed', seed)
redis.call('HSET', kept, 'request', request, 'until', now() + may_take)
if redis.call('TTL', kept) < 0 then redis.call('EXPIRE', kept, keep_for) end
return {'new', redis.call('HGET', kept, 'seed'), '', ''}
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _End(Script[int]):
    kept: Key
    text: str
    status: int
    keep_for: int

    LUA = """
redis.call('HSET', kept, 'reply', text, 'status', status)
redis.call('HDEL', kept, 'until')
return redis.call('EXPIRE', kept, keep_for)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _GiveUp(Script[int]):
    """It may be tried anew at once, in the same place."""

    kept: Key

    LUA = "return redis.call('HDEL', kept, 'until')"


@dataclass(frozen=True, slots=True)
class RedisTokens:
    """See `ports.Tokens`."""

    client: Client
    keys: Keys

    async def put(self, token: Token, numbers: Numbers = NOTHING) -> bool:
        script = _Put(
            tokens=self.keys.tokens,
            limits=self.keys.limits,
            id=token.id,
            name=token.name,
            token=_TOKEN.dump_json(token, exclude_defaults=True).decode(),
            owner=str(Owner("token", token.channel)),
            numbers=limit_fields.written(numbers),
        )
        return await self.client.call(script) == 1

    async def all(self) -> Mapping[Token, float | None]:
        found = await self.client.call(ReadHash(hash=self.keys.tokens))
        used = await self.client.call(ReadHash(hash=self.keys.last_used))
        read = (unreadable.read(_TOKEN, text, "a token") for text in found.values())
        tokens = sorted((token for token in read if token), key=lambda token: token.name)
        return {token: _seconds(used.get(token.id)) for token in tokens}

    async def remove(self, tokens: Sequence[Token]) -> None:
        k, owners = self.keys, tuple(str(Owner("token", token.channel)) for token in tokens)
        ids = tuple(token.id for token in tokens)
        script = _Remove(tokens=k.tokens, last_used=k.last_used, limits=k.limits, ids=ids, owners=owners)
        await self.client.call(script)

    async def admit(self, shown: Shown, most: int) -> Admitted | None:
        script = _Admit(
            tokens=self.keys.tokens,
            last_used=self.keys.last_used,
            rate=self.keys.rate(shown.id),
            id=shown.id,
            digest=shown.digest,
            most=most,
            minute=MINUTE,
        )
        text, left, whole, wait = await self.client.call(script)
        token = unreadable.read(_TOKEN, text, "a token") if text else None
        return Admitted(token, int(left), int(whole) / 1000, int(wait) / 1000) if token else None

    async def begin(self, request: str, digest: str, seed: str) -> Begun:
        reply = self.keys.reply(request)
        script = _Begin(kept=reply, request=digest, seed=seed, may_take=FIRST_MAY_TAKE, keep_for=REPLIES_FOR)
        state, seed, text, status = await self.client.call(script)
        return Begun(state, seed, self._opened(text), int(status or 0))

    async def end(self, request: str, reply: object, status: int) -> None:
        text = self.client.seal.wrapped(json.dumps(reply), sealing.of_reply(self.keys.workspace))
        script = _End(kept=self.keys.reply(request), text=text, status=status, keep_for=REPLIES_FOR)
        await self.client.call(script)

    def _opened(self, text: str) -> object:
        found = self.client.seal.unwrapped(text, sealing.of_reply(self.keys.workspace)) if text else ""
        return json.loads(found) if found else None

    async def give_up(self, request: str) -> None:
        await self.client.call(_GiveUp(kept=self.keys.reply(request)))


def _seconds(text: str | None) -> float | None:
    return None if text is None else float(unreadable.whole(text, "when a token was used"))
