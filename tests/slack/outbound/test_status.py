"""The status under a thread, call by call; how long it stands is shown in tests/journeys/test_status.py."""

import pytest

from bot.slack.api.client import SlackClient
from bot.slack.outbound.status import StatusLine
from tests.town import a_thread
from threadbot_sandbox.slack import SmallSlack

GENERAL = "C000GENERAL"
STATUS, SESSION = "assistant.threads.setStatus", "agents.sessions.setStatus"


def said(slack: SmallSlack) -> list[tuple[str, str]]:
    return [(call.method, call.args.get("status", "")) for call in slack.calls if call.method in (STATUS, SESSION)]


@pytest.mark.parametrize(
    ("agent", "cleared", "calls"),
    [
        (False, False, [(STATUS, "")]),
        (False, True, []),
        (True, False, [(SESSION, "active")]),
        (True, True, [(SESSION, "active")]),
    ],
)
async def test_what_is_said_when_nothing_is_done_any_more(
    client: SlackClient, slack: SmallSlack, agent: bool, cleared: bool, calls: list[tuple[str, str]]
) -> None:
    thread = a_thread(GENERAL, await slack.say("Ada", "#general", "hello"))

    assert await StatusLine(client, agent=agent).clear(thread, cleared=cleared)

    assert said(slack) == calls


async def test_where_an_agent_has_no_sessions_an_empty_status_ends_its_work(
    client: SlackClient, slack: SmallSlack
) -> None:
    slack.fail(SESSION, error="not_authorized", times=9)
    thread, line = a_thread(GENERAL, await slack.say("Ada", "#general", "hello")), StatusLine(client, agent=True)

    assert await line.clear(thread, cleared=True)
    assert await line.clear(thread, cleared=False)

    assert said(slack) == [(SESSION, "active"), (STATUS, ""), (STATUS, "")]


async def test_where_slack_takes_no_status_any_more_an_agents_session_tells_of_its_work(
    client: SlackClient, slack: SmallSlack
) -> None:
    slack.fail(STATUS, error="method_deprecated", times=9)
    thread, line = a_thread(GENERAL, await slack.say("Ada", "#general", "hello")), StatusLine(client, agent=True)

    for _ in range(2):
        assert await line.show(thread, "is thinking…")

    assert said(slack) == [(STATUS, "is thinking…"), (SESSION, "processing"), (SESSION, "processing")]


@pytest.mark.parametrize(
    ("code", "tries"), [("method_not_supported_for_channel_type", 2), ("not_in_channel", 2), ("unknown_method", 1)]
)
async def test_only_what_slack_refuses_everywhere_is_not_tried_again(
    client: SlackClient, slack: SmallSlack, code: str, tries: int
) -> None:
    slack.fail(STATUS, error=code, times=9)
    thread, line = a_thread(GENERAL, await slack.say("Ada", "#general", "hello")), StatusLine(client)

    shown = [await line.show(thread, "is thinking…") for _ in range(2)]

    assert len(said(slack)) == tries
    assert shown == [True if code == "not_in_channel" else None] * 2
