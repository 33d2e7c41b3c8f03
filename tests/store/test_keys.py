"""The page of keys says what the code does."""

import re

from bot.conversation.messages import Message, Person
from bot.conversation.tokens import Usage
from bot.personas.persona import Persona
from bot.policy import tokens
from bot.policy.preferences import WORKSPACE, Access, Defaults, Entry
from bot.policy.roles import Refusal
from bot.policy.tokens import Token
from bot.privacy.held import Erasure, Progress
from bot.store import keys
from bot.store.answers import RedisAnswers
from bot.store.api_chat import RedisChat
from bot.store.api_threads import RedisApiThreads
from bot.store.budgets import RedisBudgets
from bot.store.keys import Keys, QueueKeys, shared
from bot.store.last_known import RedisLastKnown
from bot.store.ledger import RedisLedger
from bot.store.preferences import RedisPrefs
from bot.store.presence import Presence
from bot.store.rate_limits import Places
from bot.store.tokens import RedisTokens
from bot.store.turn_limits import RedisTurnLimits
from bot.turns.state import Kept, Record, Shown
from bot.usage.budgets import Amount, Budget, Numbers, Owner, Request, Want
from bot.usage.ledger import Booking
from bot.usage.limits import Fuse
from tests.store.shelf import DAY, MONTH, OTHER, THREAD, Shelf, at, message

ROW = re.compile(r"^    (\S+) +(string|hash|zset|list) ", re.MULTILINE)
OF_A_WORKSPACE, SHARED = ((keys.__doc__ or "").partition("    shared ")[part] for part in (0, 2))
OURS = {name.partition(":")[0]: kind for name, kind in ROW.findall(OF_A_WORKSPACE)}
"""Families of a workspace's keys, with their types."""


def test_every_key_is_on_the_page() -> None:
    made = {name for name in vars(Keys) if not name.startswith("_") and name not in ("prefix", "workspace")}

    assert made == set(OURS)
    assert {re.sub(":<.*", "", name) for name, _ in ROW.findall(SHARED)} == set(keys.SHARED)


def test_all_keys_share_one_hash_tag_and_name_their_workspace() -> None:
    """A Redis Cluster runs a script only if all its keys are in one slot."""
    named = Keys("acme", "T1")

    assert named.seen(THREAD, "1.2") == "{acme}:T1:seen:C1/1.2"
    assert named.past(THREAD) == f"{{acme}}:T1:past:{THREAD}"
    assert all(getattr(named, name) == f"{{acme}}:T1:{name}" for name in keys.LASTING)
    assert QueueKeys("acme").state == shared("acme", "queue:state") == "{acme}:queue:state"


async def test_keys_have_the_type_that_the_page_gives_them(shelf: Shelf) -> None:
    await fill_inbox(shelf)
    await fill_prefs(shelf)
    await fill_pace(shelf)
    await fill_erasures(shelf)
    await fill_api(shelf)

    names = [str(key) for key in await shelf.raw.keys()]
    ours = [key for key in names if key.startswith("{test}:T1:")]
    others = {key.removeprefix("{test}:") for key in names if key not in ours}

    assert {key.split(":")[2]: await shelf.raw.type(key) for key in ours} == OURS
    assert others <= set(keys.SHARED), "every other key stands on the list of shared ones"


async def fill_inbox(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.finish(turn, None, Record("failed", (), (), model="m"))
    kept = Kept("Hello.", {}, "m", "", 0.0)
    await RedisAnswers(shelf.client, shelf.keys).keep("q1", kept, THREAD, 60)
    ledger = RedisLedger(shelf.client, shelf.keys, MONTH)
    assert await ledger.rate(THREAD, turn.newest, "UADA", "down", "Too long")
    assert await ledger.secret("2025-11")
    await ledger.charge("preview/1", [Booking(DAY, "m", Usage(1, 1), person="UADA")])
    limits = RedisBudgets(shelf.client, shelf.keys, shelf.queue, 60)
    budget = Budget("person", "UADA", DAY, Amount(tokens=1))
    await limits.reserve("T1", Want(1, 1), [budget], passes=True)
    await limits.reached([budget])
    await limits.ask(Request("r1", str(THREAD), at(1), "UADA", budget))
    await RedisTurnLimits(shelf.client, shelf.keys, 60).enter("T1", "UADA", 1, 1)
    for _ in range(2):
        await RedisTurnLimits(shelf.client, shelf.keys, 60).fuse(Fuse(calls=1))
    await limits.lift(budget, "1")
    await limits.set(Owner("everyone"), Numbers(minute=1), Numbers(), Entry("UADA", "limit.set", "everyone"))
    await shelf.mutter(2)
    await shelf.ask(3)
    await shelf.turn()
    await shelf.stop(THREAD)
    await shelf.ask(4, thread=OTHER)
    await shelf.put(OTHER, message(5, "Ben, look", "UADA"), addressed=False, manner="away")


async def fill_prefs(shelf: Shelf) -> None:
    prefs = RedisPrefs(shelf.client, shelf.keys, MONTH, Defaults("", {"openai_model": "m"}))
    await prefs.pin(THREAD, await prefs.save(Persona("Bard", "Verse."), None, "UADA"))
    await prefs.choose(WORKSPACE, {"persona": "Bard"}, "UADA")
    await prefs.change_access(Access(), Access(guests=True), "UADA")
    await RedisLastKnown(shelf.client, shelf.keys).keep("UADA", Person(known=True), {"S1": True})


async def fill_erasures(shelf: Shelf) -> None:
    erasure = Erasure("T1", "person", "UADA")
    await shelf.erasures.note(erasure)
    await shelf.erasures.tell(erasure, Progress())
    await shelf.erasures.announce()
    await Presence(shelf.client, "test", listens=True).sign()
    assert await shelf.archive.first_contact("UADA")
    await RedisPrefs(shelf.client, shelf.keys, MONTH, Defaults("", {})).set_read("UADA", False)
    assert await shelf.archive.reserve_export("UADA") == 0
    assert await shelf.archive.reserve_export("UADA") > 86_000


async def fill_pace(shelf: Shelf) -> None:
    places = Places(shelf.client, shelf.keys)
    await places.spare("chat.update", 1, 60.0, among="streams")
    await places.hold("chat.update", 60.0)
    await places.join("streams", "a", most=1, seconds=60.0)


async def fill_api(shelf: Shelf) -> None:
    kept = RedisTokens(shelf.client, shelf.keys)
    _, shown = tokens.make("T1")
    await kept.put(Token(shown.id, "ci", shown.digest, "U1", "U1"))
    await kept.admit(shown, 100)
    await kept.begin("request", "body", "seed")
    threads = RedisApiThreads(shelf.client, shelf.keys, MONTH)
    thread = await threads.create("6f0b8f3e-6f0b-4f3e-8f3e-6f0b8f3e6f0b", shown.id, "m", "Title")
    ts = await threads.place(thread)
    assert ts
    await shelf.put(thread.key, Message(ts, "U1", "hello"), addressed=True)
    turn = await shelf.started(next(each for each in await shelf.claim(10) if each.thread == thread.key))
    chat = RedisChat(shelf.client, shelf.keys, shelf.queue, MONTH)
    await chat.refuse(thread.key, "U1", Refusal("denied"), begun=True)
    await chat.edit(turn, 0, ts, Shown("h", growing=True))
