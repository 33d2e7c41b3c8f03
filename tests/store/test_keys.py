"""The page of keys says what the code does."""

import re

from bot.store import keys
from bot.store.keys import Keys
from tests.store.shelf import OTHER, THREAD, Shelf

PAGE = re.findall(r"^    (\w+)\S* +(string|hash|zset|list) ", keys.__doc__ or "", re.MULTILINE)


def test_every_key_is_on_the_page() -> None:
    made = {name for name in vars(Keys) if not name.startswith("_") and name != "prefix"}

    assert made == {name for name, _ in PAGE}


def test_all_keys_share_one_hash_tag() -> None:
    """A Redis Cluster runs a script only if all its keys are in one slot."""
    named = Keys("acme")

    assert named.seen(THREAD, "1.2") == "{acme}:seen:T1/C1/1.2"
    assert named.past(THREAD) == "{acme}:past:T1/C1/1763700000.000100"
    assert all(getattr(named, name) == f"{{acme}}:{name}" for name in keys.LASTING)


async def test_keys_have_the_type_that_the_page_gives_them(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.finish(await shelf.turn(), None)
    await shelf.mutter(2)
    await shelf.ask(3)
    await shelf.turn()
    await shelf.stop(THREAD)
    await shelf.ask(4, thread=OTHER)

    found = {key.split(":")[1]: await shelf.raw.type(key) for key in await shelf.names()}

    assert found == dict(PAGE)
