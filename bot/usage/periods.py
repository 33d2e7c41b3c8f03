"""Days and months in one time zone: when one begins, when it is over, and what it is called."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones


def zone(name: str) -> ZoneInfo | None:
    """The time zone of that name, however its letters are; None where there is none."""
    known = {each.casefold(): each for each in _zones()}
    try:
        return ZoneInfo(known[name.casefold()])
    except (KeyError, ZoneInfoNotFoundError):
        return None


def near_zone(name: str) -> str | None:
    """One that was perhaps meant."""
    cities = {each.rpartition("/")[2].casefold(): each for each in _zones()}
    wanted = name.rpartition("/")[2].casefold().replace(" ", "_")
    found = get_close_matches(wanted, cities, n=1)
    return cities[found[0]] if found else None


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))


def month_of(day: str) -> str:
    """2026-11 for 2026-11-30."""
    return day[:7]


def periods_of(day: str) -> tuple[str, ...]:
    """The day itself, and its month; nothing where that is no day."""
    try:
        return (day, month_of(day)) if date.fromisoformat(day).isoformat() == day else ()
    except ValueError:
        return ()


def is_day(period: str) -> bool:
    return len(period) == len("2026-11-30")


def days_of(month: str) -> list[str]:
    """All days of a month, the first one first."""
    first = _first(month)
    return [(first + timedelta(days=n)).isoformat() for n in range((_next(first) - first).days)]


def days_between(first: str, last: str) -> list[str]:
    """Both included; empty where the last comes before the first."""
    start = date.fromisoformat(first)
    return [(start + timedelta(days=n)).isoformat() for n in range((date.fromisoformat(last) - start).days + 1)]


def month_before(month: str) -> str:
    return (_first(month) - timedelta(days=1)).strftime("%Y-%m")


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of a workspace. A day may have 23 or 25 hours; where the clock is put back, both hours are of its day.

    `now` is the time since 1970 in seconds.
    """

    zone: tzinfo = UTC
    now: Callable[[], float] = field(default=time.time)

    def day(self, at: float | None = None) -> str:
        """The day of a time since 1970, as 2026-11-30; today, if none is given."""
        return self._local(self.now() if at is None else at).date().isoformat()

    def month(self, at: float | None = None) -> str:
        """The same for the month, as 2026-11."""
        return month_of(self.day(at))

    def begins(self, period: str) -> float:
        """When a day or month begins, in seconds since 1970."""
        return self._midnight(date.fromisoformat(period) if is_day(period) else _first(period))

    def ends(self, period: str) -> float:
        """When the next one begins."""
        if is_day(period):
            return self._midnight(date.fromisoformat(period) + timedelta(days=1))
        return self._midnight(_next(_first(period)))

    def _local(self, at: float) -> datetime:
        return datetime.fromtimestamp(at, self.zone)

    def _midnight(self, day: date) -> float:
        """The first moment of a day. Where summer time begins at midnight, the day begins an hour later; where it ends
        there, the earlier of the two midnights."""
        found = datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp()
        while self._local(found).date() < day:
            found += 900
        return found


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
