"""What is entered when a turn is finished, and what is remembered of votes."""

from dataclasses import replace

import pytest

from bot.errors import LeaseLost
from bot.store.ledger import RedisLedger, month
from bot.turns.state import Outcome, Record, Turn
from bot.usage.ledger import Spent, Verdict
from tests.store.shelf import MONTH, THREAD, Shelf, at, reply

ANSWERED = Record(
    "answered",
    ("UADA",),
    (at(1),),
    model="llama3:8b",
    input=100,
    output=20,
    cached=40,
    cost=0.0012,
    persona="Bard",
    version=3,
)
ONE = Spent(answers=1, input=100, output=20, cached=40, cost=0.0012)


@pytest.fixture
def ledger(shelf: Shelf) -> RedisLedger:
    return RedisLedger(shelf.client, shelf.keys, MONTH)


async def answered(shelf: Shelf, n: int, record: Record = ANSWERED) -> Turn:
    await shelf.ask(n)
    turn = await shelf.turn()
    await shelf.finish(turn, reply(turn, "answer"), record)
    return turn


async def test_a_turn_is_entered_for_person_channel_persona_and_model(shelf: Shelf, ledger: RedisLedger) -> None:
    await answered(shelf, 1)

    assert await ledger.spent(month()) == ONE == await ledger.spent(month(), "UADA")
    assert await ledger.spent(month(), "UBEN") == Spent() == await ledger.spent("1999-12")
    assert await ledger.spent_by(month(), "user") == {"UADA": ONE}
    assert await ledger.spent_by(month(), "channel") == {"C1": ONE}
    assert await ledger.spent_by(month(), "persona") == {"Bard": ONE}
    assert await ledger.spent_by(month(), "model") == {"llama3:8b": ONE}


async def test_what_has_no_known_price_is_not_entered_as_free(shelf: Shelf, ledger: RedisLedger) -> None:
    await answered(shelf, 1)
    await answered(shelf, 2, replace(ANSWERED, cost=None))
    await answered(shelf, 3, replace(ANSWERED, cost=0.0))

    spent = await ledger.spent(month())
    assert (spent.answers, spent.cost, spent.unpriced) == (3, 0.0012, 1)


async def test_a_turn_without_a_model_costs_nothing(shelf: Shelf, ledger: RedisLedger) -> None:
    await answered(shelf, 1, Record("greeted", ("UADA",), (at(1),)))

    assert await ledger.spent(month()) == Spent()


@pytest.mark.parametrize("outcome", ["failed", "withdrawn"])
async def test_what_a_turn_took_that_nobody_could_read_is_entered_but_not_as_an_answer(
    shelf: Shelf, ledger: RedisLedger, outcome: Outcome
) -> None:
    await answered(shelf, 1, replace(ANSWERED, outcome=outcome))

    assert await ledger.spent(month()) == replace(ONE, answers=0)


async def test_a_turn_is_entered_once_and_only_by_who_holds_it(shelf: Shelf, ledger: RedisLedger) -> None:
    turn = await answered(shelf, 1)
    await shelf.finish(turn, reply(turn, "answer"), ANSWERED)
    await shelf.ask(2)
    lost = await shelf.turn()
    await shelf.lapse()
    await shelf.turn()
    with pytest.raises(LeaseLost):
        await shelf.finish(lost, reply(lost, "late"), ANSWERED)

    assert await ledger.spent(month()) == ONE


async def test_a_vote_is_counted_once_and_the_last_holds(shelf: Shelf, ledger: RedisLedger) -> None:
    turn, then = await answered(shelf, 1), month(1_763_700_001)
    for user, vote, reason in [
        ("UADA", "up", ""),
        ("UADA", "down", "wrong"),
        ("UADA", "down", "no"),
        ("UBEN", "up", ""),
    ]:
        assert await ledger.rate(THREAD, turn.newest, user, vote, reason)  # type: ignore[arg-type]

    assert await ledger.votes(THREAD, turn.newest) == {"UADA": Verdict("down", "no"), "UBEN": Verdict("up")}
    for by, id in (("persona", "Bard"), ("model", "llama3:8b"), ("channel", "C1")):
        found = (await ledger.spent_by(then, by))[id]  # type: ignore[arg-type]
        assert (found.up, found.down) == (1, 1)


async def test_a_vote_on_what_is_not_remembered_is_refused(ledger: RedisLedger) -> None:
    assert not await ledger.rate(THREAD, at(1), "UADA", "up")
    assert await ledger.votes(THREAD, at(1)) == {}


async def test_an_answer_outside_of_any_turn_is_entered_too(ledger: RedisLedger) -> None:
    await ledger.charge(
        "UADA", Record("answered", ("UADA",), (), model="small-model", input=3, output=4, persona="Bard")
    )

    entered = Spent(answers=1, input=3, output=4, unpriced=1)
    assert await ledger.spent(month(), "UADA") == entered
    assert await ledger.spent_by(month(), "persona") == {"Bard": entered}
    assert await ledger.spent_by(month(), "channel") == {}
