"""Who is answered, and what the others are told."""

from dataclasses import replace

import pytest

from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Batch, Message, Person, Standing
from bot.conversation.places import Channel, Direct, Place, Ref
from bot.policy import access
from bot.policy.preferences import WORKSPACE, Access
from bot.policy.roles import Refusal
from tests.commands import fakes
from tests.commands.fakes import Fakes
from tests.people import HERE, PEOPLE, TEAM, THREAD

NAMED, MANAGER = Ref("user", PEOPLE["named"]), Ref("user", PEOPLE["manager"])
DIRECT = ThreadKey("slack", TEAM, "D0000000EVE", THREAD.root, direct=True)


async def why(role: str, where: ThreadKey | Place, world: Fakes) -> Refusal | None:
    rules = await world.prefs.rules(where, PEOPLE[role])
    return await access.refusal(PEOPLE[role], where, rules, world.world)


def batch(*authors: str) -> Batch:
    said = [Message(f"1763700000.00010{n}", author, "hello?") for n, author in enumerate(authors)]
    return Batch(THREAD, tuple(said))


@pytest.mark.parametrize(
    ("role", "where", "reason"),
    [
        ("member", THREAD, None),
        ("guest", THREAD, "guest"),
        ("outsider", Channel(HERE), "outsider"),
        ("guest", DIRECT, "guest"),
        ("guest", Direct(), "guest"),
    ],
)
async def test_who_is_not_answered_is_told_why(role: str, where: ThreadKey | Place, reason: str | None) -> None:
    refusal = await why(role, where, fakes.with_everybody())

    assert (refusal.reason if refusal else None) == reason


async def test_a_muted_channel_answers_nobody_and_direct_messages_everybody() -> None:
    world = fakes.with_everybody()
    await world.prefs.choose(WORKSPACE, {"policy": "mute"}, PEOPLE["owner"])

    assert await why("owner", THREAD, world) == Refusal("muted", (NAMED, MANAGER))
    assert await why("member", DIRECT, world) is None


async def test_groups_are_looked_up_where_a_list_names_some() -> None:
    world = fakes.with_everybody()
    world.prefs.listed = replace(world.prefs.listed, denied_groups=frozenset({"S1"}))
    world.chat.members["S1"] = frozenset({PEOPLE["member"]})

    denied = await why("member", THREAD, world)
    assert denied is not None
    assert denied.reason == "denied"
    assert await why("admin", THREAD, world) is None


async def test_each_who_is_refused_is_named_once_with_whom_to_ask() -> None:
    world = fakes.with_everybody()
    asked = batch(PEOPLE["guest"], PEOPLE["member"], PEOPLE["guest"])
    refused = await access.refused(
        asked.messages, THREAD, await world.prefs.rules(THREAD, PEOPLE["guest"]), world.world
    )

    assert refused == {PEOPLE["guest"]: Refusal("guest", (NAMED, MANAGER))}


def test_some_of_those_who_manage_are_named_to_be_asked() -> None:
    seen = Access(admins=frozenset({"U1", "U2", "U3"}), appointed=frozenset({"U4"}), managers={"C1": frozenset({"U0"})})

    assert [ref.id for ref in access.whom(seen, "C1")] == ["U0", "U1", "U2"]
    assert [ref.id for ref in access.whom(seen)] == ["U1", "U2", "U3"]


@pytest.mark.parametrize(
    ("says", "slack", "reason"),
    [
        ("outsider", Person("Eve", known=True, is_admin=True), "outsider"),
        ("bot", Person("Eve", known=True, is_admin=True), "bot"),
        ("guest", Person("Eve", known=True), "guest"),
        ("member", Person("Eve", known=True, is_guest=True), "guest"),
        ("member", Person(), None),
        ("member", Person(is_hidden=True), None),
        ("guest", Person(), "guest"),
        (None, Person(), "unchecked"),
        (None, Person(is_hidden=True), "unknown"),
    ],
)
async def test_what_a_message_says_of_its_author_takes_rights_away_and_stands_in_for_slack(
    says: Standing | None, slack: Person, reason: str | None
) -> None:
    world = fakes.with_everybody()
    world.chat.people[PEOPLE["member"]] = slack
    said = [Message("1763700000.000100", PEOPLE["member"], "hello?", author_is=says)]
    refused = await access.refused(said, THREAD, await world.prefs.rules(THREAD, ""), world.world)

    assert {why.reason for why in refused.values()} == ({reason} if reason else set())


async def test_of_two_things_that_are_said_of_somebody_the_worse_counts() -> None:
    world = fakes.with_everybody()
    says: list[Standing | None] = ["member", "guest", None]
    said = [Message(f"1763700000.00010{n}", PEOPLE["member"], "hello?", author_is=each) for n, each in enumerate(says)]
    refused = await access.refused(said, THREAD, await world.prefs.rules(THREAD, ""), world.world)

    assert refused[PEOPLE["member"]].reason == "guest"
