"""What Slack told last of people, for when it does not tell."""

import pytest

from bot.conversation.messages import Person
from bot.store.client import Client
from bot.store.keys import KNOWN_FOR
from bot.store.last_known import RedisLastKnown
from tests.store.shelf import MONTH, Shelf

GUS = Person("Gus", known=True, is_guest=True)


@pytest.fixture
def last(shelf: Shelf) -> RedisLastKnown:
    return RedisLastKnown(shelf.client, shelf.keys)


async def test_of_whom_nothing_was_told_nothing_is_known(last: RedisLastKnown) -> None:
    assert await last.recall("UGUS") == (None, {})


async def test_what_was_told_last_is_known_but_for_the_name(last: RedisLastKnown) -> None:
    await last.keep("UGUS", Person("Gus", known=True), {})
    await last.keep("UGUS", GUS, {})
    await last.keep("UGUS", None, {"S1": True, "S2": True})
    await last.keep("UGUS", None, {"S2": False})

    assert await last.recall("UGUS") == (Person(known=True, is_guest=True), {"S1": True, "S2": False})
    assert await last.recall("UBEN") == (None, {})


async def test_each_fact_grows_old_by_itself(last: RedisLastKnown, shelf: Shelf) -> None:
    await last.keep("UGUS", GUS, {"S1": True})
    seconds, value = str(await shelf.raw.hget(shelf.keys.known("UGUS"), "person")).split(" ", 1)
    await shelf.raw.hset(shelf.keys.known("UGUS"), "person", f"{int(seconds) - KNOWN_FOR} {value}")

    assert await last.recall("UGUS") == (None, {"S1": True})
    assert 0 < await shelf.raw.ttl(shelf.keys.known("UGUS")) <= KNOWN_FOR


@pytest.mark.parametrize("stored", ["", "1", "1 {}", "9999999999 nonsense", '9999999999 {"known": "perhaps"}'])
async def test_what_cannot_be_read_is_not_known(last: RedisLastKnown, shelf: Shelf, stored: str) -> None:
    await shelf.raw.hset(shelf.keys.known("UGUS"), "person", stored)
    await shelf.raw.expire(shelf.keys.known("UGUS"), MONTH)

    assert (await last.recall("UGUS"))[0] is None


async def test_without_redis_nothing_is_known_and_nothing_raised(shelf: Shelf) -> None:
    nowhere = RedisLastKnown(Client("redis://127.0.0.1:1/0", "test"), shelf.keys)
    await nowhere.keep("UGUS", GUS, {})

    assert await nowhere.recall("UGUS") == (None, {})
