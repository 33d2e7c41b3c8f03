"""The file for a spreadsheet: its columns, and nothing in it that a spreadsheet would compute."""

import csv
import io

import pytest

from bot.usage import spreadsheet
from bot.usage.ledger import Spent
from bot.usage.spreadsheet import Row

USED = Spent(answers=2, input=1000, output=50, cached=300, cost=0.0125, estimated=1)


def read(*rows: Row) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(spreadsheet.written(rows)))]


def test_the_columns_are_these_and_no_others() -> None:
    first = spreadsheet.written([]).splitlines()[0]

    wanted = "day,dimension,id,name,answers,input_tokens,output_tokens,cached_tokens,cost_usd,estimated"
    assert first == wanted


def test_a_row_says_what_was_used_in_whole_numbers_and_exact_dollars() -> None:
    [row] = read(Row("2026-11-30", "person", "U1", 'Zoë "Z", of Ops', USED))

    assert list(row.values()) == [
        *("2026-11-30", "person", "U1", 'Zoë "Z", of Ops', "2"),
        *("1000", "50", "300", "0.0125", "1"),
    ]


@pytest.mark.parametrize(
    ("spent", "shown"),
    [
        (Spent(), "0"),
        (Spent(answers=1, unpriced=1), ""),
        (Spent(answers=2, unpriced=1, cost=0.5), "0.5"),
        (Spent(answers=1, cost=0.000_000_001), "0.000000001"),
        (Spent(answers=1, cost=1200.0), "1200"),
    ],
)
def test_an_unknown_price_is_no_price_of_nothing(spent: Spent, shown: str) -> None:
    assert spreadsheet.cost(spent) == shown


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", " =1"])
def test_nothing_is_computed(name: str) -> None:
    [row] = read(Row("2026-11-30", "persona", name, name, USED))

    assert row["name"] == row["id"] == f"'{name.strip()}"


def test_an_ordinary_name_stays_as_it_is() -> None:
    [row] = read(Row("2026-11-30", "model", "gpt-6=x", "a-b", USED))

    assert (row["id"], row["name"]) == ("gpt-6=x", "a-b")
