"""What is sent to a stream; that answers grow as streams is shown in tests/journeys/test_replies.py."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.messages import Batch
from bot.markdown.split import presentable
from bot.slack.api import rate_limits as pace
from bot.slack.api.client import SlackClient
from bot.slack.api.rate_limits import Pace
from bot.slack.outbound.stream import Streams, steady
from tests.slack.api.test_rate_limits import Counted
from tests.slack.outbound.test_post import GROWS, turn
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.seed import TEAM


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("one two ", "one "),
        ("one two\n", "one "),
        ("one  \n", "one  \n"),
        ("二つ、三つ", "二つ、三"),
        ("one\n\ntwo three \n  ", "one\n\ntwo "),
        ("Sure!\n\n", "Sure!\n\n"),
        ("please ask <@U123", "please "),
        ("ask <@U123 him ", "ask <@U123 "),
        ("a < b ", "a < "),
        ("", ""),
    ],
)
def test_a_piece_ends_where_the_next_loses_nothing(text: str, sent: str) -> None:
    assert steady(text) == sent


@given(st.text(alphabet="ab \n二"), st.lists(st.integers(0, 60)))
def test_pieces_whose_leading_blanks_are_lost_still_make_the_text(text: str, ends: list[int]) -> None:
    text, sent, shown = f"Well {text}", "", ""
    for end in sorted(ends):
        ready = steady(presentable(text[:end]))
        if ready != sent and ready.startswith(sent) and len(ready.split()) > 1:
            sent, shown = ready, shown + ready[len(sent) :].lstrip()

    assert shown == sent


@pytest.mark.parametrize(("code", "elsewhere"), [("unknown_method", False), ("channel_type_not_supported", True)])
async def test_where_slack_has_no_streams_none_is_tried_in_any_channel(
    client: SlackClient, slack: SmallSlack, code: str, elsewhere: bool
) -> None:
    streams, ts = Streams(client, TEAM, "everywhere"), await slack.say("Ada", "#general", "hello")
    slack.fail("chat.startStream", error=code, times=9)
    here = turn(ts, ts)
    there = replace(here, batch=Batch(replace(here.batch.thread, channel="C0000RANDOM"), here.batch.messages))

    assert await streams.start(here, replace(GROWS, controls=())) is None

    assert not await streams.may_start(here)
    assert await streams.may_start(there) == elsewhere


async def test_no_more_streams_begin_than_slack_allows_however_many_messages_an_answer_has(
    client: SlackClient,
) -> None:
    full = Counted(waits=[20.0])
    client.pace = Pace(full)

    assert await Streams(client, TEAM).start(turn("1.0", "2.0"), GROWS) is None
    assert [name for name, _, _ in full.reserved[0]] == ["chat.startStream"]
    assert full.left == [(pace.STREAMS, pace.WINDOW)]
