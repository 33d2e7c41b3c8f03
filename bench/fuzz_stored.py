"""Does anything that may stand in Redis break what reads it? Tried on the readers alone, and on the stores and their
scripts with a real Redis.

What cannot be read is passed over or raises an error of ours; whatever a thread's keys hold, its turn ends after a
bounded number of attempts and the next question there is answered.
"""

import asyncio
import atexit
import contextlib
import functools
import json
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from bench.shapes import JSON, Target, like
from bot.conversation.ids import ThreadKey, is_ts
from bot.conversation.messages import File, Message
from bot.conversation.tokens import Usage
from bot.errors import BotError, Unreadable
from bot.installations import Installation
from bot.personas.persona import Persona
from bot.policy.preferences import WORKSPACE, Defaults, Entry, Version
from bot.privacy.places import named
from bot.store import access_fields, inbox, preferences_records, records, unreadable
from bot.store.installations import RedisInstallations
from bot.store.keys import shared
from bot.store.ledger import RedisLedger, entries
from bot.store.operations import Operations
from bot.store.preferences import RedisPrefs
from bot.store.rate_limits import Places
from bot.store.repair import KINDS
from bot.store.seal import PLAIN
from bot.store.turn_scripts import Begun
from bot.turns.state import Complete, Lease, Record, Turn
from bot.usage.ledger import Booking
from tests.store.shelf import DAY, MONTH, THREAD, Shelf, at, reply
from threadbot_sandbox.redis import EmbeddedRedis

RECORD = Record(
    "answered", ("UADA",), (at(1),), (at(2),), (at(3),), model="m", input=7, output=2, cost=0.5, persona="a"
)
SHAPES: dict[str, Any] = {
    "message": asdict(Message(at(1), "UADA", "hello", files=(File("F1", "a.txt"),))),
    "record": asdict(RECORD),
    "complete": asdict(Complete("shown", "words", "footer", RECORD)),
    "posted": [at(3)],
    "batch": [at(1)],
    "choices": {"persona": "Bard", "key": "bard", "version": 1, "footer": "off"},
    "version": asdict(Version(Persona("Bard", "Verse."), "UADA", 1.0)),
    "entry": asdict(Entry("UADA", "act", "what")),
    "vote": {"vote": "up", "reason": "", "persona": "a", "model": "m"},
    "installation": asdict(Installation("T1", "U1", "B1", "threadbot")),
}
BOOKING = Booking(DAY, "m", Usage(7, 2), 0.5, "UADA", "C1", "a", answers=1)
ODD = ["", "NaN", "-1", "1.5", "1e999", "9" * 5000, str(2**63 - 1), "-9000000000", "[" * 2000, '{"a":' * 2000, "null"]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def nearly(shape: Any) -> st.SearchStrategy[Any]:
    """The shape itself, with one of its parts odd."""
    if not isinstance(shape, dict):
        return st.just(shape)
    odd = JSON | st.sampled_from([-1, 10**30, 1e300, True, "1e5", [], {}])
    return st.tuples(st.sampled_from(sorted(shape)), odd).map(lambda one: {**shape, one[0]: one[1]})


def stored(shape: Any) -> st.SearchStrategy[bytes]:
    """What may stand where JSON of this shape belongs."""
    written = (nearly(shape) | like(shape) | JSON).map(json.dumps).map(_bytes)
    return (
        written | written | st.sampled_from(ODD).map(_bytes) | st.binary(max_size=20) | st.text(max_size=20).map(_bytes)
    )


NUMBER = stored(1)
TEXTS = st.fixed_dictionaries({name: stored(shape) for name, shape in SHAPES.items()} | {"number": NUMBER})


