"""How long what is kept of a thread lives, as somebody has chosen."""

import time
from dataclasses import replace

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Message
from bot.personas.persona import Persona
from bot.policy.preferences import WORKSPACE, Defaults, Scope
from bot.store.ledger import RedisLedger
from bot.store.lives import DAY, Lives
from bot.store.preferences import RedisPrefs
from bot.turns.state import Complete, Record
from tests.store.shelf import MONTH, THREAD, Shelf, reply, texts

NOW = time.time()
YOUNG = ThreadKey("slack", "T1", "C1", f"{NOW - 3600:.6f}")
HERE = Scope("channel", "C1")


def opened(shelf: Shelf, *, hold: bool = False) -> RedisPrefs:
    """Choices are read anew at each look."""
    shelf.lives = Lives(shelf.client, shelf.keys, MONTH, hold)
    return RedisPrefs(shelf.client, shelf.keys, MONTH, Defaults("", {"openai_model": "m"}), shelf.lives)


async def chosen(shelf: Shelf, scope: Scope, days: float | None) -> None:
    await opened(shelf).choose(scope, {"retention": days}, "UADA")


def said(days: float, text: str, author: str = "UADA") -> Message:
    """So many days ago."""
    return Message(f"{NOW - days * DAY:.6f}", author, text)


async def lived(shelf: Shelf) -> int:
    """The longest life of a key of the thread."""
    return max([await shelf.raw.ttl(name) for name in await shelf.names() if str(YOUNG) in name])


async def test_a_channels_choice_goes_before_the_workspaces_and_that_before_the_settings(shelf: Shelf) -> None:
    lives = Lives(shelf.client, shelf.keys, MONTH)
    assert (await lives.of(THREAD), await lives.of(THREAD, 2 * MONTH), await lives.chosen(THREAD)) == (
        MONTH,
        2 * MONTH,
        None,
    )
    await chosen(shelf, WORKSPACE, 7)
    assert await lives.of(THREAD) == MONTH, "until it is let go"
    lives.let_go()
    assert await lives.of(THREAD, MONTH) == 7 * DAY
    await chosen(shelf, HERE, 60)
    lives.let_go()
    assert await lives.of(THREAD) == 60 * DAY
    assert await lives.of(replace(THREAD, channel="C2")) == 7 * DAY


async def test_on_a_legal_hold_nothing_is_shorter(shelf: Shelf) -> None:
    await chosen(shelf, WORKSPACE, 1)

    assert await Lives(shelf.client, shelf.keys, 100 * MONTH, hold=True).of(THREAD) == 100 * MONTH


async def test_all_that_is_written_from_then_on_lives_so_long(shelf: Shelf) -> None:
    await chosen(shelf, HERE, 1)
    prefs = opened(shelf)
    await shelf.put(YOUNG, said(0.01, "a question"), addressed=True)
    assert await lived(shelf) <= DAY, "also while it waits"
    turn = await shelf.turn()
    await shelf.keep_answer(turn, Complete("an answer", "an answer", None, Record("answered", ("UADA",), ())))
    await prefs.pin(YOUNG, Persona("Bard", "Verse."))
    await shelf.finish(turn, reply(turn, "an answer"))
    ledger = RedisLedger(shelf.client, shelf.keys, MONTH, lives=shelf.lives)
    assert await ledger.rate(YOUNG, turn.newest, "UADA", "up")
    await shelf.put(YOUNG, said(0.001, "beside it", "UBEN"), addressed=False)

    assert await lived(shelf) <= DAY


async def test_what_is_older_than_is_chosen_later_is_gone_and_nothing_lives_longer(shelf: Shelf) -> None:
    for days, text in ((3, "of three days ago"), (0.5, "of today")):
        await shelf.put(YOUNG, said(days, text), addressed=True)
        turn = await shelf.turn()
        await shelf.finish(turn, reply(turn, f"answer {text}"))
        await RedisLedger(shelf.client, shelf.keys, MONTH).rate(YOUNG, turn.newest, "UADA", "down", f"reason {text}")
    await chosen(shelf, HERE, 1)
    await replace(shelf.archive, lives=opened(shelf).lives).shorten(YOUNG)

    assert texts((await shelf.load(YOUNG)).messages) == ["of today", "answer of today"]
    assert "three days ago" not in str(await shelf.contents())
    assert "reason of today" in str(await shelf.contents())
    assert 0 < await lived(shelf) <= DAY


async def test_without_a_choice_a_thread_is_kept_whole(shelf: Shelf) -> None:
    await shelf.put(YOUNG, said(40, "long ago"), addressed=True)
    await shelf.answer()
    await replace(shelf.archive, lives=opened(shelf).lives).shorten(YOUNG)

    assert texts((await shelf.load(YOUNG)).messages) == ["long ago", "answer"]


async def test_a_persona_may_only_shorten_it(shelf: Shelf) -> None:
    await chosen(shelf, HERE, 1)
    prefs = opened(shelf)
    await prefs.save(Persona("Brief", "Be brief.", retention=3600), None, "UADA")
    await prefs.save(Persona("Long", "Be long.", retention=20 * DAY), None, "UADA")
    await shelf.put(YOUNG, said(0.5, "of this morning"), addressed=True)
    turn = await shelf.turn()
    await prefs.choose(Scope.of(YOUNG), {"persona": "Long"}, "UADA")
    await shelf.finish(turn, reply(turn, "an answer"))
    assert 3600 < await lived(shelf) <= DAY
    await prefs.choose(Scope.of(YOUNG), {"persona": "Brief"}, "UADA")
    await prefs.choose(Scope.of(YOUNG), {"follow": True}, "UADA")
    await replace(shelf.archive, lives=shelf.lives).shorten(YOUNG)

    assert await lived(shelf) <= 3600
    assert "this morning" not in str(await shelf.contents())


async def test_on_a_legal_hold_what_is_deleted_is_kept_and_shown_to_nobody(shelf: Shelf) -> None:
    opened(shelf, hold=True)
    await shelf.put(YOUNG, said(0.1, "deleted in Slack"), addressed=True)
    await shelf.answer()
    await shelf.drop(YOUNG, said(0.1, "").ts)

    assert texts((await shelf.load(YOUNG)).messages) == ["answer"]
    assert "deleted in Slack" in str(await shelf.contents())
