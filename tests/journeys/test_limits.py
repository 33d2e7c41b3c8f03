"""Slack's rate limits switched on: every answer arrives whole, and Slack has to refuse nothing."""

import asyncio

from tests.town import Town
from threadbot_sandbox.model import Reply

TEXT = " ".join(f"word{n}" for n in range(60))


async def test_answers_at_once_in_one_channel_all_arrive_and_nothing_is_refused(town: Town) -> None:
    town.slack.limits.posting_burst = 2  # one is early when the one before was late on its way
    town.slack.limits.enabled = True
    town.model.think = lambda _: Reply(TEXT, tokens_per_second=50)
    async with town.bot(slack_rate_limits=True, slack_streams="everywhere"):
        asked = [await town.slack.say("Ada", "#general", "@Threadbot count") for _ in range(25)]
        answers = await asyncio.gather(*(town.answer("#general", ts, ts) for ts in asked))

    assert [answer.text for answer in answers] == [TEXT] * 25
    assert town.slack.limits.refusals == {}
    assert len(town.slack.calls_of("chat.startStream")) < 20
    assert town.slack.calls_of("chat.postMessage"), "what could not be a stream was posted"


async def test_two_processes_keep_one_pace(town: Town) -> None:
    town.slack.limits.posting_burst = 2  # one is early when the one before was late on its way
    town.slack.limits.enabled = True
    async with town.bot(slack_rate_limits=True), town.bot(slack_rate_limits=True):
        asked = [await town.slack.say("Ada", "#general", "@Threadbot tell me a joke") for _ in range(4)]
        await asyncio.gather(*(town.answer("#general", ts, ts) for ts in asked))

    assert town.slack.limits.refusals == {}
