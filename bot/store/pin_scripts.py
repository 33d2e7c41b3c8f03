"""What Redis does so that a thread keeps who answers in it. The rules of `scripts.py` hold here too."""

from dataclasses import dataclass

from bot.store.script import Key, Script
from bot.store.scripts import DECODED

# A thread keeps who answers in it, unless it has somebody. `model` may be ''; `persona` too, where only that is given.
PIN = (
    DECODED
    + """
local function pin(chosen, model, persona, key, version, retention, keep_for)
  local choices = decoded(redis.call('GET', chosen))
  if text(choices.persona) ~= '' then return 0 end
  if model ~= '' then choices.model = model end
  if persona ~= '' then choices.persona, choices.key, choices.version = persona, key, version end
  if retention > 0 then
    choices.keep = retention
    keep_for = math.min(keep_for, retention)
  end
  local _, json = pcall(cjson.encode, choices)
  redis.call('SET', chosen, json, 'EX', keep_for)
  return 1
end
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin(Script[int]):
    """1; 0 when the thread has a persona."""

    chosen: Key
    model: str
    persona: str
    key: str
    version: int
    retention: int
    keep_for: int

    LUA = (
        PIN
        + """
local pinned = pin(chosen, model, persona, key, version, retention, keep_for)
return pinned
"""
    )
