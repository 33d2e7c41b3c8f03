"""The line under a thread that tells of work: it stands as long as there is work, and no longer."""

import logging

import pytest

from bot.slack.manifest import manifest
from tests.journeys.test_steering import ENDLESS
from tests.town import Town, wait_until
from threadbot_sandbox.model import Reply

TEXT = " ".join(f"word{n}" for n in range(90))


async def test_a_status_is_renewed_while_there_is_nothing_to_read(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack takes one away after two minutes."""
    monkeypatch.setattr("threadbot_sandbox.slack.workspace.STATUS_LASTS", 2.0)
    monkeypatch.setattr("bot.turns.publish.STATUS_EVERY", 0.3)
    gone: list[str] = []
    town.slack.workspace.watchers.append(
        lambda kind, data: gone.append(kind) if kind == "status" and not data["status"] else None
    )
    async with town.bot():
        town.model.hold()
        ts = await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
        await wait_until(lambda: len(town.slack.calls_of("assistant.threads.setStatus")) > 10, "it is renewed")
        early = list(gone)
        town.model.release()
        await town.answer("#general", ts, ts)
        await town.idle()

    assert early == []
    assert town.slack.workspace.statuses == {}


@pytest.mark.parametrize("text", ["Yes.", TEXT])
@pytest.mark.parametrize("place", ["D0000000ADA", "#general"])
async def test_as_an_agent_the_session_is_at_rest_after_each_turn(town: Town, text: str, place: str) -> None:
    """A reply does not end it: Slack would show for an hour that the bot is at work."""
    town.slack.install(manifest(socket_mode=True, agent=True))
    town.model.enqueue(Reply(text, tokens_per_second=60))
    async with town.bot():
        await town.ask("Ada", place, "@Threadbot count")
        await town.idle()

    assert {session["status"] for session in town.slack.workspace.sessions.values()} == {"active"}
    assert town.slack.workspace.statuses == {}


@pytest.mark.parametrize("code", ["message_not_in_streaming_state", "internal_error"])
async def test_as_an_agent_the_session_is_at_rest_after_a_stop(town: Town, code: str) -> None:
    """Slack has ended the stream by then, and may refuse to end it again."""
    town.slack.install(manifest(socket_mode=True, agent=True))
    town.slack.fail("chat.stopStream", error=code)
    town.model.enqueue(ENDLESS)
    async with town.bot():
        ts = await town.slack.say("Ada", "D0000000ADA", "count")
        await wait_until(lambda: town.slack.calls_of("chat.appendStream"), "the answer grows")
        await town.slack.stop("Ada", "D0000000ADA", ts)
        await town.answer("D0000000ADA", ts, ts)
        await town.idle()

    assert {session["status"] for session in town.slack.workspace.sessions.values()} == {"active"}


async def test_that_slack_shows_no_status_is_told_once(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    town.slack.fail("assistant.threads.setStatus", error="unknown_method", times=99)
    with caplog.at_level(logging.WARNING, logger="bot.slack"):
        async with town.bot():
            for _ in range(3):
                await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert [record.message for record in caplog.records].count("Slack shows no status of our work") == 1
    assert len(town.slack.calls_of("assistant.threads.setStatus")) == 1, "it is not tried again for a while"


async def test_stop_is_obeyed_in_a_stream_of_which_slack_tells_no_more_than_where_it_is(town: Town) -> None:
    town.model.enqueue(ENDLESS)
    async with town.bot():
        ts = await town.slack.say("Ada", "D0000000ADA", "count")
        await wait_until(lambda: town.slack.calls_of("chat.appendStream"), "the answer grows")
        growing = town.slack.thread("D0000000ADA", ts)[-1]["ts"]
        await town.slack.click("Ada", "D0000000ADA", growing, "turn_stop")
        answer = await town.answer("D0000000ADA", ts, ts)

    assert str(answer.footer).startswith("stopped · ")


@pytest.mark.parametrize("code", ["method_not_supported_for_channel_type", "method_deprecated"])
async def test_where_slack_shows_no_status_the_answers_place_says_that_it_is_coming(town: Town, code: str) -> None:
    town.slack.install(manifest(socket_mode=True))
    town.slack.fail("assistant.threads.setStatus", error=code, times=99)
    async with town.bot():
        town.model.hold()
        ts = await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
        await wait_until(lambda: len(town.slack.thread("#general", ts)) > 1, "its place is held")
        [_, held] = town.slack.thread("#general", ts)
        town.model.release()
        answer = await town.answer("#general", ts, ts)

    assert held["text"] == "…"
    assert [message["ts"] for message in answer.messages] == [held["ts"]]
    assert len(answer.text) > 5
