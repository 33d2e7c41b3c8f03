"""Slack's rate limits switched on: every answer still arrives, whole."""

from tests.town import Town


async def test_twenty_answers_at_once_in_one_channel_all_arrive(town: Town) -> None:
    town.slack.limits.enabled = True
    async with town.bot():
        asked = [await town.slack.say("Ada", "#general", f"@Threadbot tell me joke number {n}") for n in range(20)]
        answers = [await town.answer("#general", ts, ts, timeout=40) for ts in asked]

    refused = [call for call in town.slack.calls_of("chat.postMessage") if call.status == 429]
    assert [len(answer.messages) for answer in answers] == [1] * 20
    assert len(refused) < 20
