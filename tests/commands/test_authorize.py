"""Who may give which command, and whose thread or answer it is."""

from dataclasses import replace
from typing import Any, cast, get_args

import pytest

from bot.commands import budget_model, model, privacy_model, token_model, usage_model, workspace_model
from bot.commands.authorize import authorize
from bot.commands.model import Actor, Choose, Command, Continue, OpenForm, Rate, Regenerate, Stop
from bot.commands.privacy_model import ForgetMe, ForgetThread
from bot.commands.result import Result
from bot.conversation.ids import ThreadKey
from bot.conversation.messages import Message, Person
from bot.conversation.places import Channel, Direct, Ref
from bot.policy.roles import Refusal
from bot.policy.tokens import Token
from bot.turns.state import Record
from bot.usage.budgets import OFF, Budget, Owner
from tests.commands import fakes
from tests.commands.fakes import Fakes
from tests.people import (
    ADMINS,
    ELSEWHERE,
    GUESTS,
    HERE,
    MANAGERS,
    MEMBERS,
    NEWEST,
    PEOPLE,
    PERSONS,
    SOMEBODY,
    TEAM,
    THREAD,
)

PLACE = Channel(HERE)
BARD = {"name": "Bard", "system_prompt": "Speak in verse."}


def mine(channel: str, root: str) -> ThreadKey:
    """A thread in somebody's direct messages."""
    return ThreadKey("slack", TEAM, channel, root, direct=True)