def read_texts(sent: dict[str, bytes]) -> None:
    """As redis-py hands them over."""
    texts = {name: value.decode("utf-8", "surrogateescape") for name, value in sent.items()}
    lease = Lease(THREAD, "token", 0.0)
    found = Begun({"attempt": texts["number"]}, [at(1)], [texts["message"]], [1])
    facts = {
        "newest": at(1),
        "attempt": texts["number"],
        "intent": texts["number"],
        "posted": texts["posted"],
        "complete": texts["complete"],
    }
    for message in records.messages(PLAIN, THREAD, [texts["message"]]):
        assert is_ts(message.ts)
        json.loads(records.write_message(PLAIN, THREAD, message))
    if (record := records.record(THREAD, texts["record"])) is not None:
        used = (record.taken.usage if record.taken else None) or Usage(0, 0)
        booked = entries([Booking(record.day, record.model, used, record.cost, record.payer, "C1", record.persona)])
        amounts = [amount for text in booked.texts for all in json.loads(text).values() for amount in all]
        assert all(type(amount) is int and amount >= 0 for amount in amounts)
    assert 0 <= unreadable.whole(texts["number"], "a number") < 2**63
    preferences_records.choices(texts["choices"])
    preferences_records.version(PLAIN, "T1", texts["version"])
    preferences_records.entries([texts["entry"]])
    access_fields.read({text: text for text in texts.values()})
    ThreadKey.parsed(texts["number"])
    with contextlib.suppress(Unreadable):
        batch = records.batch(PLAIN, found, THREAD)
        turn = records.turn(PLAIN, facts, batch, lease)
        assert turn.attempt >= 1
    with contextlib.suppress(Unreadable):
        preferences_records.number(texts["number"])


OF_THE_THREAD = frozenset(place.key for place in named("thread"))
FIELDS: dict[tuple[str, str], st.SearchStrategy[bytes]] = {
    ("turn", "batch"): stored(SHAPES["batch"]),
    ("turn", "attempt"): NUMBER,
    ("turn", "unreadable"): NUMBER,
    ("turn", "intent"): NUMBER,
    ("turn", "posted"): stored(SHAPES["posted"]),
    ("turn", "complete"): stored(SHAPES["complete"]),
    ("turn", "newest"): stored(at(1)),
    ("messages", at(1)): stored(SHAPES["message"]),
    ("turns", at(1)): stored(SHAPES["record"]),
    ("turns", "unread_from"): NUMBER,
    ("talk", "by_bot"): NUMBER,
    ("votes", f"{at(1)}/UADA"): stored(SHAPES["vote"]),
    ("used", "workspace:"): NUMBER,
    ("used", "model:m"): NUMBER,
    ("prefs", "workspace"): stored(SHAPES["choices"]),
    ("prefs", "channel:C1"): stored(SHAPES["choices"]),
    ("personas", "bard"): NUMBER,
    ("versions", "bard/1"): stored(SHAPES["version"]),
    ("access", "guests"): NUMBER,
    ("installations", "T1"): stored(SHAPES["installation"]),
}
MEMBERS = ("waiting", "heard", "past", "aside", "threads", "pace")
CHANGES = st.lists(
    st.sampled_from(sorted(FIELDS)).flatmap(lambda place: st.tuples(st.just(place), FIELDS[place]))
    | st.tuples(st.tuples(st.sampled_from(MEMBERS), st.just("member")), st.binary(max_size=20))
    | st.tuples(st.tuples(st.sampled_from(sorted(KINDS)), st.just("type")), st.sampled_from([b"string", b"list"]))
    | st.tuples(st.tuples(st.sampled_from(("held", "spared", "chosen")), st.just("value")), NUMBER),
    min_size=1,
    max_size=5,
)
Change = tuple[tuple[str, str], bytes]


@functools.cache
def _redis() -> str:
    """The URL of a Redis that lasts as long as this process."""
    folder = tempfile.TemporaryDirectory()
    server = EmbeddedRedis(Path(folder.name))
    server.start()
    atexit.register(folder.cleanup)
    atexit.register(server.stop)
    return server.url


def live_with(changes: list[Change]) -> None:
    asyncio.run(_live_with(changes))


async def _live_with(changes: list[Change]) -> None:
    shelf = await Shelf.open(_redis())
    try:
        await shelf.raw.flushall()
        await shelf.ask(1)
        await shelf.hand_back(await shelf.take(), 60.0, counted=True)
        for (name, place), value in changes:
            await _change(shelf, name, place, value)
        await _settle(shelf)
        await shelf.ask(2)
        turn = await _settle(shelf)
        assert turn is not None
        assert not turn.unreadable
        assert [message.ts for message in turn.batch.messages] == [at(2)]
        for step in _steps(shelf):
            with contextlib.suppress(BotError):
                await step()
    finally:
        await shelf.close()


