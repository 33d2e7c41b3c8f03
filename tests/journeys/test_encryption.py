"""Conversations that are encrypted in Redis: nobody notices, until a key is lost; and then it is said."""

import asyncio
import json
import logging
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.run import secret_files
from bot.run.app import Roles
from bot.store import keys_used, unreadable
from bot.store.client import Client
from bot.turns import worker
from tests.fixtures.dump import dump
from tests.journeys.test_keys import KeyFile
from tests.journeys.test_roles import LISTENER
from tests.run.test_cli import bot
from tests.run.test_inbox import operator
from tests.store.sealing import FIRST, SECOND
from tests.town import Town, is_bot, said, wait_until


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot")
    monkeypatch.setattr(secret_files, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(secret_files, "STEADY", 0.01)
    monkeypatch.setattr(worker, "PUT_BACK_PAUSE", 0.05)
    unreadable.locked_up.cache_clear()


async def everything(town: Town) -> str:
    async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
        return json.dumps(await dump(redis), ensure_ascii=False)


async def test_no_word_of_a_conversation_is_in_redis_and_the_next_process_knows_it(town: Town) -> None:
    town.model.enqueue("The hydrangea is blue.", "Blue, as I said.")
    async with town.bot(encryption_keys=FIRST):
        notes = [{"name": "begonia.txt", "content": b"peonies are pink"}]
        ts = await town.slack.say("Ada", "#general", "@Threadbot which colour has the orchid?", files=notes)
        await town.answer("#general", ts, ts)
        await town.slack.say("Ben", "#general", "mine is a marigold", thread_ts=ts)
        await town.all_delivered()
        await town.idle()
    between = await everything(town)
    async with town.bot(encryption_keys=f"{SECOND},{FIRST}"):
        await town.ask("Ada", "#general", "@Threadbot say it again, dahlia", thread=ts)
        await town.idle()

    for words in (between, await everything(town)):
        assert [
            word for word in ("orchid", "hydrangea", "begonia", "peonies", "marigold", "dahlia") if word in words
        ] == []
    told = [text for _, text in said(town.model.requests[-1])]
    assert [
        word for word in ("orchid", "hydrangea", "begonia", "marigold", "dahlia") if word not in "".join(told)
    ] == []


async def test_what_was_plain_is_still_read(town: Town) -> None:
    town.model.enqueue("The hydrangea is blue.", "Blue.")
    async with town.bot():
        first = await town.ask("Ada", "#general", "@Threadbot which colour has the orchid?")
        await town.idle()
    async with town.bot(encryption_keys=FIRST):
        await town.ask("Ada", "#general", "@Threadbot again", thread=first.thread)

    told = "".join(text for _, text in said(town.model.requests[-1]))
    assert "orchid" in told
    assert "hydrangea" in told


async def test_a_lost_key_is_said_in_the_log_in_the_thread_and_under_the_next_answer(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.model.enqueue("The hydrangea is blue.", "I do not know.")
    async with town.bot(encryption_keys=FIRST):
        first = await town.ask("Ada", "#general", "@Threadbot which colour has the orchid?")
        await town.idle()
    async with town.bot(LISTENER, encryption_keys=FIRST):
        waits = await town.slack.say("Ben", "#general", "@Threadbot and the begonia?")
        await town.all_delivered()
    async with town.bot(Roles(), encryption_keys=SECOND):
        await town.slack.wait_for(lambda: any(map(is_bot, town.slack.thread("#general", waits))), description="apology")
        await town.idle()
        again = await town.ask("Ada", "#general", "@Threadbot and the dahlia?", thread=first.thread)
        await town.idle()
        [line] = (await operator(town, "list"))[1].splitlines()

    [apology] = [message["text"] for message in town.slack.thread("#general", waits) if is_bot(message)]
    assert apology.startswith("What was written here is kept encrypted, and I no longer have the key.")
    assert again.text == "I do not know."
    assert "2 earlier messages are encrypted, and their key is missing" in str(again.footer)
    assert line.startswith("aside    slack/")
    assert [r.key for r in caplog.records if r.message == "an encryption key is missing"] == ["k1"]  # type: ignore[attr-defined]
    assert "orchid" not in caplog.text


async def test_a_question_that_was_given_up_is_answered_when_its_key_is_back(town: Town) -> None:
    async with town.bot(LISTENER, encryption_keys=FIRST):
        waits = await town.slack.say("Ben", "#general", "@Threadbot which colour has the begonia?")
        await town.all_delivered()
    async with town.bot(encryption_keys=SECOND):
        await town.slack.wait_for(lambda: any(map(is_bot, town.slack.thread("#general", waits))), description="apology")
        await town.idle()
    town.model.enqueue("Red.")
    async with town.bot(encryption_keys=f"{SECOND},{FIRST}"):
        [line] = (await operator(town, "list"))[1].splitlines()
        await operator(town, "retry", line.split()[1])
        answer = await town.answer("#general", waits, waits)

    assert answer.text == "Red."


async def test_keys_are_changed_under_load_without_a_failed_turn(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """Two replicas: first both know the new key, then it writes, then the old one is taken away."""
    file = KeyFile(Path("keys"))
    file.write(FIRST)
    asked = 0
    done = asyncio.Event()

    async def talk(who: str) -> list[str]:
        nonlocal asked
        texts, thread = [], None
        while not done.is_set():
            answer = await town.ask(who, "#general", "@Threadbot tell me a joke", thread=thread)
            texts.append(answer.text)
            thread, asked = answer.thread, asked + 1
        return texts

    async def written(keys: str, times: int) -> None:
        seen, before = asked, caplog.text.count("a secret has changed")
        file.write(keys)
        await wait_until(lambda: caplog.text.count("a secret has changed") >= before + times, "the file is read again")
        await wait_until(lambda: asked >= seen + 4, "answers go on")

    async with town.bot(encryption_keys_file=file.path), town.bot(encryption_keys_file=file.path):
        talking = [asyncio.ensure_future(talk(who)) for who in ("Ada", "Ben", "Chloe")]
        await wait_until(lambda: asked >= 3, "answers")
        await written(f"{FIRST},{SECOND}", 2)
        await written(f"{SECOND},{FIRST}", 2)
        client = Client(town.redis_url)
        assert await keys_used.missing(client, "threadbot") == ["k1", "k2"]
        await client.close()
        code, out, _ = await bot("reencrypt", REDIS_URL=town.redis_url, ENCRYPTION_KEYS=f"{SECOND},{FIRST}")
        await written(SECOND, 2)
        done.set()
        texts = [text for each in await asyncio.gather(*talking) for text in each]
        await town.idle()

    assert (code, out.splitlines()[-1]) == (0, "No other key is needed any more.")
    assert len(texts) == asked > 10
    assert not [text for text in texts if "(reference" in text]
    assert "turn failed" not in caplog.text
    assert "key that is missing" not in caplog.text
    assert '"k1:' not in await everything(town)