FORGET = ForgetThread(THREAD, PLACE)
TABLE: list[tuple[Command, set[str]]] = [
    (model.Explain(PLACE), PERSONS),
    (model.Explain(THREAD), PERSONS),
    (model.ListPersonas(PLACE), PERSONS),
    (model.ShowPersona("concise"), PERSONS),
    (model.ShowHistory("concise"), MEMBERS),
    (model.Compare("concise", 1), MEMBERS),
    (model.Export("concise"), MEMBERS),
    (Choose("persona", "concise", "person", PLACE), PERSONS),
    (Choose("persona", "concise", "channel", PLACE), MANAGERS),
    (Choose("persona", "concise", "workspace", PLACE), ADMINS),
    (Choose("model", "m", "channel", PLACE), MANAGERS),
    (Choose("model", "m", "workspace", PLACE), ADMINS),
    (Choose("policy", "follow", "channel", PLACE), MANAGERS),
    (Choose("policy", "follow", "workspace", PLACE), ADMINS),
    (Choose("footer", "off", "channel", PLACE), MANAGERS),
    (Choose("footer", "off", "workspace", PLACE), ADMINS),
    (Choose("feedback", False, "channel", PLACE), MANAGERS),
    (Choose("feedback", False, "workspace", PLACE), ADMINS),
    (Choose("retention", 7, "channel", PLACE), MANAGERS),
    (Choose("retention", 7, "workspace", PLACE), ADMINS),
    (Choose("readers", "all", "channel", PLACE), ADMINS),
    (Choose("readers", "all", "workspace", PLACE), ADMINS),
    (OpenForm("new"), ADMINS),
    (OpenForm("edit", "concise"), ADMINS),
    (OpenForm("import"), ADMINS),
    (model.ReadFile("name: Bard"), ADMINS),
    (model.Save(BARD, None), ADMINS),
    (model.Save({**BARD, "name": "concise"}, 0), ADMINS),
    (model.Preview(BARD, "Hello?"), ADMINS),
    (model.Copy("concise", "Brief"), ADMINS),
    (model.Restore("concise", 1), ADMINS),
    (model.Delete("concise"), ADMINS),
    (model.ShowSettings(PLACE), GUESTS),
    (model.ShowModels(PLACE), GUESTS),
    (usage_model.ShowUsage(), GUESTS),
    (usage_model.ShowUsage("everyone"), ADMINS),
    (usage_model.ShowUsage("everyone", as_file=True), ADMINS),
    (usage_model.ShowUsage("channel", HERE), MANAGERS),
    (usage_model.ShowUsage("channel", "C0000ANOTHER"), ADMINS),
    (usage_model.ShowUsage("person", "U0000SOMEBODY"), ADMINS),
    (usage_model.ShowUsage("persona", "concise"), ADMINS),
    (usage_model.ShowReasons(), ADMINS),
    (budget_model.ShowBudget(PLACE), GUESTS),
    (budget_model.SetBudget(Owner("everyone"), "day", OFF, PLACE), ADMINS),
    (budget_model.SetLimit(Owner("everyone"), "minute", 3, PLACE), ADMINS),
    (budget_model.LiftFuse(), ADMINS),
    (budget_model.AskForMore(THREAD, NEWEST, Budget("person", "U1", "2026-11", OFF)), ADMINS),
    (budget_model.Cheaper(THREAD, NEWEST), MANAGERS),
    (budget_model.Decide("r1", "once"), ADMINS),
    (ForgetMe(), PERSONS),
    (FORGET, MANAGERS),
    (privacy_model.ForgetHere(PLACE), MANAGERS),
    (privacy_model.ForgetHere(Direct("D1")), PERSONS),
    (privacy_model.ShowForgetting(ForgetMe(sure=True)), PERSONS),
    (privacy_model.ExportMine(), PERSONS),
    (privacy_model.ShowPrivacy(PLACE), PERSONS),
    (privacy_model.ReadMe(False), PERSONS),
    (model.ShowAdmins(PLACE), GUESTS),
    (model.Appoint("U1", True, PLACE), ADMINS),
    (model.Appoint("U1", False, PLACE), ADMINS),
    (model.Appoint("U1", True, PLACE, PLACE), ADMINS),
    (model.ShowAccess(), ADMINS),
    (model.Admit("deny", "users", "U1"), ADMINS),
    (model.SetSwitch("guests", True), ADMINS),
    (model.ShowAudit(), ADMINS),
    (token_model.NewToken("ci"), ADMINS),
    (token_model.ListTokens(), GUESTS),
    (token_model.RevokeToken("another's"), ADMINS),
    (token_model.AllowTokens("U1", True), ADMINS),
    (workspace_model.AdmitWorkspace("T0OTHER", True), ADMINS),
    (workspace_model.OpenServer(), ADMINS),
    (workspace_model.SetServer("https://models.example/v1", ("m",), "k"), ADMINS),
    (workspace_model.ForgetServer(), ADMINS),
    (workspace_model.SetTimeZone("Asia/Tokyo"), ADMINS),
    (workspace_model.ShowTimeZone(), GUESTS),
    (model.ShowHome(), PERSONS),
    (model.TryPersona("concise"), PERSONS),
    (model.AskSuggested(THREAD, "A sonnet, please."), PERSONS | {"bot"}),
    (Stop(THREAD, newest=NEWEST), MANAGERS),
    (Regenerate(THREAD, NEWEST), MANAGERS),
    (Continue(THREAD, NEWEST), MANAGERS),
    (Rate(THREAD, NEWEST, "down"), GUESTS),
    (model.PickPersona(THREAD), MANAGERS),
    (Choose("persona", "concise", "thread", THREAD), MANAGERS),
    (Choose("follow", True, "thread", THREAD), MEMBERS),
]
"""A command about what is somebody else's, and who is obeyed; written down apart from the table of rights."""
OWN: list[Command] = [
    FORGET,
    Stop(THREAD, newest=NEWEST),
    Regenerate(THREAD, NEWEST),
    Continue(THREAD, NEWEST),
    model.PickPersona(THREAD),
    Choose("persona", "concise", "thread", THREAD),
    Choose("follow", True, "thread", THREAD),
]
"""Commands that every person may give about what is theirs."""


