"""What Redis does for budgets in one step each. The rules of `scripts.py` hold here too.

A hold is what a turn that runs may still take. It has a deadline: whoever comes next removes those that are past it, so
that what a dead process held is free again. `reserved` has the sums of all holds, by period, field and unit; it changes
only together with them.
"""

from dataclasses import dataclass

from bot.store.script import Key, Script
from bot.store.scripts import DECODED, NOW

# Needs DECODED. `drop` removes the hold of a turn, if there is one.
HOLDS = """
local function drop(due, holds, reserved, op)
  local hold = decoded(redis.call('HGET', holds, op))
  for _, label in ipairs(texts(hold.labels)) do
    for unit, amount in pairs({cost = tonumber(hold.cost) or 0, tokens = tonumber(hold.tokens) or 0}) do
      local place = label .. ' ' .. unit
      local left = redis.pcall('HINCRBY', reserved, place, string.format('%.0f', 0 - amount))
      if type(left) ~= 'number' or left <= 0 then redis.call('HDEL', reserved, place) end
    end
  end
  redis.call('HDEL', holds, op)
  redis.call('ZREM', due, op)
end
local function sweep(due, holds, reserved, at)
  for _, op in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', at, 'LIMIT', 0, 100)) do
    drop(due, holds, reserved, op)
  end
end
"""

# How things stand with the n-th budget: what is entered, what is held, and the limit with all grants; -1 is no limit.
STANDING = """
local function amount(key, field) return tonumber(redis.call('HGET', key, field) or '') or 0 end
local function standing(n)
  local words, label = {}, periods[n] .. '/' .. fields[n]
  for word in string.gmatch(redis.call('HGET', used[n], fields[n]) or '', '%S+') do
    words[#words + 1] = tonumber(word) or 0
  end
  local lift = 1 + lifted_by[n] * amount(lifted[n], fields[n])
  return {
    label = label,
    cost = words[5] or 0,
    tokens = (words[2] or 0) + (words[3] or 0),
    held_cost = amount(reserved, label .. ' cost'),
    held_tokens = amount(reserved, label .. ' tokens'),
    most_cost = costs[n] < 0 and -1 or math.floor(costs[n] * lift),
    most_tokens = tokens[n] < 0 and -1 or math.floor(tokens[n] * lift),
  }
end
local function told(one)
  return one.cost, one.tokens, one.held_cost, one.held_tokens, one.most_cost, one.most_tokens
end
local function part(used, most) return most < 0 and 0 or most == 0 and 1 or used / most end
local function share(one) return math.max(part(one.cost, one.most_cost), part(one.tokens, one.most_tokens)) end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve(Script[list[int]]):
    """Hold what a request may take, or more than it holds already (`more`: if it cannot, what it holds stays).

    {1; tokens of each choice; as far as it may grow or -1; which budget has the least room};
    {0; which budget has no room; its standing}; {-1} when the turn is not ours.
    """

    state: Key
    due: Key
    holds: Key
    reserved: Key
    used: tuple[Key, ...]
    lifted: tuple[Key, ...]
    periods: tuple[str, ...]
    fields: tuple[str, ...]
    costs: tuple[int, ...]
    tokens: tuple[int, ...]
    lifted_by: tuple[float, ...]
    thread: str
    token: str
    op: str
    ttl_ms: int
    prompt: int
    answer: int
    least: int
    choices: int
    price_in: float
    price_out: float
    before_cost: int
    before_tokens: int
    passes: bool

    LUA = (
        NOW
        + DECODED
        + HOLDS
        + STANDING
        + """
if token ~= '' and redis.call('HGET', state, thread) ~= token then return {-1} end
local at = now()
sweep(due, holds, reserved, at)
local mine, own = decoded(redis.call('HGET', holds, op)), {}
for _, label in ipairs(texts(mine.labels)) do own[label] = true end
local priced, room, tight, all = price_in >= 0, math.huge, 0, {}
for n = 1, #fields do
  local one, fits = standing(n), math.huge
  if own[one.label] then
    one.held_cost = one.held_cost - (tonumber(mine.cost) or 0)
    one.held_tokens = one.held_tokens - (tonumber(mine.tokens) or 0)
  end
  if one.most_cost >= 0 then
    local left = one.most_cost - one.cost - one.held_cost - before_cost - (priced and prompt * price_in or 0)
    if left < 0 or (left == 0 and not priced) then
      fits = -1
    elseif priced and price_out > 0 then
      fits = math.floor(left / (choices * price_out))
    end
  end
  if one.most_tokens >= 0 then
    local left = one.most_tokens - one.tokens - one.held_tokens - before_tokens - prompt
    fits = math.min(fits, math.floor(left / choices))
  end
  all[n] = one
  if fits < room then room, tight = fits, n end
