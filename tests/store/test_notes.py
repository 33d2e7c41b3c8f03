"""What a running turn notes for whoever takes it over, in as few steps as can be."""

import pytest

from bot.conversation.tokens import Usage
from bot.errors import LeaseLost
from bot.personas.persona import Persona
from bot.policy.preferences import Defaults
from bot.store.preferences import RedisPrefs
from bot.usage.ledger import Booking
from tests.store.shelf import DAY, MONTH, THREAD, Shelf

BARD = Persona("Bard", "Verse.", version=3)
TAKEN = (Booking(DAY, "m", Usage(100, 0, estimated=True), None, "UADA"),)
MORE = (Booking(DAY, "m", Usage(100, 40, estimated=True), None, "UADA"),)


def prefs(shelf: Shelf) -> RedisPrefs:
    return RedisPrefs(shelf.client, shelf.keys, MONTH, Defaults("Be brief.", {"openai_model": "m"}))


async def test_one_note_tells_what_was_taken_that_it_may_post_and_whom_the_thread_keeps(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    turn.keeps = BARD
    assert await shelf.note_taken(turn, TAKEN, 0)
    assert turn.keeps is None
    await shelf.lapse()
    again = await shelf.turn()

    assert (again.intent, again.earlier, again.posted) == (0, TAKEN, ())
    assert (await prefs(shelf).rules(THREAD, "UADA")).pinned


async def test_each_note_tells_what_was_taken_until_then(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.note_taken(turn, TAKEN)
    turn.posted, turn.told = ("1.5",), lambda: MORE
    await shelf.note_posted(turn)
    await shelf.lapse()
    again = await shelf.turn()

    assert (again.intent, again.earlier, again.posted) == (None, MORE, ("1.5",))


async def test_a_thread_keeps_whom_it_has(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await prefs(shelf).pin(THREAD, Persona("concise", "Brief.", version=1))
    turn.keeps = BARD
    await shelf.note_intent(turn, 0)

    assert "concise" in str(await shelf.raw.get(shelf.keys.chosen(THREAD)))


async def test_a_note_of_who_has_lost_the_turn_changes_nothing(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.lapse()
    await shelf.turn()
    before, turn.keeps = await shelf.contents(), BARD
    with pytest.raises(LeaseLost):
        await shelf.note_taken(turn, TAKEN, 0)

    assert await shelf.contents() == before


@pytest.mark.parametrize("sure", [True, False])
async def test_who_hands_a_turn_back_says_whether_a_post_is_in_doubt(shelf: Shelf, sure: bool) -> None:
    """Nobody has to look in Slack for what was never posted."""
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.note_taken(turn, TAKEN, 0)
    turn.lease.sure = sure
    await shelf.hand_back(turn.lease, 0.0, counted=True)

    assert (await shelf.turn()).intent == (None if sure else 0)
