"""Who is listened to in a thread, by the manner in which a message is taken in."""

import pytest

from bot.policy.triggers import MAX_BOTS, Manner
from tests.store.shelf import THREAD, Shelf, at, message


async def heard(shelf: Shelf, n: int, manner: Manner, *, addressed: bool = False) -> str:
    return await shelf.put(THREAD, message(n), addressed=addressed, manner=manner)


@pytest.mark.parametrize("manner", ["follow", "until"])
async def test_a_thread_is_followed_once_we_were_spoken_to_there(shelf: Shelf, manner: Manner) -> None:
    assert await heard(shelf, 1, manner) == "unknown"
    await shelf.ask(2)
    await shelf.answer()
    assert await heard(shelf, 3, manner) == "new"

    assert [m.ts for m in (await shelf.turn()).batch.messages] == [at(3)]


async def test_following_rests_from_the_moment_people_turn_to_one_another_until_we_are_addressed(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await heard(shelf, 2, "away")
    await heard(shelf, 3, "until")
    nobody_asked = await shelf.claim(1) == []
    await shelf.ask(4)
    await heard(shelf, 5, "until")
    turn = await shelf.turn()

    assert nobody_asked
    assert [m.ts for m in turn.batch.messages] == [at(4), at(5)]
    assert [m.ts for m in turn.batch.heard] == [at(2), at(3)]


async def test_bots_are_listened_to_only_so_often_before_a_person_speaks_again(shelf: Shelf) -> None:
    for n in range(MAX_BOTS + 2):
        await heard(shelf, n, "bot", addressed=True)
        await heard(shelf, n, "bot", addressed=True)  # Slack tells it twice
    first = await shelf.answer()
    await shelf.mutter(50)
    await heard(shelf, 51, "bot", addressed=True)

    assert len(first.batch.messages) == MAX_BOTS
    assert [m.ts for m in (await shelf.turn()).batch.messages] == [at(51)]