end
if passes then room = math.huge end
if room < least then return {0, tight, told(all[tight])} end
local granted, labels = math.min(answer, room), {}
local cost = before_cost + (priced and math.ceil(prompt * price_in + granted * choices * price_out) or 0)
local count = before_tokens + prompt + granted * choices
drop(due, holds, reserved, op)
for n, one in ipairs(all) do
  labels[n] = one.label
  redis.call('HINCRBY', reserved, one.label .. ' cost', string.format('%.0f', cost))
  redis.call('HINCRBY', reserved, one.label .. ' tokens', string.format('%.0f', count))
end
redis.call('HSET', holds, op, cjson.encode({cost = cost, tokens = count, labels = labels}))
redis.call('ZADD', due, at + ttl_ms, op)
for _, key in ipairs({due, holds, reserved}) do
  if redis.call('PTTL', key) < ttl_ms then redis.call('PEXPIRE', key, ttl_ms + 60000) end
end
return {1, granted, room == math.huge and -1 or room, tight}
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Script[None]):
    """Nothing is held for this turn any more."""

    due: Key
    holds: Key
    reserved: Key
    op: str

    LUA = (
        DECODED
        + HOLDS
        + """
drop(due, holds, reserved, op)
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Script[list[list[int]]]):
    """How things stand with each budget: used, held and limit, each in money and in tokens."""

    due: Key
    holds: Key
    reserved: Key
    used: tuple[Key, ...]
    lifted: tuple[Key, ...]
    periods: tuple[str, ...]
    fields: tuple[str, ...]
    costs: tuple[int, ...]
    tokens: tuple[int, ...]
    lifted_by: tuple[float, ...]

    LUA = (
        NOW
        + DECODED
        + HOLDS
        + STANDING
        + """
sweep(due, holds, reserved, now())
local found = {}
for n = 1, #fields do found[n] = {told(standing(n))} end
return found
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadNumbers(Script[list[str]]):
    """What is set for each of these, '' where nothing is."""

    limits: Key
    owners: tuple[str, ...]

    LUA = """
local found = {}
for n, owner in ipairs(owners) do found[n] = redis.call('HGET', limits, owner) or '' end
return found
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near(Script[list[list[int]]]):
    """The budgets that have come near their limit, or reached it, for the first time: which one, 1 if it is reached,
    and its standing. Whoever is told so is noted: a budget that is reached is not told to be near afterwards."""

    reserved: Key
    used: tuple[Key, ...]
    lifted: tuple[Key, ...]
    noted: tuple[Key, ...]
    periods: tuple[str, ...]
    fields: tuple[str, ...]
    costs: tuple[int, ...]
    tokens: tuple[int, ...]
    lifted_by: tuple[float, ...]
    near: float
    lives: tuple[int, ...]

    LUA = (
        STANDING
        + """
local found = {}
for n = 1, #fields do
  local one = standing(n)
  local known, now = redis.call('HGET', noted[n], fields[n]), share(one)
  local state = now >= 1 and 'over' or now >= near and 'near' or nil
  if state and known ~= state and known ~= 'over' then
    redis.call('HSET', noted[n], fields[n], state)
    redis.call('EXPIRE', noted[n], lives[n])
    found[#found + 1] = {n, state == 'over' and 1 or 0, told(one)}
  end
end
return found
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Script[int]):
    """1; 0 if that was asked before."""

    request: Key
    text: str
    life: int

    LUA = """
if redis.call('HSETNX', request, 'request', text) == 0 then return 0 end
redis.call('EXPIRE', request, life)
return 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Script[int]):
    """Nothing is asked any more."""

    request: Key

    LUA = "return redis.call('DEL', request)"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideOnce(Script[list[str]]):
    """What was asked, who decided it, and what; empty texts where nothing is known of it."""

    request: Key
    by: str
    verdict: str

    LUA = """
local text = redis.call('HGET', request, 'request')
if not text then return {'', '', ''} end
if redis.call('HSETNX', request, 'by', by) == 1 then redis.call('HSET', request, 'verdict', verdict) end
return {text, redis.call('HGET', request, 'by') or '', redis.call('HGET', request, 'verdict') or ''}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift(Script[int]):
    """By how many grants a limit is lifted now. The same `grant` counts once."""

    lifted: Key
    granted: Key
    field: str
    life: int

    LUA = """
if redis.call('SET', granted, 1, 'NX', 'EX', life) then redis.call('HINCRBY', lifted, field, 1) end
redis.call('EXPIRE', lifted, life)
return tonumber(redis.call('HGET', lifted, field) or 0)
"""
