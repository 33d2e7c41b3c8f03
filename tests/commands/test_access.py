"""Who manages the bot, who is answered, and what was changed."""

import pytest

from bot.commands.dispatch import dispatch
from bot.commands.model import Admit, Appoint, Command, SetSwitch, ShowAccess, ShowAdmins, ShowAudit
from bot.commands.reports import Admins, AuditLog, WhoIsAnswered
from bot.conversation.places import Direct, Ref
from bot.policy.preferences import Entry
from tests.commands import fakes
from tests.commands.test_authorize import PLACE, by
from tests.people import HERE, PEOPLE


async def test_whom_the_settings_file_names_nobody_removes_in_slack() -> None:
    world = fakes.with_everybody()
    result = await dispatch(Appoint(PEOPLE["named"], False, PLACE), by("owner"), world.world)

    assert result.code == "admins.appointed"
    assert PEOPLE["named"] in (await world.prefs.access()).appointed


async def test_someone_is_made_an_admin_and_a_manager_of_one_channel() -> None:
    world = fakes.with_everybody()
    await dispatch(Appoint("U1", True, PLACE), by("owner"), world.world)
    result = await dispatch(Appoint("U2", True, PLACE, PLACE), by("owner"), world.world)
    now = await world.prefs.access()

    assert result.changed
    assert result.shows == Admins(now, HERE)
    assert now.admins == {"U1"}
    assert now.managers[HERE] == {"U2", PEOPLE["manager"]}
    await dispatch(Appoint("U1", False, PLACE), by("owner"), world.world)
    await dispatch(Appoint("U2", False, PLACE, PLACE), by("owner"), world.world)
    left = await world.prefs.access()
    assert left.admins == frozenset()
    assert left.managers[HERE] == {PEOPLE["manager"]}


async def test_managers_are_listed_where_there_is_a_channel() -> None:
    world = fakes.with_everybody_let_in().world

    here = await dispatch(ShowAdmins(PLACE), by("guest"), world)
    direct = await dispatch(ShowAdmins(Direct("D1")), by("guest"), world)
    assert [result.shows.channel for result in (here, direct) if isinstance(result.shows, Admins)] == [HERE, None]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Admit("allow", "channels", HERE), "admit.allowed"),
        (Admit("allow", "users", "U1"), "admit.allowed"),
        (Admit("deny", "groups", "S1"), "admit.denied"),
        (SetSwitch("dms", False), "admit.switched"),
        (SetSwitch("guests", False), "admit.same"),
        (Admit("allow", "users", "U1", add=False), "admit.same"),
        (Admit("deny", "users", PEOPLE["admin"]), "admit.manager"),
        (Admit("deny", "users", PEOPLE["named"]), "admit.manager"),
    ],
)
async def test_who_changes_whom_i_answer_is_told_what_follows(command: Command, code: str) -> None:
    result = await dispatch(command, by("owner"), fakes.with_everybody().world)

    assert result.code == code
    assert result.changed == (code not in ("admit.same", "admit.manager"))


async def test_what_is_left_on_a_list_is_told_with_what_was_put_on_it_or_taken_off() -> None:
    world = fakes.with_everybody()
    for kind, id in (("users", "U1"), ("groups", "S1")):
        await dispatch(Admit("allow", kind, id), by("owner"), world.world)  # type: ignore[arg-type]
    fewer = await dispatch(Admit("allow", "users", "U1", add=False), by("owner"), world.world)
    none = await dispatch(Admit("allow", "groups", "S1", add=False), by("owner"), world.world)

    assert fewer.code == "admit.unallowed"
    assert (fewer.values["one"], fewer.values["left"]) == (Ref("user", "U1"), (Ref("group", "S1"),))
    assert (none.code, none.values["left"]) == ("admit.everybody", ())


async def test_a_list_is_shown_with_how_it_works() -> None:
    world = fakes.with_everybody()
    result = await dispatch(ShowAccess(), by("owner"), world.world)

    assert result.shows == WhoIsAnswered(await world.prefs.access(), explained=True)


async def test_the_latest_changes_are_shown_newest_first() -> None:
    world = fakes.with_everybody()
    for n in range(4):
        await dispatch(SetSwitch("guests", n % 2 == 0), by("owner"), world.world)
    result = await dispatch(ShowAudit(3), by("owner"), world.world)

    assert isinstance(result.shows, AuditLog)
    assert [entry.at for entry in result.shows.entries] == [entry.at for entry in world.prefs.entries[:0:-1]]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (ShowAudit(by="U1"), ["access.set", "persona.new"]),
        (ShowAudit(of="persona"), ["persona.use-here", "persona.new"]),
        (ShowAudit(of="persona.new"), ["persona.new"]),
        (ShowAudit(1, of="persona"), ["persona.use-here"]),
        (ShowAudit(of="person"), []),
    ],
)
async def test_the_audit_log_is_read_by_person_and_act(command: ShowAudit, told: list[str]) -> None:
    world = fakes.with_everybody()
    for whose, act in (("U1", "persona.new"), ("U2", "persona.use-here"), ("U1", "access.set")):
        await world.world.prefs.audit(Entry(whose, act, "x"))

    result = await dispatch(command, by("owner"), world.world)

    assert isinstance(result.shows, AuditLog)
    assert [entry.act for entry in result.shows.entries] == told
