"""The rules of all scripts, and what several of them share.

A script is one step in Redis. Scripts are not rolled back: they check first, then write. Each is safe to run twice,
because a client whose reply was lost runs it again. Time is always the server's. A field is mostly called what
`keys.py` calls the key; `said` is the key of a thread's messages.

    repair                 keys that hold another type than they should
    inbox_scripts          messages that come in, and what was said before
    turn_scripts           turns from their beginning to their end
    asked_scripts          what somebody asks about a turn, or for one
    queue                  which thread's turn it is
    line                   in what order, where many wait
    preferences_scripts    choices, personas, access and the audit
"""

from dataclasses import dataclass

from bot.store.script import Key, Script

NOW = """
local function now() local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000) end
"""

READY = """
local function hint(wake)
  redis.call('LPUSH', wake, 1)
  redis.call('LTRIM', wake, 0, 63)
end
local function make_ready(state, ready, wake, thread, push)
  redis.call('HSET', state, thread, 'ready')
  redis.call(push, ready, thread)
  hint(wake)
end
"""

# What a stored JSON text holds: {} for what cannot be read, or is neither a list nor an object. Of its parts, and of a
# list's members, only texts are taken.
DECODED = """
local function decoded(json)
  local _, found = pcall(cjson.decode, json or '')
  return type(found) == 'table' and found or {}
end
local function text(value) return type(value) == 'string' and value or '' end
local function texts(list)
  local found = {}
  for _, one in ipairs(type(list) == 'table' and list or {}) do
    if type(one) == 'string' then found[#found + 1] = one end
  end
  return found
end
"""

# Add to the ledger. `entries` has JSON for each key of `used`: field → amounts, in their order. What cannot be read
# counts as nothing, and False is returned. A key of another type is left as it is.
BOOK = """
local function book(used, entries, lives)
  local whole = true
  for i, key in ipairs(used) do
    for field, amounts in pairs(cjson.decode(entries[i])) do
      local before = redis.pcall('HGET', key, field)
      local readable = type(before) ~= 'table'
      local sums, words = {}, string.gmatch(readable and before or '', '%S+')
      for n, amount in ipairs(amounts) do
        local word = words()
        local known = word and string.find(word, '^%d+$') and #word < 17 and tonumber(word)
        readable = readable and (known or not word)
        sums[n] = string.format('%.0f', math.max((known or 0) + amount, 0))
      end
      whole = whole and readable
      redis.pcall('HSET', key, field, table.concat(sums, ' '))
    end
    redis.call('EXPIRE', key, lives[i])
  end
  return whole
end
"""

# How a message is known, so that Slack may send it again: 'heard' or 'asked', in the script's `seen` and `seen_before`.
SEEN = """
local function note_seen(how)
  redis.call('SET', seen, how, 'EX', seen_for)
  redis.call('SET', seen_before, how, 'EX', seen_for)
end
"""

# A thread of which something was forgotten is not read again in Slack before that moment.
UNREAD = """
local function read_no_further_back(turns, keep_for)
  local t = redis.call('TIME')
  redis.call('HSET', turns, 'unread_from', string.format('%d.%06d', t[1], t[2]))
  redis.call('EXPIRE', turns, keep_for)
end
"""

# In which threads somebody has said something, so that it can be forgotten.
INDEX = """
local function index(threads, thread, keep_for)
  redis.call('ZADD', threads, now(), thread)
  redis.call('ZREMRANGEBYSCORE', threads, '-inf', now() - keep_for * 1000)
  redis.call('EXPIRE', threads, keep_for)
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadHash(Script[dict[str, str]]):
    """Every field of a hash with its value."""

    hash: Key

    LUA = "return redis.call('HGETALL', hash)"

    def reply(self, raw: list[str]) -> dict[str, str]:
        return dict(zip(raw[::2], raw[1::2], strict=True))
