"""Who may do what.

Two decisions: whether a person may be answered here at all (`admitted`), and whether they may do something (`may`).
`ACTS` is the only place that says so; docs/rights.md is made from it: `python -m bot rights`.
"""

from collections.abc import Collection, Iterable, Mapping
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
    "forget.me": Needs("outsider"),
    "forget.thread": Needs("manager", own="outsider"),
    "admins.list": Needs("guest"),
    "admins.add": Needs("named"),
    "admins.remove": Needs("named"),
    "managers.set": Needs("named"),
    "access.show": Needs("named"),
    "access.set": Needs("named"),
    "audit.read": Needs("named"),
    "help": Needs("outsider"),
}
"""What can be done, and who may. A manager is one only in their channel."""


def roles(user: str, person: Person, channel: str | None, access: Access) -> frozenset[Role]:
    """All that somebody is in this channel: one of owner, admin, member, guest, outsider, bot; perhaps named, manager.

    Somebody about whom Slack says nothing is an outsider, unless they are named.
    """
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


Reason = Literal["direct-messages-off", "channel", "bot", "outsider", "guest", "denied", "not-listed"]


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
    groups: Collection[str] = (),
    *,
    direct: bool = False,
) -> Reason | None:
    """Why somebody is not answered here; None if they are. `groups` are the ids of the user groups that they are in.

    Where they are comes first and holds for everybody; admins pass the rest. A denial beats a permission. Somebody
    about whom Slack says nothing counts as a member here: a look-up that fails must not silence the bot.
    """
    if direct and not access.direct_messages:
        return "direct-messages-off"
    if not direct and not _listed_in(channel, access):
        return "channel"
    held = roles(user, person, channel, access)
    if held & _ADMINS:
        return None
    if person.known and (off := _switched_off(_standing(person), access)):
        return off
    if user in access.denied_users or not access.denied_groups.isdisjoint(groups):
        return "denied"
    listed = user in access.allowed_users or not access.allowed_groups.isdisjoint(groups)
    return None if listed or not (access.allowed_users or access.allowed_groups) else "not-listed"


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


def _listed_in(channel: str | None, access: Access) -> bool:
    return channel not in access.denied_channels and (not access.allowed_channels or channel in access.allowed_channels)
