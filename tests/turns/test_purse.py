"""What a turn may spend: held before the model is asked, more while its answer grows, and noted for whoever comes."""

import asyncio
from dataclasses import replace

import pytest

from bot.conversation.pieces import Finished, Interrupted, Text
from bot.conversation.tokens import Usage
from bot.errors import Unavailable
from bot.policy.preferences import Rules
from bot.turns.notices import NoPrice, Over
from bot.turns.turn import take
from bot.usage.budgets import Amount, Budget, Defaults, Numbers, Owner
from bot.usage.ledger import Booking
from tests.fakes import DAY, THREAD, Fakes, Said, fake_world, question, rules
from tests.town import wait_until

WHOLE = Finished("stop", Usage(10, 3), "small-model")
WORDS = [Text("word " * 60)] * 12  # a hundred tokens each
ADA = Budget("person", "ADA", DAY, Amount(tokens=1000))
THOUSAND = Defaults(person=Numbers(day=Amount(tokens=1000)))


def budgeted(*answers: list[Said], allowance: Defaults = THOUSAND, rules_of_all: Rules | None = None) -> Fakes:
    return fake_world(*answers, allowance=allowance, rules_of_all=rules_of_all)


def used(fakes: Fakes, tokens: int) -> None:
    fakes.budgets.book([ADA], 0, tokens)


async def taken(fakes: Fakes) -> None:
    await take(await fakes.asked(), fakes.world)


async def test_where_nobody_has_set_a_budget_the_store_is_not_asked() -> None:
    fakes = fake_world()
    await taken(fakes)

    assert fakes.budgets.calls == []
    assert fakes.record.outcome == "answered"


async def test_an_answer_for_which_there_is_room_is_held_and_told_how_long_it_may_be() -> None:
    fakes = budgeted()
    await taken(fakes)

    [ask] = fakes.model.asks
    assert ask.params["max_tokens"] == 1000 - ask.tokens
    assert fakes.budgets.calls == ["reserve"]
    assert fakes.chat.texts == ["Hello, Ada."]


async def test_what_the_persona_wants_is_not_made_longer() -> None:
    bard = rules()
    bard = replace(bard, persona=replace(bard.persona, params={"max_tokens": 50}))
    fakes = budgeted(rules_of_all=bard)
    await taken(fakes)

    assert fakes.model.asks[0].params["max_tokens"] == 50


async def test_where_too_little_is_left_nobody_is_asked_and_only_the_asker_is_told() -> None:
    fakes = budgeted()
    used(fakes, 800)
    await taken(fakes)

    assert (fakes.model.asks, fakes.chat.texts, fakes.record.outcome) == ([], [], "refused")
    [(user, notice)] = fakes.chat.whispers
    assert isinstance(notice, Over)
    assert (user, notice.budget, notice.standing.used.tokens) == ("ADA", ADA, 800)
    assert notice.resets == fakes.world.calendar.begins("2026-12-01")
    assert fakes.record.asked == ("1001.000000",), "it can be asked again"


async def test_who_is_exempt_is_answered_and_counted() -> None:
    fakes = budgeted(allowance=replace(THOUSAND, exempt=frozenset({"ADA"})))
    used(fakes, 5000)
    await taken(fakes)

    assert fakes.record.outcome == "answered"
    assert [booking.person for booking in fakes.inbox.booked] == ["ADA"]


async def test_what_an_admin_lets_pass_is_answered_whatever_is_used() -> None:
    fakes = budgeted([*WORDS, WHOLE])
    used(fakes, 5000)
    turn = await fakes.asked()
    turn.passes = True
    await take(turn, fakes.world)

    assert fakes.record.outcome == "answered"
    assert "max_tokens" not in fakes.model.asks[0].params


async def test_an_answer_that_reaches_the_budget_ends_like_stop_and_says_so() -> None:
    fakes = budgeted([*WORDS, *WORDS, WHOLE])
    await taken(fakes)

    assert fakes.record.outcome == "stopped"
    assert 0 < len(fakes.chat.texts[0]) < len("word " * 60) * 12
    assert "your budget for today is used up" in str(fakes.chat.last.footer)
    assert 900 < sum(booking.usage.total for booking in fakes.inbox.booked) < 1100, "a piece has a hundred"
    assert "grow" in fakes.budgets.calls


