"""What shall be removed is noted until it is, and claimed by one at a time."""

import pytest

from bot.privacy.held import Erasure, Progress
from tests.store.shelf import Shelf

PERSON, CHANNEL = Erasure("T1", "person", "UADA"), Erasure("T1", "channel", "C1", away=True)


async def test_what_is_due_is_claimed_once(shelf: Shelf) -> None:
    await shelf.erasures.note(PERSON)
    await shelf.erasures.note(CHANNEL, 60)

    assert await shelf.erasures.claim() == PERSON
    assert await shelf.erasures.claim() is None


async def test_what_nobody_goes_on_with_is_claimed_again(shelf: Shelf) -> None:
    await shelf.erasures.note(PERSON)
    await shelf.erasures.claim()
    await shelf.raw.zadd("{test}:erasures", {"T1/person/UADA/asked": 1}, xx=True)

    assert await shelf.erasures.claim() == PERSON


async def test_how_far_it_is_is_known_to_all_and_what_is_over_is_claimed_no_more(shelf: Shelf) -> None:
    await shelf.erasures.note(PERSON)
    assert await shelf.erasures.progress(PERSON) is None
    await shelf.erasures.tell(PERSON, Progress(done=3, of=9, threads=2))
    assert await shelf.erasures.progress(PERSON) == Progress(done=3, of=9, threads=2)
    await shelf.erasures.claim()
    await shelf.erasures.tell(PERSON, Progress(done=9, of=9, threads=2, over=True))

    assert await shelf.erasures.progress(PERSON) == Progress(done=9, of=9, threads=2, over=True)
    assert not await shelf.raw.exists("{test}:erasures")


async def test_what_is_asked_again_while_it_is_done_is_done_again(shelf: Shelf) -> None:
    retention = Erasure("T1", "retention")
    for erasure in (PERSON, retention):
        await shelf.erasures.note(erasure)
        assert await shelf.erasures.claim() == erasure
        await shelf.erasures.note(erasure)
        await shelf.erasures.tell(erasure, Progress(over=True))
        await shelf.erasures.note(erasure, 3600) if erasure is retention else None

        assert await shelf.erasures.claim() == erasure


async def test_what_is_asked_again_begins_again(shelf: Shelf) -> None:
    await shelf.erasures.tell(PERSON, Progress(done=9, of=9, over=True))
    await shelf.erasures.note(PERSON)

    assert await shelf.erasures.progress(PERSON) is None


async def test_who_is_back_is_taken_off(shelf: Shelf) -> None:
    await shelf.erasures.note(CHANNEL)
    await shelf.erasures.cancel(CHANNEL)

    assert await shelf.erasures.claim() is None


async def test_a_workspace_that_is_gone_leaves_no_progress_behind(shelf: Shelf) -> None:
    await shelf.erasures.tell(Erasure("T1", "workspace", away=True), Progress(over=True))

    assert await shelf.names() == []


@pytest.mark.parametrize("text", ["", "T1/person/UADA", "T1/nonsense/UADA/asked", "T1/person/UADA/perhaps"])
async def test_what_cannot_be_read_is_dropped(shelf: Shelf, text: str) -> None:
    await shelf.raw.zadd("{test}:erasures", {text: 1})

    assert await shelf.erasures.claim() is None
    assert await shelf.erasures.claim() is None
    assert not await shelf.raw.exists("{test}:erasures")


async def test_all_replicas_see_that_something_was_removed(shelf: Shelf) -> None:
    before = await shelf.erasures.count()
    await shelf.erasures.announce()

    assert await shelf.erasures.count() != before


async def test_one_kind_can_be_claimed_alone(shelf: Shelf) -> None:
    await shelf.erasures.note(PERSON)
    await shelf.erasures.note(Erasure("T1", "retention"))

    assert await shelf.erasures.claim("retention") == Erasure("T1", "retention")
    assert await shelf.erasures.claim("retention") is None
    assert await shelf.erasures.claim() == PERSON
