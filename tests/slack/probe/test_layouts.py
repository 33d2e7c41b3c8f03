"""Whether Slack takes what we lay out, asked of Slack."""

import pytest

from bot.slack.api.client import SlackClient
from bot.slack.probe import layouts
from bot.slack.ui import home_view
from threadbot_sandbox.slack import SmallSlack


async def test_slack_takes_all_that_we_lay_out_and_shows_it_to_nobody(client: SlackClient, slack: SmallSlack) -> None:
    looked, refused = await layouts.problems(client)

    assert (looked, refused) == (len(layouts.layouts()), [])
    assert looked > 10
    assert {call.method for call in slack.calls} == {"blocks.validate"}
    assert not slack.workspace.homes


async def test_what_is_wrong_is_named_with_its_place(client: SlackClient, monkeypatch: pytest.MonkeyPatch) -> None:
    nameless = {"type": "header", "text": {"type": "plain_text", "text": ""}}
    monkeypatch.setattr(home_view, "_header", lambda _text: nameless)
    looked, refused = await layouts.problems(client)

    assert looked == len(layouts.layouts())
    assert {each.partition(":")[0] for each in refused} == {"Home", "Home of admins"}
    assert "invalid_view; must be more than 0 characters [/blocks/0/text/text]" in refused[0]


async def test_a_slack_that_validates_nothing_is_no_fault(client: SlackClient, slack: SmallSlack) -> None:
    slack.fail("blocks.validate", error="unknown_method")

    assert await layouts.problems(client) == (0, [])
