"""Whose numbers hold, and what a request wants of them."""

import pytest

from bot.usage.budgets import (
    OFF,
    Amount,
    Budget,
    Defaults,
    Hold,
    Kind,
    Numbers,
    Owner,
    Set,
    Standing,
    Want,
    Who,
    applying,
    limit,
    owners,
    want,
)

DAY = "2026-11-30"
ADA = Who("UADA", "C1", "bard")
TWO, FIVE, SOME = Amount(cost=2), Amount(cost=5), Amount(tokens=50)
BY_OPERATOR = Defaults(person=Numbers(day=TWO, month=FIVE), channel=Numbers(day=FIVE), workspace=Numbers(month=FIVE))


def of(kind: Kind, numbers: Set, defaults: Defaults = BY_OPERATOR, who: Who = ADA) -> dict[str, Amount]:
    return {each.period: each.limit for each in applying(who, numbers, defaults, DAY) if each.kind == kind}


def test_where_nothing_is_set_nothing_applies() -> None:
    assert applying(ADA, {}, Defaults(), DAY) == ()


def test_all_kinds_of_scope_that_have_a_number_apply() -> None:
    found = applying(ADA, {Owner("persona", "bard"): Numbers(day=SOME)}, BY_OPERATOR, DAY)

    assert found == (
        Budget("person", "UADA", DAY, TWO),
        Budget("person", "UADA", "2026-11", FIVE),
        Budget("channel", "C1", DAY, FIVE),
        Budget("persona", "bard", DAY, SOME),
        Budget("workspace", "", "2026-11", FIVE),
    )
    assert [each.field for each in found][-1] == "workspace:"


@pytest.mark.parametrize(
    ("numbers", "day", "month"),
    [
        ({}, TWO, FIVE),
        ({Owner("everyone"): Numbers(day=FIVE)}, FIVE, FIVE),
        ({Owner("everyone"): Numbers(day=FIVE), Owner("person", "UADA"): Numbers(day=SOME)}, SOME, FIVE),
        ({Owner("everyone"): Numbers(day=FIVE), Owner("person", "UBEN"): Numbers(day=SOME)}, FIVE, FIVE),
        ({Owner("everyone"): Numbers(OFF, OFF)}, None, None),
        ({Owner("everyone"): Numbers(OFF, OFF), Owner("person", "UADA"): Numbers(month=TWO)}, None, TWO),
        ({Owner("person", "UADA"): Numbers(day=OFF)}, None, FIVE),
    ],
)
def test_the_nearest_level_that_says_something_of_a_period_holds(
    numbers: Set, day: Amount | None, month: Amount | None
) -> None:
    wanted = {DAY: day, "2026-11": month}

    assert of("person", numbers) == {period: amount for period, amount in wanted.items() if amount}


def test_a_personas_number_holds_however_its_name_is_written_and_is_counted_as_it_is_entered() -> None:
    [budget] = applying(Who("", persona="Bard"), {Owner("persona", "bard"): Numbers(day=SOME)}, Defaults(), DAY)

    assert budget.field == "persona:Bard"
    assert Owner("persona", "bard") in owners(Who("", persona="BARD"))


def test_a_tokens_number_holds_for_what_stands_in_a_channels_place() -> None:
    program = Who("UADA", token="Aabcd1234")
    numbers = {Owner("token", "Aabcd1234"): Numbers(month=SOME), Owner("token", "Aother123"): Numbers(day=TWO)}

    assert applying(program, numbers, Defaults(), DAY) == (Budget("token", "Aabcd1234", "2026-11", SOME),)
    assert applying(program, numbers, Defaults(), DAY)[0].field == "channel:Aabcd1234"
    assert of("channel", {}, who=program) == {}


def test_direct_messages_are_no_channel() -> None:
    assert of("channel", {}, who=Who("UADA", "", "bard")) == {}
    assert Owner("channel", "C1") in owners(ADA)
    assert not [each for each in owners(Who("UADA")) if each.level == "channel"]


