"""What a turn took, and the record that remains of it."""

from dataclasses import replace

import pytest

from bot.conversation.pieces import Routed
from bot.conversation.tokens import Usage
from bot.errors import Unanswerable
from bot.personas.persona import Persona
from bot.turns import accounting
from bot.turns.meter import Part
from bot.turns.state import Complete, Outcome, Record, Taken
from bot.usage.ledger import Booking
from tests.fakes import DAY, THREAD, FakeModel, fake_world, question

USAGE = Usage(10, 5, cached=4)
TAKEN = Taken("small-model-2", USAGE, 0.015, 2.5, "Bard", 3)
BARD = Persona("Bard", "Rhyme.", version=3)


PART = Part("small-model-2", USAGE)


def test_what_an_answer_took_is_priced_by_the_model_that_gave_it() -> None:
    assert accounting.taken([PART], BARD, 2.5, FakeModel()) == TAKEN


def test_a_price_that_is_unknown_stays_unknown() -> None:
    model = FakeModel()
    model.price = None

    assert accounting.taken([PART], BARD, 2.5, model).cost is None


def test_what_a_server_of_ones_own_gives_has_no_price_and_is_counted_as_nothing() -> None:
    model = FakeModel()
    model.is_free = True
    route = Routed("small-model", "cellar", "big-model", "model.busy")

    taken = accounting.taken([replace(PART, route=route)], BARD, 2.5, model)

    assert (taken.free, taken.cost) == (True, 0.0)
    assert (taken.target, taken.instead) == ("cellar", "big-model")
    assert Record("answered", (), ()).took(taken).taken == taken


async def test_a_record_names_what_was_asked_and_heard_and_what_is_shown() -> None:
    fakes = fake_world()
    await fakes.inbox.put(THREAD, question("hello"), addressed=True)
    await fakes.inbox.put(THREAD, question("by the way", "1002.000000", "BEN"), addressed=False)
    turn = await fakes.asked(question("well?", "1003.000000"), question("yes?", "1004.000000", "CHLOE"))
    turn.posted = ("9.000000",)

    assert accounting.record_of(turn, "greeted") == Record(
        "greeted",
        askers=("ADA", "CHLOE"),
        asked=("1001.000000", "1003.000000", "1004.000000"),
        heard=("1002.000000",),
        posted=("9.000000",),
        attempt=1,
        payer="CHLOE",
    )


async def test_those_who_are_refused_have_not_asked_for_it() -> None:
    turn = await fake_world().asked(question("hello"), question("me too", "1002.000000", "GUS"))
    turn.refused = frozenset({"GUS"})

    record = accounting.record_of(turn, "answered")
    assert (record.askers, record.payer) == (("ADA",), "ADA")


async def test_what_was_taken_is_booked_whatever_becomes_of_the_answer() -> None:
    turn = await fake_world().asked()
    turn.taken = TAKEN

    record = accounting.failed(turn, Unanswerable("model.rejected", "finish reason length"))

    assert (record.outcome, record.why) == ("failed", "finish reason length")
    assert record.taken == replace(TAKEN, usage=USAGE)
    assert (record.model, record.input, record.output, record.cached) == ("small-model-2", 10, 5, 4)
    assert (record.persona, record.version) == ("Bard", 3)


async def test_so_is_what_an_earlier_attempt_took() -> None:
    turn = await fake_world().asked()
    turn.complete = Complete("Hi.", "Hi.", None, accounting.record_of(turn, "answered").took(TAKEN))

    assert accounting.record_of(turn, "failed").taken == TAKEN


async def test_where_no_model_was_asked_nothing_was_taken() -> None:
    turn = await fake_world().asked()

    assert accounting.record_of(turn, "refused").taken is None


async def test_a_bug_is_named_by_its_kind_and_not_by_its_words() -> None:
    turn = await fake_world().asked()

    assert accounting.failed(turn, ZeroDivisionError("a secret")).why == "ZeroDivisionError"


async def test_an_answer_is_entered_by_its_requests_and_counts_for_the_one_that_gave_it() -> None:
    turn = await fake_world().asked()
    turn.day = DAY
    parts = [Part("big-model", Usage(10, 1, estimated=True), Routed("big-model", "cloud")), PART]
    turn.bookings = accounting.bookings(parts, BARD, turn, FakeModel())

    first = Booking(DAY, "big-model", parts[0].usage, 0.011, "ADA", "C1", "Bard", "cloud")
    second = Booking(DAY, "small-model-2", USAGE, 0.015, "ADA", "C1", "Bard")
    assert accounting.entered(turn, accounting.record_of(turn, "failed")) == (first, second)
    assert accounting.entered(turn, accounting.record_of(turn, "answered")) == (first, replace(second, answers=1))


@pytest.mark.parametrize(("outcome", "answers"), [("answered", 1), ("withdrawn", 0)])
async def test_what_an_earlier_attempt_left_whole_is_entered_as_it_was_then(outcome: Outcome, answers: int) -> None:
    turn = await fake_world().asked(question("hello"), question("me too", "1002.000000", "GUS"))
    record = replace(accounting.record_of(turn, "answered"), payer="ADA", day="2026-10-31").took(TAKEN)
    turn.day, turn.complete = DAY, Complete("Hi.", "Hi.", None, record)

    [booking] = accounting.entered(turn, accounting.record_of(turn, outcome))

    assert booking == Booking("2026-10-31", "small-model-2", USAGE, 0.015, "ADA", "C1", "Bard", answers=answers)


async def test_a_price_that_one_request_has_not_is_not_known_for_all() -> None:
    unpriced = Part("odd-model", Usage(1, 1))

    class Priced(FakeModel):
        def cost(self, model: str, usage: Usage, route: Routed | None = None) -> float | None:
            return None if model == "odd-model" else 0.5

    model = Priced()
    assert accounting.taken([PART], BARD, 2.5, model).cost == 0.5
    assert accounting.taken([unpriced, PART], BARD, 2.5, model).cost is None


async def test_an_answer_that_was_given_before_is_one_and_no_call() -> None:
    turn = await fake_world().asked()
    turn.day = DAY
    turn.bookings = accounting.bookings([Part("m", Usage(0, 0, cost=0.0), kept=True)], BARD, turn, FakeModel())

    [booking] = accounting.entered(turn, accounting.record_of(turn, "answered"))
    assert (booking.answers, booking.calls, booking.cost) == (1, 0, 0.0)
