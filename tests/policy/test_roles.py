"""Every cell of the table of rights, against what was decided; and who is answered at all."""

import pytest

from bot.conversation.messages import Person
from bot.policy import roles as rights
from bot.policy.needs import ROLES, Role
from bot.policy.preferences import Access
from bot.policy.roles import ACTS

# owner, admin, named, manager, member, guest, outsider, bot.   y: yes   o: only their own   -: no
DECIDED = """
    answer.ask              y y y y y y y y
    answer.stop             y y y y o o o -
    answer.again            y y y y o o o -
    answer.continue         y y y y o o o -
    answer.feedback         y y y y y y - -
    persona.explain         y y y y y y y -
    persona.list            y y y y y y y -
    persona.show            y y y y y y y -
    persona.history         y y y y y - - -
    persona.export          y y y y y - - -
    persona.private         y y y - - - - -
    persona.use-me          y y y y y y y -
    persona.use-thread      y y y y o o o -
    persona.use-here        y y y y - - - -
    persona.use-workspace   y y y - - - - -
    persona.new             y y y - - - - -
    persona.edit            y y y - - - - -
    persona.copy            y y y - - - - -
    persona.restore         y y y - - - - -
    persona.delete          y y y - - - - -
    persona.import          y y y - - - - -
    settings.show           y y y y y y - -
    model.set-channel       y y y y - - - -
    model.set-workspace     y y y - - - - -
    policy.follow           y y y y y o o -
    policy.set-channel      y y y y - - - -
    policy.set-workspace    y y y - - - - -
    footer.set-channel      y y y y - - - -
    footer.set-workspace    y y y - - - - -
    feedback.set-channel    y y y y - - - -
    feedback.set-workspace  y y y - - - - -
    names.set-channel       y y y y - - - -
    names.set-workspace     y y y - - - - -
    retention.set-channel   y y y y - - - -
    retention.set-workspace y y y - - - - -
    introduction.set-channel y y y y - - - -
    introduction.set-workspace y y y - - - - -
    readers.set-channel     y y y - - - - -
    readers.set-workspace   y y y - - - - -
    redact.set-channel      y y y - - - - -
    redact.set-workspace    y y y - - - - -
    unpriced.set-channel    y y y - - - - -
    unpriced.set-workspace  y y y - - - - -
    budget.show             y y y y y y - -
    budget.set              y y y - - - - -
    limit.set               y y y - - - - -
    fuse.lift               y y y - - - - -
    budget.ask              y y y o o o o -
    budget.decide           y y y - - - - -
    answer.cheaper          y y y y o o o -
    usage.mine              y y y y y y - -
    usage.all               y y y - - - - -
    usage.here              y y y y - - - -
    usage.person            y y y o o o - -
    usage.persona           y y y - - - - -
    feedback.read           y y y - - - - -
    privacy.show            y y y y y y y -
    context.me              y y y y y y y -
    export.me               y y y y y y y -
    forget.me               y y y y y y y -
    forget.thread           y y y y o o o -
    forget.here             y y y y - - - -
    admins.list             y y y y y y - -
    admins.add              y y y - - - - -
    admins.remove           y y y - - - - -
    managers.set            y y y - - - - -
    access.show             y y y - - - - -
    access.set              y y y - - - - -
    audit.read              y y y - - - - -
    model-server.set        y y y - - - - -
    time-zone.set           y y y - - - - -
    workspaces.decide       y y y - - - - -
    token.new               y y y o o o o -
    token.list              y y y y y y - -
    token.revoke            y y y o o o o -
    token.allow             y y y - - - - -
    help                    y y y y y y y -
"""
ROWS: dict[str, list[str]] = {act: cells for act, *cells in map(str.split, DECIDED.strip().splitlines())}
KNOWN = Person("Ada", known=True)
ADMIN, GUEST = Person("Ada", known=True, is_admin=True), Person("Gil", known=True, is_guest=True)
GONE = Person("Ada", known=True, is_admin=True, is_deactivated=True)
STRANGER, BOT = Person("Oz", known=True, is_outsider=True), Person("Bot", known=True, is_bot=True)


@pytest.mark.parametrize("act", ACTS)
def test_each_role_may_what_was_decided(act: str) -> None:
    for role, cell in zip(ROLES, ROWS[act], strict=True):
        assert rights.may([role], act) == (cell == "y"), (role, act)
        assert rights.may([role], act, own=True) == (cell in "yo"), (role, act)


def test_every_act_was_decided() -> None:
    assert set(ROWS) == set(ACTS)


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (KNOWN, {"member"}),
        (Person("Ada", known=True, is_owner=True, is_admin=True), {"owner"}),
        (ADMIN, {"admin"}),
        (GUEST, {"guest"}),
        (STRANGER, {"outsider"}),
        (Person("Oz", known=True, is_outsider=True, is_admin=True), {"outsider"}),
        (BOT, {"bot"}),
        (Person(), {"outsider"}),
        (GONE, set()),
    ],
)
def test_what_somebody_is_follows_from_what_slack_says(person: Person, expected: set[Role]) -> None:
    assert rights.roles("UADA", person, "C1", Access()) == expected


