"""One small Slack beside another: the same app in two workspaces, or in a whole organisation."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.bots import Bot
from tests.town import wait_until
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.seed import ADA, TEAM, Home

SECOND = Home("T2", "Second", "second", "xoxb-second")
ORG = Home("T3", "Org", "org", "xoxb-org", "E3", org_wide=True, others=("T4",))


@pytest.fixture(params=[SECOND, ORG], ids=["team", "organisation"])
async def other(request: pytest.FixtureRequest, slack: SmallSlack) -> AsyncIterator[SmallSlack]:
    beside = SmallSlack(home=request.param, beside=slack)
    async with serving(beside.app):
        yield beside


def client(slack: SmallSlack, session: ClientSession, token: str) -> AsyncWebClient:
    return AsyncWebClient(token, base_url=f"{slack.url}/api/", session=session, retry_handlers=[])


async def test_a_token_reaches_its_own_workspace_at_the_same_address(slack: SmallSlack, other: SmallSlack) -> None:
    async with ClientSession() as session:
        ours = await client(slack, session, slack.bot_token).auth_test()
        theirs = await client(slack, session, other.bot_token).auth_test()
        await client(slack, session, other.bot_token).chat_postMessage(channel="C000GENERAL", text="hello")

    home = other.workspace.home
    assert (ours["team_id"], ours["is_enterprise_install"]) == (TEAM, False)
    assert (theirs["team_id"], theirs["is_enterprise_install"]) == (home.enterprise or home.team, home.org_wide)
    assert [message["text"] for message in other.messages("#general")] == ["hello"]
    assert slack.messages("#general") == []


async def test_events_of_both_come_over_one_line_and_name_their_installation(
    bot: Bot, slack: SmallSlack, other: SmallSlack
) -> None:
    for each in (slack, other):
        await each.say("Ada", "#general", "<@U0THREADBOT> hello", encoded=True)
        await wait_until(lambda: not slack.courier.under_way and not other.courier.under_way, "all is delivered")
    [ours], [theirs] = installs(slack), installs(other)

    home = other.workspace.home
    assert ours == (TEAM, None, False)
    assert theirs == (home.team, home.enterprise, home.org_wide)
    assert all(delivery.acked for delivery in slack.deliveries + other.deliveries)


def installs(slack: SmallSlack) -> set[tuple[str, str | None, bool]]:
    """Those that the events of a workspace name: team, enterprise, org-wide."""
    named = [delivery.payload["authorizations"][0] for delivery in slack.deliveries]
    return {(each["team_id"], each["enterprise_id"], each["is_enterprise_install"]) for each in named}


async def test_an_organisations_token_has_to_say_which_team(slack: SmallSlack) -> None:
    org = SmallSlack(home=ORG, beside=slack)
    async with serving(org.app), ClientSession() as session:
        api = client(slack, session, org.bot_token)
        teams = [team["id"] for team in (await api.auth_teams_list())["teams"]]
        with pytest.raises(SlackApiError, match="missing_argument"):
            await api.usergroups_list()
        groups = [len((await api.usergroups_list(team_id=team))["usergroups"]) for team in teams]
        ada = (await api.users_info(user=ADA))["user"]["enterprise_user"]

    assert (teams, groups) == (["T3", "T4"], [1, 0])
    assert (ada["enterprise_id"], ada["teams"], ada["is_owner"]) == ("E3", ["T3"], True)
