"""Whose turn it is where more waits than can be taken at once: a round of workspaces, and in each of channels.

`queue:ready` is where threads come in. Whoever claims puts them in line where there is a choice to be made: more of
them than are taken now, or a line already. In a channel they stand as they came.

All of it is one sorted set in the order of its names, so that a script needs no key that it cannot name before. A name
is a ring, a place in it, and who stands there:

    teams/<place>/T1                      the workspaces in which something waits
    channels/T1/<place>/C1                the channels of one
    threads/T1/C1/<place>/slack/T1/C1/17  the threads of one

Every step costs O(log n), whatever waits. The truth about a thread is in `queue:state`: what stands in line and is not
"ready" there is passed over.
"""

LINE = """
local PLACES, MIDDLE = 15, 500000000000000  -- the digits of a place, and the first place in an empty ring
local function rings(thread)
  local team, channel = string.match(thread, '^[^/]*/([^/]*)/([^/]*)')
  team, channel = team or '', channel or ''
  return team, channel, 'channels/' .. team .. '/', 'threads/' .. team .. '/' .. channel .. '/'
end
local function place(name, ring) return tonumber(string.sub(name, #ring + 1, #ring + PLACES)) end
local function first(line, ring)
  return redis.call('ZRANGE', line, '[' .. ring, '(' .. ring .. ':', 'BYLEX', 'LIMIT', 0, 1)[1]
end
local function last(line, ring)
  return redis.call('ZRANGE', line, '(' .. ring .. ':', '[' .. ring, 'BYLEX', 'REV', 'LIMIT', 0, 1)[1]
end
local function who(name, ring) return string.sub(name, #ring + PLACES + 2) end
local function join(line, ring, id, in_front)
  local other = in_front and first(line, ring) or not in_front and last(line, ring)
  local at = other and place(other, ring) + (in_front and -1 or 1) or MIDDLE
  redis.call('ZADD', line, 0, ring .. string.format('%0' .. PLACES .. 'd', at) .. '/' .. id)
end
local function leave(line, ring)
  local name = first(line, ring)
  if not name then return nil end
  redis.call('ZREM', line, name)
  return who(name, ring)
end
local function line_up(line, thread, in_front)
  local team, channel, channels, threads = rings(thread)
  if not first(line, threads) then
    if not first(line, channels) then join(line, 'teams/', team) end
    join(line, channels, channel)
  end
  join(line, threads, thread, in_front)
end
local function next_in(line)
  local team = leave(line, 'teams/')
  while team do
    local channels = 'channels/' .. team .. '/'
    local channel = leave(line, channels)
    local threads = 'threads/' .. team .. '/' .. (channel or '') .. '/'
    local thread = channel and leave(line, threads)
    if channel and first(line, threads) then join(line, channels, channel) end
    if first(line, channels) then join(line, 'teams/', team) end
    if thread then return thread end
    team = leave(line, 'teams/')
  end
end
local function in_line(line)
  local found = {}
  for _, name in ipairs(redis.call('ZRANGE', line, '[threads/', '(threads0', 'BYLEX')) do
    found[#found + 1] = string.match(name, '^threads/[^/]*/[^/]*/%d*/(.*)$')
  end
  return found
end
"""
"""Needs nothing. `line_up` puts a thread in line, behind those of its channel or in front of them; `next_in` takes out
the one whose turn it is; `in_line` are all, for repairs."""
