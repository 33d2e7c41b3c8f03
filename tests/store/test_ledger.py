"""What is entered when a turn is finished, and what is remembered of votes."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from bot.conversation.tokens import Usage
from bot.errors import LeaseLost
from bot.policy.tokens import OPERATOR
from bot.store.ledger import RedisLedger
from bot.store.reasons import MOST_KEPT
from bot.turns.state import Outcome, Record, Turn
from bot.usage.ledger import Booking, Spent, Verdict
from tests.store.shelf import DAY, MONTH, THREAD, Shelf, at, reply

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
    day=DAY,
)
ONE = Spent(answers=1, input=100, output=20, cached=40, cost=0.0012, calls=1)
BOOKING = Booking(DAY, "llama3:8b", Usage(100, 20, cached=40), 0.0012, "UADA", "C1", "Bard", answers=1)


@pytest.fixture
def ledger(shelf: Shelf) -> RedisLedger:
    return RedisLedger(shelf.client, shelf.keys, MONTH)


async def answered(shelf: Shelf, n: int, record: Record = ANSWERED) -> Turn:
    await shelf.ask(n)
    turn = await shelf.turn()
    await shelf.finish(turn, reply(turn, "answer"), record)
    return turn


async def test_a_turn_is_entered_for_day_and_month_by_all_that_it_had_to_do_with(
    shelf: Shelf, ledger: RedisLedger
) -> None:
    await answered(shelf, 1, replace(ANSWERED, target="cellar"))

    for period in (DAY, "2025-11"):
        assert await ledger.spent(period) == ONE == await ledger.spent(period, "person", "UADA")
        assert await ledger.spent(period, "person", "UBEN") == Spent() == await ledger.spent("1999-12")
        assert await ledger.spent_by_all(period) == {
            "workspace": {"": ONE},
            "person": {"UADA": ONE},
            "channel": {"C1": ONE},
            "persona": {"Bard": ONE},
            "model": {"llama3:8b": ONE},
            "route": {"llama3:8b@cellar": ONE},
        }


async def test_several_periods_are_read_at_once(shelf: Shelf, ledger: RedisLedger) -> None:
    await answered(shelf, 1)
    await answered(shelf, 2, replace(ANSWERED, day="2025-11-22"))

    assert await ledger.spent_over([DAY, "2025-11-22", "2025-11-23"], "channel", "C1") == [ONE, ONE, Spent()]
    assert (await ledger.spent("2025-11")).answers == 2


async def test_all_that_a_price_depends_on_is_kept(ledger: RedisLedger) -> None:
    used = Usage(100, 20, cached=40, cache_written=30, reasoning=15, estimated=True)
    await ledger.charge("preview/1", [replace(BOOKING, usage=used), BOOKING])

    assert await ledger.spent(DAY) == Spent(
        answers=2, input=200, output=40, cached=80, written=30, reasoning=15, cost=0.0024, calls=2, estimated=1
    )


async def test_what_has_no_known_price_is_not_entered_as_free(shelf: Shelf, ledger: RedisLedger) -> None:
    await answered(shelf, 1)
    await answered(shelf, 2, replace(ANSWERED, cost=None))
    await answered(shelf, 3, replace(ANSWERED, cost=0.0))

    spent = await ledger.spent(DAY)
    assert (spent.answers, spent.cost, spent.unpriced) == (3, 0.0012, 1)


async def test_a_turn_without_a_model_costs_nothing(shelf: Shelf, ledger: RedisLedger) -> None:
    await answered(shelf, 1, Record("greeted", ("UADA",), (at(1),)))

    assert await ledger.spent(DAY) == Spent()


@pytest.mark.parametrize("outcome", ["failed", "withdrawn"])
async def test_what_a_turn_took_that_nobody_could_read_is_entered_but_not_as_an_answer(
    shelf: Shelf, ledger: RedisLedger, outcome: Outcome
) -> None:
    await answered(shelf, 1, replace(ANSWERED, outcome=outcome))

    assert await ledger.spent(DAY) == replace(ONE, answers=0)


async def test_a_turn_is_entered_once_and_only_by_who_holds_it(shelf: Shelf, ledger: RedisLedger) -> None:
    turn = await answered(shelf, 1)
    await shelf.finish(turn, reply(turn, "answer"), ANSWERED)
    await shelf.ask(2)
    lost = await shelf.turn()
    await shelf.lapse()
    await shelf.turn()
    with pytest.raises(LeaseLost):
        await shelf.finish(lost, reply(lost, "late"), ANSWERED)

    assert await ledger.spent(DAY) == ONE


async def test_sums_stay_whole_however_large_they_are(ledger: RedisLedger) -> None:
    for n in range(30):
        await ledger.charge(f"preview/{n}", [replace(BOOKING, usage=Usage(999_999_999, 1), cost=9_999.999999999)])

    spent = await ledger.spent("2025-11")
    assert (spent.input, spent.output) == (29_999_999_970, 30)
    assert round(spent.cost * 10**9) == 30 * 9_999_999_999_999


async def test_a_vote_is_counted_once_and_the_last_holds(shelf: Shelf, ledger: RedisLedger) -> None:
    turn = await answered(shelf, 1)
    for user, vote, reason in [
        ("UADA", "up", ""),
        ("UADA", "down", "wrong"),
        ("UADA", "down", "no"),
        ("UBEN", "up", ""),
    ]:
        assert await ledger.rate(THREAD, turn.newest, user, vote, reason)  # type: ignore[arg-type]

    assert await ledger.votes(THREAD, turn.newest) == {"UADA": Verdict("down", "no"), "UBEN": Verdict("up")}
    for by, id in (("persona", "Bard"), ("model", "llama3:8b"), ("channel", "C1")):
        for period in (DAY, "2025-11"):
            found = await ledger.spent(period, by, id)  # type: ignore[arg-type]
            assert (found.up, found.down) == (1, 1)


async def test_the_latest_reasons_come_first_and_say_where_they_belong(shelf: Shelf, ledger: RedisLedger) -> None:
    first, second = await answered(shelf, 1), await answered(shelf, 2)
    await ledger.rate(THREAD, first.newest, "UADA", "down", "too long")
    await ledger.rate(THREAD, second.newest, "UBEN", "up", "thanks")
    await ledger.rate(THREAD, second.newest, "UCHLOE", "up")
    found = await ledger.reasons(5)

    said = [(each.user, each.channel, each.direct, each.vote, each.text, each.persona) for each in found]
    assert said == [
        ("UBEN", "C1", False, "up", "thanks", "Bard"),
        ("UADA", "C1", False, "down", "too long", "Bard"),
    ]
    assert abs(found[0].at - time.time()) < 60
    assert await ledger.reasons(1) == found[:1]


async def test_a_reason_that_was_taken_back_or_forgotten_is_not_shown(shelf: Shelf, ledger: RedisLedger) -> None:
    first, second = await answered(shelf, 1), await answered(shelf, 2)
    await ledger.rate(THREAD, first.newest, "UADA", "down", "too long")
    await ledger.rate(THREAD, first.newest, "UADA", "up")
    await ledger.rate(THREAD, second.newest, "UADA", "down", "too short")
    await shelf.raw.hdel(shelf.keys.votes(THREAD), f"{second.newest}/UADA")

    assert await ledger.reasons(5) == []


async def test_no_more_reasons_are_listed_than_are_kept(shelf: Shelf, ledger: RedisLedger) -> None:
    await shelf.raw.zadd(shelf.keys.reasons, {f"slack/T1/C1/{n}.0/{n}.0": n for n in range(1_100)})
    turn = await answered(shelf, 1)
    await ledger.rate(THREAD, turn.newest, "UADA", "down", "too long")

    assert await shelf.raw.zcard(shelf.keys.reasons) == MOST_KEPT
    assert [each.text for each in await ledger.reasons(5)] == ["too long"]
    assert 0 < await shelf.raw.ttl(shelf.keys.reasons) <= MONTH


async def test_a_months_secret_is_the_same_for_all_who_ask(ledger: RedisLedger) -> None:
    asked = await asyncio.gather(*(ledger.secret("2025-11") for _ in range(5)))

    assert len(set(asked)) == 1
    assert len(asked[0]) >= 16
    assert await ledger.secret("2025-12") not in asked


async def test_votes_at_the_same_time_are_counted_each_once(shelf: Shelf, ledger: RedisLedger) -> None:
    turn, some = await answered(shelf, 1), [f"U{n}" for n in range(20)]
    votes: list[Any] = [("UADA", each) for each in ("up", "down") * 5] + [(user, "up") for user in some]
    await asyncio.gather(*(ledger.rate(THREAD, turn.newest, user, vote) for user, vote in votes))

    found, kept = await ledger.spent(DAY), (await ledger.votes(THREAD, turn.newest))["UADA"].vote
    assert (found.up, found.down) == ((21, 0) if kept == "up" else (20, 1))


async def test_a_vote_counts_where_the_answer_does(shelf: Shelf, ledger: RedisLedger) -> None:
    """The answer was finished in another month than it was asked in, and is written anew in a third."""
    turn = await answered(shelf, 1, replace(ANSWERED, day="2025-12-01"))
    await ledger.rate(THREAD, turn.newest, "UADA", "up")
    assert (await ledger.spent("2025-12-01", "persona", "Bard")).up == 1
    assert (await ledger.spent("2025-11")).up == 0

    await shelf.again(THREAD, turn.newest)
    again = await shelf.turn()
    await shelf.finish(again, reply(again, "answer"), replace(ANSWERED, day="2026-01-01", persona="Herald"))
    await ledger.rate(THREAD, turn.newest, "UADA", "down")

    before, now = await ledger.spent("2025-12"), await ledger.spent("2026-01-01", "persona", "Herald")
    assert (before.up, before.down, now.up, now.down) == (0, 0, 0, 1)


async def test_a_vote_on_what_is_not_remembered_is_refused(ledger: RedisLedger) -> None:
    assert not await ledger.rate(THREAD, at(1), "UADA", "up")
    assert await ledger.votes(THREAD, at(1)) == {}


async def test_what_belongs_to_no_turn_is_entered_once_by_its_name(ledger: RedisLedger) -> None:
    preview = Booking(DAY, "small-model", Usage(3, 4), None, "UADA", persona="Bard", answers=1)
    for name in ("preview/1", "preview/1", "preview/2"):
        await ledger.charge(name, [preview])

    entered = Spent(answers=2, input=6, output=8, unpriced=2, calls=2)
    assert await ledger.spent("2025-11", "person", "UADA") == entered
    assert await ledger.spent_by(DAY, "persona") == {"Bard": entered}
    assert await ledger.spent_by(DAY, "channel") == {} == await ledger.spent_by(DAY, "route")


async def test_what_the_operators_token_took_is_everybodys_and_no_persons(ledger: RedisLedger) -> None:
    await ledger.charge("turn", [Booking(DAY, "small-model", Usage(3, 4), None, OPERATOR, answers=1)])

    assert (await ledger.spent(DAY)).answers == 1
    assert await ledger.spent_by(DAY, "person") == {}
