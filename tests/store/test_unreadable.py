"""Stored data that cannot be read: nobody is stopped for ever, and the operator sees what was set aside."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Any

import pytest

from bot.conversation.tokens import Usage
from bot.errors import LeaseLost, Unavailable, Unreadable
from bot.personas.persona import Persona
from bot.policy.preferences import FOOTER, WORKSPACE, Access, Defaults, Entry
from bot.store import inbox, unreadable
from bot.store.client import Client
from bot.store.installations import Owner, RedisInstallations
from bot.store.keys import Keys, shared
from bot.store.ledger import AMOUNTS, RedisLedger, entries
from bot.store.operations import Operations
from bot.store.preferences import RedisPrefs
from bot.store.rate_limits import Places
from bot.store.repair import KINDS
from bot.turns.state import Lease, Record, Turn
from bot.usage.ledger import Booking, Spent
from tests.store.shelf import DAY, MONTH, OTHER, THREAD, Shelf, at, message, reply, texts

Poison = Callable[[Shelf], Awaitable[object]]

ANSWERED = Record("answered", ("UADA",), (at(1),), model="m", input=7, output=2, cost=0.5)
NOT_JSON = "{secret"
NOT_TEXT = b'{"ts": "\xff\xfe secret"}'
DEEP = "[" * 100_000


@pytest.fixture(autouse=True)
def each_is_told() -> None:
    unreadable.passed_over.cache_clear()


@pytest.fixture
async def prefs(redis_url: str) -> AsyncIterator[RedisPrefs]:
    client = Client(redis_url, "test")
    yield RedisPrefs(client, Keys("test", "T1"), MONTH, Defaults("Be brief.", {"openai_model": "small-model"}))
    await client.close()


def in_turn(field: str, value: str | bytes) -> Poison:
    return lambda shelf: shelf.raw.hset(shelf.keys.turn(THREAD), field, value)


def of_type(key: Callable[[Shelf], str], kind: str) -> Poison:
    async def poison(shelf: Shelf) -> None:
        await fill(shelf, key(shelf), kind)

    return poison


async def fill(shelf: Shelf, key: str, kind: str) -> None:
    """Make the key one of this type."""
    await shelf.raw.delete(key)
    await (shelf.raw.lpush(key, "x") if kind == "list" else shelf.raw.set(key, "x"))
    await shelf.raw.expire(key, MONTH)


def wrong(kinds: Collection[str]) -> str:
    """A type that is none of these."""
    return "list" if "list" not in kinds else "string"


async def message_of(shelf: Shelf, text: str | bytes, n: int = 1) -> None:
    await shelf.raw.hset(shelf.keys.messages(THREAD), at(n), text)


async def no_place(shelf: Shelf) -> None:
    await shelf.raw.zadd(shelf.keys.waiting(THREAD), {b"\xff secret": 1})


POISONS: dict[str, Poison] = {
    "a batch that is no JSON": in_turn("batch", NOT_JSON),
    "a batch that is a number": in_turn("batch", "7"),
    "a batch of objects": in_turn("batch", '[{"a": 1}]'),
    "a batch that is deep": in_turn("batch", DEEP),
    "an attempt that is no number": in_turn("attempt", "many"),
    "an attempt that is a fraction": in_turn("attempt", "1.5"),
    "an attempt that is NaN": in_turn("attempt", "nan"),
    "an attempt below zero": in_turn("attempt", "-9000000000"),
    "an attempt without end": in_turn("attempt", "9223372036854775807"),
    "an attempt that is no text": in_turn("attempt", b"\xff"),
    "an intent that is no number": in_turn("intent", "1.5"),
    "an intent below zero": in_turn("intent", "-1"),
    "an intent without end": in_turn("intent", "9" * 5000),
    "posts that are no JSON": in_turn("posted", NOT_JSON),
    "posts that are no list": in_turn("posted", '{"a": 1}'),
    "posts that are deep": in_turn("posted", DEEP),
    "posts that are no text": in_turn("posted", NOT_TEXT),
    "an answer that is no JSON": in_turn("complete", NOT_JSON),
    "an answer of a wrong shape": in_turn("complete", '{"shown": 7}'),
    "a newest that is no ts": in_turn("newest", "secret"),
    "a newest that is no text": in_turn("newest", b"\xff"),
    "a message that is no JSON": lambda shelf: message_of(shelf, NOT_JSON),
    "a message that is no text": lambda shelf: message_of(shelf, NOT_TEXT),
    "a message of a wrong shape": lambda shelf: message_of(shelf, '{"ts": 1, "secret": []}'),
    "a message that is a number": lambda shelf: message_of(shelf, "NaN"),
    "a message that is deep": lambda shelf: message_of(shelf, DEEP),
    "a message without a place": lambda shelf: message_of(shelf, '{"ts": "secret", "author": "U1", "text": "a"}'),
    "a message of another place": lambda shelf: message_of(shelf, f'{{"ts": "{at(9)}", "author": "U1", "text": "a"}}'),
    "a message that is lost": lambda shelf: shelf.raw.hdel(shelf.keys.messages(THREAD), at(1)),
    "a turn of a wrong type": of_type(lambda shelf: shelf.keys.turn(THREAD), "string"),
    "messages of a wrong type": of_type(lambda shelf: shelf.keys.messages(THREAD), "list"),
    "a queue of a wrong type": of_type(lambda shelf: shelf.keys.waiting(THREAD), "list"),
}


async def begun(shelf: Shelf) -> Lease:
    return (await shelf.turn()).lease


async def given_up(shelf: Shelf) -> Turn:
    """The turn, once it is not tried any more."""
    for _ in range(inbox.MAX_UNREADABLE):
        await shelf.lapse()
        lease = await shelf.take()
        try:
            if turn := await shelf.begin(lease):
                return turn
        except Unreadable:
            await shelf.hand_back(lease, 60.0, counted=True)
    raise AssertionError("the turn neither ends nor is given up")


def responder(shelf: Shelf) -> Operations:
    return Operations(shelf.client, "test", MONTH)


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS.keys())
async def test_a_turn_that_cannot_be_read_is_set_aside_and_its_thread_goes_on(
    shelf: Shelf, poison: Poison, caplog: pytest.LogCaptureFixture
) -> None:
    await shelf.ask(1)
    await shelf.hand_back(await begun(shelf), 60.0, counted=True)
    await poison(shelf)

    turn = await given_up(shelf)
    assert turn.unreadable
    await shelf.note_intent(turn, 0)  # as an apology is shown
    await shelf.finish(turn, None)

    [entry] = await responder(shelf).entries(["T1"])
    assert (entry.state, entry.id) == ("aside", turn.id)
    assert await responder(shelf).record(entry.id) is not None
    assert await shelf.idle()
    assert await shelf.client.alive()
    assert "secret" not in caplog.text
    await shelf.ask(2)
    answered = await shelf.answer()
    assert texts(answered.batch.messages) == ["message 2"]
    assert texts((await shelf.load(THREAD)).messages)[-2:] == ["message 2", "answer"]


async def test_a_turn_that_can_be_read_again_is_answered(shelf: Shelf) -> None:
    """Its data was written by a newer replica, say."""
    await shelf.ask(1)
    await shelf.hand_back(await begun(shelf), 0.0, counted=True)
    await in_turn("posted", NOT_JSON)(shelf)
    lease = await shelf.take()
    with pytest.raises(Unreadable):
        await shelf.begin(lease)
    await shelf.hand_back(lease, 0.0, counted=True)
    await in_turn("posted", "[]")(shelf)

    turn = await shelf.turn()
    assert not turn.unreadable
    assert texts(turn.batch.messages) == ["message 1"]


async def test_what_was_set_aside_may_be_tried_again(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.hand_back(await begun(shelf), 60.0, counted=True)
    await in_turn("posted", NOT_JSON)(shelf)
    turn = await given_up(shelf)
    assert texts(turn.batch.messages) == ["message 1"]
    await shelf.finish(turn, None)

    assert await responder(shelf).retry(turn.id) == "ready"
    again = await shelf.turn()
    assert not again.unreadable
    assert texts(again.batch.messages) == ["message 1"]


async def test_what_is_given_up_stays_given_up_until_it_ends_and_each_attempt_counts(shelf: Shelf) -> None:
    """Slack may be away when the apology is shown."""
    await shelf.ask(1)
    await shelf.hand_back(await begun(shelf), 60.0, counted=True)
    await message_of(shelf, NOT_JSON)

    attempts = [(await given_up(shelf)).attempt]
    for _ in range(2):
        await shelf.lapse()
        turn = await shelf.turn()
        assert turn.unreadable
        attempts.append(turn.attempt)

    first = 1 + inbox.MAX_UNREADABLE
    assert attempts == [first, first + 1, first + 2]


async def test_what_has_no_place_in_a_thread_is_dropped_from_its_queue(shelf: Shelf) -> None:
    await shelf.ask(1)
    await no_place(shelf)
    lease = await shelf.take()
    with pytest.raises(Unreadable):
        await shelf.begin(lease)
    await shelf.hand_back(lease, 60.0, counted=True)

    turn = await given_up(shelf)
    assert texts(turn.batch.messages) == ["message 1"]
    await shelf.finish(turn, None)

    assert await shelf.idle()


async def test_beginning_a_turn_again_does_not_renew_its_life(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.hand_back(await begun(shelf), 0.0, counted=True)
    await shelf.raw.expire(shelf.keys.turn(THREAD), 100)

    await shelf.turn()

    assert 0 < await shelf.raw.ttl(shelf.keys.turn(THREAD)) <= 100


OF_A_THREAD = ("messages", "waiting", "heard", "past", "turns", "talk", "turn", "chosen", "votes", "answers")
OF_THE_QUEUE = ("queue:state", "queue:ready", "queue:line", "queue:leases", "queue:wake", "queue:stops")


def key_of(shelf: Shelf, name: str) -> str:
    if name.startswith("queue:"):
        return shared("test", name)
    found = getattr(shelf.keys, name)
    return found if isinstance(found, str) else str(found(DAY if name == "used" else THREAD))


@pytest.mark.parametrize("name", [*OF_A_THREAD, *OF_THE_QUEUE, "aside", "used"])
async def test_what_has_a_wrong_type_keeps_no_turn_from_ending(shelf: Shelf, name: str) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await fill(shelf, key_of(shelf, name), wrong([KINDS[name]]))

    try:
        await shelf.finish(turn, reply(turn, "answer"), ANSWERED)
    except LeaseLost:  # with the queue: another replica goes on
        assert name == "queue:state"
        await shelf.lapse()
        again = await shelf.turn()
        await shelf.finish(again, reply(again, "answer"), ANSWERED)

    assert await shelf.client.alive()
    await shelf.ask(2)
    assert texts((await shelf.answer()).batch.messages)[-1] == "message 2"
    assert await shelf.idle()


@pytest.mark.parametrize("name", [*OF_A_THREAD, *OF_THE_QUEUE])
async def test_what_has_a_wrong_type_keeps_no_question_from_being_taken_in(shelf: Shelf, name: str) -> None:
    await fill(shelf, key_of(shelf, name), wrong([KINDS[name]]))

    assert await shelf.ask(1) == "new"
    assert await shelf.ask(1) == "again"
    await shelf.wait(0.01)

    assert texts((await shelf.answer()).batch.messages) == ["message 1"]


@pytest.mark.parametrize("name", OF_THE_QUEUE)
async def test_a_queue_of_a_wrong_type_loses_no_thread(shelf: Shelf, name: str) -> None:
    """One thread runs, one pauses, one is ready."""
    third = THREAD.parse(str(THREAD).replace("C1", "C3"))
    await shelf.ask(1)
    await shelf.turn()
    await shelf.ask(2, thread=OTHER)
    await shelf.hand_back(await shelf.take(), 60.0, counted=True)
    await shelf.ask(3, thread=third)
    await fill(shelf, shared("test", name), wrong([KINDS[name]]))

    leases = await shelf.claim(10)
    for thread in (THREAD, OTHER):
        if thread not in [lease.thread for lease in leases]:
            await shelf.lapse(thread)
            leases += await shelf.claim(10)

    assert {lease.thread for lease in leases} == {THREAD, OTHER, third}
    assert [await shelf.begin(lease) is not None for lease in leases] == [True] * 3


@pytest.mark.parametrize("value", ["1.5", "many", "nan", "9223372036854775807", b"\xff"])
async def test_accounting_keeps_no_turn_from_ending(
    shelf: Shelf, value: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The rest of the charges is entered, once."""
    await shelf.ask(1)
    turn = await shelf.turn()
    used = shelf.keys.used(DAY)
    await shelf.raw.hset(used, "workspace:", value)

    await shelf.finish(turn, reply(turn, "answer"), ANSWERED)

    assert await shelf.idle()
    assert str(await shelf.raw.hget(used, "workspace:")).startswith("1 7 ")
    assert str(await shelf.raw.hget(used, "model:m")).startswith("1 7 ")
    assert str(await shelf.raw.hget(shelf.keys.used("2025-11"), "workspace:")).startswith("1 7 ")
    assert "some amounts could not be added up" in caplog.text


