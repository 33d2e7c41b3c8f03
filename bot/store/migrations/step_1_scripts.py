"""What Redis does for step 1 in one step each. The rules of `store/scripts.py` hold here too."""

from bot.store.scripts import NOW, READY

MOVED = "moved"
"""The state, for the earlier version, of a thread that is ours: it takes in what is said there and does no turn."""

# KEYS any   ARGV cursor pattern count   → {cursor; keys}
SCAN = "return redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', ARGV[3])"

# KEYS keys…   → how many of them are there
ANY = "return redis.call('EXISTS', unpack(KEYS))"

# KEYS state   ARGV cursor count how_said_begins
# → {cursor; threads that are not ours, or in which something was said since}
# The keys that it looks at have the names of threads in them, of which there may be very many: they stay here.
LOOK = f"""
local cursor, flat = unpack(redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2]))
local found = {{}}
for i = 1, #flat, 2 do
  if flat[i + 1] ~= '{MOVED}' or redis.call('EXISTS', ARGV[3] .. flat[i]) == 1 then found[#found + 1] = flat[i] end
end
return {{cursor, found}}
"""

# KEYS copied strings…   ARGV fields…   → positions (from 1) of the strings that are not as they were copied
DIFFER = """
local found = {}
for i, field in ipairs(ARGV) do
  local value = redis.call('GET', KEYS[i + 1])
  if value and redis.call('HGET', KEYS[1], field) ~= value then found[#found + 1] = i end
end
return found
"""

# KEYS hash   → field, value, …
ALL = "return redis.call('HGETALL', KEYS[1])"

# KEYS list   → all of it
LIST = "return redis.call('LRANGE', KEYS[1], 0, -1)"

# KEYS zset   → member, score, …
RANKED = "return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')"

# KEYS keys…
REMOVE = "return redis.call('DEL', unpack(KEYS))"

# A key keeps the longer of two lives.
_LIFE = """
local function life(old, new)
  local left = redis.call('PTTL', old)
  if left > redis.call('PTTL', new) then redis.call('PEXPIRE', new, left) end
end
"""

# KEYS migration copied; of the earlier version state leases stops said waiting heard past turns talk turn votes chosen;
#   ours: state leases ready wake stops said waiting heard past turns talk turn votes chosen
# ARGV name of the thread before, now, recoded, member text recoded_text …
# → {'moved'; how many keys and entries} | {'busy'; how many messages} (a turn runs there)
#   | {'changed'; 0} (read the texts again) | {'closed'; 0} (the window is)
# While a turn of the earlier version runs, what it does not answer is moved, so that the one turn is its last there.
# Where we have nothing, a key is renamed. Where we have something already, what came since is added: what is addressed
# to the bot and not answered wins over what was overheard or read in Slack, and that over nothing.
MOVE = (
    NOW
    + READY
    + _LIFE
    + f"""
local migration, copied, ostate, oleases, ostops, osaid, owaiting, oheard, opast, oturns, otalk, oturn, ovotes, ochosen,
  state, leases, ready, wake, stops, said, waiting, heard, past, turns, talk, turn, votes, chosen = unpack(KEYS)
local before, thread, recoded = unpack(ARGV)
if redis.call('EXISTS', migration) == 0 then return {{'closed', 0}} end
local at, ends = redis.call('HGET', ostate, before), tonumber(redis.call('ZSCORE', oleases, before) or 0)
local waits = at == 'ready' or at == 'later' or at == '{MOVED}'
if recoded == '1' then
  if redis.call('HLEN', osaid) * 3 ~= #ARGV - 3 then return {{'changed', 0}} end
  for i = 4, #ARGV, 3 do
    if redis.call('HGET', osaid, ARGV[i]) ~= ARGV[i + 1] then return {{'changed', 0}} end
  end
end
local busy = at and not waits and ends > now()
"""
    + """
local moved = 0
if busy then
  local batch, texts = redis.call('HGET', oturn, 'batch'), {}
  if not batch then return {'busy', 0} end
  local answered = {}
  for _, member in ipairs(cjson.decode(batch)) do answered[member] = true end
  for i = 4, #ARGV, 3 do texts[ARGV[i]] = ARGV[i + 2] end
  local all = redis.call('ZRANGE', owaiting, 0, -1, 'WITHSCORES')
  for i = 1, #all, 2 do
    local text = texts[all[i]] or redis.call('HGET', osaid, all[i])
    if text and not answered[all[i]] then
      redis.call('HSETNX', said, all[i], text)
      redis.call('ZADD', waiting, all[i + 1], all[i])
      life(osaid, said)
      life(owaiting, waiting)
      redis.call('HDEL', osaid, all[i])
      redis.call('ZREM', owaiting, all[i])
      moved = moved + 1
    end
  end
  if moved > 0 and redis.call('HEXISTS', state, thread) == 0 then make_ready(state, ready, wake, thread, 'RPUSH') end
  return {'busy', moved}
end
for i = 4, #ARGV, 3 do redis.call('HSET', osaid, ARGV[i], ARGV[i + 2]) end
local function there(old)
  if redis.call('EXISTS', old) == 0 then return false end
  moved = moved + 1
  return true
end
local function whole(old, new)
  if redis.call('EXISTS', new) == 1 then life(old, new) return false end
  redis.call('RENAME', old, new)
  return true
end
local function fields(old, new, later)
  if not there(old) or whole(old, new) then return end
  local all = redis.call('HGETALL', old)
  for i = 1, #all, 2 do
    local known = redis.call('HGET', new, all[i])
    if not known or (later[all[i]] and known < all[i + 1]) then redis.call('HSET', new, all[i], all[i + 1]) end
  end
  redis.call('DEL', old)
end
local function members(old, new, better, worse)
  if not there(old) then return end
  local all = redis.call('ZRANGE', old, 0, -1, 'WITHSCORES')
  for i = 1, #all, 2 do
    local known = false
    for _, set in ipairs(better) do known = known or redis.call('ZSCORE', set, all[i]) end
    if not known then redis.call('ZADD', new, all[i + 1], all[i]) end
    for _, set in ipairs(worse) do redis.call('ZREM', set, all[i]) end
  end
  life(old, new)
  redis.call('DEL', old)
end
fields(osaid, said, {})
fields(oturns, turns, {last = true, unread_from = true})
fields(otalk, talk, {})
fields(ovotes, votes, {})
members(opast, past, {waiting, heard}, {})
members(oheard, heard, {waiting, past}, {})
members(owaiting, waiting, {}, {heard, past})
if there(oturn) then
  if redis.call('HEXISTS', turn, 'batch') == 1 then
    redis.call('DEL', oturn)
  else
    redis.call('RENAME', oturn, turn)
  end
end
local choice, left = redis.call('GET', ochosen), redis.call('PTTL', ochosen)
if choice and left > 0 and redis.call('HGET', copied, before) ~= choice then
  redis.call('SET', chosen, choice, 'PX', left)
  redis.call('HSET', copied, before, choice)
  moved = moved + 1
end
if redis.call('HEXISTS', state, thread) == 0 then
  if at == 'later' then
    redis.call('HSET', state, thread, 'later')
    redis.call('ZADD', leases, ends, thread)
  elseif (at and at ~= 'moved') or redis.call('ZCARD', waiting) > 0 then
    make_ready(state, ready, wake, thread, 'RPUSH')
  end
end
local why = redis.call('HGET', ostops, before)
if why and redis.call('HEXISTS', state, thread) == 1 then redis.call('HSETNX', stops, thread, why) end
redis.call('HDEL', ostops, before)
redis.call('ZREM', oleases, before)
redis.call('HSET', ostate, before, 'moved')
if at and at ~= 'moved' then moved = moved + 1 end
return {'moved', moved}
"""
)

