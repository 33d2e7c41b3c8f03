"""A turn opens in one step, in which what it needs next is read along."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.conversation.ids import ThreadKey
from bot.personas.persona import Persona
from bot.policy.preferences import PERSONA, Access, Defaults, Entry, Scope
from bot.store.budgets import RedisBudgets
from bot.store.preferences import RedisPrefs
from bot.usage.budgets import Amount, Numbers, Owner
from tests.store.sealing import FIRST
from tests.store.shelf import MONTH, THREAD, Shelf, message

DIRECT = ThreadKey("slack", "T1", "D1", "1763700000.000300", direct=True)


@pytest.fixture(params=["", FIRST], ids=["plain", "encrypted"])
async def shelf(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[Shelf]:
    opened = await Shelf.open(redis_url, keys=request.param)
    opened.prefs = RedisPrefs(opened.client, opened.keys, MONTH, Defaults("Be brief.", {"openai_model": "m"}))
    yield opened
    await opened.close()


def prefs(shelf: Shelf) -> RedisPrefs:
    assert shelf.prefs is not None
    return shelf.prefs


async def test_what_is_read_along_is_what_would_be_read_alone(shelf: Shelf) -> None:
    await prefs(shelf).save(Persona("Bard", "Verse."), None, "UADA")
    await prefs(shelf).choose(Scope("channel", "C1"), {"persona": "Bard", "footer": "off"}, "UADA")
    await prefs(shelf).change_access(Access(), Access(denied_users=frozenset({"U1", "U2"})), "UADA")
    await prefs(shelf).set_read("UADA", on=False)
    await prefs(shelf).set_read("UBEN", on=False)
    numbers = Numbers(day=Amount(tokens=77))
    budgets = RedisBudgets(shelf.client, shelf.keys, shelf.queue, 60)
    assert await budgets.set(Owner("person", "UADA"), numbers, Numbers(), Entry("UADA", "limit.set", "person:UADA"))
    await shelf.ask(1)
    await shelf.answer()
    await shelf.mutter(2)
    await shelf.ask(3)
    turn = await shelf.turn()

    assert turn.ahead is not None
    assert (turn.ahead.user, turn.ahead.rules) == ("UADA", await prefs(shelf).rules(THREAD, "UADA"))
    assert turn.ahead.rules[PERSONA] == "Bard"
    assert turn.ahead.rules.numbers[Owner("person", "UADA")] == numbers
    assert (turn.ahead.rules.unread, turn.ahead.rules.hides) == (frozenset({"UADA"}), True)
    assert turn.ahead.past == await shelf.load(THREAD)
    assert len(turn.ahead.past.messages) == 2


async def test_it_is_read_for_whoever_has_asked_last(shelf: Shelf) -> None:
    for user, name in (("UADA", "concise"), ("UBEN", "translator")):
        await prefs(shelf).choose(Scope("person", user), {"persona": name}, user)
    await shelf.put(DIRECT, message(1), addressed=True)
    await shelf.put(DIRECT, message(3, author="UBEN"), addressed=True)
    await shelf.put(DIRECT, message(2), addressed=True)
    turn = await shelf.turn()

    assert turn.ahead is not None
    assert turn.ahead.user == turn.batch.newest.author == "UBEN"
    assert turn.ahead.rules == await prefs(shelf).rules(DIRECT, "UBEN")
    assert turn.ahead.rules[PERSONA] == "translator"


@pytest.mark.parametrize("name", ["past", "turns", "prefs", "personas", "access", "limits", "unread"])
async def test_what_cannot_be_read_along_keeps_no_turn_from_opening(shelf: Shelf, name: str) -> None:
    found = getattr(shelf.keys, name)
    await shelf.ask(1)
    await shelf.raw.set(found if isinstance(found, str) else found(THREAD), "odd", ex=MONTH)
    turn = await shelf.turn()

    assert [each.text for each in turn.batch.messages] == ["message 1"]
    assert turn.ahead is None
    await shelf.raw.delete(shelf.keys.prefs, shelf.keys.access, shelf.keys.limits, shelf.keys.unread)
    await shelf.raw.delete(shelf.keys.personas)


async def test_a_change_of_access_holds_for_the_next_turn(shelf: Shelf) -> None:
    await prefs(shelf).change_access(Access(), Access(denied_users=frozenset({"U1"})), "UADA")
    await shelf.ask(1)
    await shelf.answer()
    seen = await prefs(shelf).access()
    await prefs(shelf).change_access(seen, replace(seen, denied_users=frozenset({"U2"})), "UADA")
    await shelf.ask(2)
    turn = await shelf.turn()

    assert turn.ahead is not None
    assert turn.ahead.rules.access.denied_users == {"U2"}
