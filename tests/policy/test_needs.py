"""Which role may do what."""

import pytest

from bot.policy.needs import ROLES, Grant, Needs, Role


@pytest.mark.parametrize(
    ("role", "grant"),
    [("owner", "yes"), ("admin", "yes"), ("named", "own"), ("member", "own"), ("guest", "no"), ("bot", "no")],
)
def test_a_role_may_do_it_anywhere_with_its_own_or_not(role: Role, grant: Grant) -> None:
    assert Needs("admin", own="member").grant(role) == grant


def test_without_an_own_there_is_nothing_between_yes_and_no() -> None:
    assert {Needs("member").grant(role) for role in ROLES} == {"yes", "no"}


def test_who_stands_higher_may_never_do_less() -> None:
    for needs in (Needs(role, own) for role in ROLES for own in (None, *ROLES)):
        grants = [("no", "own", "yes").index(needs.grant(role)) for role in ROLES]
        assert grants == sorted(grants, reverse=True)