# KEYS migration old new copied   → how many fields were carried over
# What stands in `copied` was carried over before, and is ours to change; what differs from it, they have changed since.
COPY = """
local migration, old, new, copied = unpack(KEYS)
if redis.call('EXISTS', migration) == 0 then return 0 end
local count, there = 0, {}
local all, before = redis.call('HGETALL', old), redis.call('HGETALL', copied)
for i = 1, #all, 2 do
  there[all[i]] = true
  if redis.call('HGET', copied, all[i]) ~= all[i + 1] then
    redis.call('HSET', new, all[i], all[i + 1])
    redis.call('HSET', copied, all[i], all[i + 1])
    count = count + 1
  end
end
for i = 1, #before, 2 do
  if not there[before[i]] then
    redis.call('HDEL', new, before[i])
    redis.call('HDEL', copied, before[i])
    count = count + 1
  end
end
return count
"""

# KEYS old new   → how many entries were moved, each to its place by time
MOVE_AUDIT = """
local old, new = unpack(KEYS)
local count = redis.call('LLEN', old)
if count == 0 then return 0 end
if redis.call('EXISTS', new) == 0 then
  redis.call('RENAME', old, new)
  return count
end
local function at(entry) return tonumber(cjson.decode(entry).at) end
for i = count - 1, 0, -1 do
  local entry, place = redis.call('LINDEX', old, i), 0
  local newer = redis.call('LINDEX', new, place)
  while newer and at(newer) > at(entry) do
    place = place + 1
    newer = redis.call('LINDEX', new, place)
  end
  if place == 0 then
    redis.call('LPUSH', new, entry)
  else
    redis.call('LINSERT', new, 'AFTER', redis.call('LINDEX', new, place - 1), entry)
  end
end
redis.call('DEL', old)
redis.call('LTRIM', new, 0, 9999)
return count
"""

# KEYS old new   ARGV member new_member score   → 1 | 0 (it has gone, or has come anew since)
RENAME_MEMBER = (
    _LIFE
    + """
local old, new = unpack(KEYS)
if redis.call('ZSCORE', old, ARGV[1]) ~= ARGV[3] then return 0 end
local known = redis.call('ZSCORE', new, ARGV[2])
if not known or tonumber(known) < tonumber(ARGV[3]) then redis.call('ZADD', new, ARGV[3], ARGV[2]) end
if redis.call('PTTL', old) > 0 then life(old, new) end
redis.call('ZREM', old, ARGV[1])
return 1
"""
)

# KEYS old new   → 1 | 0 (there is nothing)
ADD_UP = (
    _LIFE
    + """
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do redis.call('HINCRBY', KEYS[2], all[i], all[i + 1]) end
if #all > 0 then life(KEYS[1], KEYS[2]) end
redis.call('DEL', KEYS[1])
return #all > 0 and 1 or 0
"""
)
