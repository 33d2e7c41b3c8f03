"""Single steps of an answer's way into Slack; whole answers are in tests/journeys."""

import time
from dataclasses import replace
from typing import Any

import pytest

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Batch, Kind, Message
from bot.conversation.places import Ref
from bot.errors import LeaseLost, Unchangeable
from bot.installations import Installation
from bot.policy.roles import Refusal
from bot.slack.api import markers
from bot.slack.api.client import SlackClient
from bot.slack.outbound.post import Writer
from bot.slack.outbound.stream import Streams
from bot.turns.state import Control, Lease, Shown, Turn
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.seed import ADA, BOT, BOT_USER, TEAM

GENERAL = "C000GENERAL"
ME = Installation(TEAM, BOT_USER, BOT, "Threadbot")
GROWS = Shown("one two ", controls=(Control.STOP,), growing=True)
WHOLE = Shown("one two three", "footer", (Control.AGAIN,))


def turn(root: str, newest: str, **facts: Any) -> Turn:
    """A turn of Ada's that is ours for a minute."""
    thread = ThreadKey("slack", TEAM, GENERAL, root)
    lease = Lease(thread, "token", time.monotonic() + 60)
    return Turn(newest, lease, Batch(thread, (Message(newest, ADA, "hello"),)), **facts)


@pytest.fixture
def writer(client: SlackClient) -> Writer:
    return Writer(client, ME, Streams(client, TEAM, "everywhere"))


@pytest.fixture
async def asked(slack: SmallSlack) -> Turn:
    ts = await slack.say("Ada", "#general", "hello")
    return turn(ts, ts)


async def test_an_answer_completed_while_its_stream_was_about_to_begin_is_a_post(
    writer: Writer, asked: Turn, slack: SmallSlack
) -> None:
    """A stream would wait for an edit that never comes."""
    states = iter([GROWS])

    _, shown = await writer.post(asked, 0, lambda: next(states, WHOLE))  # type: ignore[misc]

    assert shown == WHOLE
    assert slack.calls_of("chat.startStream") == []


async def test_a_turn_that_may_be_anothers_changes_nothing(writer: Writer, asked: Turn, slack: SmallSlack) -> None:
    ts, _ = await writer.post(asked, 0, lambda: WHOLE)  # type: ignore[misc]
    stream, _ = await writer.post(asked, 1, lambda: GROWS)  # type: ignore[misc]
    asked.lease.until = time.monotonic()

    for edit in ((ts, GROWS), (ts, WHOLE), (stream, replace(GROWS, text="one two three "))):
        with pytest.raises(LeaseLost):
            await writer.edit(asked, 0, *edit)
    with pytest.raises(LeaseLost):
        await writer.streams.start(asked, GROWS)

    assert len(slack.calls_of("chat.startStream")) == 1
    assert not slack.calls_of("chat.update") + slack.calls_of("chat.appendStream")


async def test_an_answer_that_begins_anew_ends_its_stream_and_is_edited(
    writer: Writer, asked: Turn, slack: SmallSlack
) -> None:
    ts, _ = await writer.post(asked, 0, lambda: GROWS)  # type: ignore[misc]
    anew = replace(GROWS, text="uno due tre ")

    assert await writer.edit(asked, 0, ts, anew) is not None
    assert await writer.edit(asked, 0, ts, anew) is None

    assert len(slack.calls_of("chat.stopStream")) == 1
    assert "uno due tre" in str(slack.workspace.conversation(GENERAL).messages[ts])


@pytest.mark.parametrize("shown", [GROWS, WHOLE, replace(GROWS, controls=())])
async def test_a_post_that_bears_no_metadata_is_found_by_what_it_shows(
    writer: Writer, asked: Turn, slack: SmallSlack, shown: Shown
) -> None:
    ts, _ = await writer.post(asked, 0, lambda: shown)  # type: ignore[misc]
    message = slack.workspace.conversation(GENERAL).messages[ts]
    for secret in ("metadata", "streaming_state"):
        message.pop(secret, None)

    assert await writer.find(asked) == {0: ts}


async def test_an_answer_of_another_turn_is_not_taken_for_ones_own(
    writer: Writer, asked: Turn, slack: SmallSlack
) -> None:
    other = turn(asked.newest, "1.0")
    ts, _ = await writer.post(other, 0, lambda: WHOLE)  # type: ignore[misc]
    slack.workspace.conversation(GENERAL).messages[ts].pop("metadata")
    forged = slack.workspace.conversation(GENERAL).messages[asked.newest] | {"ts": f"{int(float(ts)) + 9}.000000"}
    forged |= {"thread_ts": asked.newest}
    marked = markers.named(asked.batch.thread, asked.newest)
    forged["metadata"] = {"event_type": "threadbot_turn", "event_payload": {"turn": marked, "part": 0}}
    slack.workspace.conversation(GENERAL).add(forged)

    assert await writer.find(asked) == {}


