"""What is decided for a whole workspace."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.commands import workspace
from bot.commands.dispatch import dispatch
from bot.commands.model import Command
from bot.commands.reports import ServerForm
from bot.commands.workspace_model import (
    AdmitWorkspace,
    ForgetServer,
    OpenServer,
    SetServer,
    SetTimeZone,
    ShowTimeZone,
)
from bot.errors import NotOffered, Unanswerable, Unavailable
from bot.policy.space import UNSET, OwnServer, Space
from bot.ports import World
from bot.ports.admission import Decision
from bot.turns.notices import InstallAsked
from tests.commands import fakes
from tests.commands.test_authorize import by
from tests.people import PEOPLE

ASKED = InstallAsked("T0OTHER", "Other", 1000.0)


@dataclass
class FakeAdmission:
    """One workspace waits."""

    waits: bool = True
    decided: list[tuple[str, bool]] = field(default_factory=list)

    async def decide(self, workspace: str, yes: bool) -> Decision:
        if not self.waits:
            return "unknown"
        self.waits = False
        self.decided.append((workspace, yes))
        return "approved" if yes else "refused"


def at_the_operators() -> tuple[fakes.Fakes, World, FakeAdmission]:
    world, admission = fakes.with_everybody(), FakeAdmission()
    return world, replace(world.world, admission=admission), admission


async def test_an_admin_lets_a_workspace_in_and_that_is_noted() -> None:
    world, operators, admission = at_the_operators()

    result = await dispatch(AdmitWorkspace("T0OTHER", True), by("admin"), operators)

    assert (result.code, admission.decided) == ("workspace.approved", [("T0OTHER", True)])
    assert [(e.by, e.act, e.what) for e in world.prefs.entries] == [(PEOPLE["admin"], "workspaces.approved", "T0OTHER")]


async def test_a_no_is_noted_and_what_was_decided_is_not_decided_again() -> None:
    world, operators, _ = at_the_operators()

    codes = [(await dispatch(AdmitWorkspace("T0OTHER", False), by("owner"), operators)).code for _ in range(2)]

    assert codes == ["workspace.refused", "workspace.unknown"]
    assert [entry.act for entry in world.prefs.entries] == ["workspaces.refused"]


async def test_nobody_else_decides() -> None:
    _, operators, admission = at_the_operators()

    for role in ("manager", "member"):
        assert (await dispatch(AdmitWorkspace("T0OTHER", True), by(role), operators)).refused
    assert admission.decided == []


async def test_in_another_workspace_even_an_admin_decides_nothing() -> None:
    world = fakes.with_everybody()

    assert (await dispatch(AdmitWorkspace("T0OTHER", True), by("owner"), world.world)).code == "workspace.elsewhere"


async def test_a_channel_is_asked_in_place_of_the_admins() -> None:
    world = fakes.with_everybody()
    world.chat.admins_known = frozenset({PEOPLE["owner"]})

    assert await workspace.ask(ASKED, "C0OPERATORS", world.world)
    assert [whom for whom, _ in world.chat.direct] == ["C0OPERATORS"]
    assert await workspace.ask(ASKED, "", world.world)
    assert {whom for whom, _ in world.chat.direct[1:]} == {PEOPLE["owner"], PEOPLE["named"]}
    world.chat.reachable = False
    assert not await workspace.ask(ASKED, "C0OPERATORS", world.world)


@dataclass
class FakeSpace:
    """See `ports.OwnSpace`."""

    now: Space = UNSET
    takes_servers: bool = True
    refuses: Exception | None = None
    proved: list[OwnServer] = field(default_factory=list)

    async def set_zone(self, zone: str) -> None:
        self.now = replace(self.now, zone=zone)

    async def set_server(self, server: OwnServer | None) -> None:
        self.now = replace(self.now, server=server)

    async def prove(self, server: OwnServer) -> None:
        self.proved.append(server)
        if self.refuses is not None:
            raise self.refuses


SERVER = OwnServer("https://models.example/v1", ("one", "two"), "sk-secret")


def with_space(**about: Any) -> tuple[fakes.Fakes, World, FakeSpace]:
    world, space = fakes.with_everybody(), FakeSpace(**about)
    return world, replace(world.world, space=space), space


async def code(command: Command, world: World, role: str = "admin") -> str:
    return (await dispatch(command, by(role), world)).code


async def test_a_server_is_tried_and_then_kept_and_the_audit_has_no_key() -> None:
    fake, world, space = with_space()

    assert await code(SetServer(SERVER.url, SERVER.models, SERVER.key), world) == "server.set"
    assert (space.now.server, space.proved) == (SERVER, [SERVER])
    assert "sk-secret" not in str(fake.prefs.entries)
    assert fake.prefs.entries[-1].after == "models.example"
    assert await code(ForgetServer(), world) == "server.forgotten"
    assert space.now.server is None
    assert await code(ForgetServer(), world) == "server.none"


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (Unanswerable("model.key", "401"), "model.key"),
        (Unavailable("model.unreachable", "x"), "model.unreachable"),
        (NotOffered(), "model.missing"),
        (ValueError("no address"), "server.address"),
        (TimeoutError(), "model.late"),
    ],
)
async def test_one_that_does_not_answer_is_not_kept(trouble: Exception, why: str) -> None:
    fake, world, space = with_space(refuses=trouble)

    result = await dispatch(SetServer(SERVER.url, SERVER.models, SERVER.key), by("owner"), world)

    assert (result.code, result.values["why"]) == ("server.not-proved", why)
    assert space.now.server is None
    assert fake.prefs.entries == []


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (SetServer("", ("one",), "k"), "server.no-address"),
        (SetServer("https://x.example/" + "y" * 500, ("one",), "k"), "server.no-address"),
        (SetServer(SERVER.url, (), "k"), "server.no-models"),
        (SetServer(SERVER.url, tuple(map(str, range(21))), "k"), "server.no-models"),
        (SetServer(SERVER.url, ("x" * 201,), "k"), "server.no-models"),
        (SetServer(SERVER.url, ("one",), "sk secret"), "server.no-key"),
        (SetServer(SERVER.url, ("one",), "“sk”"), "server.no-key"),
        (SetServer(SERVER.url, ("one",), "k" * 501), "server.no-key"),
    ],
)
async def test_what_cannot_be_a_server_is_not_even_tried(command: SetServer, problem: str) -> None:
    _, world, space = with_space()

    assert await code(command, world) == problem
    assert space.proved == []


async def test_the_key_stays_for_the_same_address_and_for_no_other() -> None:
    _, world, space = with_space(now=Space(server=SERVER))

    await code(SetServer(SERVER.url, ("three",)), world)
    assert space.now.server == OwnServer(SERVER.url, ("three",), "sk-secret")
    await code(SetServer("https://elsewhere.example/v1", ("one",)), world)
    assert space.proved[-1].key == ""


async def test_the_form_shows_all_but_the_key() -> None:
    _, world, _ = with_space(now=Space(server=SERVER))

    shown = (await dispatch(OpenServer(), by("admin"), world)).shows

    assert shown == ServerForm(SERVER.url, SERVER.models)


async def test_where_the_operator_runs_one_workspace_there_is_no_other_server() -> None:
    _, world, space = with_space(takes_servers=False)

    assert await code(SetServer(SERVER.url, SERVER.models, SERVER.key), world) == "server.operators"
    assert space.proved == []


@pytest.mark.parametrize(
    "command", [OpenServer(), SetServer(SERVER.url, ("one",), "k"), ForgetServer(), SetTimeZone("UTC")]
)
async def test_only_admins_set_what_holds_for_all(command: Command) -> None:
    _, world, space = with_space()

    for role in ("manager", "member"):
        assert (await dispatch(command, by(role), world)).refused
    assert space == FakeSpace()


async def test_a_time_zone_is_set_and_taken_back() -> None:
    fake, world, space = with_space()

    assert await code(SetTimeZone("europe/berlin"), world) == "time-zone.set"
    assert space.now.zone == "Europe/Berlin"
    assert [(e.before, e.after) for e in fake.prefs.entries] == [("UTC", "Europe/Berlin")]
    assert await code(SetTimeZone(None), world) == "time-zone.reset"
    assert space.now.zone == ""
    unknown = await dispatch(SetTimeZone("Berlin"), by("admin"), world)
    assert (unknown.code, unknown.values["near"]) == ("time-zone.unknown", "Europe/Berlin")
    assert await code(ShowTimeZone(), world, "member") == "time-zone.now"
