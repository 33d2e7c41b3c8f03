"""The page of keys says what the code does."""

import re

from bot.personas.persona import Persona
from bot.policy.preferences import WORKSPACE, Access, Defaults
from bot.store import keys
from bot.store.keys import Keys
from bot.store.ledger import RedisLedger
from bot.store.preferences import RedisPrefs
from bot.store.rate_limits import Places
from bot.turns.state import Record
from tests.store.shelf import MONTH, OTHER, THREAD, Shelf, message

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
    await fill_inbox(shelf)
    await fill_prefs(shelf)
    await fill_pace(shelf)

    found = {key.split(":")[1]: await shelf.raw.type(key) for key in await shelf.names()}

    assert found == dict(PAGE)


async def fill_inbox(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.finish(turn, None, Record("failed", (), (), model="m"))
    assert await RedisLedger(shelf.client, shelf.keys, MONTH).rate(THREAD, turn.newest, "UADA", "up")
    await shelf.mutter(2)
    await shelf.ask(3)
    await shelf.turn()
    await shelf.stop(THREAD)
    await shelf.ask(4, thread=OTHER)
    await shelf.put(OTHER, message(5, "Ben, look", "UADA"), addressed=False, manner="away")


async def fill_prefs(shelf: Shelf) -> None:
    prefs = RedisPrefs(shelf.client, shelf.keys, MONTH, Defaults("", "m"))
    await prefs.pin(THREAD, await prefs.save(Persona("Bard", "Verse."), None, "UADA"))
    await prefs.choose(WORKSPACE, {"persona": "Bard"}, "UADA")
    await prefs.change_access(Access(), Access(guests=True), "UADA")


async def fill_pace(shelf: Shelf) -> None:
    places = Places(shelf.client, shelf.keys)
    await places.spare("chat.update", 1, 60.0, among="streams")
    await places.hold("chat.update", 60.0)
    await places.join("streams", "a", most=1, seconds=60.0)
