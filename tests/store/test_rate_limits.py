"""The shared count of calls to Slack, on a real Redis. What is measured is the wait that is asked for."""

import asyncio

import pytest

from bot.store.keys import Keys
from bot.store.rate_limits import CAREFUL, Places
from tests.store.shelf import Shelf

EDITS = ("chat.update", 5, 60.0)


@pytest.fixture
def places(shelf: Shelf) -> Places:
    return Places(shelf.client, Keys("test", "T1"))


async def test_a_bucket_lets_its_calls_through_and_then_one_for_each_that_leaves_the_window(places: Places) -> None:
    waits = [await places.reserve([EDITS]) for _ in range(12)]

    assert waits[:5] == [0.0] * 5
    assert waits[5:10] == pytest.approx([60.0] * 5, abs=0.5)
    assert waits[10:] == pytest.approx([120.0] * 2, abs=0.5)


async def test_a_call_takes_its_place_in_every_bucket(places: Places) -> None:
    channel, workspace = ("post.C1", 1, 1.0), ("post", 3, 60.0)

    assert await places.reserve([channel, workspace]) == 0.0
    assert await places.reserve([channel, workspace]) == pytest.approx(1.0, abs=0.1)
    assert await places.reserve([("post.C2", 1, 1.0), workspace]) == 0.0
    assert await places.reserve([("post.C3", 1, 1.0), workspace]) == pytest.approx(60.0, abs=0.5)


async def test_who_has_no_patience_takes_no_place(places: Places) -> None:
    in_time = [await places.reserve([EDITS], patience=2.0) for _ in range(6)]
    await places.reserve([EDITS])

    assert in_time == [0.0] * 5 + [pytest.approx(60.0, abs=0.5)]
    assert await places.reserve([EDITS], patience=60.5) == pytest.approx(60.0, abs=0.5)


async def test_replicas_never_take_more_than_the_bucket_holds(places: Places) -> None:
    waits = await asyncio.gather(*(places.reserve([EDITS]) for _ in range(40)))

    for end in (0, 60, 120, 180):
        assert sum(end - 1 <= wait < end + 1 for wait in waits) == 5


async def test_what_shows_progress_leaves_a_place_for_each_answer_that_must_be_completed(places: Places) -> None:
    for member in ("a", "b", "c", "d"):
        await places.join("growing", member, most=10, seconds=30)

    assert await places.spare(*EDITS, among="growing") == 0.0
    assert await places.spare(*EDITS, among="growing") > 50
    assert [await places.reserve([EDITS]) for _ in range(4)] == [0.0] * 4


async def test_progress_comes_more_slowly_the_more_answers_grow(places: Places) -> None:
    assert await places.spare(*EDITS, among="growing") == 0.0
    alone = await places.spare(*EDITS, among="growing")
    await places.join("growing", "a", most=10, seconds=30)
    await places.join("growing", "b", most=10, seconds=30)

    assert alone == pytest.approx(60 / 5, abs=0.2)
    assert await places.spare(*EDITS, among="growing") == pytest.approx(60 / 3, abs=0.2)


async def test_when_all_places_are_kept_nothing_is_shown_in_between(places: Places) -> None:
    for member in "abcde":
        await places.join("growing", member, most=10, seconds=30)

    assert await places.spare(*EDITS, among="growing") > 1


async def test_a_refusal_closes_the_bucket_for_everybody_and_then_lets_one_through_at_a_time(places: Places) -> None:
    await places.hold("chat.update", 7.0)

    waits = [await places.reserve([EDITS]) for _ in range(3)]

    apart = 60 / 5 * CAREFUL
    assert waits == pytest.approx([7.0, 7.0 + apart, 7.0 + 2 * apart], abs=0.2)
    assert await places.held("chat.update") == pytest.approx(7.0, abs=0.2)
    assert await places.held("chat.delete") == 0.0
    assert await places.spare(*EDITS, among="growing") > 7.0


async def test_a_shorter_refusal_does_not_shorten_a_longer_one(places: Places) -> None:
    await places.hold("chat.update", 30.0)
    await places.hold("chat.update", 1.0)

    assert await places.held("chat.update") == pytest.approx(30.0, abs=0.2)


async def test_a_group_takes_so_many_until_one_leaves(places: Places) -> None:
    assert await places.join("streams", "a", most=2, seconds=30)
    assert await places.join("streams", "b", most=2, seconds=30)
    assert await places.join("streams", "a", most=2, seconds=30), "who is in stays in"
    assert not await places.join("streams", "c", most=2, seconds=30)

    await places.leave("streams", "a")

    assert await places.join("streams", "c", most=2, seconds=30)


async def test_a_place_may_stay_taken_for_a_while_after_its_member_has_left(places: Places) -> None:
    await places.join("streams", "a", most=1, seconds=1)

    await places.leave("streams", "a", seconds=30)
    await places.leave("streams", "nobody", seconds=30)

    assert not await places.join("streams", "b", most=1, seconds=30)


async def test_who_is_not_heard_of_any_more_leaves_the_group(places: Places) -> None:
    await places.join("streams", "a", most=1, seconds=0.05)
    while not await places.join("streams", "b", most=1, seconds=30):  # noqa: ASYNC110 - Redis tells nobody
        await asyncio.sleep(0.01)  # on Redis' own clock; the test's timeout bounds it


async def test_whoever_joins_tells_who_has_gone(places: Places) -> None:
    for member in ("a", "b"):
        assert await places.join("growing", member, most=2, seconds=30)
    assert not await places.join("growing", "c", most=2, seconds=30)

    assert await places.join("growing", "c", most=2, seconds=30, gone=["a", "never there"])
    assert not await places.join("growing", "a", most=2, seconds=30)
