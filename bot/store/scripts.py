"""What Redis does for the inbox in one step each. Scripts are not rolled back: they check first, then write.

Each script is safe to run twice, because a client whose reply was lost runs it again. Time is always the server's.
Keys and what they hold: `keys.py`. What concerns the queue alone: `queue.py`.
"""

NOW = """
local function now() local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000) end
"""

READY = """
local function make_ready(state, ready, wake, thread, push)
  redis.call('HSET', state, thread, 'ready')
  redis.call(push, ready, thread)
  redis.call('LPUSH', wake, 1)
  redis.call('LTRIM', wake, 0, 63)
end
"""

# In which threads somebody has said something, so that it can be forgotten.
_INDEX = """
local function index(threads, thread, keep_for)
  redis.call('ZADD', threads, now(), thread)
  redis.call('ZREMRANGEBYSCORE', threads, '-inf', now() - keep_for * 1000)
  redis.call('EXPIRE', threads, keep_for)
end
"""

# KEYS seen seen_before said waiting heard past state ready wake talk threads
# ARGV thread member score message addressed seen_for keep_for most_heard manner most_bots part
# → 'new' | 'again' (we have it) | 'unknown' (not addressed, and we take no part in this thread)
# `seen` is 'heard' or 'asked': what was heard may still turn out to be addressed to us, but not the other way round.
# `seen_before` is where an earlier version looks, or the same key again: what either version has, the other knows.
# `part`: it is known otherwise that we take part in this thread.
# The manners are told in `attention`.
PUT = (
    NOW
    + READY
    + _INDEX
    + """
local seen, seen_before, said, waiting, heard, past, state, ready, wake, talk, threads = unpack(KEYS)
local thread, member, score, message, addressed, seen_for, keep_for, most_heard, manner, most_bots, part = unpack(ARGV)
local function note(how)
  redis.call('SET', seen, how, 'EX', seen_for)
  redis.call('SET', seen_before, how, 'EX', seen_for)
end
local known = part == '1' or redis.call('EXISTS', past) == 1 or redis.call('HEXISTS', state, thread) == 1
local function by_bot() return tonumber(redis.call('HGET', talk, 'by_bot') or 0) end
if manner == 'follow' or (manner == 'until' and redis.call('HEXISTS', talk, 'away') == 0) then
  addressed = known and '1' or '0'
elseif manner == 'bot' and by_bot() >= tonumber(most_bots) then
  addressed = '0'
end
if addressed == '0' then
  if not known then return 'unknown' end
  if redis.call('HEXISTS', said, member) == 1 then return 'again' end
  if redis.call('EXISTS', seen, seen_before) > 0 then return 'again' end
  note('heard')
  if manner == 'away' then redis.call('HSET', talk, 'away', 1) end
  if manner ~= 'bot' then redis.call('HDEL', talk, 'by_bot') end
  redis.call('EXPIRE', talk, keep_for)
  redis.call('HSET', said, member, message)
  redis.call('ZADD', heard, score, member)
  local surplus = redis.call('ZCARD', heard) - most_heard
  if surplus > 0 then
    for _, old in ipairs(redis.call('ZRANGE', heard, 0, surplus - 1)) do
      redis.call('ZREM', heard, old)
      redis.call('HDEL', said, old)
    end
  end
  redis.call('EXPIRE', said, keep_for)
  redis.call('EXPIRE', heard, keep_for)
  index(threads, thread, keep_for)
  return 'new'
end
if redis.call('GET', seen) == 'asked' or redis.call('GET', seen_before) == 'asked' then return 'again' end
note('asked')
if manner == 'bot' then
  redis.call('HSET', talk, 'by_bot', by_bot() + 1)
  redis.call('EXPIRE', talk, keep_for)
else
  redis.call('HDEL', talk, 'by_bot')
end
if manner == 'plain' then redis.call('HDEL', talk, 'away') end
redis.call('HSET', said, member, message)
redis.call('ZREM', heard, member)
redis.call('ZREM', past, member)
redis.call('ZADD', waiting, score, member)
redis.call('EXPIRE', said, keep_for)
redis.call('EXPIRE', waiting, keep_for)
index(threads, thread, keep_for)
if redis.call('HEXISTS', state, thread) == 0 then make_ready(state, ready, wake, thread, 'RPUSH') end
return 'new'
"""
)

