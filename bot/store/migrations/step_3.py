"""Step 3: the ledger has days beside months, and all amounts of one place in one field.

Before, a month was the hash `spent:<month>`, of UTC, with a field `<by>:<id>:<what>` for each amount; `all` is called
`workspace` now, and `user` `person`. What was entered there cannot be parted into days any more. Each month moves in
one script, and is added to what is there: a version of before may still write beside us.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.store.keys import shared
from bot.store.migrations import step_1_scripts
from bot.store.migrations.step_1 import Ground, matching

NUMBER = 3
_SPENT = re.compile(r"(?P<workspace>\{[^{}]+\}:[^:]+:)spent:(?P<month>\d{4}-\d\d)")
_LONGER = 400 * 24 * 3600  # seconds that months are kept beyond what they were

# KEYS spent used   ARGV seconds   → 1 | 0 (there is nothing)
_MOVE = """
local spent, used = unpack(KEYS)
local all, left = redis.call('HGETALL', spent), redis.call('TTL', spent)
if #all == 0 then return 0 end
local bys = {all = 'workspace', user = 'person', channel = 'channel', persona = 'persona', model = 'model'}
local places = {answers = 1, input = 2, output = 3, cached = 4, cost = 5, unpriced = 6, up = 7, down = 8}
local CALLS, LAST = 11, 12
local found = {}
for i = 1, #all, 2 do
  local by, id, what = string.match(all[i], '^([^:]*):(.*):([^:]*)$')
  local amount = string.find(all[i + 1], '^%d+$') and #all[i + 1] < 17 and tonumber(all[i + 1])
  if bys[by] and places[what] and amount then
    local field = bys[by] .. ':' .. id
    found[field] = found[field] or {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
    found[field][places[what]] = amount
  end
end
for field, amounts in pairs(found) do
  amounts[CALLS] = math.max(amounts[1], amounts[6])
  local words, sums = string.gmatch(redis.call('HGET', used, field) or '', '%S+'), {}
  for n = 1, LAST do sums[n] = string.format('%.0f', amounts[n] + (tonumber(words() or '') or 0)) end
  redis.call('HSET', used, field, table.concat(sums, ' '))
end
redis.call('EXPIRE', used, math.max(redis.call('TTL', used), left + tonumber(ARGV[1])))
redis.call('DEL', spent)
return 1
"""

# KEYS installations
_WORKSPACES = "return redis.call('HKEYS', KEYS[1])"


async def run(ground: Ground) -> dict[str, int]:
    """Move all months. Returns how many there were."""
    return {"ledgers": await move(ground, [key async for key in matching(ground, f"{{{ground.prefix}}}:*:spent:*")])}


async def has_come_back(ground: Ground) -> bool:
    """Whether a version of before has entered anything since; a look at this month and the last one."""
    found = await ground.client.run(_WORKSPACES, [shared(ground.prefix, "installations")], [])
    this = datetime.now(UTC).date()
    months = [day.strftime("%Y-%m") for day in (this, this.replace(day=1) - timedelta(days=1))]
    workspaces = {ground.workspace, *found}
    keys = [f"{{{ground.prefix}}}:{workspace}:spent:{month}" for workspace in sorted(workspaces) for month in months]
    return bool(await ground.client.run(step_1_scripts.ANY, keys, []))


async def move(ground: Ground, keys: Sequence[str]) -> int:
    """Move these months, by their keys. Returns how many there were."""
    count = 0
    for key in sorted(set(keys)):
        if _SPENT.fullmatch(key):
            used = _SPENT.sub(r"\g<workspace>used:\g<month>", key)
            count += int(await ground.client.run(_MOVE, [key, used], [_LONGER]))
    return count


def message(text: str) -> str:
    """Messages stay as they were."""
    return text
