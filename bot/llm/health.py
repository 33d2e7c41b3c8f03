"""Whether a way to a model may be tried, by what is known of the parts that it needs.

A server that fails is left alone for a second, then for two, four and eight. One that fails five times within half a
minute is left alone for longer, and then one request, of one replica, is its probe.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import BotError, Busy, Unanswerable, Unavailable
from bot.llm.cooling import Shared

FAILURES = 5
WITHIN = 30.0  # seconds
OPEN_FOR = 15.0  # seconds that a failing server is left alone; twice as long each time that its probe fails too
MAX_OPEN = 60.0
OPENED_WITHIN = 600.0  # seconds
DOUBTFUL_FOR = 120.0  # seconds after that in which one probe decides
PROBE_FOR = 10.0  # seconds until the next probe, where one never came back
USUAL_AFTER = 2.0  # seconds; more is what the server itself has said
LASTING = frozenset({"key"})
"""What does not pass by itself."""
ALWAYS = frozenset({"key", "rate"})
"""What counts also where there is no other way."""


@dataclass(frozen=True, slots=True)
class Health:
    """For one request. `alone`: there is but one way, which is tried though its server has failed."""

    shared: Shared
    alone: bool

    async def cold(self, cools: Mapping[str, str]) -> BotError | None:
        """Why it is not tried now; None if it is."""
        known = await self.shared.cold([*cools.values(), f"doubt:{cools['url']}"])
        for part, name in cools.items():
            if name in known and not (self.alone and part not in ALWAYS):
                why, seconds = known[name]
                if part in LASTING:
                    return Unanswerable(why, "this key was refused before, and has not changed")
                return (
                    Busy(why, f"cooling: {part}", seconds) if part == "rate" else Unavailable(why, "cooling", seconds)
                )
        doubted = f"doubt:{cools['url']}" in known and not self.alone
        if doubted and not await self.shared.first(f"probe:{cools['url']}", PROBE_FOR):
            return Unavailable("model.unreachable", "another request is its probe", PROBE_FOR)
        return None

    async def wait(self, cools: Mapping[str, str]) -> float | None:
        """Seconds until it may be tried again; None if that does not come by itself."""
        known = await self.shared.cold([*cools.values()])
        if any(cools[part] in known for part in LASTING):
            return None
        return max((known[name][1] for name in cools.values() if name in known), default=0.0) or None

    async def failed(self, url: str, after: float) -> None:
        """Its server did not answer, and is perhaps asked to be left alone for some seconds."""
        if self.alone:
            return
        doubted = f"doubt:{url}" in await self.shared.cold([f"doubt:{url}"])
        failures = await self.shared.count(f"failures:{url}", WITHIN)
        if not doubted and failures < FAILURES:
            least = after if after > USUAL_AFTER else 0.0
            await self.shared.cool(url, "model.unreachable", max(2.0 ** (failures - 1), least))
            return
        opened = await self.shared.count(f"opened:{url}", OPENED_WITHIN)
        seconds = max(min(OPEN_FOR * 2.0 ** (opened - 1), MAX_OPEN), after)
        await self.shared.cool(url, "model.unreachable", seconds)
        await self.shared.cool(f"doubt:{url}", "model.unreachable", seconds + DOUBTFUL_FOR)
        await self.shared.warm(f"probe:{url}", f"failures:{url}")

    async def well(self, cools: Mapping[str, str]) -> None:
        """It has answered."""
        url = cools["url"]
        if not self.alone and f"doubt:{url}" in await self.shared.cold([f"doubt:{url}"]):
            await self.shared.warm(*(f"{what}:{url}" for what in ("doubt", "probe", "failures", "opened")))