def by(role: str) -> Actor:
    return Actor("slack", TEAM, PEOPLE[role])


def asked_by(user: str) -> Fakes:
    """A thread that somebody began: one answer stands there, and a question waits."""
    world = fakes.with_everybody_let_in()
    world.inbox.records[THREAD, NEWEST] = Record("answered", (user,), (NEWEST,))
    world.inbox.waiting[THREAD] = [Message("1763700000.000500", user, "more")]
    world.history.past[THREAD] = [Message(NEWEST, user, "a question")]
    world.tokens.tokens["1"] = Token("1", "another's", "hash", user, user)
    return world


async def may(command: Command, role: str, world: Fakes) -> bool:
    return await authorize(command, by(role), world.world) is None


@pytest.mark.parametrize("role", PEOPLE)
async def test_everyone_may_give_the_commands_of_their_role_and_no_others(role: str) -> None:
    world = asked_by(SOMEBODY)

    assert [c for c, _ in TABLE if await may(c, role, world)] == [c for c, who in TABLE if role in who]


@pytest.mark.parametrize("role", PEOPLE)
async def test_every_person_may_decide_about_what_is_theirs(role: str) -> None:
    world = asked_by(PEOPLE[role])

    assert {await may(command, role, world) for command in OWN} == {role in PERSONS}


def test_every_command_stands_in_the_table() -> None:
    assert {type(command) for command, _ in TABLE} == set(get_args(Command))


@pytest.mark.parametrize("user", ["", "U00NOBODY00"])
async def test_a_look_up_that_fails_grants_nothing(user: str) -> None:
    world = fakes.with_everybody_let_in()  # in which Slack says nothing of either
    actor = Actor("slack", TEAM, user)

    given = [c for c, who in TABLE if "outsider" not in who and await authorize(c, actor, world.world) is None]
    assert given == []


async def test_a_manager_manages_one_channel() -> None:
    world = asked_by(SOMEBODY)
    elsewhere = replace(THREAD, channel=ELSEWHERE)

    assert not await may(Choose("policy", "mute", "channel", Channel(ELSEWHERE)), "manager", world)
    assert not await may(ForgetThread(replace(THREAD, channel=ELSEWHERE), Channel(ELSEWHERE)), "manager", world)
    assert not await may(ForgetThread(replace(THREAD, channel=ELSEWHERE), PLACE), "manager", world)
    assert not await may(Choose("persona", "concise", "thread", elsewhere, SOMEBODY), "manager", world)


async def test_nobody_forgets_a_thread_in_the_direct_messages_of_another() -> None:
    world, root = fakes.with_everybody(), "1763700000.000100"

    assert not await may(ForgetThread(mine("D0000000BEN", root), Direct("D0000000EVE")), "member", world)
    assert not await may(ForgetThread(mine("D0000000BEN", root), Direct()), "member", world)
    assert await may(ForgetThread(mine("D0000000EVE", root), Direct("D0000000EVE")), "member", world)


@pytest.mark.parametrize(
    ("proved", "remembered", "in_slack", "owns"),
    [
        ("member", None, None, True),
        ("guest", "member", "member", False),
        (None, "member", "guest", True),
        (None, "guest", "member", False),
        (None, None, "member", True),
        (None, None, "guest", False),
        (None, None, None, False),
    ],
)
async def test_a_thread_is_whose_first_message_it_holds(
    proved: str | None, remembered: str | None, in_slack: str | None, owns: bool
) -> None:
    """The surface has proved it, or we remember it, or Slack says so when we ask; in this order."""
    world = fakes.with_everybody()
    if remembered:
        world.history.past[THREAD] = [Message(THREAD.root, PEOPLE[remembered], "a question")]
    if in_slack:
        world.chat.slack[THREAD] = [Message(THREAD.root, PEOPLE[in_slack], "a question")]
    starter = PEOPLE[proved] if proved else None

    assert await may(Choose("persona", "concise", "thread", THREAD, starter), "member", world) == owns


