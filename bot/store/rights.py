"""Whether our user may do all that our scripts do. Asked at the start: what a script may not do, it says only when it
comes to it, and until then all looks well."""

from dataclasses import dataclass

from bot.store.script import Key, Script

COMMANDS = {
    "DEL": ("probe",),
    "EXISTS": ("probe",),
    "EXPIRE": ("probe", "1"),
    "GET": ("probe",),
    "HDEL": ("probe", "a"),
    "HEXISTS": ("probe", "a"),
    "HGET": ("probe", "a"),
    "HGETALL": ("probe",),
    "HINCRBY": ("probe", "a", "1"),
    "HKEYS": ("probe",),
    "HLEN": ("probe",),
    "HSCAN": ("probe", "0"),
    "HSET": ("probe", "a", "1"),
    "HSETNX": ("probe", "a", "1"),
    "HVALS": ("probe",),
    "INCR": ("probe",),
    "LINDEX": ("probe", "0"),
    "LINSERT": ("probe", "BEFORE", "a", "b"),
    "LLEN": ("probe",),
    "LPOP": ("probe",),
    "LPUSH": ("probe", "a"),
    "LRANGE": ("probe", "0", "0"),
    "LREM": ("probe", "0", "a"),
    "LSET": ("probe", "0", "a"),
    "LTRIM": ("probe", "0", "0"),
    "PEXPIRE": ("probe", "1000"),
    "PTTL": ("probe",),
    "RENAME": ("probe", "probe"),
    "RPUSH": ("probe", "a"),
    "SCAN": ("'0'", "'COUNT'", "'1'"),
    "SET": ("probe", "1"),
    "TIME": (),
    "TTL": ("probe",),
    "TYPE": ("probe",),
    "ZADD": ("probe", "1", "a"),
    "ZCARD": ("probe",),
    "ZCOUNT": ("probe", "0", "1"),
    "ZRANGE": ("probe", "0", "0"),
    "ZRANGEBYSCORE": ("probe", "0", "1"),
    "ZREVRANGE": ("probe", "0", "0"),
    "ZREVRANGEBYSCORE": ("probe", "1", "0"),
    "ZREM": ("probe", "a"),
    "ZREMRANGEBYRANK": ("probe", "0", "0"),
    "ZREMRANGEBYSCORE": ("probe", "0", "1"),
    "ZSCORE": ("probe", "a"),
}
"""All that our scripts call, each as it can be called on a key of any type: that it fails on it does not matter."""


def _lua() -> str:
    calls = (", ".join([repr(name), *(_written(each) for each in words)]) for name, words in COMMANDS.items())
    tried = "\n".join(f"try({call})" for call in calls)
    return f"""
local refused = {{}}
local function try(name, ...)
  local done = redis.pcall(name, ...)
  local said = type(done) == 'table' and done.err or ''
  if said:find('NOPERM') or said:find('no permission') or said:find("can't run this") then
    refused[#refused + 1] = name
  end
end
{tried}
redis.pcall('DEL', probe)
return refused
"""


def _written(word: str) -> str:
    return word if word == "probe" or word.startswith("'") else f"'{word}'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights(Script[list[str]]):
    """The commands that our user may not run in a script."""

    probe: Key

    LUA = _lua()
