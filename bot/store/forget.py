"""What is removed when people want to be forgotten, and what is left.

A thread that was forgotten is not read again in Slack before the moment at which that was done. Choices, votes' counts
and the ledger stay: they hold no words.
"""

from bot.conversation.ids import ThreadKey
from bot.store.client import Client
from bot.store.keys import Keys, QueueKeys

_UNREAD = """
local function read_no_further_back(turns, keep_for)
  local t = redis.call('TIME')
  redis.call('HSET', turns, 'unread_from', string.format('%d.%06d', t[1], t[2]))
  redis.call('EXPIRE', turns, keep_for)
end
"""

# KEYS state said waiting heard past turns votes aside   ARGV thread keep_for   → 1 | 0 (a turn runs or waits)
_THREAD = (
    _UNREAD
    + """
local state, said, waiting, heard, past, turns, votes, aside = unpack(KEYS)
local thread, keep_for = unpack(ARGV)
if redis.call('HEXISTS', state, thread) == 1 then return 0 end
for _, newest in ipairs(redis.call('HKEYS', turns)) do redis.call('ZREM', aside, thread .. '/' .. newest) end
redis.call('DEL', said, waiting, heard, past, turns, votes)
read_no_further_back(turns, keep_for)
return 1
"""
)

# KEYS said waiting heard past turns votes   ARGV user keep_for   → how many messages were removed
# What waits for an answer, or is being answered, stays until then.
_PERSON = (
    _UNREAD
    + """
local said, waiting, heard, past, turns, votes = unpack(KEYS)
local user, keep_for = unpack(ARGV)
local removed, all = 0, redis.call('HGETALL', said)
for i = 1, #all, 2 do
  local member = all[i]
  if cjson.decode(all[i + 1]).author == user and not redis.call('ZSCORE', waiting, member) then
    for _, set in ipairs({heard, past}) do redis.call('ZREM', set, member) end
    removed = removed + redis.call('HDEL', said, member)
  end
end
local mine = '/' .. user
for _, field in ipairs(redis.call('HKEYS', votes)) do
  if string.sub(field, -#mine) == mine then redis.call('HDEL', votes, field) end
end
if removed > 0 then read_no_further_back(turns, keep_for) end
return removed
"""
)

# KEYS threads   → those in which somebody said something
_THREADS = "return redis.call('ZRANGE', KEYS[1], 0, -1)"


async def thread(client: Client, k: Keys, queue: QueueKeys, thread: ThreadKey, keep_for: int) -> bool:
    """See `ports.History.forget`."""
    keys = [queue.state, k.messages(thread), k.waiting(thread), k.heard(thread), k.past(thread), k.turns(thread)]
    return bool(await client.run(_THREAD, [*keys, k.votes(thread), k.aside], [str(thread), keep_for]))


async def person(client: Client, k: Keys, queue: QueueKeys, user: str, keep_for: int) -> int:
    """See `ports.History.forget_person`."""
    count = 0
    for name in await client.run(_THREADS, [k.threads(user)], []):
        where = ThreadKey.parse(name)
        if where.direct and await thread(client, k, queue, where, keep_for):
            count += 1
            continue
        keys = [k.messages(where), k.waiting(where), k.heard(where), k.past(where), k.turns(where), k.votes(where)]
        count += bool(await client.run(_PERSON, keys, [user, keep_for]))
    return count
