"""What was used, in words, and as charts and tables with the same in words beside them."""

from dataclasses import replace
from typing import Any

import pytest

from bot import wording
from bot.commands.reports import Reasons, UsageReport
from bot.commands.usage_file import DIRECT
from bot.conversation.places import Ref
from bot.usage.ledger import Reason, Spent
from bot.usage.reports import OTHERS
from bot.wording import usage
from bot.wording.text import Chart, Markdown, Number, Table, Text, Verbatim

ENGLISH = wording.of("en")
DAYS = {f"2026-11-{n:02}": Spent(calls=n % 2, cost=n % 2 * 1.5) for n in range(1, 31)}
EVERYONE = UsageReport(
    "everyone",
    "",
    "2026-11",
    past=False,
    spent=Spent(3, 1200, 80, cost=22.5, calls=3),
    days=DAYS,
    before=Spent(cost=30.0),
    parts={
        "person": [("U1", Spent(2, cost=2.0)), (OTHERS, Spent(1, cost=1.0))],
        "channel": [("C1", Spent(2, cost=2.0)), (DIRECT, Spent(1, cost=1.0)), ("C2", Spent(1, cost=0.5))],
        "persona": [("Bard", Spent(3, cost=3.0))],
        "model": [("=gpt", Spent(3, unpriced=3, calls=3))],
    },
    last={"channel": {"C1": Spent(cost=7.0)}},
    people="names",
    names={"C1": "general"},
)


def report(**changes: Any) -> Text:
    return Text((*usage.usage(replace(EVERYONE, **changes), ENGLISH),))


def lines(text: Text) -> list[str]:
    return [str(part) for part in text.parts if isinstance(part, Markdown)]


def charts(text: Text) -> list[Chart]:
    return [part for part in text.parts if isinstance(part, Chart)]


def table(text: Text) -> Table:
    return next(part for part in text.parts if isinstance(part, Table))


@pytest.mark.parametrize(
    ("spent", "line"),
    [
        (Spent(), "0 answers, 0 tokens in, 0 out"),
        (Spent(answers=1, input=1000, output=5, cost=0.02, calls=1), "1 answer, 1,000 tokens in, 5 out, $0.0200"),
        (Spent(answers=1, input=1000, output=5, cost=0.02), "1 answer, 1,000 tokens in, 5 out, $0.0200"),
        (
            Spent(answers=1, input=9, output=5, unpriced=1, calls=1),
            "1 answer, 9 tokens in, 5 out, price of 1 answer unknown",
        ),
        (
            Spent(answers=1, cached=3, cost=1, up=2, down=1, calls=1),
            "1 answer, 0 tokens in (3 cached), 0 out, $1.0000, :+1: 2 :-1: 1",
        ),
        (
            Spent(answers=1, input=9, output=5, calls=2, estimated=1),
            "1 answer, 9 tokens in, 5 out, $0.0000, 1 request estimated",
        ),
    ],
)
def test_what_was_used_is_said_and_an_unknown_price_is_called_unknown(spent: Spent, line: str) -> None:
    assert usage.amount(spent, ENGLISH) == line


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"of": "me", "past": True}, "**You in 2026-11**: no answers."),
        ({"of": "me"}, "**You in 2026-11**: no answers yet."),
        ({"past": True}, "**Everyone in 2026-11**: no answers."),
        ({"of": "channel", "id": "C1"}, "**#{C1} in 2026-11**: no answers yet."),
        ({"of": "person", "id": "U1"}, "**@{U1} in 2026-11**: no answers yet."),
        ({"of": "persona", "id": "B*ard"}, r"**B\*ard in 2026-11**: no answers yet."),
    ],
)
def test_where_nothing_was_used_that_is_said(changes: dict[str, Any], line: str) -> None:
    assert lines(report(spent=Spent(), **changes)) == [line]


def test_everyones_report_begins_with_the_sums_and_how_they_have_grown() -> None:
    assert lines(report())[:3] == [
        "**Everyone in 2026-11**",
        "3 answers, 1,200 tokens in, 80 out, $22.5000",
        "25 % less than until the same day of the month before ($30.00).",
    ]


@pytest.mark.parametrize(
    ("before", "line"),
    [
        (Spent(cost=15.0), "50 % more than until the same day of the month before ($15.00)."),
        (Spent(cost=22.5), "As much as until the same day of the month before ($22.50)."),
    ],
)
def test_the_trend(before: Spent, line: str) -> None:
    assert lines(report(before=before))[2] == line


