"""What a process does that is told to stop: it takes nothing new, finishes what it can, and hands back the rest."""

import signal

import pytest

from tests import processes
from tests.town import Town, is_bot, wait_until


async def under_way(town: Town) -> str:
    """A question whose answer the model holds back; gives its thread."""
    town.model.hold()
    thread = await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
    await town.model.wait_for(lambda: town.model.running == 1)
    return thread


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_an_answer_under_way_is_finished_and_nothing_new_is_begun(town: Town, how: signal.Signals) -> None:
    async with processes.bot(town) as bot:
        thread = await under_way(town)
        bot.tell(how)
        await town.slack.wait_for(lambda: not town.slack.connected, description="it listens no more")
        later = await town.slack.say("Ben", "#general", "@Threadbot and me?")
        town.model.release()
        answer = await town.answer("#general", thread, thread)
        code = await bot.ended()

    assert (code, len(answer.messages)) == (0, 1)
    assert not [m for m in town.slack.thread("#general", later) if is_bot(m)]
    assert len(town.model.requests) == 1
    assert "Traceback" not in bot.said


async def test_what_the_grace_is_too_short_for_is_taken_over_at_once_and_answered_in_its_place(town: Town) -> None:
    async with processes.bot(town, SHUTDOWN_GRACE="0.2", LEASE_SECONDS="60") as first:
        thread = await under_way(town)
        first.tell(signal.SIGTERM)
        code = await first.ended()
        async with processes.bot(town):
            town.model.release()
            answer = await town.answer("#general", thread, thread)

    assert (code, len(answer.messages)) == (0, 1)
    assert "Traceback" not in first.said


async def test_a_second_signal_stops_at_once_and_hands_back_too(town: Town) -> None:
    async with processes.bot(town, SHUTDOWN_GRACE="60", LEASE_SECONDS="60") as first:
        thread = await under_way(town)
        first.tell(signal.SIGTERM)
        await first.says("stopping")
        first.tell(signal.SIGTERM)
        code = await first.ended()  # long before the grace is over
        async with processes.bot(town):
            town.model.release()
            answer = await town.answer("#general", thread, thread)

    assert (code, len(answer.messages)) == (130, 1)
    assert "Traceback" not in first.said


async def test_one_that_has_nothing_to_do_ends_at_once(town: Town) -> None:
    async with processes.bot(town, SHUTDOWN_GRACE="60") as bot:
        bot.tell(signal.SIGTERM)
        code = await bot.ended()  # long before the grace is over

    assert code == 0
    assert "Traceback" not in bot.said
    assert "Unclosed" not in bot.said


async def test_two_processes_that_are_replaced_one_after_the_other_lose_and_double_nothing(town: Town) -> None:
    town.slack.retry_delays = (0.0, *(0.5,) * 60)
    async with processes.bot(town) as one, processes.bot(town) as two:
        threads = [await town.slack.say("Ada", "#general", f"@Threadbot tell me joke {n}") for n in range(10)]
        one.tell(signal.SIGTERM)
        threads += [await town.slack.say("Ada", "#general", f"@Threadbot tell me joke {n}") for n in range(10, 20)]
        assert await one.ended() == 0
        async with processes.bot(town):
            two.tell(signal.SIGTERM)
            threads += [await town.slack.say("Ada", "#general", f"@Threadbot tell me joke {n}") for n in range(20, 30)]
            assert await two.ended() == 0
            answers = [await town.answer("#general", thread, thread) for thread in threads]
            await wait_until(lambda: not town.model.running, "nothing runs any more")

    assert [len(answer.messages) for answer in answers] == [1] * 30