def test_who_is_exempt_has_no_number_of_any_kind() -> None:
    exempt = Defaults(BY_OPERATOR.person, BY_OPERATOR.channel, BY_OPERATOR.workspace, frozenset({"UADA"}))

    assert applying(ADA, {}, exempt, DAY) == ()
    assert limit("minute", ADA, {Owner("everyone"): Numbers(minute=3)}, exempt) == 0


def test_a_limit_is_the_nearest_that_is_set_and_nought_is_none() -> None:
    defaults = Defaults(person=Numbers(minute=10, at_once=4))
    numbers = {Owner("everyone"): Numbers(minute=5), Owner("person", "UADA"): Numbers(minute=0)}

    assert limit("minute", ADA, numbers, defaults) == 0
    assert limit("minute", Who("UBEN"), numbers, defaults) == 5
    assert limit("at_once", ADA, numbers, defaults) == 4


@pytest.mark.parametrize(
    ("params", "answer", "least", "choices"),
    [
        ({}, 2048, 200, 1),
        ({"max_tokens": 50}, 50, 50, 1),
        ({"max_tokens": 9000, "n": 3}, 2048, 200, 3),
        ({"max_tokens": "many", "n": 0}, 2048, 200, 1),
    ],
)
def test_an_answer_is_held_as_long_as_it_may_be_or_as_most_are(
    params: dict[str, object], answer: int, least: int, choices: int
) -> None:
    wanted = want(100, params, None)

    assert (wanted.answer, wanted.least, wanted.choices) == (answer, least, choices)


@pytest.mark.parametrize(
    ("left", "longest", "told"),
    [(None, None, None), (300, None, 300), (300, 200, None), (300, 400, 300), (100_000, None, None)],
)
def test_a_model_is_told_how_long_its_answer_may_be_where_that_is_less(
    left: int | None, longest: int | None, told: int | None
) -> None:
    assert Hold(200, left).longest(Want(100, 200, longest=longest)) == told


def test_an_owner_is_read_as_it_was_written() -> None:
    for owner in (Owner("workspace"), Owner("everyone"), Owner("persona", "the bard: 2"), Owner("person", "U1")):
        assert Owner.parse(str(owner)) == owner
    assert Owner.parse("nobody:U1") is None


def test_the_share_is_that_of_the_unit_with_less_left() -> None:
    used, held = Amount(5, 90), Amount(0, 0)

    assert Standing(used, held, Amount(10, 100)).share == 0.9
    assert Standing(used, held, Amount(10, None)).share == 0.5
    assert Standing(used, held, Amount(0, None)).share == 1.0
    assert Standing(used, held, OFF).share == 0.0
    assert Budget("person", "U1", "2026-11", TWO).span == "month"


CAPPED = Defaults(workspace=Numbers(day=FIVE), cap=Numbers(day=TWO, month=SOME), exempt=frozenset({"UEVE"}))


def test_what_the_operator_lets_a_workspace_use_at_most_holds_whatever_is_set_there() -> None:
    for said in ({}, {Owner("workspace"): Numbers(day=OFF, month=OFF)}, {Owner("workspace"): Numbers(day=FIVE)}):
        assert of("workspace", said, CAPPED) == {DAY: TWO, "2026-11": SOME}
    assert all(each.fixed for each in applying(ADA, {}, CAPPED, DAY))


def test_admins_may_set_less_in_either_unit() -> None:
    less = Amount(cost=1, tokens=7)

    assert of("workspace", {Owner("workspace"): Numbers(day=less)}, CAPPED)[DAY] == less
    assert of("workspace", {Owner("workspace"): Numbers(month=less)}, CAPPED)["2026-11"] == Amount(cost=1, tokens=7)


def test_it_holds_for_those_too_for_whom_no_other_budget_does() -> None:
    assert applying(Who("UEVE"), {}, CAPPED, DAY) == (
        Budget("workspace", "", DAY, TWO, fixed=True),
        Budget("workspace", "", "2026-11", SOME, fixed=True),
    )
