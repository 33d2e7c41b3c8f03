"""Streams and statuses of the small Slack: answers that grow, and the line shown before."""

from collections.abc import AsyncIterator, Awaitable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

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


async def test_blocks_stand_where_they_were_sent(client: AsyncWebClient, slack: SmallSlack) -> None:
    root = await slack.say("Ada", "#general", "hello")

    ts = await start(client, root, markdown_text="before")
    await client.chat_appendStream(
        channel=GENERAL,
        ts=ts,
        chunks=[{"type": "blocks", "blocks": [{"type": "divider"}]}, {"type": "markdown_text", "text": "after"}],
    )

    assert [block["type"] for block in slack.thread(GENERAL, root)[-1]["blocks"]] == ["markdown", "divider", "markdown"]


async def test_too_many_blocks_are_dropped_with_a_warning(client: AsyncWebClient, slack: SmallSlack) -> None:
    ts = await start(client, await slack.say("Ada", "#general", "hello"), markdown_text="a")
    dividers = {"type": "blocks", "blocks": [{"type": "divider"}] * 26}

    answer = await client.chat_appendStream(channel=GENERAL, ts=ts, chunks=[dividers, dividers])
    await client.chat_stopStream(channel=GENERAL, ts=ts, blocks=[{"type": "divider"}] * 50)

    assert answer["response_metadata"]["warnings"] == ["2 blocks were dropped"]
    assert len(slack.messages(GENERAL)[-1]["blocks"]) == 1 + 50 + 50


async def test_white_space_that_leads_a_piece_is_lost(client: AsyncWebClient, slack: SmallSlack) -> None:
    ts = await start(client, await slack.say("Ada", "#general", "hello"), markdown_text="one")

    await client.chat_appendStream(channel=GENERAL, ts=ts, markdown_text=" two")

    assert slack.messages(GENERAL)[-1]["text"] == "onetwo"


async def test_who_stops_an_answer_is_told_and_no_text_is_taken_any_more(
    client: AsyncWebClient, slack: SmallSlack
) -> None:
    """The app closes the stream itself; it may add blocks then, no text."""
    root = await slack.say("Ada", "#general", "hello")
    ts = await start(client, root, markdown_text="kept")

    await slack.stop("Ben", "#general", root)
    told = slack.courier.last["event"]
    appended = await refusal(client.chat_appendStream(channel=GENERAL, ts=ts, markdown_text="late"))
    await client.chat_stopStream(channel=GENERAL, ts=ts, blocks=[{"type": "divider"}])

    assert (told["type"], told["thread_ts"], told["streaming_message_ts"]) == ("agent_session_stopped", root, [ts])
    assert appended == "stopped_by_user"
    assert slack.workspace.sessions[GENERAL, root]["status"] == "active"
    assert [block["type"] for block in slack.messages(GENERAL)[-1]["blocks"]] == ["markdown", "divider"]


async def test_a_person_deletes_a_growing_answer(client: AsyncWebClient, slack: SmallSlack) -> None:
    root = await slack.say("Ada", "#general", "hello")
    ts = await start(client, root, markdown_text="a")

    await slack.delete("Ada", "#general", ts)

    assert await refusal(client.chat_appendStream(channel=GENERAL, ts=ts, markdown_text="b")) == "message_not_found"
    assert await refusal(client.chat_update(channel=GENERAL, ts=ts, text="b")) == "message_not_found"


async def test_after_its_time_a_stream_is_a_message_like_others(
    client: AsyncWebClient, slack: SmallSlack, clock: Clock
) -> None:
    """Edited with blocks alone it bears no mark; while it grew, readers of the thread saw so."""
    root = await slack.say("Ada", "#general", "hello")
    slack.stream_seconds = 2
    ts = await start(client, root, markdown_text="a")
    growing = (await client.conversations_replies(channel=GENERAL, ts=root))["messages"][-1]

    clock.now += 3
    edit = {"channel": GENERAL, "ts": ts, "blocks": [{"type": "divider"}]}
    await client.api_call("chat.update", json=edit)

    shown = slack.messages(GENERAL)[-1]
    assert growing["streaming_state"] == "in_progress"
    assert ([block["type"] for block in shown["blocks"]], "edited" in shown) == (["divider"], False)


async def test_group_dms_take_no_streams(client: AsyncWebClient, slack: SmallSlack) -> None:
    root = await slack.say("Ada", "C000ADA0BEN", "hello")
    call = client.chat_startStream(channel="C000ADA0BEN", thread_ts=root, recipient_user_id=ADA, recipient_team_id=TEAM)

    assert await refusal(call) == "channel_type_not_supported"


async def test_a_session_stays_at_work_until_the_app_says_otherwise(client: AsyncWebClient, slack: SmallSlack) -> None:
    root = await slack.say("Ada", "@Threadbot", "hello")
    dm = "D0000000ADA"

    await client.agents_sessions_setStatus(channel_id=dm, thread_ts=root, status="processing")
    await client.chat_postMessage(channel=dm, thread_ts=root, text="Good day.")
    busy = dict(slack.workspace.statuses)
    await client.agents_sessions_setStatus(channel_id=dm, thread_ts=root, status="active")

    assert (len(busy), slack.workspace.statuses) == (1, {})


async def test_sessions_are_for_agents(client: AsyncWebClient, slack: SmallSlack) -> None:
    root = await slack.say("Ada", "@Threadbot", "hello")
    scopes = {"scopes": {"bot": ["chat:write", "assistant:write"]}}
    features = {"app_home": {"messages_tab_enabled": True}}
    slack.install({"display_information": {"name": "Bot"}, "features": features, "oauth_config": scopes})

    call = client.agents_sessions_setStatus(channel_id="D0000000ADA", thread_ts=root, status="processing")

    assert await refusal(call) == "not_authorized"
