"""All that is kept of people can be looked through, and what is removed is gone."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import cast

import pytest

from bot.conversation.history import Earlier
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Person
from bot.personas.persona import Persona
from bot.policy.preferences import WORKSPACE, Defaults, Scope
from bot.privacy.held import Erasure
from bot.store.inbox import RedisInbox
from bot.store.keys import Keys
from bot.store.last_known import RedisLastKnown
from bot.store.ledger import RedisLedger
from bot.store.preferences import RedisPrefs
from bot.turns.state import Record
from bot.usage.ledger import Spent
from tests.store.sealing import FIRST
from tests.store.shelf import MONTH, OTHER, THREAD, Shelf, at, message, texts

DIRECT = ThreadKey("slack", "T1", "D1", "1763700000.000300", direct=True)


@pytest.fixture(params=["", FIRST], ids=["plain", "encrypted"])
async def shelf(request: pytest.FixtureRequest, redis_url: str) -> AsyncIterator[Shelf]:
    opened = await Shelf.open(redis_url, keys=request.param)
    yield opened
    await opened.close()


async def words(shelf: Shelf, thread: ThreadKey = THREAD) -> list[str]:
    return texts((await shelf.load(thread)).messages)


async def test_nothing_that_was_said_is_left_of_a_forgotten_thread(shelf: Shelf) -> None:
    await shelf.ask(1, "a secret")
    await shelf.answer("about the secret")
    await shelf.mutter(2, "the secret again")

    assert await shelf.forget(THREAD)

    assert "secret" not in str(await shelf.contents())
    past = await shelf.load(THREAD)
    assert (past.messages, past.known > "1763700000") == ((), True)


@pytest.mark.parametrize("running", [True, False])
async def test_a_thread_is_not_forgotten_under_a_turn(shelf: Shelf, running: bool) -> None:
    await shelf.ask(1, "a question")
    if running:
        await shelf.turn()

    assert not await shelf.forget(THREAD)
    await shelf.lapse() if running else None
    assert texts((await shelf.turn()).batch.messages) == ["a question"]


async def test_a_forgotten_thread_can_be_taken_up_again(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await shelf.forget(THREAD)
    await shelf.ask(2, "hello again")
    await shelf.answer("hello")

    assert await words(shelf) == ["hello again", "hello"]


async def test_what_a_person_said_is_removed_wherever_it_was(shelf: Shelf) -> None:
    await shelf.ask(1, "of Ada's")
    await shelf.answer("answer")
    await shelf.mutter(2, "of Ben's")
    await shelf.put(OTHER, message(3, "of Ben's, elsewhere", "UBEN"), addressed=True)
    turn = await shelf.turn()
    await shelf.keep(turn, Earlier((message(0, "of Ada's, before"),)))
    await shelf.finish(turn, None)
    ledger = RedisLedger(shelf.client, shelf.keys, MONTH)
    before = await ledger.spent("2025-11")

    assert await shelf.forget_person("UADA") == 2

    assert "Ada" not in str(await shelf.contents())
    assert await words(shelf) == ["answer"]
    assert await words(shelf, OTHER) == ["of Ben's, elsewhere"]
    assert await ledger.spent("2025-11") == before
    assert await shelf.forget_person("UADA") == 0


async def test_direct_messages_are_forgotten_with_the_answers(shelf: Shelf) -> None:
    await shelf.ask(1, "private", DIRECT)
    await shelf.answer("private answer")

    assert await shelf.forget_person("UADA") == 1
    assert "private" not in str(await shelf.contents())


async def test_a_question_under_way_is_answered_before_it_can_be_forgotten(shelf: Shelf) -> None:
    await shelf.ask(1, "first")
    await shelf.answer()
    await shelf.ask(2, "second")

    assert await shelf.forget_person("UADA") == 1
    assert texts((await shelf.turn()).batch.messages) == ["second"]


async def test_what_slack_told_of_a_person_is_forgotten_with_them(shelf: Shelf) -> None:
    last = RedisLastKnown(shelf.client, shelf.keys)
    for user in ("UADA", "UBEN"):
        await last.keep(user, Person(known=True), {"S1": True})
    await shelf.forget_person("UADA")

    assert await last.recall("UADA") == (None, {})
    assert await last.recall("UBEN") == (Person(known=True), {"S1": True})


async def test_all_threads_are_known_and_those_of_a_channel(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.put(OTHER, message(2), addressed=True)

    assert set(await shelf.archive.threads()) == {THREAD, OTHER}
    assert await shelf.archive.threads(OTHER.channel) == [OTHER]


async def test_threads_are_found_in_which_somebody_only_voted(shelf: Shelf) -> None:
    await shelf.ask(1)
    turn = await shelf.answer()
    assert await RedisLedger(shelf.client, shelf.keys, MONTH).rate(THREAD, turn.newest, "UCHLOE", "down", "my reason")
    await shelf.put(OTHER, message(2), addressed=True)

    assert await shelf.archive.naming("UCHLOE", [OTHER, THREAD]) == [THREAD]
    assert await shelf.archive.naming("UCHLO", [OTHER, THREAD]) == [], "an id is found as a whole"
    assert await shelf.forget_person("UCHLOE") == 1
    assert "my reason" not in str(await shelf.contents())


async def test_words_are_found_that_live_on_because_others_go_on(shelf: Shelf) -> None:
    await shelf.ask(1, "of Ada's")
    await shelf.answer()
    for key in await shelf.names():
        await shelf.raw.expire(key, 60)
    await shelf.put(THREAD, message(2, "of Ben's", "UBEN"), addressed=True)
    await shelf.answer()
    await shelf.raw.delete("{test}:T1:threads:UADA")

    assert await shelf.forget_person("UADA") == 1
    assert await words(shelf) == ["answer", "of Ben's", "answer"]


async def test_with_the_answers_nothing_is_left_that_repeats_ones_words(shelf: Shelf) -> None:
    await shelf.put(THREAD, message(1, "of Ben's", "UBEN"), addressed=True)
    await shelf.answer("before her")
    await shelf.ask(2, "my secret")
    await shelf.answer("your secret")
    await shelf.put(THREAD, message(3, "and?", "UBEN"), addressed=True)
    await shelf.answer("her secret")

    assert await shelf.forget_person("UADA", answers=True) == 1
    assert await words(shelf) == ["of Ben's", "before her", "and?"]
    assert "secret" not in str(await shelf.contents())


async def test_sums_and_acts_stay_under_an_id_that_leads_to_nobody(shelf: Shelf) -> None:
    prefs = RedisPrefs(shelf.client, shelf.keys, MONTH, Defaults("", {"openai_model": "m"}))
    await prefs.save(Persona("Bard", "Ask UADA."), None, "UADA")
    await prefs.choose(Scope("person", "UADA"), {"persona": "Bard"}, "UADA")
    await prefs.choose(WORKSPACE, {"footer": "off"}, "UADAM")
    await shelf.ask(1)
    turn = await shelf.turn()
    await shelf.finish(turn, None, Record("answered", ("UADA",), (at(1),), model="m", input=5))
    ledger = RedisLedger(shelf.client, shelf.keys, MONTH)
    await ledger.rate(THREAD, turn.newest, "UADA", "up")
    before = await ledger.spent("2025-11", "person", "UADA")
    await shelf.archive.remove_person("UADA", "forgotten-1")

    assert await ledger.spent("2025-11", "person", "UADA") == Spent()
    assert await ledger.spent("2025-11", "person", "forgotten-1") == before
    assert [entry.by for entry in await prefs.audited()] == ["UADAM", "forgotten-1"]
    [version] = await prefs.history("Bard")
    assert (version.by, version.persona.system_prompt) == ("forgotten-1", "Ask UADA.")
    assert await prefs.chosen(Scope("person", "UADA")) == {}
    assert await prefs.chosen(WORKSPACE) == {"footer": "off"}


async def test_who_asked_is_replaced_in_what_remains_of_a_turn(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await shelf.forget_person("UADA")

    record = await shelf.record(THREAD, at(1))
    assert record is not None
    assert record.askers == ("nobody",)


async def test_what_is_kept_of_somebody_beside_threads_is_told(shelf: Shelf) -> None:
    prefs = RedisPrefs(shelf.client, shelf.keys, MONTH, Defaults("", {"openai_model": "m"}))
    await prefs.save(Persona("Bard", "Ask UADA."), None, "UBEN")
    await prefs.choose(Scope("person", "UADA"), {"persona": "Bard"}, "UADA")
    await prefs.choose(WORKSPACE, {"footer": "off"}, "UADA")
    await RedisLastKnown(shelf.client, shelf.keys).keep("UADA", Person(known=True), {})
    found = await shelf.archive.about("UADA")

    assert found["prefs"] == {"person:UADA": {"persona": "Bard", "key": "bard"}}
    [entry] = cast("list[dict[str, str]]", found["audit"])
    assert (entry["by"], entry["act"]) == ("UADA", "footer.set-workspace")
    assert set(found) == {"prefs", "audit", "known:UADA"}


async def test_a_channels_choices_go_with_it(shelf: Shelf) -> None:
    prefs = RedisPrefs(shelf.client, shelf.keys, MONTH, Defaults("", {"openai_model": "m"}))
    await prefs.choose(Scope("channel", "C1"), {"footer": "off"}, "UADA")
    await shelf.archive.remove_channel("C1")

    assert await prefs.channels() == {}


async def test_nothing_is_left_of_a_workspace_and_all_of_another(shelf: Shelf) -> None:
    await shelf.ask(1, "of this one")
    other = RedisInbox(shelf.client, Keys("test", "T2"), shelf.queue, MONTH)
    await other.put(replace(THREAD, workspace="T2"), message(1, "of the other"), addressed=True)
    for workspace in ("T1", "T2"):
        await shelf.erasures.note(Erasure(workspace, "person", "UADA"), 60)
    await shelf.archive.remove_workspace()

    assert {name for name in await shelf.names() if "T1" in name} == set()
    left = str(await shelf.contents())
    assert [mark for mark in (":T1:", "slack/T1/", "'T1'") if mark in left] == []  # not any T1 in what is encrypted
    assert await other.askers(replace(THREAD, workspace="T2")) == {"UADA"}


async def test_no_key_of_a_thread_lives_longer_than_it_may(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await shelf.put(OTHER, message(2), addressed=True)
    short = replace(shelf.archive, keep_for=3600)
    for thread in (THREAD, OTHER):
        await short.shorten(thread)
    lives = {name: await shelf.raw.ttl(name) for name in await shelf.names()}

    assert max(life for name, life in lives.items() if str(THREAD) in name) <= 3600
    assert max(life for name, life in lives.items() if str(OTHER) in name) == 7 * 24 * 3600, "a question waits there"


async def test_on_a_legal_hold_nothing_ends(shelf: Shelf) -> None:
    await shelf.ask(1)
    await shelf.answer()
    await replace(shelf.archive, keep_for=10 * MONTH, hold=True).shorten(THREAD)

    assert {await shelf.raw.ttl(name) for name in await shelf.names() if str(THREAD) in name} == {10 * MONTH}
