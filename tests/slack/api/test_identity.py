"""Who a token makes us, as a small Slack tells it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from aiohttp import ClientSession

from bot.slack.api.client import SlackClient
from bot.slack.api.identity import identify
from bot.slack.api.rate_limits import Pace
from tests.town import INSTALLED
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.seed import Home


@asynccontextmanager
async def client_of(slack: SmallSlack) -> AsyncIterator[SlackClient]:
    async with ClientSession() as session:
        yield SlackClient(slack.bot_token, f"{slack.url}/api/", session, Pace(None))


async def test_a_team_that_has_installed_the_app(client: SlackClient) -> None:
    me, _ = await identify(client)

    assert replace(me, scopes=()) == INSTALLED
    assert "chat:write" in me.scopes


async def test_an_organisation_that_has_is_one_workspace() -> None:
    slack = SmallSlack(home=Home(enterprise="E1", org_wide=True))
    async with serving(slack.app), client_of(slack) as client:
        me, _ = await identify(client)

    assert (me.workspace, me.enterprise, me.team, me.org_wide) == ("E1", "E1", "", True)


async def test_missing_scopes_are_a_warning(client: SlackClient, slack: SmallSlack) -> None:
    slack.scopes.discard("chat:write")
    _, [warning] = await identify(client)

    assert "chat:write" in warning
