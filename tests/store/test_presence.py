"""When nobody listened is known to all."""

import pytest

from bot.store.presence import Presence
from tests.store.shelf import Shelf


def replica(shelf: Shelf, *, listens: bool = True) -> Presence:
    return Presence(shelf.client, "test", listens)


async def test_before_the_first_one_nobody_listened(shelf: Shelf) -> None:
    since, until = await replica(shelf).sign()

    assert since == 0.0
    assert until > 1_700_000_000


async def test_while_one_is_there_another_may_come_and_go(shelf: Shelf) -> None:
    first, second = replica(shelf), replica(shelf)
    began = await first.sign()
    await second.sign()
    await second.leave()

    assert await first.sign() == began
    await first.leave()
    since, until = await replica(shelf).sign()
    assert began[1] < since < until


async def test_one_that_died_counts_as_listening_for_a_moment(shelf: Shelf) -> None:
    dead = replica(shelf)
    began = await dead.sign()
    assert await replica(shelf).sign() == began
    for name in map(str, await shelf.raw.hkeys("{test}:listening")):
        if name.startswith("/"):
            await shelf.raw.hset("{test}:listening", name, "1700000000")
    since, until = await replica(shelf).sign()

    assert since == pytest.approx(1_700_000_000)
    assert until > began[1]


async def test_who_does_not_listen_only_asks(shelf: Shelf) -> None:
    assert await replica(shelf, listens=False).sign() == (0.0, 0.0)
    began = await replica(shelf).sign()
    worker = replica(shelf, listens=False)
    await worker.leave()

    assert await worker.sign() == began
