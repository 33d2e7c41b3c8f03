"""Streams and statuses of the small Slack: answers that grow, and the line shown before."""

from collections.abc import AsyncIterator, Awaitable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.serve import serving
from bot.sandbox.slack import SmallSlack

GENERAL, ADA, TEAM = "C000GENERAL", "U0000000ADA", "T00SANDBOX0"


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SmallSlack]:
    slack = SmallSlack(clock=clock)
    async with serving(slack.app):
        yield slack


@pytest.fixture
async def client(slack: SmallSlack) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(slack.bot_token, base_url=f"{slack.url}/api/", session=session)


async def refusal(call: Awaitable[Any]) -> Any:
    with pytest.raises(SlackApiError) as error:
        await call
    return error.value.response["error"]


async def start(client: AsyncWebClient, root: str, **more: Any) -> str:
    answer = await client.chat_startStream(
        channel=GENERAL, thread_ts=root, recipient_user_id=ADA, recipient_team_id=TEAM, **more
    )
    return str(answer["ts"])


async def test_a_stream_grows_and_ends(slack: SmallSlack, client: AsyncWebClient) -> None:
    root = await slack.say("Ada", "#general", "hello")

    ts = await start(client, root, markdown_text="Good ")
    await client.chat_appendStream(channel=GENERAL, ts=ts, markdown_text="**day**")
    growing = slack.thread("#general", root)[-1]
    await client.chat_stopStream(
        channel=GENERAL, ts=ts, markdown_text=".", blocks=[{"type": "divider", "block_id": "end"}]
    )

    ended = slack.thread("#general", root)[-1]
    assert (growing["text"], growing["streaming_state"]) == ("Good **day**", "in_progress")
    assert (ended["text"], ended["streaming_state"]) == ("Good **day**.", "completed")
    assert [block["type"] for block in ended["blocks"]] == ["markdown", "divider"]


async def test_the_sdk_helper_works(slack: SmallSlack, client: AsyncWebClient) -> None:
    root = await slack.say("Ada", "#general", "hello")

    stream = await client.chat_stream(
        channel=GENERAL, thread_ts=root, recipient_user_id=ADA, recipient_team_id=TEAM, buffer_size=4
    )
    for piece in ("One, ", "two, ", "three."):
        await stream.append(markdown_text=piece)
    await stream.stop()

    assert slack.thread("#general", root)[-1]["text"] == "One, two, three."


async def test_an_open_stream_cannot_be_edited(slack: SmallSlack, client: AsyncWebClient) -> None:
    ts = await start(client, await slack.say("Ada", "#general", "hello"), markdown_text="a")

    open_still = await refusal(client.chat_update(channel=GENERAL, ts=ts, text="b"))
    await client.chat_stopStream(channel=GENERAL, ts=ts)

    assert open_still == "streaming_state_conflict"
    assert (await client.chat_update(channel=GENERAL, ts=ts, text="b"))["text"] == "b"


async def test_a_stream_ends_by_itself_after_five_minutes(
    slack: SmallSlack, client: AsyncWebClient, clock: Clock
) -> None:
    root = await slack.say("Ada", "#general", "hello")
    ts = await start(client, root, markdown_text="kept")

    clock.now += 301
    appended = await refusal(client.chat_appendStream(channel=GENERAL, ts=ts, markdown_text="late"))
    stopped = await refusal(client.chat_stopStream(channel=GENERAL, ts=ts))

    shown = slack.thread("#general", root)[-1]
    assert appended == stopped == "message_not_in_streaming_state"
    assert (shown["text"], shown["streaming_state"]) == ("kept", "errored")


@pytest.mark.parametrize(
    ("left_out", "error"),
    [
        ("recipient_user_id", "missing_recipient_user_id"),
        ("recipient_team_id", "missing_recipient_team_id"),
        ("thread_ts", "invalid_thread_ts"),
    ],
)
async def test_a_stream_in_a_channel_says_for_whom(
    slack: SmallSlack, client: AsyncWebClient, left_out: str, error: str
) -> None:
    root = await slack.say("Ada", "#general", "hello")
    given = {
        "channel": GENERAL,
        "thread_ts": root,
        "recipient_user_id": ADA,
        "recipient_team_id": TEAM,
    }
    del given[left_out]

    assert await refusal(client.api_call("chat.startStream", json=given)) == error


async def test_in_a_dm_a_stream_needs_no_recipient(slack: SmallSlack, client: AsyncWebClient) -> None:
    root = await slack.say("Ada", "@Threadbot", "hello")

    assert (await client.chat_startStream(channel="D0000000ADA", thread_ts=root))["ok"]


async def test_tasks_are_updated_in_place(slack: SmallSlack, client: AsyncWebClient) -> None:
    root = await slack.say("Ada", "#general", "hello")
    task = {"type": "task_update", "id": "1", "title": "Search", "status": "in_progress", "details": "a"}

    ts = await start(client, root, chunks=[task])
    await client.chat_appendStream(channel=GENERAL, ts=ts, chunks=[task | {"status": "complete", "details": "b"}])

    (card,) = slack.thread("#general", root)[-1]["blocks"]
    assert (card["status"], card["details"]) == ("complete", "ab")


async def test_a_status_goes_with_the_answer(slack: SmallSlack, client: AsyncWebClient) -> None:
    root = await slack.say("Ada", "#general", "hello")

    await client.assistant_threads_setStatus(channel_id=GENERAL, thread_ts=root, status="is thinking…")
    shown = dict(slack.workspace.statuses)
    await client.chat_postMessage(channel=GENERAL, thread_ts=root, text="Good day.")

    assert shown[GENERAL, root][0] == "is thinking…"
    assert not slack.workspace.statuses


async def test_a_forgotten_status_goes_after_two_minutes(
    slack: SmallSlack, client: AsyncWebClient, clock: Clock
) -> None:
    root = await slack.say("Ada", "#general", "hello")
    await client.assistant_threads_setStatus(channel_id=GENERAL, thread_ts=root, status="is thinking…")

    clock.now += 121

    await slack.wait_for(lambda: not slack.workspace.statuses, description="the status is gone")


async def test_a_session_shows_that_it_is_at_work(slack: SmallSlack, client: AsyncWebClient) -> None:
    root = await slack.say("Ada", "@Threadbot", "hello")

    dm = "D0000000ADA"
    answer = await client.agents_sessions_setStatus(channel_id=dm, thread_ts=root, status="processing")
    busy = (dm, root) in slack.workspace.statuses
    await client.agents_sessions_setStatus(channel_id=dm, thread_ts=root, status="active")

    assert (answer["agent_status"], busy, slack.workspace.statuses) == ("processing", True, {})
