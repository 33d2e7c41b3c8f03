"""What shall be removed, and when; and how far that is: in Redis, for all workspaces and replicas."""

from dataclasses import asdict, dataclass
from typing import Any, cast, get_args

from bot.privacy.held import Erasure, Kind, Progress
from bot.store import unreadable
from bot.store.client import Client
from bot.store.keys import Keys, shared
from bot.store.script import Key, Script
from bot.store.scripts import NOW, ReadHash

OURS_FOR = 60  # seconds that whoever has claimed an erasure has to tell how far it is
TOLD_FOR = 24 * 3600  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note(Script[int]):
    """`again`: it comes again and again, and what is due sooner stays so."""

    erasures: Key
    erasing: Key
    member: str
    after_ms: int
    again: bool

    LUA = (
        NOW
        + """
if after_ms == 0 then redis.call('DEL', erasing) end
if again then return redis.call('ZADD', erasures, 'LT', now() + after_ms, member) end
return redis.call('ZADD', erasures, now() + after_ms, member)
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cancel(Script[int]):
    erasures: Key
    member: str

    LUA = "return redis.call('ZREM', erasures, member)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look(Script[list[str]]):
    """How often something was removed, as text; and the first that is due, if one is `wanted` and there is one. `only`
    stands in it, if anything is."""

    erased: Key
    erasures: Key
    ours_ms: int
    wanted: bool
    only: str

    LUA = (
        NOW
        + """
local count = redis.call('GET', erased) or ''
for _, member in ipairs(wanted and redis.call('ZRANGEBYSCORE', erasures, '-inf', now()) or {}) do
  if only == '' or string.find(member, only, 1, true) then
    redis.call('ZADD', erasures, now() + ours_ms, member)
    return {count, member}
  end
end
return {count}
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tell(Script[int]):
    """`fields` and `values` are the progress. It is over, or ours for some time more, if it is still noted. What has
    been asked for once more meanwhile is due, and stays."""

    erasures: Key
    erasing: Key
    member: str
    over: bool
    ours_ms: int
    keep_for: int
    fields: tuple[str, ...]
    values: tuple[int, ...]

    LUA = (
        NOW
        + """
for i, field in ipairs(fields) do redis.call('HSET', erasing, field, values[i]) end
redis.call('EXPIRE', erasing, keep_for)
if over then
  local due = redis.call('ZSCORE', erasures, member)
  return due and tonumber(due) > now() and redis.call('ZREM', erasures, member) or 0
end
return redis.call('ZADD', erasures, 'XX', now() + ours_ms, member)
"""
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Announce(Script[int]):
    erased: Key

    LUA = "return redis.call('INCR', erased)"


@dataclass(frozen=True, slots=True)
class RedisErasures:
    """See `ports.Erasures`."""

    client: Client
    prefix: str

    async def note(self, erasure: Erasure, after: float = 0.0) -> None:
        script = _Note(
            erasures=self._erasures,
            erasing=self._erasing(erasure),
            member=_written(erasure),
            after_ms=int(after * 1000),
            again=erasure.kind == "retention",
        )
        await self.client.call(script)

    async def cancel(self, erasure: Erasure) -> None:
        await self.client.call(_Cancel(erasures=self._erasures, member=_written(erasure)))

    async def claim(self, only: str = "") -> Erasure | None:
        return (await self.look(only))[1]

    async def look(self, only: str = "", *, wanted: bool = True) -> tuple[str, Erasure | None]:
        script = _Look(
            erased=shared(self.prefix, "erased"),
            erasures=self._erasures,
            ours_ms=OURS_FOR * 1000,
            wanted=wanted,
            only=f"/{only}/" if only else "",
        )
        count, *found = await self.client.call(script)
        for member in found:
            if (erasure := _read(member)) is not None:
                return count, erasure
            unreadable.passed_over("what shall be removed")
            await self.client.call(_Cancel(erasures=self._erasures, member=member))
        return count, None

    async def tell(self, erasure: Erasure, progress: Progress) -> None:
        told = asdict(progress) if erasure.kind != "workspace" else {}  # which shall be empty
        script = _Tell(
            erasures=self._erasures,
            erasing=self._erasing(erasure),
            member=_written(erasure),
            over=progress.over,
            ours_ms=OURS_FOR * 1000,
            keep_for=TOLD_FOR,
            fields=tuple(told),
            values=tuple(map(int, told.values())),
        )
        await self.client.call(script)

    async def progress(self, erasure: Erasure) -> Progress | None:
        found = await self.client.call(ReadHash(hash=self._erasing(erasure)))
        told: Any = {name: unreadable.whole(found.get(name), "how far an erasure is") for name in asdict(Progress())}
        return Progress(**{**told, "over": bool(told["over"])}) if found else None

    async def announce(self) -> None:
        await self.client.call(_Announce(erased=shared(self.prefix, "erased")))

    async def count(self) -> str:
        """Another than before, if something was removed since."""
        return (await self.look(wanted=False))[0]

    @property
    def _erasures(self) -> Key:
        return shared(self.prefix, "erasures")

    def _erasing(self, erasure: Erasure) -> Key:
        return Keys(self.prefix, erasure.workspace).erasing(f"{erasure.kind}/{erasure.id}")


def _written(erasure: Erasure) -> str:
    return f"{erasure.workspace}/{erasure.kind}/{erasure.id}/{'away' if erasure.away else 'asked'}"


def _read(text: str) -> Erasure | None:
    parts = text.split("/")
    if len(parts) != 4 or parts[1] not in get_args(Kind) or parts[3] not in ("away", "asked"):
        return None
    return Erasure(parts[0], cast(Kind, parts[1]), parts[2], parts[3] == "away")