async def test_a_thread_is_searched_to_its_end_though_slack_throttles_each_page(
    writer: Writer, asked: Turn, slack: SmallSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.api.replies.PAGE", 1)
    for n in range(3):
        await slack.say("Ada", "#general", f"{n}", thread_ts=asked.newest)
    ts, _ = await writer.post(asked, 0, lambda: WHOLE)  # type: ignore[misc]
    for skip in range(4):
        slack.fail("conversations.replies", error="ratelimited", status=429, retry_after=0, skip=skip)

    assert await writer.find(asked) == {0: ts}


@pytest.mark.parametrize("code", ["update_failed", "external_channel_migrating"])
async def test_an_answer_stays_in_its_place_though_an_edit_fails_in_passing(
    writer: Writer, asked: Turn, slack: SmallSlack, code: str
) -> None:
    ts, _ = await writer.post(asked, 0, lambda: replace(WHOLE, text="one"))  # type: ignore[misc]
    slack.fail("chat.update", error=code)

    await writer.edit(asked, 0, ts, WHOLE)

    assert slack.workspace.conversation(GENERAL).messages[ts]["blocks"][0]["text"] == WHOLE.text
    assert slack.calls_of("chat.delete") == []


async def test_an_answer_is_completed_though_slack_refuses_to_end_its_stream(
    writer: Writer, asked: Turn, slack: SmallSlack
) -> None:
    """As it did for an asker of another workspace."""
    ts, _ = await writer.post(asked, 0, lambda: GROWS)  # type: ignore[misc]
    slack.fail("chat.stopStream", error="user_not_found")

    await writer.edit(asked, 0, ts, WHOLE)

    assert slack.calls_of("chat.startStream")
    assert slack.workspace.conversation(GENERAL).messages[ts]["blocks"][0]["text"] == WHOLE.text


@pytest.mark.parametrize("kind", ["answer", "notice", "apology"])
async def test_a_message_tells_what_it_is(writer: Writer, asked: Turn, slack: SmallSlack, kind: Kind) -> None:
    ts, _ = await writer.post(asked, 0, lambda: replace(WHOLE, kind=kind))  # type: ignore[misc]
    posted = slack.workspace.conversation(GENERAL).messages[ts]["metadata"]
    await writer.edit(asked, 0, ts, replace(WHOLE, text="one", kind="apology"))
    edited = slack.workspace.conversation(GENERAL).messages[ts]["metadata"]

    assert posted["event_payload"] == {"turn": markers.named(asked.batch.thread, asked.newest), "part": 0, "kind": kind}
    assert edited["event_payload"]["kind"] == "apology"


async def test_what_stands_in_place_of_a_message_is_no_part_of_the_answer(
    writer: Writer, asked: Turn, slack: SmallSlack
) -> None:
    ts, _ = await writer.post(asked, 0, lambda: WHOLE)  # type: ignore[misc]
    slack.fail("chat.delete", error="cant_delete_message", times=9)
    await writer.remove(asked, ts)

    left = slack.workspace.conversation(GENERAL).messages[ts]
    assert (left["text"], left["metadata"]["event_payload"]) == (
        "—",
        {"turn": markers.named(asked.batch.thread, asked.newest), "kind": "notice"},
    )
    assert await writer.find(asked) == {}


async def test_who_is_refused_is_told_alone_whom_to_ask(writer: Writer, asked: Turn, slack: SmallSlack) -> None:
    await writer.refuse(asked.batch.thread, ADA, Refusal("guest", (Ref("user", "U0000000BEN"),)), begun=False)

    [note] = slack.calls_of("chat.postEphemeral")
    assert "guests" in note.args["text"]
    assert "<@U0000000BEN>" in note.args["text"]


async def test_what_slack_lets_us_neither_edit_nor_delete_is_given_up(
    writer: Writer, asked: Turn, slack: SmallSlack
) -> None:
    ts, _ = await writer.post(asked, 0, lambda: WHOLE)  # type: ignore[misc]
    slack.fail("chat.update", error="edit_window_closed", times=9)
    slack.fail("chat.delete", error="cant_delete_message", times=9)

    with pytest.raises(Unchangeable):
        await writer.edit(asked, 0, ts, WHOLE)


@pytest.mark.parametrize("fault", [{"status": 500, "error": "fatal_error"}, {"status": 429, "error": "ratelimited"}])
async def test_a_status_is_cleared_though_slack_fails(
    writer: Writer, asked: Turn, slack: SmallSlack, fault: Any
) -> None:
    await writer.status(asked.batch.thread, "is thinking…")
    slack.fail("assistant.threads.setStatus", **fault)

    assert await writer.status(asked.batch.thread, "")
    assert slack.workspace.statuses == {}


async def test_a_status_that_slack_failed_to_set_may_stand(writer: Writer, asked: Turn, slack: SmallSlack) -> None:
    slack.fail("assistant.threads.setStatus", error="internal_error", status=500)

    assert not await writer.status(asked.batch.thread, "is thinking…")


async def test_a_stream_that_may_not_be_deleted_before_it_ends_is_ended_and_deleted(
    writer: Writer, asked: Turn, slack: SmallSlack
) -> None:
    """One that an attempt began which has died since."""
    ts, _ = await writer.post(asked, 0, lambda: GROWS)  # type: ignore[misc]
    writer.streams._open.clear()
    slack.fail("chat.delete", error="streaming_state_conflict", when=lambda _: bool(slack.workspace.streams))

    await writer.remove(asked, ts)

    assert ts not in slack.workspace.conversation(GENERAL).messages