async def test_so_does_one_that_the_model_ends_because_it_may_not_be_longer() -> None:
    fakes = budgeted([Text("Half an"), Finished("length", Usage(10, 900), "small-model")])
    await taken(fakes)

    assert (fakes.record.outcome, fakes.record.reason) == ("stopped", "")
    assert "your budget for today is used up" in str(fakes.chat.last.footer)


async def test_a_budget_is_counted_with_both_requests_where_an_answer_broke_off() -> None:
    fakes = budgeted([*WORDS[:3], Interrupted("connection-lost")], [*WORDS[:4], WHOLE])
    await taken(fakes)

    held = fakes.budgets.holds["slack/T1/C1/1001.000000/1001.000000"]
    assert held.tokens > 2 * fakes.model.asks[0].tokens + 300


@pytest.mark.parametrize(("unpriced", "answered"), [("count", True), ("refuse", False)])
async def test_a_model_without_a_price_is_counted_or_not_asked(unpriced: str, answered: bool) -> None:
    fakes = budgeted(rules_of_all=rules(unpriced=unpriced))
    fakes.model.price = None
    await taken(fakes)

    assert fakes.record.outcome == ("answered" if answered else "refused")
    assert [notice for _, notice in fakes.chat.whispers if isinstance(notice, NoPrice)] == (
        [] if answered else [NoPrice("small-model", ())]
    )


async def test_numbers_set_in_slack_win_over_the_operators() -> None:
    more = {Owner("everyone"): Numbers(day=Amount(tokens=5000))}
    fakes = budgeted(rules_of_all=replace(rules(), numbers=more))
    used(fakes, 1000)
    await taken(fakes)

    assert fakes.record.outcome == "answered"


async def test_a_store_that_is_away_answers_nobody_for_free() -> None:
    fakes = budgeted()

    async def away(*_args: object, **_more: object) -> None:
        raise Unavailable("memory.unreachable", "away")

    fakes.budgets.reserve = away  # type: ignore[assignment,method-assign]
    turn = await fakes.asked()
    with pytest.raises(Unavailable):
        await take(turn, fakes.world)

    assert fakes.model.asks == []


# -- attempts that die


async def test_what_an_attempt_that_died_had_taken_is_noted_and_entered_by_the_next() -> None:
    half = asyncio.Event()
    fakes = fake_world([*WORDS[:3], half], [Text("Hi."), WHOLE])
    turn = await fakes.asked()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(take(turn, fakes.world))
        await wait_until(lambda: bool(noted(fakes)) and noted(fakes)[-1].usage.output >= 200, "what it took is noted")
        running.cancel()
    await fakes.inbox.hand_back(turn.lease, 0.0, counted=False)

    second = await fakes.claimed()
    await take(second, fakes.world)

    first, own = fakes.inbox.booked
    assert (first.usage.estimated, first.answers, first.person) == (True, 0, "ADA")
    assert 200 <= first.usage.output <= 300
    assert (own.usage, own.answers) == (Usage(10, 3), 1)


async def test_what_it_had_taken_takes_from_what_is_left() -> None:
    fakes = budgeted()
    turn = await fakes.asked()
    turn.earlier = (Booking(DAY, "small-model", Usage(100, 650, estimated=True), 0.0, "ADA"),)
    await take(turn, fakes.world)

    assert fakes.record.outcome == "refused"
    assert [booking.usage.total for booking in fakes.inbox.booked] == [750], "and is entered all the same"


def noted(fakes: Fakes) -> list[Booking]:
    running = fakes.inbox.threads[THREAD].running
    return [booking for bookings in (running.taken.values() if running else ()) for booking in bookings]


async def test_an_answer_that_is_whole_is_noted_as_it_was() -> None:
    fakes = fake_world()
    fakes.inbox.fail("finish", Unavailable("", "away"))
    turn = await fakes.asked(question("hello"))
    with pytest.raises(Unavailable):
        await take(turn, fakes.world)
    await fakes.inbox.hand_back(turn.lease, 0.0, counted=True)
    await take(await fakes.claimed(), fakes.world)

    [booking] = fakes.inbox.booked
    assert (booking.usage, booking.answers) == (Usage(10, 3), 1)
    assert len(fakes.model.asks) == 1