def test_what_was_not_counted_by_day_has_no_trend() -> None:
    assert not any("month before" in line for line in lines(report(before=None)))


def test_who_and_what_used_most_is_named_in_a_line_for_each_kind() -> None:
    assert lines(report())[3:] == [
        "**Most used by:** @{U1} $2.0000",
        "**Most used in:** #{C1} $2.0000, direct messages $1.0000, #{C2} $0.5000",
        "**Most used models:** =gpt 0 tokens",
        "**By persona**",
        "- Bard: 3 answers, 0 tokens in, 0 out, $3.0000",
    ]


@pytest.mark.parametrize(("people", "said"), [("off", "REPORT_PEOPLE"), ("pseudonyms", "under other names")])
def test_that_people_are_not_named_is_said(people: str, said: str) -> None:
    assert any(said in line for line in lines(report(people=people)))


def test_a_pseudonym_is_no_mention() -> None:
    shown = report(people="pseudonyms", parts={"person": [("3f9a", Spent(1, cost=1.0))]})

    assert "**Most used by:** person 3f9a $1.0000" in lines(shown)
    assert table(shown).rows[0][1] == "person 3f9a"


def test_the_days_are_drawn_two_by_two_where_they_are_many_and_said_beside() -> None:
    by_day = charts(report())[0]

    assert (by_day.kind, by_day.title, by_day.series) == ("bar", "US dollars by day, 2026-11", "US dollars")
    assert len(by_day.points) == 15
    assert by_day.points[0] == ("1–2", 1.5)
    drawn = by_day.plainly[-1]
    assert isinstance(drawn, Verbatim)
    assert drawn.text.splitlines()[0] == "  1–2 ████████████████████████ $1.5000"


def test_where_nothing_has_a_price_tokens_are_drawn() -> None:
    by_day = charts(report(days={"2026-11-01": Spent(input=10, output=5, unpriced=1, calls=1)}))[0]

    assert (by_day.title, by_day.points) == ("Tokens by day, 2026-11", (("1", 15.0),))


def test_a_month_that_was_not_counted_by_day_is_not_drawn() -> None:
    assert [chart.kind for chart in charts(report(days=dict.fromkeys(DAYS, Spent())))] == ["pie"]


def test_the_shares_of_channels_are_drawn_under_names_that_all_may_know() -> None:
    shares = charts(report())[1]

    assert shares.points == (("general", 2.0), ("direct messages", 1.0), ("private channel", 0.5))


def test_the_table_has_a_row_for_each_and_numbers_that_can_be_sorted() -> None:
    found = table(report())

    assert found.head == ("What", "Name", "Answers", "Tokens in", "Tokens out", "Cost", "Month before")
    kinds = ["person"] * 2 + ["channel"] * 3 + ["persona", "model"] + ["day"] * 15
    assert [row[0] for row in found.rows] == kinds
    assert found.rows[0][1] == Ref("user", "U1")
    assert found.rows[1][1] == "others"
    assert found.rows[2][5:] == (Number(2.0, "$2.0000"), Number(7.0, "$7.0000"))
    assert found.rows[6][5] == Number(0.0, "unknown")
    assert found.rows[-1] == ("day", "2026-11-29", *[Number(0, "0")] * 3, Number(1.5, "$1.5000"), Number(0.0, "–"))


def test_all_of_it_is_said_in_words_too() -> None:
    said = lines(report().plainly)

    assert "**By channel**" in said
    assert "- #{C1}: 2 answers, 0 tokens in, 0 out, $2.0000" in said
    assert not report().plainly.drawn


def test_one_persons_use_is_shown_by_day() -> None:
    shown = report(of="me")

    assert [row[0] for row in table(shown).rows] == [day for day, spent in DAYS.items() if spent.calls]
    assert len(charts(shown)) == 1


GIVEN = Reason(1763700000.0, "U1", "C1", False, "down", "too\nlong, *really*", "Bard")


@pytest.mark.parametrize(
    ("reasons", "line"),
    [
        (Reasons([], named=True), "Nobody has written a reason yet."),
        (Reasons([GIVEN], named=False), r"- :-1: {date:1763700000}, #{C1}, Bard: too long, \*really\*"),
        (
            Reasons([replace(GIVEN, vote="up", direct=True)], named=True),
            r"- :+1: {date:1763700000}, a direct message, Bard, @{U1}: too long, \*really\*",
        ),
    ],
)
def test_reasons_are_read_and_their_authors_only_where_people_are_named(reasons: Reasons, line: str) -> None:
    assert usage.reasons(reasons, ENGLISH)[-1] == line
