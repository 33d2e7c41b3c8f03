"""Who may do what.

Two decisions: whether a person may be answered here at all (`admitted`), and whether they may do something (`may`).
What is not known grants nothing in either.
`ACTS` is the only place that says so; docs/rights.md is made from it: `python -m bot rights`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from bot.conversation.messages import Person
from bot.conversation.places import Ref
from bot.policy.needs import Needs, Role
from bot.policy.preferences import PERSONA, PREFERENCES, Access

_ADMINS: frozenset[Role] = frozenset({"owner", "admin", "named"})


def _choosing(*names: str) -> dict[str, Needs]:
    """The acts by which preferences are chosen."""
    return {PREFERENCES[name].act(level): needs for name in names for level, needs in PREFERENCES[name].needs.items()}


ACTS: Mapping[str, Needs] = {
    "answer.ask": Needs("bot"),
    "answer.stop": Needs("manager", own="outsider"),
    "answer.again": Needs("manager", own="outsider"),
    "answer.continue": Needs("manager", own="outsider"),
    "answer.feedback": Needs("guest"),
    "persona.explain": Needs("outsider"),
    "persona.list": Needs("outsider"),
    "persona.show": Needs("outsider"),
    "persona.history": Needs("member"),
    "persona.export": Needs("member"),
    "persona.private": Needs("named"),
    **_choosing(PERSONA.name),
    "persona.new": Needs("named"),
    "persona.edit": Needs("named"),
    "persona.copy": Needs("named"),
    "persona.restore": Needs("named"),
    "persona.delete": Needs("named"),
    "persona.import": Needs("named"),
    "settings.show": Needs("guest"),
    **_choosing(*(name for name in PREFERENCES if name != PERSONA.name)),
    "usage.mine": Needs("guest"),
    "usage.all": Needs("named"),
    "usage.here": Needs("manager"),
    "usage.person": Needs("named", own="guest"),
    "usage.persona": Needs("named"),
    "feedback.read": Needs("named"),
    "privacy.show": Needs("outsider"),
    "context.me": Needs("outsider"),
    "export.me": Needs("outsider"),
    "budget.show": Needs("guest"),
    "budget.set": Needs("named"),
    "limit.set": Needs("named"),
    "fuse.lift": Needs("named"),
    "budget.ask": Needs("named", own="outsider"),
    "budget.decide": Needs("named"),
    "answer.cheaper": Needs("manager", own="outsider"),
    "forget.me": Needs("outsider"),
    "forget.thread": Needs("manager", own="outsider"),
    "forget.here": Needs("manager"),
    "admins.list": Needs("guest"),
    "admins.add": Needs("named"),
    "admins.remove": Needs("named"),
    "managers.set": Needs("named"),
    "access.show": Needs("named"),
    "access.set": Needs("named"),
    "audit.read": Needs("named"),
    "model-server.set": Needs("named"),
    "time-zone.set": Needs("named"),
    "workspaces.decide": Needs("named"),
    "token.new": Needs("named", own="outsider"),
    "token.list": Needs("guest"),
    "token.revoke": Needs("named", own="outsider"),
    "token.allow": Needs("named"),
    "help": Needs("outsider"),
}
"""What can be done, and who may. A manager is one only in their channel."""

LOOK_UPS = ("message", "person", "shown", "group", "afresh", "starter", "lists", "channel", "names")
"""All that is asked before somebody may do something, or is told a name; docs/rights.md says what silence means."""


def administrative(act: str) -> bool:
    """Whether it changes or shows what is others': who does it is looked up afresh, and not as it was minutes ago."""
    return ACTS[act].role in ("named", "manager") and not act.startswith("answer.")


def has_own(act: str) -> bool:
    """Whether somebody may do it with what is theirs who may not do it anywhere."""
    return ACTS[act].own is not None