async def test_a_step_that_fails_at_its_end_and_is_done_again_charges_once(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.turn()
    await fill(shelf, shared("test", "queue:stops"), "string")

    await shelf.finish(turn, reply(turn, "answer"), ANSWERED)

    assert (await RedisLedger(shelf.client, shelf.keys, MONTH).spent(DAY)).answers == 1


@pytest.mark.parametrize("cost", [float("nan"), float("inf"), -1.0, 1e300])
def test_only_amounts_are_charged(cost: float) -> None:
    odd = entries([Booking(DAY, "m", Usage(-5, 10**30, cached=3), cost, channel="C1", answers=1)])

    wanted = {"answers": 1, "cached": 3, "unpriced": 1, "calls": 1}
    for text in odd.texts:
        entered = {field: dict(zip(AMOUNTS, amounts, strict=True)) for field, amounts in json.loads(text).items()}
        assert {field: {name: n for name, n in amounts.items() if n} for field, amounts in entered.items()} == {
            field: wanted for field in ("workspace:", "channel:C1", "model:m")
        }


async def test_finishing_is_not_tried_for_ever(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "MAX_FINISHES", 3)
    monkeypatch.setattr(inbox, "FINISH_PAUSE", 0.0)
    tried = 0

    async def away(*_: object) -> None:
        nonlocal tried
        tried += 1
        raise Unavailable("away")

    await shelf.ask(1)
    turn = await shelf.turn()
    monkeypatch.setattr(shelf.client, "call", away)

    with pytest.raises(Unavailable):
        await shelf.finish(turn, reply(turn, "answer"))
    assert tried == 3


async def test_a_script_that_fails_is_no_outage(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    for body in ("return redis.call('HINCRBY', KEYS[1], 'secret', 'x')", "return 1 + nil", "return cjson.decode('x')"):
        with pytest.raises(Unreadable):
            await shelf.client.run(body, ["test"], [])

    assert await shelf.client.alive()
    assert shelf.client.trouble is None
    found = [record for record in caplog.records if record.name == "bot.store.client"]
    assert [record.getMessage() for record in found] == ["a script failed"] * 3
    assert "secret" not in str([vars(record) for record in found])
    assert not isinstance(Unreadable(""), Unavailable)


async def test_an_old_message_that_cannot_be_read_is_passed_over_and_said_once(
    shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await message_of(shelf, NOT_JSON)

    for _ in range(3):
        assert texts((await shelf.load(THREAD)).messages) == ["answer"]
    assert [record.getMessage() for record in caplog.records] == ["stored data cannot be read, and is passed over"]
    assert "secret" not in str(vars(caplog.records[0]))


async def test_something_said_beside_it_that_cannot_be_read_stops_no_answer(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await shelf.mutter(2)
    await message_of(shelf, NOT_TEXT, 2)
    await shelf.ask(3)

    assert texts((await shelf.answer()).batch.everything) == ["message 3"]


async def test_where_slack_did_not_let_us_read_is_a_ts_or_unknown(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await shelf.raw.hset(shelf.keys.turns(THREAD), "unread_from", "secret")

    assert (await shelf.load(THREAD)).known == at(1)


RECORDS = [NOT_JSON, "7", "null", '{"outcome": []}', '{"outcome": "answered", "asked": 7, "posted": 7, "persona": {}}']


@pytest.mark.parametrize("record", [*RECORDS, DEEP, "[1e999]", NOT_TEXT])
async def test_a_record_that_cannot_be_read_is_not_remembered(shelf: Shelf, record: str | bytes) -> None:
    ledger = RedisLedger(shelf.client, shelf.keys, MONTH)
    await shelf.ask(1)
    turn = await shelf.answer()
    await shelf.raw.hset(shelf.keys.turns(THREAD), turn.newest, record)

    assert await shelf.record(THREAD, turn.newest) is None
    assert await shelf.posted(turn) == ()
    assert await shelf.again(THREAD, turn.newest) == "unknown"
    await ledger.rate(THREAD, turn.newest, "UADA", "up")
    assert set(await ledger.votes(THREAD, turn.newest)) <= {"UADA"}


async def test_a_stored_batch_that_cannot_be_read_stops_no_deletion_and_no_question(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.turn()
    await in_turn("batch", NOT_JSON)(shelf)

    assert await shelf.askers(THREAD) == {"UADA"}
    await shelf.drop(THREAD, at(1))


async def test_a_person_is_forgotten_though_something_cannot_be_read(shelf: Shelf) -> None:
    """It may be theirs."""
    await shelf.ask(1)
    await shelf.answer()
    await shelf.ask(2)
    await shelf.answer()
    await message_of(shelf, NOT_JSON)
    await shelf.raw.zadd(shelf.keys.threads("UADA"), {b"\xff": 1, b"slack/T9/C1/1.2": 1})

    assert await shelf.forget_person("UADA") == 1
    assert texts((await shelf.load(THREAD)).messages) == ["answer", "answer"]


@pytest.mark.parametrize("vote", [NOT_JSON, "7", '{"vote": "sideways", "reason": ""}', '{"vote": [], "persona": {}}'])
async def test_a_vote_that_cannot_be_read_is_passed_over(shelf: Shelf, vote: str) -> None:
    ledger = RedisLedger(shelf.client, shelf.keys, MONTH)
    await shelf.ask(1)
    turn = await shelf.answer()
    await ledger.rate(THREAD, turn.newest, "UBEN", "up")
    await shelf.raw.hset(shelf.keys.votes(THREAD), f"{turn.newest}/UADA", vote)

    assert (await ledger.votes(THREAD, turn.newest))["UBEN"].vote == "up"
    assert await ledger.rate(THREAD, turn.newest, "UADA", "down")
    assert (await ledger.votes(THREAD, turn.newest))["UADA"].vote == "down"


async def test_amounts_that_cannot_be_read_are_passed_over(shelf: Shelf) -> None:
    used = shelf.keys.used("2026-11")
    odd = {
        "workspace:": b"many 7 9 -5 " + b"9" * 5000 + b" \xff",
        "person:U1": "1.5 2 nan",
        "person:U2": "",
        "x:y": "1",
    }
    await shelf.raw.hset(used, mapping=odd)  # type: ignore[arg-type]
    await shelf.raw.expire(used, MONTH)
    ledger = RedisLedger(shelf.client, shelf.keys, MONTH)

    assert await ledger.spent("2026-11") == Spent(input=7, output=9)
    assert await ledger.spent_by("2026-11", "person") == {"U1": Spent(input=2), "U2": Spent()}


@pytest.mark.parametrize("odd", [NOT_JSON, "7", "null", DEEP, '{"persona": 7}', '{"version": "x", "key": 7}',
                                 '{"persona": "Bard", "key": "bard", "version": 1e300}', NOT_TEXT])  # fmt: skip
async def test_choices_that_cannot_be_read_are_as_if_nothing_was_chosen(
    shelf: Shelf, prefs: RedisPrefs, odd: str | bytes
) -> None:
    await shelf.raw.hset(shelf.keys.prefs, "workspace", odd)
    await shelf.raw.set(shelf.keys.chosen(THREAD), odd, ex=MONTH)

    assert (await prefs.rules(THREAD, "UADA")).persona.name == "default"
    await prefs.pin(THREAD, (await prefs.persona("default")))
    assert FOOTER.of(await prefs.choose(WORKSPACE, {"footer": "off"}, "UADA")) == "off"
    saved = await prefs.save(Persona("Bard", "Verse."), None, "UADA")
    await shelf.raw.hset(shelf.keys.prefs, "channel:C1", odd)
    await prefs.delete(saved.name, "UADA", anyway=True)


async def test_choices_of_a_thread_of_a_wrong_type_are_gone(shelf: Shelf, prefs: RedisPrefs) -> None:
    await fill(shelf, shelf.keys.chosen(THREAD), "list")

    assert (await prefs.rules(THREAD, "UADA")).persona.name == "default"


@pytest.mark.parametrize("name", ["access", "prefs", "personas", "versions"])
async def test_what_was_decided_is_never_removed_and_grants_nothing(shelf: Shelf, prefs: RedisPrefs, name: str) -> None:
    await prefs.save(Persona("Bard", "Verse."), None, "UADA")
    await prefs.choose(WORKSPACE, {"persona": "Bard"}, "UADA")
    key = getattr(shelf.keys, name)
    await shelf.raw.delete(key)
    await shelf.raw.lpush(key, "x")

    with pytest.raises(Unreadable):
        await prefs.rules(THREAD, "UADA")

    assert await shelf.raw.lrange(key, 0, -1) == ["x"]
    assert await shelf.client.alive()


@pytest.mark.parametrize("odd", [NOT_JSON, "7", DEEP, '{"persona": {"name": 7}}', NOT_TEXT])
async def test_a_persona_that_cannot_be_read_is_not_there_and_others_are(
    shelf: Shelf, prefs: RedisPrefs, odd: str | bytes
) -> None:
    await prefs.save(Persona("Bard", "Verse."), None, "UADA")
    await prefs.save(Persona("Cook", "Stew."), None, "UADA")
    await prefs.choose(WORKSPACE, {"persona": "Bard"}, "UADA")
    await shelf.raw.hset(shelf.keys.versions, "bard/1", odd)

    names = [persona.name for persona in await prefs.personas()]
    assert "Cook" in names
    assert "Bard" not in names
    assert await prefs.history("Bard") == []
    assert (await prefs.rules(THREAD, "UADA")).persona.name == "default"
    assert (await prefs.save(Persona("Bard", "Verse."), None, "UADA")).version == 2


@pytest.mark.parametrize("number", ["latest", "1e300", "nan", "9" * 5000, "1.5", b"\xff"])
async def test_a_number_of_a_version_that_is_none_stops_no_other_persona(
    shelf: Shelf, prefs: RedisPrefs, number: str | bytes
) -> None:
    """Nothing is written over what may stand there."""
    await prefs.save(Persona("Bard", "Verse."), None, "UADA")
    await shelf.raw.hset(shelf.keys.personas, "bard", number)

    assert "default" in [persona.name for persona in await prefs.personas()]
    assert (await prefs.rules(THREAD, "UADA")).persona.name == "default"
    with pytest.raises(Unreadable):
        await prefs.save(Persona("Bard", "Prose."), None, "UADA")


async def test_rules_and_entries_that_cannot_be_read_are_passed_over(shelf: Shelf, prefs: RedisPrefs) -> None:
    await prefs.change_access(Access(), Access(guests=True), "UADA")
    for odd in ("robots", "loved_users:U1", "guests:U1", b"\xff"):
        await shelf.raw.hset(shelf.keys.access, odd, "on")
    for entry in (NOT_JSON, DEEP, '{"by": "U1", "act": "a", "what": "b", "at": 1e300}'):
        await shelf.raw.lpush(shelf.keys.audit, entry)
    await prefs.audit(Entry("UADA", "act", "what"))

    assert (await prefs.access()).guests
    assert [entry.act for entry in await prefs.audited()] == ["act", "access.set"]


async def test_a_rule_about_an_odd_id_still_holds(shelf: Shelf, prefs: RedisPrefs) -> None:
    """If it were passed over, everybody would be allowed."""
    await shelf.raw.hset(shelf.keys.access, b"allowed_users:\xff", "on")

    assert (await prefs.access()).allowed_users


async def test_what_is_no_thread_is_dropped_from_the_inbox(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    for odd in ("secret", b"\xff secret"):
        await shelf.raw.rpush(shelf.queue.ready, odd)
        await shelf.raw.hset(shelf.queue.state, odd, "ready")
    await shelf.raw.zadd(shelf.keys.aside, {"secret": 1})
    await shelf.ask(1, thread=OTHER)
    assert [entry.id for entry in await responder(shelf).entries(["T1"])] == [str(OTHER)]

    assert [lease.thread for lease in await shelf.claim(10)] == [OTHER]
    assert await shelf.raw.hkeys(shelf.queue.state) == [str(OTHER)]
    assert "secret" not in caplog.text


@pytest.mark.parametrize("value", ["many", "nan", "inf", "1e300", "-5", b"\xff"])
async def test_a_pace_that_cannot_be_read_keeps_no_call_waiting_for_ever(shelf: Shelf, value: str | bytes) -> None:
    places = Places(shelf.client, shelf.keys)
    for key in (shelf.keys.held("chat.update"), shelf.keys.spared("chat.update")):
        await shelf.raw.set(key, value, ex=MONTH)

    day = 24 * 3600
    assert 0 <= await places.held("chat.update") <= day
    assert 0 <= await places.spare("chat.update", 5, 60.0, among="streams") <= day + 60
    assert 0 <= await places.reserve([("chat.update", 5, 60.0)]) <= day + 60
    await places.hold("chat.update", 1.0)


@pytest.mark.parametrize("name", ["pace", "held", "spared", "group"])
async def test_a_pace_of_a_wrong_type_is_counted_anew(shelf: Shelf, name: str) -> None:
    places, bucket = Places(shelf.client, shelf.keys), "streams" if name == "group" else "chat.update"
    await fill(shelf, getattr(shelf.keys, name)(bucket), wrong([KINDS[name]]))

    assert await places.spare("chat.update", 5, 60.0, among="streams") == 0.0
    assert await places.join("streams", "a", most=1, seconds=60.0)


async def test_an_installation_that_cannot_be_read_is_passed_over_and_an_owner_is_not(shelf: Shelf) -> None:
    installations = RedisInstallations(shelf.client, "test")
    for odd in (NOT_JSON, "7", NOT_TEXT):
        await shelf.raw.hset(shared("test", "installations"), "T1", odd)
        assert await installations.known() == []
        await shelf.raw.set(shared("test", "owner"), odd)
        with pytest.raises(Unreadable):
            await installations.claim(Owner("A1", "T1"))


async def test_a_message_that_could_not_be_taken_in_is_taken_in_when_it_comes_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails half-way has not been noted as seen."""

    async def no_repair(*_: Any) -> bool:
        return False

    await fill(shelf, shelf.keys.waiting(THREAD), "string")
    with monkeypatch.context() as without:
        without.setattr(shelf.client, "_repaired", no_repair)
        with pytest.raises(Unreadable):
            await shelf.put(THREAD, message(1), addressed=True)

    assert await shelf.put(THREAD, message(1), addressed=True) == "new"