async def _change(shelf: Shelf, name: str, place: str, value: bytes) -> None:
    """Put it where it may stand; where a key has another type already, it stays as it is."""
    key: Any = _key(shelf, name)
    kind = await shelf.raw.type(key)
    if place == "type":
        await shelf.raw.delete(key)
        await (shelf.raw.lpush(key, "x") if value == b"list" and KINDS[name] != "list" else shelf.raw.set(key, "x"))
    elif place == "value" and kind in ("string", "none"):
        await shelf.raw.set(key, value)
    elif place == "member" and kind in ("zset", "none"):
        await shelf.raw.zadd(key, {value: 1})
    elif place not in ("value", "member") and kind in ("hash", "none"):
        await shelf.raw.hset(key, place, value)


def _key(shelf: Shelf, name: str) -> str:
    if name.startswith("queue:") or name == "installations":
        return shared("test", name)
    found = getattr(shelf.keys, name)
    of: dict[str, Any] = {"used": DAY, "threads": "UADA", "group": "streams", "seen": THREAD}
    if name == "seen":
        return str(found(THREAD, at(9)))
    if name in OF_THE_THREAD:
        return str(found(THREAD))
    return found if isinstance(found, str) else str(found(of.get(name, "chat.update")))


async def _settle(shelf: Shelf) -> Turn | None:
    """Let the thread come to rest. Returns its last turn, which was finished."""
    last = None
    for _ in range(3 * inbox.MAX_UNREADABLE):
        if await shelf.raw.type(shelf.queue.leases) in ("zset", "none"):
            await shelf.raw.zadd(shelf.queue.leases, {str(THREAD): 1}, xx=True)
        for lease in await shelf.claim(10):
            with contextlib.suppress(BotError):
                last = await _take(shelf, lease) or last
        if await shelf.raw.type(shelf.queue.state) == "none":
            return last
    raise AssertionError("the thread does not come to rest")


async def _take(shelf: Shelf, lease: Lease) -> Turn | None:
    try:
        turn = await shelf.begin(lease)
    except Unreadable:
        await shelf.hand_back(lease, 60.0, counted=True)
        return None
    if turn is not None:
        answer = None if turn.unreadable or not turn.batch.messages else reply(turn, "answer")
        await shelf.finish(turn, answer, RECORD if answer else None)
    return turn


def _steps(shelf: Shelf) -> Iterable[Callable[[], Awaitable[Any]]]:
    """All that reads, and may raise errors of ours only."""
    ledger = RedisLedger(shelf.client, shelf.keys, MONTH)
    prefs = RedisPrefs(shelf.client, shelf.keys, MONTH, Defaults("", {"openai_model": "m"}))
    places, operations = Places(shelf.client, shelf.keys), Operations(shelf.client, "test", MONTH)
    bard, buckets = Persona("Bard", "Verse."), [("chat.update", 5, 60.0)]
    yield lambda: shelf.load(THREAD)
    yield lambda: shelf.askers(THREAD)
    yield lambda: shelf.record(THREAD, at(1))
    yield lambda: ledger.rate(THREAD, at(1), "UADA", "up")
    yield lambda: ledger.votes(THREAD, at(1))
    yield lambda: ledger.spent(DAY)
    yield lambda: ledger.spent_by(DAY, "model")
    yield lambda: ledger.charge("preview/1", [BOOKING])
    yield lambda: prefs.rules(THREAD, "UADA")
    yield lambda: prefs.pin(THREAD, bard)
    yield lambda: prefs.choose(WORKSPACE, {"footer": "off"}, "UADA")
    yield lambda: prefs.save(bard, None, "UADA")
    yield lambda: prefs.history("Bard")
    yield lambda: prefs.delete("Bard", "UADA")
    yield lambda: prefs.access()
    yield lambda: prefs.audited()
    yield lambda: places.reserve(buckets, 0.0)
    yield lambda: places.spare("chat.update", 5, 60.0, among="streams")
    yield lambda: places.hold("chat.update", 1.0)
    yield lambda: places.join("streams", "a", 1, 60.0)
    yield lambda: RedisInstallations(shelf.client, "test").known()
    yield lambda: operations.entries(["T1"])
    yield lambda: shelf.again(THREAD, at(2))
    yield lambda: shelf.drop(THREAD, at(2))
    yield lambda: shelf.forget_person("UADA")
    yield lambda: shelf.forget(THREAD)


TARGETS = [Target("stored records", TEXTS, read_texts), Target("stored keys", CHANGES, live_with)]
