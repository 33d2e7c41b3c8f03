"""The rows of the file: everything by day, and people only as the operator wants them."""

import csv
import io
from collections.abc import Iterable
from dataclasses import replace

import pytest

from bot.commands import usage_file
from bot.commands.usage_file import Book, Subject
from bot.conversation.messages import Person
from bot.conversation.tokens import Usage
from bot.usage.ledger import Booking
from bot.usage.reports import People
from tests.commands import fakes

DAYS = ["2025-11-01", "2025-11-02"]


async def rows(subject: Subject, people: People = "off") -> list[dict[str, str]]:
    world = fakes.with_everybody()
    world.chat.people["U0EVE"] = Person("=Eve", known=True)
    for n in range(6):
        used = Usage(100, 10, 30, estimated=n == 0)
        booking = Booking("2025-11-01", "-m", used, 0.5, "U0EVE" if n == 0 else f"U{n}", persona="Bard", answers=1)
        await world.ledger.charge(str(n), [replace(booking, channel="D1" if n % 2 else "C1")])
    text = await usage_file.written(subject, DAYS, "T1", replace(world.world, people=people))
    return [*csv.DictReader(io.StringIO(text or ""))]


def by(found: list[dict[str, str]], dimension: str) -> dict[str, str]:
    return {row["id"]: row["answers"] for row in found if row["dimension"] == dimension}


async def test_there_is_a_row_for_each_day_dimension_and_id() -> None:
    found = await rows(Subject("workspace"), "names")

    assert {row["day"] for row in found} == {"2025-11-01"}  # on the second nothing was used
    assert by(found, "workspace") == {"T1": "6"}
    assert by(found, "channel") == {"C1": "3", "direct": "3"}
    assert by(found, "persona") == {"Bard": "6"}
    assert by(found, "model") == {"'-m": "6"}
    assert len(by(found, "person")) == 6


async def test_a_row_has_the_name_and_what_was_estimated() -> None:
    found = await rows(Subject("workspace"), "names")
    [eve] = [row for row in found if row["id"] == "U0EVE"]

    assert eve == {
        "day": "2025-11-01",
        "dimension": "person",
        "id": "U0EVE",
        "name": "'=Eve",
        "answers": "1",
        "input_tokens": "100",
        "output_tokens": "10",
        "cached_tokens": "30",
        "cost_usd": "0.5",
        "estimated": "1",
    }


async def test_people_are_left_out_or_have_other_names() -> None:
    assert by(await rows(Subject("workspace")), "person") == {}
    hidden = by(await rows(Subject("workspace"), "pseudonyms"), "person")

    assert len(hidden) == 6
    assert not any(id.startswith("U") for id in hidden)


@pytest.mark.parametrize(
    ("subject", "name", "answers"),
    [
        (Subject("person", "U0EVE"), "'=Eve", "1"),
        (Subject("channel", "C1"), "c1", "3"),
        (Subject("persona", "Bard"), "Bard", "6"),
    ],
)
async def test_a_file_of_one_has_rows_of_that_alone(subject: Subject, name: str, answers: str) -> None:
    [row] = await rows(subject)

    assert (row["dimension"], row["name"], row["answers"]) == (subject.by, name, answers)


async def test_where_nothing_was_used_there_is_no_file() -> None:
    assert await usage_file.written(Subject("person", "U0NOBODY"), DAYS, "T1", fakes.with_everybody().world) is None


async def test_people_who_are_not_on_the_workspaces_list_are_asked_for() -> None:
    world = fakes.with_everybody()
    await world.ledger.charge("1", [Booking("2025-11-01", "m", Usage(1, 1), 0.5, "U0STRANGER", answers=1)])

    class Elsewhere(fakes.FakeChat):
        async def everybody(self) -> dict[str, str]:
            return {}

        async def names(self, ids: Iterable[str]) -> dict[str, str]:
            return dict.fromkeys(ids, "Otto")

    assert await Book(world.ledger, Elsewhere(), "names").names(DAYS) == {"U0STRANGER": "Otto"}