# KEYS state said waiting heard turn   ARGV thread token most keep_for
# → false (not ours) | {turn as field, value, …; members of the batch; their messages; which of them were addressed}
# The batch is fixed once, by its members; `newest` names the turn, whatever is deleted later.
BEGIN = """
local state, said, waiting, heard, turn = unpack(KEYS)
local thread, token, most, keep_for = unpack(ARGV)
if redis.call('HGET', state, thread) ~= token then return false end
if redis.call('HGET', turn, 'done') then redis.call('DEL', turn) end
if redis.call('HGET', turn, 'token') ~= token then
  redis.call('HSET', turn, 'token', token)
  redis.call('HINCRBY', turn, 'attempt', 1)
end
local batch = redis.call('HGET', turn, 'batch')
local members
if batch then
  members = cjson.decode(batch)
else
  members = redis.call('ZRANGE', waiting, 0, most - 1)
  local newest = members[#members]
  if newest then
    local until_then = redis.call('ZRANGEBYSCORE', heard, '-inf', redis.call('ZSCORE', waiting, newest))
    for _, member in ipairs(until_then) do members[#members + 1] = member end
    redis.call('HSET', turn, 'batch', cjson.encode(members), 'newest', newest)
  end
end
redis.call('EXPIRE', turn, keep_for)
local messages, addressed = {}, {}
for i, member in ipairs(members) do
  messages[i] = redis.call('HGET', said, member) or ''
  addressed[i] = redis.call('ZSCORE', waiting, member) and 1 or 0
end
return {redis.call('HGETALL', turn), members, messages, addressed}
"""

# KEYS state turn   ARGV thread token field value   → 1 | 0 (not ours)
MARK = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
return 1
"""

# KEYS state leases ready wake said waiting heard past turn turns stops aside chosen votes spent
# ARGV thread token keep_for done_for most_past most_aside newest answer_score answer record failed charges spent_for
#   member…
# → 1 | 2 (had already landed) | 0 (not ours)
FINISH = (
    NOW
    + READY
    + """
local state, leases, ready, wake, said, waiting, heard, past, turn, turns, stops, aside, chosen, votes, spent =
  unpack(KEYS)
local thread, token, keep_for, done_for, most_past, most_aside, newest, answer_score, answer, record, failed, charges,
  spent_for = unpack(ARGV)
if redis.call('HGET', state, thread) ~= token then
  return redis.call('HGET', turn, 'done') == token and 2 or 0
end
for i = 14, #ARGV do
  local member = ARGV[i]
  local score = redis.call('ZSCORE', waiting, member) or redis.call('ZSCORE', heard, member)
  if score and redis.call('HEXISTS', said, member) == 1 then redis.call('ZADD', past, score, member) end
  redis.call('ZREM', waiting, member)
  redis.call('ZREM', heard, member)
end
if answer ~= '' then
  redis.call('HSET', said, newest .. '/answer', answer)
  redis.call('ZADD', past, answer_score, newest .. '/answer')
end
if record ~= '' then redis.call('HSET', turns, newest, record, 'last', newest) end
local most = tonumber(most_past)
if redis.call('ZCARD', past) > most then
  for _, member in ipairs(redis.call('ZRANGE', past, 0, -1 - math.floor(most / 2))) do
    redis.call('ZREM', past, member)
    redis.call('HDEL', said, member)
    redis.call('HDEL', turns, member)
  end