def roles(user: str, person: Person, channel: str | None, access: Access) -> frozenset[Role]:
    """All that somebody is in this channel: one of owner, admin, member, guest, outsider, bot; perhaps named, manager.

    Somebody about whom Slack says nothing is an outsider, unless they are named; who is deactivated is nothing.
    """
    if person.is_deactivated:
        return frozenset()
    found: set[Role] = {_standing(person)}
    if user in access.admins | access.appointed:
        found.add("named")
    if channel is not None and user in access.managers.get(channel, ()):
        found.add("manager")
    return frozenset(found)


def may(roles: Iterable[Role], act: str, *, own: bool = False) -> bool:
    """Whether any of these roles lets somebody do it. `own`: the thread, or the answer, is theirs."""
    allowed = {"yes", "own"} if own else {"yes"}
    return any(ACTS[act].grant(role) in allowed for role in roles)


def reach(roles: Iterable[Role], lowest: Role | None) -> bool:
    """Whether any of these roles is this one or a higher one; None: whoever it is."""
    return lowest is None or any(Needs(lowest).grant(role) == "yes" for role in roles)


Reason = Literal[
    "direct-messages-off", "channel", "bot", "outsider", "guest", "denied", "not-listed",
    "deactivated", "unknown", "unchecked", "over-budget", "no-price", "too-often", "paused",
]  # fmt: skip
"""`unknown`: Slack does not say who they are; `unchecked`: it does not say so now, and may when it is asked again."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody is not answered, and whom they can ask; the list of people may be empty."""

    reason: Reason | Literal["muted"]
    ask: tuple[Ref, ...] = ()


def admitted(
    user: str,
    person: Person,
    channel: str | None,
    access: Access,
    groups: Mapping[str, bool] | None = None,
    *,
    direct: bool = False,
) -> Reason | None:
    """Why somebody is not answered here; None if they are. `groups` says of user groups, by id, whether they are in it;
    one whose members are not known is left out.

    Where they are comes first and holds for everybody; admins pass the rest. A denial beats a permission. What is not
    known lets nobody in who would depend on it.
    """
    return shut(channel, access, direct=direct) or kept_out(user, person, channel, access, groups or {})


def shut(channel: str | None, access: Access, *, direct: bool = False) -> Reason | None:
    """Why nobody is answered at a place; None if people are."""
    if direct:
        return None if access.direct_messages else "direct-messages-off"
    open_there = not access.allowed_channels or channel in access.allowed_channels
    return None if open_there and channel not in access.denied_channels else "channel"


def kept_out(
    user: str, person: Person, channel: str | None, access: Access, groups: Mapping[str, bool]
) -> Reason | None:
    """Why this person is not answered, be the channel open or not; None if they are. `groups` as for `admitted`."""
    if person.is_deactivated:
        return "deactivated"
    if is_admin(roles(user, person, channel, access)):
        return None
    if user in access.denied_users:
        return "denied"
    if not person.known:
        return "unknown" if person.is_hidden else "unchecked"
    if off := _switched_off(_standing(person), access):
        return off
    return _denied(access, groups) or _not_listed(user, access, groups)


def is_admin(roles: Iterable[Role]) -> bool:
    return not _ADMINS.isdisjoint(roles)


def _denied(access: Access, groups: Mapping[str, bool]) -> Reason | None:
    if any(groups.get(group) for group in access.denied_groups):
        return "denied"
    return "unchecked" if access.denied_groups - groups.keys() else None


def _not_listed(user: str, access: Access, groups: Mapping[str, bool]) -> Reason | None:
    if not (access.allowed_users or access.allowed_groups) or user in access.allowed_users:
        return None
    if any(groups.get(group) for group in access.allowed_groups):
        return None
    return "unchecked" if access.allowed_groups - groups.keys() else "not-listed"


def _standing(person: Person) -> Role:
    if not person.known or person.is_outsider:
        return "outsider"
    if person.is_bot:
        return "bot"
    if person.is_owner:
        return "owner"
    if person.is_admin:
        return "admin"
    return "guest" if person.is_guest else "member"


def _switched_off(standing: Role, access: Access) -> Reason | None:
    match standing:
        case "bot":
            return None if access.bots else "bot"
        case "outsider":
            return None if access.outsiders else "outsider"
        case "guest":
            return None if access.guests else "guest"
        case _:
            return None