async def test_in_direct_messages_a_thread_is_the_persons_own() -> None:
    direct = mine("D0000000EVE", "1763700000.000100")

    assert await may(Choose("persona", "concise", "thread", direct), "member", fakes.with_everybody())


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Stop(THREAD), "stop.nothing"),
        (Stop(THREAD, ts="1763700000.000400"), "stop.nothing"),
        (Regenerate(THREAD, "1763700000.000900"), "regenerate.unknown"),
        (Continue(THREAD, "1763700000.000900"), "continue.unknown"),
    ],
)
async def test_of_an_answer_that_is_not_there_that_is_said(command: Command, code: str) -> None:
    world = asked_by(SOMEBODY)
    if code != "stop.nothing" or command == Stop(THREAD):
        world.inbox.waiting.clear()

    assert await authorize(command, by("member"), world.world) == Result(code)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("role", "command", "code"),
    [
        ("outsider", usage_model.ShowUsage(), "refused.workspace"),
        ("guest", Choose("follow", True, "thread", THREAD), "refused.members-or-starter"),
        ("guest", model.ShowHistory("concise"), "refused.members"),
        ("member", Choose("model", "m", "channel", Direct("D00000EVE")), "refused.admins"),
        ("member", Choose("model", "m", "workspace", PLACE), "refused.admins"),
        ("member", Choose("model", "m", "channel", PLACE), "refused.managers"),
        ("member", Regenerate(THREAD, NEWEST), "refused.asker"),
        ("member", Choose("persona", "concise", "thread", THREAD), "refused.starter"),
        ("member", FORGET, "refused.starter"),
    ],
)
async def test_a_refusal_says_whose_right_it_is(role: str, command: Command, code: str) -> None:
    refusal = await authorize(command, by(role), asked_by(SOMEBODY).world)

    assert refusal is not None
    assert refusal.refused
    assert refusal.code == code


async def test_a_refusal_names_managers_of_the_channel_only_where_they_could_do_it() -> None:
    world, named = asked_by(SOMEBODY), Ref("user", PEOPLE["named"])
    here = Choose("model", "m", "channel", PLACE)
    managed = await authorize(here, by("member"), world.world)
    admins = await authorize(replace(here, level="workspace"), by("member"), world.world)
    linked = await authorize(FORGET, by("member"), world.world)

    assert managed is not None
    assert admins is not None
    assert linked is not None
    assert managed.values["ask"] == (named, Ref("user", PEOPLE["manager"]))
    assert admins.values["ask"] == linked.values["ask"] == (named,)


# -- who is not answered is not obeyed

FOR_ALL: list[Command] = [
    *(
        ForgetMe(),
        ForgetMe(sure=True),
        privacy_model.ExportMine(),
        privacy_model.ShowPrivacy(PLACE),
        privacy_model.ReadMe(False),
    ),
    *(privacy_model.ShowForgetting(ForgetMe(sure=True)), privacy_model.ForgetHere(Direct("D1"))),
]
ASKED = [command for command, _ in TABLE if command not in FOR_ALL]
SHUT: list[tuple[str, dict[str, object], str]] = [
    ("guest", {}, "guest"),
    ("outsider", {}, "outsider"),
    ("bot", {}, "bot"),
    ("member", {"denied_users": frozenset({PEOPLE["member"]})}, "denied"),
    ("manager", {"denied_users": frozenset({PEOPLE["manager"]})}, "denied"),
    ("member", {"denied_groups": frozenset({"S1"})}, "denied"),
    ("member", {"denied_groups": frozenset({"S9"})}, "unchecked"),
    ("member", {"allowed_groups": frozenset({"S9"})}, "unchecked"),
    ("member", {"allowed_users": frozenset({SOMEBODY})}, "not-listed"),
    ("manager", {"denied_channels": frozenset({HERE})}, "channel"),
    ("member", {"allowed_channels": frozenset({ELSEWHERE})}, "channel"),
]


