"""A workspace that uses too much within an hour pauses, and its admins are told once."""

from dataclasses import replace

from bot.policy.preferences import Access
from bot.turns.notices import Blown, Paused
from bot.turns.turn import take
from bot.usage.limits import Fuse, FuseBlown
from tests.fakes import Fakes, fake_world, question, rules

FUSE = Fuse(calls=10, cost=5_000_000_000)
RULES = replace(rules(), access=Access(admins=frozenset({"DORA"})))


def fused(*blown: FuseBlown) -> Fakes:
    fakes = fake_world(fuse=FUSE, rules_of_all=RULES)
    fakes.turn_limits.blown += blown
    return fakes


async def test_without_a_fuse_nothing_is_asked() -> None:
    fakes = fake_world()
    await take(await fakes.asked(), fakes.world)

    assert (fakes.turn_limits.calls, fakes.turn_limits.burnt) == (0, [])


async def test_what_a_turn_asks_and_costs_is_counted() -> None:
    fakes = fused()
    await take(await fakes.asked(), fakes.world)

    assert (fakes.turn_limits.calls, fakes.turn_limits.burnt) == (1, [13_000_000])


async def test_when_it_has_blown_nobody_is_answered_and_the_admins_are_told_once() -> None:
    fakes = fused(FuseBlown(2000.0, first=True), FuseBlown(2000.0, first=False))
    await take(await fakes.asked(), fakes.world)
    await take(await fakes.asked(question("and now?", "1002.000000")), fakes.world)

    assert fakes.model.asks == []
    assert fakes.record.outcome == "refused"
    assert fakes.chat.direct == [("DORA", Blown(2000.0, 10, 5_000_000_000))]
    assert [(user, type(notice)) for user, notice in fakes.chat.whispers] == [("ADA", Paused)] * 2