def test_what_changes_or_shows_what_is_others_is_administrative() -> None:
    asked = {act for act in ACTS if rights.administrative(act)}

    assert {act for act, cells in ROWS.items() if cells[4] == "-"} <= asked
    own = {"forget.thread", "persona.use-thread", "usage.person", "token.new", "token.revoke", "budget.ask"}
    assert asked - own == {act for act, cells in ROWS.items() if cells[4] == "-"}


def test_people_are_named_everywhere_and_managers_in_their_channel() -> None:
    access = Access(admins=frozenset({"U1"}), appointed=frozenset({"U2"}), managers={"C1": frozenset({"U3"})})

    assert all(rights.roles(user, KNOWN, "C9", access) == {"member", "named"} for user in ("U1", "U2"))
    assert rights.roles("U3", KNOWN, "C1", access) == {"member", "manager"}
    assert rights.roles("U3", KNOWN, "C2", access) == {"member"}
    assert rights.roles("U1", Person(), "C1", access) == {"outsider", "named"}


def ids(*some: str) -> frozenset[str]:
    return frozenset(some)


@pytest.mark.parametrize(
    ("person", "access", "expected"),
    [
        (KNOWN, Access(), None),
        (Person(), Access(), "unchecked"),
        (Person(is_hidden=True), Access(guests=True, outsiders=True, bots=True), "unknown"),
        (Person(), Access(guests=True, outsiders=True, bots=True), "unchecked"),
        (Person(), Access(allowed_users=ids("UADA")), "unchecked"),
        (Person(), Access(denied_users=ids("UADA")), "denied"),
        (Person(), Access(admins=ids("UADA")), None),
        (GONE, Access(), "deactivated"),
        (GONE, Access(admins=ids("UADA")), "deactivated"),
        (KNOWN, Access(denied_groups=ids("S9")), "unchecked"),
        (KNOWN, Access(denied_groups=ids("S1", "S9")), "denied"),
        (KNOWN, Access(denied_groups=ids("S9"), allowed_users=ids("UADA")), "unchecked"),
        (KNOWN, Access(allowed_groups=ids("S9")), "unchecked"),
        (KNOWN, Access(allowed_groups=ids("S1", "S9")), None),
        (ADMIN, Access(denied_groups=ids("S9"), allowed_groups=ids("S9")), None),
        (GUEST, Access(), "guest"),
        (GUEST, Access(guests=True), None),
        (STRANGER, Access(guests=True, bots=True), "outsider"),
        (STRANGER, Access(outsiders=True), None),
        (BOT, Access(guests=True, outsiders=True), "bot"),
        (BOT, Access(bots=True), None),
        (GUEST, Access(allowed_users=ids("UADA")), "guest"),
        (GUEST, Access(guests=True, denied_users=ids("UADA")), "denied"),
        (KNOWN, Access(denied_users=ids("UADA"), allowed_users=ids("UADA")), "denied"),
        (KNOWN, Access(denied_groups=ids("S1"), allowed_users=ids("UADA")), "denied"),
        (KNOWN, Access(denied_groups=ids("S2")), None),
        (KNOWN, Access(allowed_users=ids("UBEN")), "not-listed"),
        (KNOWN, Access(allowed_users=ids("UBEN"), allowed_groups=ids("S1")), None),
        (KNOWN, Access(allowed_groups=ids("S2")), "not-listed"),
        (KNOWN, Access(allowed_channels=ids("C2")), "channel"),
        (KNOWN, Access(denied_channels=ids("C1"), allowed_channels=ids("C1")), "channel"),
        (ADMIN, Access(denied_users=ids("UADA"), allowed_groups=ids("S2")), None),
        (ADMIN, Access(denied_channels=ids("C1")), "channel"),
        (STRANGER, Access(admins=ids("UADA")), None),
    ],
)
def test_who_is_answered_in_a_channel(person: Person, access: Access, expected: str | None) -> None:
    assert rights.admitted("UADA", person, "C1", access, {"S1": True, "S2": False}) == expected


@pytest.mark.parametrize(
    ("person", "access", "expected"),
    [
        (KNOWN, Access(allowed_channels=ids("C2")), None),
        (KNOWN, Access(direct_messages=False), "direct-messages-off"),
        (ADMIN, Access(direct_messages=False), "direct-messages-off"),
        (KNOWN, Access(denied_users=ids("UADA")), "denied"),
        (GUEST, Access(), "guest"),
    ],
)
def test_who_is_answered_in_direct_messages(person: Person, access: Access, expected: str | None) -> None:
    assert rights.admitted("UADA", person, "D1", access, direct=True) == expected


@pytest.mark.parametrize(
    ("held", "lowest", "reached"),
    [
        ({"member", "manager"}, "manager", True),
        ({"member"}, "manager", False),
        ({"owner"}, "guest", True),
        ({"outsider"}, "guest", False),
        (set(), "outsider", False),
        (set(), None, True),
    ],
)
def test_a_role_reaches_its_own_and_all_below(held: set[Role], lowest: Role | None, reached: bool) -> None:
    assert rights.reach(held, lowest) is reached