@pytest.mark.parametrize(("role", "access", "reason"), SHUT, ids=str)
async def test_who_is_not_answered_is_obeyed_in_nothing_but_to_forget(
    role: str, access: dict[str, Any], reason: str
) -> None:
    world = asked_by(PEOPLE[role])
    world.prefs.listed = replace(world.prefs.listed, guests=False, outsiders=False, bots=False, **access)
    world.chat.members["S1"] = frozenset({PEOPLE["member"]})
    actor = replace(by(role), place=PLACE)

    for command in ASKED:
        refusal = await authorize(command, actor, world.world)
        assert refusal is not None, command
        assert refusal.code == "not-admitted", command
        assert cast(Refusal, refusal.values["refusal"]).reason == reason, command
    assert role == "bot" or {await may(command, role, world) for command in FOR_ALL} == {True}


async def test_who_is_deactivated_may_do_nothing() -> None:
    world = asked_by(PEOPLE["named"])
    world.chat.people[PEOPLE["named"]] = Person("Ben", known=True, is_deactivated=True)

    assert [command for command, _ in TABLE if await may(command, "named", world)] == []


async def test_an_admin_is_obeyed_where_a_channel_is_shut_so_that_it_can_be_opened() -> None:
    world = fakes.with_everybody()
    world.prefs.listed = replace(world.prefs.listed, denied_channels=frozenset({HERE}), direct_messages=False)
    opening = model.Admit("deny", "channels", HERE, add=False)

    assert await authorize(opening, replace(by("admin"), place=PLACE), world.world) is None
    assert await authorize(opening, replace(by("named"), place=Direct()), world.world) is None


async def test_what_is_asked_at_no_place_is_shut_with_no_channel() -> None:
    world = fakes.with_everybody()
    world.prefs.listed = replace(world.prefs.listed, allowed_channels=frozenset({ELSEWHERE}), direct_messages=False)

    assert await may(model.ShowHome(), "member", world)


# -- administrative acts are asked of Slack afresh

ADMINISTRATIVE = [
    *(command for command, who in TABLE if who == ADMINS),
    Choose("persona", "concise", "channel", PLACE),
    Choose("model", "m", "channel", PLACE),
    FORGET,
    Choose("persona", "concise", "thread", THREAD),
]


@pytest.mark.parametrize("role", ["owner", "admin", "named"])
@pytest.mark.parametrize("now", [Person(), Person(is_hidden=True)], ids=["no answer", "not shown"])
async def test_where_slack_does_not_answer_an_administrative_act_is_left_undone(role: str, now: Person) -> None:
    world = asked_by(SOMEBODY)
    world.chat.now[PEOPLE[role]] = now

    codes = {(await authorize(c, by(role), world.world) or Result("report")).code for c in ADMINISTRATIVE}
    assert codes == {"unchecked"}
    assert await may(model.ShowSettings(PLACE), role, world)


@pytest.mark.parametrize(
    ("role", "now"),
    [
        ("owner", Person("Ada", known=True)),
        ("admin", Person("Dora", known=True, is_guest=True)),
        ("named", Person("Ben", known=True, is_deactivated=True)),
        ("manager", Person("Chloe", known=True, is_deactivated=True)),
    ],
)
async def test_a_right_that_was_taken_away_a_moment_ago_is_gone(role: str, now: Person) -> None:
    world = asked_by(SOMEBODY)
    world.chat.now[PEOPLE[role]] = now

    assert [c for c in ADMINISTRATIVE if await may(c, role, world)] == []


async def test_what_is_ones_own_waits_for_no_look_up() -> None:
    world = asked_by(PEOPLE["admin"])
    world.chat.now[PEOPLE["admin"]] = Person()

    assert {await may(command, "admin", world) for command in OWN} == {True}
