"""Who and what stands behind an id, asked of a small Slack."""

import asyncio

import pytest

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Person
from bot.installations import Installation
from bot.slack.api import cache as lookup
from bot.slack.api.client import SlackClient
from bot.slack.api.directory import People
from bot.slack.api.rate_limits import Pace
from tests.town import INSTALLED
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.seed import ADA, BEN, BOT, BOT_USER, CHLOE, DEPLOYBOT, DORA, GUS, OTTO, Home


@pytest.fixture
def people(client: SlackClient) -> People:
    return People(client, INSTALLED)


@pytest.mark.parametrize(
    ("user", "told"),
    [
        (ADA, Person("Ada", known=True, is_admin=True, is_owner=True)),
        (BEN, Person("Ben", known=True)),
        (DORA, Person("Dora", known=True, is_admin=True)),
        (GUS, Person("Gus", known=True, is_guest=True)),
        (OTTO, Person("Otto", known=True, is_outsider=True)),
        (DEPLOYBOT, Person("deploybot", known=True, is_bot=True)),
        ("U0NOBODY", Person()),
    ],
)
async def test_what_slack_says_of_somebody(people: People, user: str, told: Person) -> None:
    assert await people.person(user) == told


async def test_a_fact_that_slack_does_not_tell_gives_no_right(people: People, slack: SmallSlack) -> None:
    slack.scopes.discard("users:read")

    assert await people.person(ADA) == Person()


async def test_forty_who_ask_at_once_share_one_call_each(people: People, slack: SmallSlack) -> None:
    everybody = [ADA, BEN, CHLOE, "B0DEPLOYBOT"]
    told = await asyncio.gather(*(people.names(everybody) for _ in range(40)))

    assert told[0] == {ADA: "Ada", BEN: "Ben", CHLOE: "Chloe", "B0DEPLOYBOT": "Deploybot"}
    assert all(each == told[0] for each in told)
    assert len(slack.calls) == 4


async def test_members_of_a_group_are_unknown_where_an_organisation_does_not_tell_its_teams(
    client: SlackClient, slack: SmallSlack
) -> None:
    """And not nobody: who is denied as a member of it would be let in."""
    org = SmallSlack(home=Home("T3", token="xoxb-org", enterprise="E3", org_wide=True), beside=slack)
    people = People(
        client.of(org.bot_token, Pace(None)), Installation("E3", BOT_USER, BOT, enterprise="E3", org_wide=True)
    )
    org.fail("auth.teams.list", error="internal_error")

    assert await people._members.all(["S0GARDENERS"]) == {}
    assert await people.names(["B0DEPLOYBOT"]) == {}


async def test_what_has_grown_old_is_asked_again(
    people: People, slack: SmallSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "FRESH_FOR", 0.0)
    await people.person(ADA)
    await people.person(ADA)

    assert len(slack.calls_of("users.info")) == 2


async def test_a_look_up_that_failed_is_not_repeated_at_once(people: People, slack: SmallSlack) -> None:
    slack.fail("users.info", status=500)
    answers = [await people.person(ADA), await people.person(ADA)]

    assert answers == [Person(), Person()]
    assert len(slack.calls_of("users.info")) == 1


@pytest.mark.parametrize(
    "how", [{"error": "ratelimited", "status": 429, "retry_after": 60}, {"error": "missing_scope"}]
)
async def test_where_slack_wants_no_calls_none_is_made(people: People, slack: SmallSlack, how: dict[str, int]) -> None:
    slack.fail("users.info", **how)  # type: ignore[arg-type]
    await people.person(ADA)
    await people.names([BEN, CHLOE])

    assert len(slack.calls_of("users.info")) == 1


async def test_an_answer_waits_for_names_only_so_long(
    people: People, slack: SmallSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "LOOKUP_TIMEOUT", 0.2)
    await people.names([ADA])
    slack.fail("users.info", delay=5.0)

    assert await people.names([ADA, BEN]) == {ADA: "Ada"}


async def test_who_is_in_which_group(people: People, slack: SmallSlack) -> None:
    mine = [await people.groups(user, ["S0GARDENERS", "S0UNKNOWN"]) for user in (ADA, BEN)]

    assert mine == [{"S0GARDENERS"}, set()]
    assert await people.group_names(["S0GARDENERS", "S0UNKNOWN"]) == {"S0GARDENERS": "gardeners"}


async def test_a_workspace_without_groups_has_none(people: People, slack: SmallSlack) -> None:
    slack.fail("usergroups.users.list", error="plan_upgrade_required")
    slack.fail("usergroups.list", error="plan_upgrade_required")

    assert await people.groups(ADA, ["S0GARDENERS"]) == set()
    assert await people.group_names(["S0GARDENERS"]) == {}


async def test_a_channel_that_the_bot_may_not_see_is_called_private(people: People, slack: SmallSlack) -> None:
    names = await people.channel_names(["C000GENERAL", "C0HIDDEN"], ThreadKey("slack", "T1", "C0HIDDEN", "1.0"))

    assert names == {"C000GENERAL": "general", "C0HIDDEN": "private-channel"}


async def test_a_private_channel_is_named_only_to_those_who_are_in_it(people: People) -> None:
    asked = ["C000GENERAL", "C0000SECRET"]

    assert await people.channel_names(asked, ThreadKey("slack", "T1", "C0000SECRET", "1.0")) == {
        "C000GENERAL": "general",
        "C0000SECRET": "secret-garden",
    }
    assert await people.channel_names(asked, ThreadKey("slack", "T1", "C000GENERAL", "1.0")) == {
        "C000GENERAL": "general",
        "C0000SECRET": "private-channel",
    }


async def test_a_channel_that_slack_will_not_tell_of_now_is_not_called_anything(
    people: People, slack: SmallSlack
) -> None:
    slack.fail("conversations.info", error="internal_error", status=500)

    assert await people.channel_names(["C000GENERAL"], ThreadKey("slack", "T1", "C000GENERAL", "1.0")) == {}
