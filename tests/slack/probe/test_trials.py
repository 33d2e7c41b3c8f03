"""The probe tells how each thing that nobody has shown is in a Slack: here in both ways of each."""

from typing import Any

import pytest

from bot.slack.api.client import SlackClient
from bot.slack.probe import bench, trials
from bot.slack.probe.trials import Row
from tests.slack.outbound.test_post import ME
from tests.town import is_bot
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.seed import ADA


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "APART", 0.0)
    monkeypatch.setattr(bench, "SETTLE", 0.0)


async def tried(client: SlackClient, channel: str = "#general") -> dict[str, Row]:
    found: list[Row] = []
    async with bench.opened(client, ME, channel, ADA) as thread:
        await trials.rows(thread, found.append)
    return {row.what: row for row in found}


def bot_messages(slack: SmallSlack) -> list[Any]:
    return [m for channel in slack.workspace.channels.values() for m in channel.messages.values() if is_bot(m)]


async def test_a_slack_as_we_assume_it_differs_in_nothing_and_is_left_as_it_was(
    client: SlackClient, slack: SmallSlack
) -> None:
    before = bot_messages(slack)
    rows = await tried(client)

    assert [row for row in rows.values() if row.differs] == []
    assert bot_messages(slack) == before
    assert len(rows) == len(trials.TRIALS)


OTHERWISE = [
    ({"streams": "unknown_method"}, "a stream", "refused (unknown_method)", "SLACK_STREAMS=off"),
    ({"stream_buttons": False}, "a stream's button", "not shown while it streams", ""),
    ({"late_rendering": True}, "an edit right after a stream", "stands there 2 times", "SLACK_STREAMS=off"),
    ({"stream_bytes": True}, "11,000 Chinese characters in a stream", "refused (msg_too_long)", ""),
    ({"markdown_bytes": True}, "11,000 Chinese characters in a message", "refused (msg_too_long)", ""),
    ({"tables": 0}, "a table", "shown as text", "SLACK_TABLES=off"),
    ({"tables": 9}, "two tables in a message", "taken", "SLACK_TABLES=many"),
    ({"translated": False}, "60 headings in a message", "taken", ""),
    ({"edit_bytes": None}, "an edit whose text has 4,002 bytes", "taken", ""),
    ({"edit_bytes": 3_000}, "an edit whose text has 4,000 bytes", "refused (msg_too_long)", ""),
    ({"splits": False}, "7,800 characters without blocks", "one message", ""),
    ({"previews": frozenset({"stream"})}, "a link in a stream", "a preview", ""),
    ({"previews": frozenset({"edit"})}, "a link in an edit", "a preview", ""),
    ({"previews": frozenset({"post"})}, "a link in a message", "a preview", ""),
    ({"status": "not_authorized"}, "the status under a thread", "refused (not_authorized)", ""),
    ({"metadata_kept": False}, "metadata, after an edit without any", "lost", ""),
    ({"edited_by_blocks": True}, "an edit of blocks alone", "marked as edited", ""),
    ({"edited_by_text": False}, "an edit of blocks and text", "not marked", ""),
    ({"thumbs_in_edits": False}, "thumbs that an edit brings", "not shown", ""),
]


@pytest.mark.parametrize(("otherwise", "what", "did", "write"), OTHERWISE, ids=[what for _, what, *_ in OTHERWISE])
async def test_what_a_slack_does_otherwise_is_told(
    client: SlackClient, slack: SmallSlack, otherwise: dict[str, Any], what: str, did: str, write: str
) -> None:
    for name, value in otherwise.items():
        setattr(slack.workspace.unknowns, name, value)
    row = (await tried(client))[what]

    assert row.did.startswith(did)
    assert row.differs
    assert row.write == write


def test_each_trial_is_turned_over() -> None:
    assert {trial.what for trial in trials.TRIALS} == {what for _, what, *_ in OTHERWISE}


async def test_what_stands_there_is_deleted_also_when_it_ends_early(client: SlackClient, slack: SmallSlack) -> None:
    before = bot_messages(slack)

    async def broken_off() -> None:
        async with bench.opened(client, ME, "#general", ADA) as thread:
            await thread.post(text="one")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await broken_off()

    assert bot_messages(slack) == before


async def test_a_channel_that_is_closed_to_us_is_told(client: SlackClient) -> None:
    with pytest.raises(bench.NotTaken, match="channel_not_found"):
        await tried(client, "#nowhere")
