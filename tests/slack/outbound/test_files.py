"""A file for one person: into their direct messages, and nothing left behind where Slack does not take it."""

import pytest

from bot.errors import Unavailable
from bot.slack.api.client import SlackClient
from bot.slack.api.errors import FOREIGN, Refused
from bot.slack.outbound.files import hand_over
from tests.town import is_bot
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.seed import ADA

DM = "D0000000ADA"
CSV = "day,name\n2026-11-01,Zoë\n".encode()


async def sent(client: SlackClient) -> bool:
    return await hand_over(client, ADA, "usage.csv", CSV, "What <everyone> used")


async def test_it_stands_in_their_direct_messages_with_a_word_on_what_it_is(
    client: SlackClient, slack: SmallSlack
) -> None:
    assert await sent(client)

    note, shared = (message for message in slack.messages(DM) if is_bot(message))
    assert note["text"] == "What &lt;everyone&gt; used"
    [file] = shared["files"]
    assert file["name"] == file["title"] == "usage.csv"
    assert slack.workspace.files[file["id"]].content == CSV


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
async def test_where_slack_does_not_let_us_nothing_of_it_stays(
    client: SlackClient, slack: SmallSlack, method: str
) -> None:
    slack.fail(method, error="missing_scope", times=9)

    assert not await sent(client)
    assert not [message for message in slack.messages(DM) if is_bot(message)]


async def test_a_file_that_may_be_there_is_not_shown_twice(client: SlackClient, slack: SmallSlack) -> None:
    slack.fail("files.completeUploadExternal", error="internal_error", times=9)

    with pytest.raises(Unavailable):
        await sent(client)
    assert len(slack.calls_of("files.completeUploadExternal")) == 1


async def test_bytes_go_to_slack_alone(client: SlackClient) -> None:
    with pytest.raises(Refused) as refused:
        await client.upload("https://elsewhere.example/upload", CSV)
    assert refused.value.code == FOREIGN