end
if failed == '1' then
  redis.call('ZADD', aside, now(), thread .. '/' .. newest)
  redis.call('ZREMRANGEBYSCORE', aside, '-inf', now() - keep_for * 1000)
  redis.call('ZREMRANGEBYRANK', aside, 0, -1 - most_aside)
else
  redis.call('ZREM', aside, thread .. '/' .. newest)
end
for field, amount in pairs(cjson.decode(charges)) do redis.call('HINCRBY', spent, field, amount) end
redis.call('EXPIRE', spent, spent_for)
for _, key in ipairs({said, past, waiting, heard, turns, chosen, votes}) do redis.call('EXPIRE', key, keep_for) end
redis.call('DEL', turn)
redis.call('HSET', turn, 'done', token)
redis.call('EXPIRE', turn, done_for)
redis.call('HDEL', stops, thread)
redis.call('ZREM', leases, thread)
if redis.call('ZCARD', waiting) > 0 then
  make_ready(state, ready, wake, thread, 'RPUSH')
else
  redis.call('HDEL', state, thread)
end
return 1
"""
)

# KEYS said   ARGV member message   → 1 | 0 (we do not hold it)
CHANGE = """
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
"""

# KEYS seen seen_before said waiting heard past state stops turn   ARGV member seen_for thread
# → 1 | 0 (we did not hold it)
# Deleted also means: not to be taken in any more, should Slack send it again or only now. If nothing is left of what
# the running turn answers, it is pointless: an answer to a deleted root would stand in the channel for all to see.
DROP = """
local seen, seen_before, said, waiting, heard, past, state, stops, turn = unpack(KEYS)
local member, seen_for, thread = unpack(ARGV)
redis.call('SET', seen, 'asked', 'EX', seen_for)
redis.call('SET', seen_before, 'asked', 'EX', seen_for)
for _, set in ipairs({waiting, heard, past}) do redis.call('ZREM', set, member) end
local held = redis.call('HDEL', said, member)
local batch = redis.call('HGET', turn, 'batch')
if batch and redis.call('HEXISTS', state, thread) == 1 then
  for _, other in ipairs(cjson.decode(batch)) do
    if redis.call('ZSCORE', waiting, other) then return held end
  end
  redis.call('HSET', stops, thread, 'pointless')
end
return held
"""

# KEYS seen seen_before   ARGV seen_for   → 1 | 0 (we knew it)
FIRST_TIME = """
if redis.call('EXISTS', KEYS[1], KEYS[2]) > 0 then return 0 end
for _, seen in ipairs(KEYS) do redis.call('SET', seen, 'asked', 'EX', ARGV[1]) end
return 1
"""

# KEYS state said past turns; of each message seen seen_before; threads…
# ARGV thread token keep_for unread_from or '' member score message …
# → 1 | 0 (not ours)
# After those of the messages come the `threads` of each author. What we hold already stays as it is, wherever it
# is; what we had been asked, and hold no longer, was deleted or was a command.
KEEP = (
    NOW
    + _INDEX
    + """
