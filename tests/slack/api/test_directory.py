"""Who and what stands behind an id, asked of a small Slack."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Person
from bot.installations import Installation
from bot.slack.api import cache as lookup
from bot.slack.api import directory
from bot.slack.api.client import SlackClient
from bot.slack.api.directory import People
from bot.slack.api.rate_limits import Pace
from tests.town import INSTALLED
from threadbot_sandbox.slack import SmallSlack, reading
from threadbot_sandbox.slack.seed import ADA, BEN, BOT, BOT_USER, CHLOE, DEPLOYBOT, DORA, GUS, OTTO, Home


@dataclass
class Remembered:
    """See `directory.LastKnown`."""

    persons: dict[str, Person] = field(default_factory=dict)
    groups: dict[str, dict[str, bool]] = field(default_factory=dict)

    async def keep(self, user: str, person: Person | None, groups: Mapping[str, bool]) -> None:
        if person is not None:
            self.persons[user] = person
        self.groups.setdefault(user, {}).update(groups)

    async def recall(self, user: str) -> tuple[Person | None, Mapping[str, bool]]:
        return self.persons.get(user), self.groups.get(user, {})


@pytest.fixture
def last() -> Remembered:
    return Remembered()


@pytest.fixture
def people(client: SlackClient, last: Remembered) -> People:
    return People(client, INSTALLED, last)


@pytest.mark.parametrize(
    ("user", "told"),
    [
        (ADA, Person("Ada", known=True, is_admin=True, is_owner=True)),
        (BEN, Person("Ben", known=True)),
        (DORA, Person("Dora", known=True, is_admin=True)),
        (GUS, Person("Gus", known=True, is_guest=True)),
        (OTTO, Person("Otto", known=True, is_outsider=True)),
        (DEPLOYBOT, Person("deploybot", known=True, is_bot=True)),
        ("U0NOBODY", Person(is_hidden=True)),
        ("B0DEPLOYBOT", Person("Deploybot", known=True, is_bot=True)),
        ("B0STRANGER", Person()),
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
        client.of(org.bot_token, Pace(None)),
        Installation("E3", BOT_USER, BOT, enterprise="E3", org_wide=True),
        Remembered(),
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

    assert mine == [{"S0GARDENERS": True}, {"S0GARDENERS": False}]
    assert await people.group_names(["S0GARDENERS", "S0UNKNOWN"]) == {"S0GARDENERS": "gardeners"}


async def test_in_a_workspace_without_groups_it_is_not_known_who_is_in_one(people: People, slack: SmallSlack) -> None:
    slack.fail("usergroups.users.list", error="plan_upgrade_required")
    slack.fail("usergroups.list", error="plan_upgrade_required")

    assert await people.groups(ADA, ["S0GARDENERS"]) == {}
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


async def test_outside_of_any_thread_a_private_channel_has_no_name(people: People) -> None:
    assert await people.channel_names(["C000GENERAL", "C0000SECRET"], None) == {
        "C000GENERAL": "general",
        "C0000SECRET": "private-channel",
    }


async def test_the_names_of_all_come_a_page_at_a_time(
    people: People, slack: SmallSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "PAGE", 3)
    named = await people.everybody()

    assert {ADA: "Ada", BEN: "Ben", GUS: "Gus"}.items() <= named.items()
    assert len(slack.calls_of("users.list")) > 2


async def test_where_the_list_breaks_off_the_names_before_it_are_known(
    people: People, slack: SmallSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "PAGE", 3)
    slack.fail("users.list", error="missing_scope", when=lambda args: "cursor" in args, times=9)

    assert len(await people.everybody()) == 3


def test_direct_messages_are_known_by_their_id(people: People) -> None:
    assert people.is_direct("D0000000ADA")
    assert not people.is_direct("C000GENERAL")


async def test_a_channel_that_slack_will_not_tell_of_now_is_not_called_anything(
    people: People, slack: SmallSlack
) -> None:
    slack.fail("conversations.info", error="internal_error", status=500)

    assert await people.channel_names(["C000GENERAL"], ThreadKey("slack", "T1", "C000GENERAL", "1.0")) == {}


# -- look-ups that fail


FAILURES = [
    {"error": "internal_error", "status": 500},
    {"error": "missing_scope"},
    {"error": "ratelimited", "status": 429, "retry_after": 60},
    {"error": "user_not_visible"},
    {"delay": 5.0},
]


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is cached, and nobody waits for long."""
    monkeypatch.setattr(lookup, "FRESH_FOR", 0.0)
    monkeypatch.setattr(lookup, "RETRY_AFTER", 0.0)
    monkeypatch.setattr(lookup, "LOOKUP_TIMEOUT", 0.2)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("how", FAILURES, ids=str)
async def test_of_whom_slack_tells_nothing_nothing_is_known(people: People, slack: SmallSlack, how: Any) -> None:
    slack.fail("users.info", **how)

    assert not (await people.person(ADA)).known


@pytest.mark.usefixtures("soon")
async def test_where_slack_does_not_answer_what_it_told_last_counts(people: People, slack: SmallSlack) -> None:
    told = await people.person(GUS)
    slack.fail("users.info", error="internal_error", status=500, times=9)

    assert await people.person(GUS) == told
    assert not (await people.person(BEN)).known


@pytest.mark.usefixtures("soon")
async def test_whom_slack_shows_no_longer_is_not_known_from_before(people: People, slack: SmallSlack) -> None:
    await people.person(BEN)
    slack.fail("users.info", error="user_not_visible")

    assert await people.person(BEN) == Person(is_hidden=True)


@pytest.mark.parametrize("how", FAILURES, ids=str)
async def test_who_is_asked_for_afresh_is_known_from_nowhere_else(
    people: People, slack: SmallSlack, how: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await people.person(ADA)
    monkeypatch.setattr(lookup, "LOOKUP_TIMEOUT", 0.2)
    slack.fail("users.info", **how)

    assert not (await people.person(ADA, afresh=True)).known


async def test_a_right_that_was_taken_away_is_noticed_at_once_by_who_asks_afresh(
    people: People, slack: SmallSlack
) -> None:
    assert (await people.person(DORA)).is_admin
    slack.workspace.users[DORA] = replace(slack.workspace.users[DORA], is_admin=False, deleted=True)

    assert (await people.person(DORA)).is_admin
    afresh = await people.person(DORA, afresh=True)
    assert afresh == Person("Dora", known=True, is_deactivated=True)
    assert await people.person(DORA) == afresh


@pytest.mark.parametrize("missing", ["is_restricted", "is_ultra_restricted", "team_id"])
async def test_who_may_be_a_guest_or_an_outsider_counts_as_one(
    people: People, slack: SmallSlack, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reading.profile
    monkeypatch.setattr(
        reading, "profile", lambda *of: {name: fact for name, fact in whole(*of).items() if name != missing}
    )
    told = await people.person(BEN)

    assert told.is_guest or told.is_outsider


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize(
    "how", [{"error": "plan_upgrade_required"}, {"error": "no_such_subteam"}, *FAILURES[:3], FAILURES[4]], ids=str
)
async def test_where_slack_does_not_tell_of_a_group_what_it_told_last_counts(
    people: People, slack: SmallSlack, how: Any
) -> None:
    assert await people.groups(CHLOE, ["S0GARDENERS"]) == {"S0GARDENERS": True}
    slack.fail("usergroups.users.list", **{"times": 9, **how})

    assert await people.groups(CHLOE, ["S0GARDENERS"]) == {"S0GARDENERS": True}
    assert await people.groups(BEN, ["S0GARDENERS"]) == {}
