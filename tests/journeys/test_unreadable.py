"""What is stored and cannot be read: a question ends with an apology, the operator sees it, and everybody goes on."""

from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from bot.run.app import Roles
from bot.turns import worker
from tests.journeys.test_roles import LISTENER, healthz
from tests.run.test_inbox import operator
from tests.town import KEYS, Town, a_thread, free_port, is_bot

Poison = Callable[[Redis, str], Awaitable[object]]

POISONS: dict[str, Poison] = {
    "a message": lambda redis, ts: redis.hset(KEYS.messages(a_thread("C000GENERAL", ts)), ts, '{"text": "secret"}'),
    "a message that is no text": lambda redis, ts: redis.hset(
        KEYS.messages(a_thread("C000GENERAL", ts)),
        ts,
        b"\xff\xfe",
    ),
    "messages of another type": lambda redis, ts: redis.set(KEYS.messages(a_thread("C000GENERAL", ts)), "x", ex=3600),
    "a queue of another type": lambda redis, ts: redis.set(KEYS.waiting(a_thread("C000GENERAL", ts)), "x", ex=3600),
    "an attempt": lambda redis, ts: redis.hset(KEYS.turn(a_thread("C000GENERAL", ts)), "attempt", "-1.5"),
    "an answer": lambda redis, ts: redis.hset(KEYS.turn(a_thread("C000GENERAL", ts)), "complete", "NaN"),
}


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS.keys())
async def test_a_question_that_cannot_be_read_gets_an_apology_and_the_next_one_an_answer(
    town: Town, poison: Poison, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "PUT_BACK_PAUSE", 0.05)
    port = free_port()
    async with town.bot(LISTENER):
        ts = await town.slack.say("Ada", "#general", "@Threadbot what is in the secret plan?")
        await town.all_delivered()
    async with Redis.from_url(town.redis_url) as redis:
        await redis.hsetnx(KEYS.turn(a_thread("C000GENERAL", ts)), "attempt", "1")
        await redis.expire(KEYS.turn(a_thread("C000GENERAL", ts)), 3600)
        await poison(redis, ts)

    async with town.bot(Roles(), port=port):
        await town.slack.wait_for(lambda: any(map(is_bot, town.slack.thread("#general", ts))), description="an apology")
        await town.idle()
        status, about = await healthz(port)
        _, listed, _ = await operator(town, "list")
        answer = await town.ask("Ada", "#general", "@Threadbot and what else?", thread=ts)
        await town.idle()

    [apology, *_] = [message["text"] for message in town.slack.thread("#general", ts) if is_bot(message)]
    assert "Something that I keep cannot be read." in apology
    assert (status, about["status"]) == (200, "ok")
    assert listed.startswith(f"aside    {a_thread('C000GENERAL', ts)}/")
    assert answer.text
    assert "does not serve us" not in caplog.text
    assert len(town.model.requests) == 1