local state, said, past, turns = unpack(KEYS)
local thread, token, keep_for, unread_from = unpack(ARGV)
if redis.call('HGET', state, thread) ~= token then return 0 end
local count = (#ARGV - 4) / 3
for n = 1, count do
  local member, score, message = ARGV[2 + 3 * n], ARGV[3 + 3 * n], ARGV[4 + 3 * n]
  local asked = redis.call('GET', KEYS[3 + 2 * n]) == 'asked' or redis.call('GET', KEYS[4 + 2 * n]) == 'asked'
  if not asked and redis.call('HSETNX', said, member, message) == 1 then
    redis.call('ZADD', past, score, member)
  end
end
if unread_from == '' then
  redis.call('HDEL', turns, 'unread_from')
else
  redis.call('HSET', turns, 'unread_from', unread_from)
end
for _, key in ipairs({said, past, turns}) do redis.call('EXPIRE', key, keep_for) end
for n = 5 + 2 * count, #KEYS do index(KEYS[n], thread, keep_for) end
return 1
"""
)

# KEYS said past turns   → {messages of the past, oldest first; from where on Slack did not let us read, or ''}
LOAD = """
local said, past, turns = unpack(KEYS)
local members = redis.call('ZRANGE', past, 0, -1)
local messages = {}
for i, member in ipairs(members) do messages[i] = redis.call('HGET', said, member) or '' end
return {messages, redis.call('HGET', turns, 'unread_from') or ''}
"""

# KEYS state stops leases turn   ARGV thread newest or ''   → 1 | 0 (nothing, or not that one, runs or waits there)
STOP = (
    NOW
    + """
local state, stops, leases, turn = unpack(KEYS)
local thread, newest = unpack(ARGV)
local at = redis.call('HGET', state, thread)
if not at then return 0 end
if newest ~= '' and redis.call('HGET', turn, 'newest') ~= newest then return 0 end
redis.call('HSETNX', stops, thread, 'asked')
if at == 'later' then redis.call('ZADD', leases, now(), thread) end
return 1
"""
)

# KEYS said waiting turn turns   ARGV newest or ''
# → {record of the finished turn `newest` or ''; messages that the running or the next turn answers}
ABOUT = """
local said, waiting, turn, turns = unpack(KEYS)
local batch = redis.call('HGET', turn, 'batch')
local members = batch and cjson.decode(batch) or redis.call('ZRANGE', waiting, 0, -1)
local messages = {}
for i, member in ipairs(members) do
  messages[i] = redis.call('ZSCORE', waiting, member) and redis.call('HGET', said, member) or ''
end
return {redis.call('HGET', turns, ARGV[1]) or '', messages}
"""

# KEYS turn turns   ARGV newest   → {posted of the running turn, if it is this one, or ''; record or ''}
POSTED = """
local running = redis.call('HGET', KEYS[1], 'newest') == ARGV[1] and redis.call('HGET', KEYS[1], 'posted')
return {running or '', redis.call('HGET', KEYS[2], ARGV[1]) or ''}
"""

# KEYS state ready wake said waiting heard past turn turns aside   ARGV thread newest keep_for
# → 'ready' | 'busy' (a turn runs or waits) | 'old' (there is a newer one) | 'unknown'
# The batch goes back to where it waited, and the new turn begins with the messages that the old one had posted.
AGAIN = (
    READY
    + """
local state, ready, wake, said, waiting, heard, past, turn, turns, aside = unpack(KEYS)
local thread, newest, keep_for = unpack(ARGV)
if redis.call('HEXISTS', state, thread) == 1 then return 'busy' end
local record = redis.call('HGET', turns, newest)
if not record then return 'unknown' end
if redis.call('HGET', turns, 'last') ~= newest then return 'old' end
record = cjson.decode(record)
local members, back, asked = {}, {}, false
for kind, set in pairs({asked = waiting, heard = heard}) do
  for _, member in ipairs(record[kind] or {}) do
    local score = redis.call('ZSCORE', past, member)
    if score then
      members[#members + 1] = member
      back[#back + 1] = {set, score, member}
    end
    if score and kind == 'asked' then asked = true end
  end
end
if not asked then return 'unknown' end
for _, one in ipairs(back) do
  redis.call('ZREM', past, one[3])
  redis.call('ZADD', one[1], one[2], one[3])
end
redis.call('ZREM', past, newest .. '/answer')
redis.call('HDEL', said, newest .. '/answer')
redis.call('ZREM', aside, thread .. '/' .. newest)
redis.call('DEL', turn)
local posted = record.posted and #record.posted > 0 and cjson.encode(record.posted) or '[]'
redis.call('HSET', turn, 'batch', cjson.encode(members), 'newest', newest, 'posted', posted)
for _, key in ipairs({said, waiting, heard, turn}) do redis.call('EXPIRE', key, keep_for) end
make_ready(state, ready, wake, thread, 'RPUSH')
return 'ready'
"""
)
