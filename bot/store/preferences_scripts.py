"""What Redis does for choices and personas in one step each. The rules of `scripts.py` hold here too.

What is written is decided outside, from what was read; a script writes only if that is still so, and says otherwise
what stands there now. Nothing that two people do at once is lost, and a script that runs twice writes once.
Every change takes its audit entries with it.
"""

MOST_AUDITED = 10_000

_AUDIT = f"""
local function stamped(json)
  local t = redis.call('TIME')
  return string.format('{{"at":%d.%06d,', t[1], t[2]) .. string.sub(json, 2)
end
local function note(audit, entry)
  redis.call('LPUSH', audit, stamped(entry))
  redis.call('LTRIM', audit, 0, {MOST_AUDITED - 1})
end
"""

# KEYS prefs chosen access personas versions   ARGV field of prefs, or '' for the thread's…
# → {choices of each; access as field, value, …; the persona's version that each of the choices names}
# Choices and versions are JSON or ''. A thread has its version, elsewhere it is the present one.
RULES = """
local prefs, chosen, access, personas, versions = unpack(KEYS)
local choices, found = {}, {}
for i, field in ipairs(ARGV) do
  choices[i] = (field == '' and redis.call('GET', chosen) or field ~= '' and redis.call('HGET', prefs, field)) or ''
end
for i, json in ipairs(choices) do
  local choice = json ~= '' and cjson.decode(json) or {}
  local version = choice.version or (choice.key and tonumber(redis.call('HGET', personas, choice.key) or 0)) or 0
  found[i] = version > 0 and redis.call('HGET', versions, choice.key .. '/' .. version) or ''
end
return {choices, redis.call('HGETALL', access), found}
"""

# KEYS chosen   ARGV persona key version keep_for   → 1 | 0 (it has one)
PIN = """
local json = redis.call('GET', KEYS[1])
local choices = json and cjson.decode(json) or {}
if choices.persona then return 0 end
choices.persona, choices.key, choices.version = ARGV[1], ARGV[2], tonumber(ARGV[3])
redis.call('SET', KEYS[1], cjson.encode(choices), 'EX', ARGV[4])
return 1
"""

# KEYS prefs chosen   ARGV field of prefs, or '' for the thread's   → choices or ''
CHOSEN = """
local json = ARGV[1] == '' and redis.call('GET', KEYS[2]) or ARGV[1] ~= '' and redis.call('HGET', KEYS[1], ARGV[1])
return json or ''
"""

# KEYS prefs chosen personas audit   ARGV field or '', before, after, keep_for, persona or '', its version or '', entry…
# → 1 | 0 (the choices, or the persona, have changed meanwhile)
CHOOSE = (
    _AUDIT
    + """
local prefs, chosen, personas, audit = unpack(KEYS)
local field, before, after, keep_for, persona, version = unpack(ARGV)
local present = field == '' and redis.call('GET', chosen) or field ~= '' and redis.call('HGET', prefs, field)
if (present or '') ~= before then return 0 end
if persona ~= '' and (redis.call('HGET', personas, persona) or '') ~= version then return 0 end
if field == '' then
  redis.call('SET', chosen, after, 'EX', keep_for)
elseif after == '{}' then
  redis.call('HDEL', prefs, field)
else
  redis.call('HSET', prefs, field, after)
end
for i = 7, #ARGV do note(audit, ARGV[i]) end
return 1
"""
)

# KEYS prefs   → field, choices, field, …
ALL_CHOSEN = "return redis.call('HGETALL', KEYS[1])"

# KEYS personas versions   ARGV persona or ''
# → {persona, version, …; JSON of the present versions, '' for the deleted}
PERSONAS = """
local all = ARGV[1] == '' and redis.call('HGETALL', KEYS[1]) or {ARGV[1], redis.call('HGET', KEYS[1], ARGV[1]) or '0'}
local found = {}
for i = 1, #all, 2 do
  local version = tonumber(all[i + 1])
  found[#found + 1] = version > 0 and redis.call('HGET', KEYS[2], all[i] .. '/' .. version) or ''
end
return {all, found}
"""

# KEYS versions   ARGV persona from to   → their JSON
VERSIONS = """
local found = {}
for version = tonumber(ARGV[2]), tonumber(ARGV[3]) do
  found[#found + 1] = redis.call('HGET', KEYS[1], ARGV[1] .. '/' .. version) or ''
end
return found
"""

# KEYS personas versions audit prefs   ARGV persona before after version_json entry id refuse_if_used
# → {'done'} | {'changed'} | {'used', field of prefs, …}
# `before` and `after` are as in `personas`. Run twice, it finds the version that has its `id`.
WRITE = (
    _AUDIT
    + """
local personas, versions, audit, prefs = unpack(KEYS)
local persona, before, after, version, entry, id, refuse_if_used = unpack(ARGV)
local present = redis.call('HGET', personas, persona) or ''
if present ~= before then
  local latest = redis.call('HGET', versions, persona .. '/' .. math.abs(tonumber(present) or 0)) or ''
  return {string.find(latest, id, 1, true) and 'done' or 'changed'}
end
if refuse_if_used == '1' then
  local used, all = {'used'}, redis.call('HGETALL', prefs)
  for i = 1, #all, 2 do
    if cjson.decode(all[i + 1]).key == persona then used[#used + 1] = all[i] end
  end
  if #used > 1 then return used end
end
redis.call('HSET', versions, persona .. '/' .. math.abs(tonumber(after)), stamped(version))
redis.call('HSET', personas, persona, after)
note(audit, entry)
return {'done'}
"""
)

# KEYS access   → field, value, …
ACCESS = "return redis.call('HGETALL', KEYS[1])"

# KEYS access audit   ARGV field value or '' entry field …   → field, value, …
CHANGE_ACCESS = (
    _AUDIT
    + """
for i = 1, #ARGV, 3 do
  local field, value = ARGV[i], ARGV[i + 1]
  if (redis.call('HGET', KEYS[1], field) or '') ~= value then
    if value == '' then redis.call('HDEL', KEYS[1], field) else redis.call('HSET', KEYS[1], field, value) end
    note(KEYS[2], ARGV[i + 2])
  end
end
return redis.call('HGETALL', KEYS[1])
"""
)

# KEYS audit   ARGV entry id   → 1 | 0 (it is there)
NOTE = (
    _AUDIT
    + """
for _, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, 99)) do
  if string.find(entry, ARGV[2], 1, true) then return 0 end
end
note(KEYS[1], ARGV[1])
return 1
"""
)

# KEYS audit   ARGV most   → entries, newest first
AUDITED = "return redis.call('LRANGE', KEYS[1], 0, ARGV[1] - 1)"
