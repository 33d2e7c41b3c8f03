"""With encryption on, Redis holds no word; with the wrong keys, the stores say so and go on."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.errors import Locked
from bot.personas.persona import Persona
from bot.store import inbox, keys_used, unreadable
from bot.store.ledger import RedisLedger
from bot.turns.state import Complete, Record
from bot.usage.ledger import Verdict
from tests.store.sealing import FIRST, SECOND, SENTINELS, dumped, fill, prefs, read
from tests.store.shelf import MONTH, OTHER, THREAD, Shelf, at, message, reply, texts


@pytest.fixture
async def sealed(redis_url: str) -> AsyncIterator[Shelf]:
    shelf = await Shelf.open(redis_url, keys=FIRST)
    yield shelf
    await shelf.close()


@pytest.fixture(autouse=True)
def told_anew() -> None:
    unreadable.locked_up.cache_clear()
    unreadable.passed_over.cache_clear()


async def test_no_word_is_in_redis_and_all_are_read(sealed: Shelf) -> None:
    await fill(sealed)

    text = await dumped(sealed)
    assert [name for name, word in SENTINELS.items() if word in text] == []
    assert await read(sealed) == SENTINELS.keys()


async def test_without_keys_every_sentinel_is_there(shelf: Shelf) -> None:
    """So that the test above can fail."""
    await fill(shelf)

    text = await dumped(shelf)
    assert [name for name, word in SENTINELS.items() if word not in text] == []


@pytest.mark.parametrize("keys", [FIRST, f"{SECOND},{FIRST}"])
async def test_what_was_plain_is_still_read(shelf: Shelf, redis_url: str, keys: str) -> None:
    await fill(shelf)
    later = await Shelf.open(redis_url, keys=keys)

    assert await read(later) == SENTINELS.keys()
    await later.close()


async def test_a_question_whose_key_is_lost_is_given_up_and_its_thread_goes_on(
    sealed: Shelf, redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    await sealed.ask(1, "orchid")
    later = await Shelf.open(redis_url, keys=SECOND)
    for _ in range(inbox.MAX_LOCKED - 1):
        lease = await later.take()
        with pytest.raises(Locked):
            await later.begin(lease)
        await later.hand_back(lease, 0.0, counted=False)
    turn = await later.turn()
    assert isinstance(turn.unreadable, Locked)
    assert turn.attempt == 1
    await later.finish(turn, None)

    await later.ask(2)
    await later.answer()
    past = await later.load(THREAD)
    assert texts(past.messages) == ["message 2", "answer"]
    assert past.locked == 1
    assert "orchid" not in caplog.text
    assert len([r for r in caplog.records if "key that is missing" in r.message]) == 1
    await later.close()


async def test_a_question_whose_key_comes_back_is_answered(sealed: Shelf, redis_url: str) -> None:
    await sealed.ask(1, "orchid")
    later = await Shelf.open(redis_url, keys=SECOND)
    lease = await later.take()
    with pytest.raises(Locked):
        await later.begin(lease)
    await later.hand_back(lease, 0.0, counted=False)
    await later.close()

    turn = await sealed.turn()
    assert turn.unreadable is None
    assert texts(turn.batch.messages) == ["orchid"]


async def test_a_running_turn_whose_answer_is_locked_asks_the_model_anew(sealed: Shelf, redis_url: str) -> None:
    """Its question is under a key that is still there."""
    await sealed.ask(1)
    running = await sealed.turn()
    await sealed.keep_answer(running, Complete("shown", "words", None, Record("answered", (), ())))
    later = await Shelf.open(redis_url, keys=SECOND)
    await later.change(THREAD, message(1, "edited since"))
    await later.lapse()

    turn = await later.turn()
    assert turn.complete is None
    assert texts(turn.batch.messages) == ["edited since"]
    await later.close()


async def test_a_persona_whose_key_is_lost_leaves_the_built_in_and_can_be_written_anew(
    sealed: Shelf, redis_url: str
) -> None:
    await fill(sealed)
    later = await Shelf.open(redis_url, keys=SECOND)

    assert "bard" not in [each.name.lower() for each in await prefs(later).personas()]
    rules = await prefs(later).rules(THREAD, "UADA")
    assert rules.gone == "Bard"
    saved = await prefs(later).save(Persona("Bard", "Anew."), None, "UADA")
    assert saved.version == 2
    assert [each.persona.system_prompt for each in await prefs(later).history("Bard")] == ["Anew."]
    await later.close()


async def test_a_vote_whose_key_is_lost_keeps_its_thumb_and_can_be_given_again(sealed: Shelf, redis_url: str) -> None:
    await fill(sealed)
    later = await Shelf.open(redis_url, keys=SECOND)
    ledger = RedisLedger(later.client, later.keys, MONTH)

    assert await ledger.votes(THREAD, at(1)) == {"UADA": Verdict("down")}
    assert await ledger.rate(THREAD, at(1), "UADA", "up", "better")
    assert await ledger.votes(THREAD, at(1)) == {"UADA": Verdict("up", "better")}
    await later.close()


async def test_words_moved_to_another_thread_do_not_open(sealed: Shelf) -> None:
    await sealed.ask(1, "orchid")
    await sealed.answer()
    raw, k = sealed.raw, sealed.keys
    await sealed.ask(2, "elsewhere", thread=OTHER)
    turn = await sealed.turn()
    await sealed.finish(turn, reply(turn, "there"))
    stolen = await raw.hget(k.messages(THREAD), at(1))
    await raw.hset(k.messages(OTHER), at(2), str(stolen).replace(at(1), at(2)))

    past = await sealed.load(OTHER)
    assert texts(past.messages) == ["there"]
    assert past.locked == 1


async def test_keys_that_wrote_are_known_until_they_are_forgotten(sealed: Shelf, redis_url: str) -> None:
    await keys_used.note(sealed.client, "test")
    later = await Shelf.open(redis_url, keys=SECOND)
    await keys_used.note(later.client, "test")
    another = await Shelf.open(redis_url, keys=f"{SECOND},{FIRST.replace('AQEB', 'AQIB')}")
    without = await Shelf.open(redis_url)

    assert await keys_used.missing(sealed.client, "test") == ["k2"]
    assert await keys_used.missing(later.client, "test") == ["k1"]
    assert await keys_used.missing(another.client, "test") == ["k1"]
    assert await keys_used.missing(without.client, "test") == ["k1", "k2"]
    await keys_used.forget_others(later.client, "test")
    assert await keys_used.missing(later.client, "test") == []
    stored = await sealed.raw.hgetall("{test}:encryption")
    assert not any(key.partition(":")[2][:8] in repr(stored) for key in (FIRST, SECOND))
    await asyncio.gather(*(shelf.close() for shelf in (later, another, without)))


async def test_switched_off_nothing_is_noted(shelf: Shelf) -> None:
    await keys_used.note(shelf.client, "test")

    assert await shelf.names() == []
