"""What is decided for a whole workspace."""

from dataclasses import dataclass, field, replace

from bot.commands import workspace
from bot.commands.dispatch import dispatch
from bot.commands.workspace_model import AdmitWorkspace
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
