"""What survives: restarts of the bot, of Redis, and of both."""

import asyncio

from tests.town import Town, said, wait_until
from threadbot_sandbox.redis import EmbeddedRedis


async def test_a_restarted_bot_remembers_the_thread(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ada", "#general", "@Threadbot Who was the first president?")
    async with town.bot():
        second = await town.ask("Ada", "#general", "@Threadbot For which duration?", thread=first.thread)

    assert "1789" in second.text
    assert ("assistant", first.text) in said(town.model.requests[-1])


async def test_what_was_said_while_the_bot_was_away_is_answered_when_it_is_back(town: Town) -> None:
    ts = await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
    async with town.bot():
        answer = await town.answer("#general", ts, ts)

    assert len(answer.messages) == 1


async def test_what_was_said_while_redis_was_away_is_answered_once_when_it_is_back(
    town: Town, redis_server: EmbeddedRedis
) -> None:
    town.slack.retry_delays = (0.0, *(1.0,) * 60)
    async with town.bot():
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        await asyncio.to_thread(redis_server.stop)
        asked = [await town.slack.say("Ada", "#general", f"@Threadbot joke number {n}") for n in range(5)]
        await wait_until(lambda: sum(not d.acked for d in town.slack.deliveries) >= 10, "events are refused")
        await asyncio.to_thread(redis_server.start)
        answers = [await town.answer("#general", ts, ts) for ts in asked]
        await town.all_delivered()

    assert [len(answer.messages) for answer in answers] == [1] * 5
    assert len(town.model.requests) == 6


async def test_a_bot_that_is_told_to_stop_finishes_what_it_has_begun(town: Town) -> None:
    async with town.bot():
        town.model.hold()
        ts = await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
        await town.model.wait_for(lambda: town.model.running == 1)
        asyncio.get_running_loop().call_later(0.2, town.model.release)

    answer = await town.answer("#general", ts, ts)
    assert len(answer.messages) == 1


async def test_what_a_stopped_bot_could_not_finish_another_takes_over_at_once(town: Town) -> None:
    town.model.hold()
    async with town.bot(shutdown_grace=0):
        ts = await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
        await town.model.wait_for(lambda: town.model.running == 1)
    town.model.release()
    async with town.bot():
        answer = await town.answer("#general", ts, ts)

    assert len(answer.messages) == 1
