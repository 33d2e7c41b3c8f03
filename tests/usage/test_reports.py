"""What a report shows of what was used."""

import pytest

from bot.usage import reports
from bot.usage.ledger import Spent
from bot.usage.reports import OTHERS, Span

DAYS = [f"2026-11-{n:02}" for n in range(1, 31)]


def cost(dollars: float, answers: int = 1) -> Spent:
    return Spent(answers=answers, cost=dollars)


def test_sums_are_of_every_field() -> None:
    one, other = Spent(1, 2, 3, 4, 0.5, 6, 7, 8), Spent(10, 20, 30, 40, 5.0, 60, 70, 80)

    assert reports.total([one, other]) == Spent(11, 22, 33, 44, 5.5, 66, 77, 88)
    assert reports.total([]) == Spent()


def test_many_days_stand_together_and_none_is_lost() -> None:
    used = {"2026-11-01": cost(1), "2026-11-02": cost(2), "2026-11-30": cost(4)}
    found = reports.spans(DAYS, used, 20)

    assert len(found) == 15
    assert found[0] == Span("2026-11-01", "2026-11-02", cost(3, 2))
    assert found[-1] == Span("2026-11-29", "2026-11-30", cost(4))
    assert reports.total(span.spent for span in found) == cost(7, 3)


def test_few_days_stand_alone() -> None:
    found = reports.spans(DAYS[:20], {}, 20)

    assert [span.first for span in found] == [span.last for span in found] == DAYS[:20]


def test_the_largest_come_first_and_the_rest_together() -> None:
    used = {"a": cost(1), "b": cost(3), "c": cost(2), "d": cost(0.5)}

    assert reports.largest(used, 4) == [("b", cost(3)), ("c", cost(2)), ("a", cost(1)), ("d", cost(0.5))]
    assert reports.largest(used, 3) == [("b", cost(3)), ("c", cost(2)), (OTHERS, cost(1.5, 2))]


def test_where_nothing_has_a_price_tokens_count() -> None:
    used = {"a": Spent(input=10, output=1), "b": Spent(input=5, output=20)}

    assert [id for id, _ in reports.largest(used, 5)] == ["b", "a"]


@pytest.mark.parametrize(
    ("now", "before", "percent"), [(3.0, 2.0, 50), (1.0, 2.0, -50), (2.0, 2.0, 0), (2.0, 0.0, None)]
)
def test_growth_is_in_percent_of_what_was_before(now: float, before: float, percent: int | None) -> None:
    assert reports.grown(now, before) == percent


MANY = {f"U{n}": cost(n) for n in range(1, 7)}


def test_people_have_their_names_only_where_the_operator_wants_that() -> None:
    assert reports.seen(MANY, "names", b"") == MANY
    assert reports.seen(MANY, "off", b"k") == {}


def test_a_pseudonym_says_nothing_and_stays_for_the_month() -> None:
    shown = reports.seen(MANY, "pseudonyms", b"november")

    assert shown == reports.seen(MANY, "pseudonyms", b"november")
    assert not shown.keys() & MANY.keys()
    assert not shown.keys() & reports.seen(MANY, "pseudonyms", b"december").keys()
    assert sorted(map(str, shown.values())) == sorted(map(str, MANY.values()))


def test_of_few_people_nothing_is_told_apart() -> None:
    few = dict([*MANY.items()][:4])

    assert reports.seen(few, "pseudonyms", b"k") == {OTHERS: cost(10, 4)}
