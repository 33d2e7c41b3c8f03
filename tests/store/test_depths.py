"""How much waits."""

import time

import pytest

from bot.store import depths
from tests.store.shelf import OTHER, Shelf, at


async def test_an_empty_queue_holds_nothing(shelf: Shelf) -> None:
    found = await depths.read(shelf.client, "test", ["T1"])

    assert found == {"ready": 0, "running": 0, "later": 0, "aside": 0, "holds": 0, "oldest": 0}


async def test_threads_are_counted_by_what_they_wait_for(shelf: Shelf) -> None:
    await shelf.ask(1)
    [lease] = await shelf.claim(1)
    await shelf.ask(2, thread=OTHER)
    running = await depths.read(shelf.client, "test", ["T1", "T2"])
    await shelf.line.hand_back(lease, 60.0, counted=True)
    pausing = await depths.read(shelf.client, "test", ["T1"])

    assert (running["ready"], running["running"], running["later"]) == (1, 1, 0)
    assert running["oldest"] == pytest.approx(time.time() - float(at(2)), abs=60)
    assert (pausing["ready"], pausing["running"], pausing["later"]) == (1, 0, 1)
