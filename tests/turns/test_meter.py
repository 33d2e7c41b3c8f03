"""What the requests of an answer took, together."""

from bot.conversation.tokens import Usage
from bot.turns.meter import Meter, Part


def test_no_request_takes_nothing() -> None:
    assert Meter().usage == Usage(0, 0, cost=0.0)


def test_several_are_added_up_and_one_that_was_estimated_makes_it_an_estimate() -> None:
    meter = Meter()
    meter.add(Part("m", Usage(10, 5, cached=4, cost=0.5)))
    meter.add(Part("m", Usage(7, 1, estimated=True)))

    assert meter.usage == Usage(17, 6, cached=4, estimated=True)
