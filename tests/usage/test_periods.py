"""Days and months, whatever the clocks of a place do."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.usage import periods
from bot.usage.periods import Calendar

HOUR = 3600.0


def of(zone: str, now: str = "2026-11-30T12:00:00+00:00") -> Calendar:
    return Calendar(ZoneInfo(zone), lambda: datetime.fromisoformat(now).timestamp())


def at(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


@pytest.mark.parametrize(
    ("zone", "day", "month"),
    [
        ("UTC", "2026-11-30", "2026-11"),
        ("Asia/Tokyo", "2026-12-01", "2026-12"),
        ("Pacific/Kiritimati", "2026-12-01", "2026-12"),
        ("America/Los_Angeles", "2026-11-30", "2026-11"),
    ],
)
def test_at_the_end_of_a_month_it_is_the_next_one_already_in_the_east(zone: str, day: str, month: str) -> None:
    calendar = of(zone, "2026-11-30T16:00:00+00:00")

    assert (calendar.day(), calendar.month()) == (day, month)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),  # at two
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("America/Sao_Paulo", "2018-11-04", 23),  # at midnight
        ("America/Sao_Paulo", "2018-02-17", 25),
        ("America/Havana", "2026-11-01", 25),  # at one, back to midnight
        ("UTC", "2028-02-29", 24),
    ],
)
def test_a_day_is_as_long_as_its_clock_says_and_the_next_one_begins_where_it_ends(
    zone: str, day: str, hours: float
) -> None:
    calendar = of(zone)
    begins, ends = calendar.begins(day), calendar.ends(day)

    assert ends - begins == hours * HOUR
    assert [calendar.day(time) for time in (begins, ends - 1)] == [day, day]
    assert calendar.day(begins - 1) < day < calendar.day(ends)
    assert calendar.begins(calendar.day(ends)) == ends


def test_a_month_ends_at_midnight_of_its_zone() -> None:
    calendar = of("Europe/Berlin")

    assert calendar.begins("2026-03") == at("2026-03-01T00:00:00+01:00")
    assert calendar.ends("2026-03") == calendar.begins("2026-04") == at("2026-04-01T00:00:00+02:00")
    assert calendar.ends("2026-12") == at("2027-01-01T00:00:00+01:00")


def test_without_a_zone_it_is_utc() -> None:
    assert Calendar(now=lambda: 86_399.0).day() == "1970-01-01"


def test_days_of_a_month_and_between_two_days() -> None:
    assert periods.days_of("2028-02") == [f"2028-02-{n:02}" for n in range(1, 30)]
    assert periods.days_between("2026-12-31", "2027-01-01") == ["2026-12-31", "2027-01-01"]
    assert periods.days_between("2027-01-01", "2026-12-31") == []
    assert (periods.month_before("2027-01"), periods.month_of("2027-01-31")) == ("2026-12", "2027-01")
    assert periods.periods_of("2027-01-31") == ("2027-01-31", "2027-01")
    assert periods.periods_of("2027-02-31") == periods.periods_of("") == periods.periods_of("20270131") == ()
    assert periods.is_day("2027-01-31")
    assert not periods.is_day("2027-01")


@pytest.mark.parametrize("name", ["Europe/Berlin", "europe/berlin", "EUROPE/BERLIN"])
def test_a_time_zone_is_known_however_its_letters_are(name: str) -> None:
    found = periods.zone(name)

    assert found is not None
    assert found.key == "Europe/Berlin"


@pytest.mark.parametrize("name", ["", "Mars/Dome", "../../etc/passwd", "/etc/localtime", "Europe", "x" * 5000])
def test_what_is_no_time_zone_is_none(name: str) -> None:
    assert periods.zone(name) is None


def test_a_city_leads_to_its_time_zone() -> None:
    assert periods.near_zone("Berlin") == "Europe/Berlin"
    assert periods.near_zone("america/new york") == "America/New_York"
    assert periods.near_zone("qqqqqq") is None
