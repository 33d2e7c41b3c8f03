"""What was used, row by row, for a spreadsheet; and who or what it is parted by."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from bot.policy import tokens
from bot.ports import Ledger, World
from bot.usage import reports, spreadsheet
from bot.usage.ledger import By, Spent
from bot.usage.periods import month_of
from bot.usage.reports import People
from bot.usage.spreadsheet import Row

PARTS: tuple[By, ...] = ("person", "channel", "persona", "model")
MOST_ABSENT = 50  # people who are not on the workspace's list, such as those of other workspaces
DIRECT = "direct"
"""What all direct messages are called together: each by itself would name a person."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose or what's use it is; a workspace has no id here."""

    by: By
    id: str = ""


class Names(Protocol):
    """See `ports.Directory`."""

    async def everybody(self) -> Mapping[str, str]: ...
    async def names(self, ids: Iterable[str]) -> Mapping[str, str]: ...
    async def channel_names(self, channels: Iterable[str], thread: None) -> Mapping[str, str]: ...
    def is_direct(self, channel: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Book:
    """The ledger of a workspace, as those may read it who see everyone's use."""

    ledger: Ledger
    directory: Names
    people: People
    programs: Mapping[str, str] = field(default_factory=dict)
    """What the tokens are called, by what stands in the place of their channels."""

    async def parted(self, period: str) -> dict[By, Mapping[str, Spent]]:
        """What was used in a day or month, by all of `PARTS`."""
        used = await self.ledger.spent_by_all(period)
        secret = await self.ledger.secret(month_of(period)) if self.people == "pseudonyms" else b""
        found = {by: used.get(by, {}) for by in PARTS}
        found["person"] = reports.seen(found["person"], self.people, secret)
        found["channel"] = self._together(found["channel"])
        return found

    def _together(self, channels: Mapping[str, Spent]) -> Mapping[str, Spent]:
        direct = [id for id in channels if self.directory.is_direct(id)]
        apart = {id: spent for id, spent in channels.items() if id not in direct}
        return apart | ({DIRECT: reports.total(channels[id] for id in direct)} if direct else {})

    async def rows(self, day: str, workspace: str, names: Mapping[str, str]) -> list[Row]:
        """Of a day, by everything. `names` are those of people and channels."""
        whole = await self.ledger.spent(day)
        used: dict[By, Mapping[str, Spent]] = {"workspace": {workspace: whole}, **await self.parted(day)}
        found: list[Row] = []
        for by, each in used.items():
            for id, spent in sorted(each.items()):
                named = id if by in ("persona", "model") else names.get(id, "")
                found += _row(day, by, id or "others", named, spent)
        return found

    async def names(self, days: Sequence[str]) -> Mapping[str, str]:
        """What people are called, if they are named at all, and channels that all may know."""
        months = sorted({month_of(day) for day in days})
        used = [await self.ledger.spent_by_all(month) for month in months]
        channels = sorted({id for each in used for id in each.get("channel", {}) if not self.directory.is_direct(id)})
        apart = [id for id in channels if not tokens.is_channel(id)]
        named = {**self.programs, **await self.directory.channel_names(apart, None)}
        if self.people != "names":
            return named
        people = await self.directory.everybody()
        absent = sorted({id for each in used for id in each.get("person", {}) if id not in people})
        return {**named, **people, **await self.directory.names(absent[:MOST_ABSENT])}


async def parted(period: str, world: World) -> dict[By, Mapping[str, Spent]]:
    return await Book(world.ledger, world.directory, world.people).parted(period)


async def programs(world: World) -> Mapping[str, str]:
    """What the tokens are called, by what stands in the place of their channels."""
    return {each.channel: each.name for each in await world.tokens.all()}


async def written(subject: Subject, days: Sequence[str], workspace: str, world: World) -> str | None:
    """The whole file; None where nothing was used."""
    if subject.by == "workspace":
        book = Book(world.ledger, world.directory, world.people, await programs(world))
        names = await book.names(days)
        rows = [row for day in days for row in await book.rows(day, workspace, names)]
    else:
        used = await world.ledger.spent_over(days, subject.by, subject.id)
        name = await _name(subject, world)
        rows = [
            row for day, spent in zip(days, used, strict=True) for row in _row(day, subject.by, subject.id, name, spent)
        ]
    return spreadsheet.written(rows) if rows else None


async def _name(subject: Subject, world: World) -> str:
    match subject.by:
        case "person":
            return (await world.directory.names([subject.id])).get(subject.id, "")
        case "channel" if tokens.is_channel(subject.id):
            return (await programs(world)).get(subject.id, "")
        case "channel":
            return (await world.directory.channel_names([subject.id], None)).get(subject.id, "")
    return subject.id


def _row(day: str, by: By, id: str, name: str, spent: Spent) -> list[Row]:
    """No row where nothing was used; a vote is no use."""
    return [Row(day, by, id, name, spent)] if replace(spent, up=0, down=0) != Spent() else []
