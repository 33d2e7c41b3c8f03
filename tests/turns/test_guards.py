"""Who of those who ask is answered."""

from dataclasses import replace

import pytest

from bot.conversation.messages import Person
from bot.conversation.places import Ref
from bot.errors import Unavailable
from bot.happenings import AskersRefused
from bot.policy.preferences import Access, Rules
from bot.policy.roles import Refusal
from bot.ports import Guard, Refusals, World
from bot.turns import guards
from bot.turns.state import Turn
from tests.fakes import THREAD, Fakes, fake_world, question, rules

GUEST = Person("Gus", known=True, is_guest=True)
BOTH = (question("hello"), question("me too", "1002.000000", "GUS"))


NO, ELSE = Refusal("guest"), Refusal("denied")


def refusing(*users: str, why: Refusal = NO) -> Guard:
    async def guard(turn: Turn, rules: Rules, world: World) -> Refusals:
        asked.append({message.author for message in turn.asked})
        return dict.fromkeys(users, why)

    asked: list[set[str]] = []
    guard.asked = asked  # type: ignore[attr-defined]
    return guard


async def check(fakes: Fakes, *in_order: Guard) -> Turn:
    turn = await fakes.asked(*BOTH)
    await guards.check(turn, rules(), replace(fakes.world, guards=in_order))
    return turn


async def test_where_nobody_is_refused_nobody_is_told() -> None:
    fakes = fake_world()

    turn = await check(fakes, refusing())

    assert turn.asked == BOTH
    assert (fakes.chat.told, fakes.seen) == ([], [])


async def test_who_is_refused_is_told_alone_and_the_others_are_answered() -> None:
    fakes = fake_world()

    turn = await check(fakes, refusing("GUS"))

    assert turn.asked == BOTH[:1]
    assert fakes.chat.told == [("GUS", NO, True)]
    assert fakes.seen == [AskersRefused(turn.id, ("GUS",))]


async def test_one_is_told_once_in_a_thread() -> None:
    fakes = fake_world()
    await check(fakes, refusing("GUS"))
    fakes.inbox.threads[THREAD].token = None

    turn = await fakes.claimed()
    await guards.check(turn, rules(), replace(fakes.world, guards=(refusing("GUS"),)))

    assert turn.refused == {"GUS"}
    assert len(fakes.chat.told) == 1


async def test_a_thread_that_only_begins_has_nobody_to_reply_to() -> None:
    fakes = fake_world()
    turn = await fakes.asked(question("hello"))

    await guards.check(turn, rules(), replace(fakes.world, guards=(refusing("ADA"),)))

    assert fakes.chat.told == [("ADA", NO, False)]


async def test_guards_are_asked_in_order_about_those_who_are_left() -> None:
    first, second, third = refusing("GUS"), refusing("ADA", why=ELSE), refusing()

    fakes = fake_world()
    turn = await check(fakes, first, second, third)

    assert turn.asked == ()
    assert [line for _, line, _ in fakes.chat.told] == [NO, ELSE]
    assert [guard.asked for guard in (first, second, third)] == [  # type: ignore[attr-defined]
        [{"ADA", "GUS"}],
        [{"ADA"}],
        [],
    ]


@pytest.mark.parametrize(("guests", "refused"), [(False, {"GUS"}), (True, set())])
async def test_access_rules_say_who_is_admitted(guests: bool, refused: set[str]) -> None:
    fakes = fake_world()
    fakes.directory.people["GUS"] = GUEST
    turn = await fakes.asked(*BOTH)
    access = Access(guests=guests, admins=frozenset({"DORA"}))

    found = await guards.admitted(turn, rules(access=access), fakes.world)

    assert found == dict.fromkeys(refused, Refusal("guest", (Ref("user", "DORA"),)))


# -- who cannot be checked


async def test_where_nobody_can_be_checked_the_turn_is_tried_again_until_its_last_attempt() -> None:
    fakes = fake_world()
    fakes.directory.people |= {"ADA": Person(), "GUS": Person()}
    turn = await fakes.asked(*BOTH)

    with pytest.raises(Unavailable) as again:
        await guards.admitted(turn, rules(), fakes.world)
    turn.attempt = fakes.world.limits.tries
    refused = await guards.admitted(turn, rules(), fakes.world)

    assert again.value.after > 0
    assert refused == {"ADA": Refusal("unchecked"), "GUS": Refusal("unchecked")}


async def test_who_is_let_in_does_not_wait_for_who_cannot_be_checked() -> None:
    fakes = fake_world()
    fakes.directory.people["GUS"] = Person()
    turn = await fakes.asked(*BOTH)

    assert await guards.admitted(turn, rules(), fakes.world) == {"GUS": Refusal("unchecked")}


@pytest.mark.parametrize("why", [Person(is_hidden=True), GUEST], ids=["not shown", "guest"])
async def test_who_is_refused_for_good_makes_nobody_wait(why: Person) -> None:
    fakes = fake_world()
    fakes.directory.people |= {"ADA": why, "GUS": why}
    turn = await fakes.asked(*BOTH)

    assert set(await guards.admitted(turn, rules(), fakes.world)) == {"ADA", "GUS"}


async def test_members_of_a_denied_group_are_not_let_in_while_nobody_knows_who_they_are() -> None:
    fakes = fake_world()
    fakes.directory.people["GUS"] = Person("Gus", known=True, is_admin=True)
    turn = await fakes.asked(*BOTH)
    denied = rules(access=Access(denied_groups=frozenset({"S1"})))

    assert await guards.admitted(turn, denied, fakes.world) == {"ADA": Refusal("unchecked")}


async def test_who_could_not_be_checked_is_told_so_each_time_they_ask() -> None:
    fakes, unchecked = fake_world(), Refusal("unchecked")
    turn = await fakes.asked(*BOTH)
    for newest in ("1002.000000", "1002.000000", "1003.000000"):
        turn.newest, turn.refused = newest, frozenset()
        await guards.check(turn, rules(), replace(fakes.world, guards=(refusing("GUS", why=unchecked),)))

    assert fakes.chat.told == [("GUS", unchecked, True)] * 2
