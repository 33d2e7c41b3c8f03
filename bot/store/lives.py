"""How long what is kept of a thread lives: as somebody has chosen for its channel or the workspace, or as the operator
says."""

import time
from dataclasses import dataclass, field
from typing import Protocol

from bot.conversation.ids import ThreadKey
from bot.policy.preferences import RETENTION
from bot.store import preferences_records as records
from bot.store.client import Client
from bot.store.keys import Keys
from bot.store.script import Key, Script

KNOWN_FOR = 30.0  # seconds; a change is told to all replicas at once, and this is for one that was missed
DAY = 24 * 3600  # seconds
SHORTEST = 60  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen(Script[dict[str, str]]):
    """The choices of the workspace and of channels in which something stands, by their fields in `prefs`."""

    prefs: Key
    something: str

    LUA = """
local found, all = {}, redis.call('HGETALL', prefs)
for i = 1, #all, 2 do
  local of_place = all[i] == 'workspace' or string.sub(all[i], 1, 8) == 'channel:'
  if of_place and string.find(all[i + 1], something, 1, true) then
    found[#found + 1], found[#found + 2] = all[i], all[i + 1]
  end
end
return found
"""

    def reply(self, raw: list[str]) -> dict[str, str]:
        return dict(zip(raw[::2], raw[1::2], strict=True))


@dataclass(slots=True)
class Lives:
    """`keep_for` are the seconds where nobody has chosen; on `hold`, everything lives that long."""

    client: Client
    keys: Keys
    keep_for: int
    hold: bool = False
    _known: dict[str, int] = field(default_factory=dict)
    _read_at: float = float("-inf")

    async def of(self, thread: ThreadKey, at_least: int = 0) -> int:
        """Seconds. `at_least` so many where nobody has chosen."""
        chosen = await self.chosen(thread)
        return max(self.keep_for, at_least) if chosen is None else chosen

    async def chosen(self, thread: ThreadKey) -> int | None:
        """Seconds; None where nobody has chosen."""
        if self.hold:
            return None
        if time.monotonic() - self._read_at > KNOWN_FOR:
            found = await self.client.call(_Chosen(prefs=self.keys.prefs, something=f'"{RETENTION.name}"'))
            days = {place: RETENTION.of(records.choices(text)) for place, text in found.items()}
            self._known = {place: max(int(each * DAY), SHORTEST) for place, each in days.items() if each is not None}
            self._read_at = time.monotonic()
        return self._known.get(f"channel:{thread.channel}", self._known.get("workspace"))

    def let_go(self) -> None:
        """What was chosen is read anew."""
        self._read_at = float("-inf")


class Lasting(Protocol):
    """A store of what lives as long as its thread; without `lives`, that is always as long."""

    @property
    def keep_for(self) -> int: ...
    @property
    def lives(self) -> Lives | None: ...


async def life(store: Lasting, thread: ThreadKey, at_least: int = 0) -> int:
    """Seconds that what stands in a thread lives from now on; see `Lives.of`."""
    return await store.lives.of(thread, at_least) if store.lives is not None else max(store.keep_for, at_least)
