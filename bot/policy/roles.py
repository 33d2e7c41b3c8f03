"""Who may what?

Two questions: may this person be answered here at all (`admitted`), and may they do this (`may`)? The table below is
the only place that says so; docs/rights.md is made from it: `python -m bot rights`.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Literal, get_args

from bot.conversation.messages import Person
from bot.policy.preferences import Access

Role = Literal["owner", "admin", "named", "manager", "member", "guest", "outsider", "bot"]
ROLES: tuple[Role, ...] = get_args(Role)
Grant = Literal["yes", "own", "no"]
"""`own`: only what is theirs: a thread they started, an answer they asked for."""
Act = Literal[
    "persona.explain",
    "persona.list",
    "persona.show",
    "persona.history",
    "persona.export",
    "persona.use-me",
    "persona.use-thread",
    "persona.use-here",
    "persona.use-workspace",
    "persona.new",
    "persona.edit",
    "persona.copy",
    "persona.restore",
    "persona.delete",
    "persona.import",
    "settings.show",
    "model.set-channel",
    "model.set-workspace",
    "policy.set-channel",
    "policy.set-workspace",
    "policy.follow",
    "footer.set-channel",
    "footer.set-workspace",
    "feedback.set-channel",
    "feedback.set-workspace",
    "usage.mine",
    "usage.all",
    "forget.me",
    "forget.thread",
    "admins.list",
    "admins.add",
    "admins.remove",
    "managers.set",
    "access.show",
    "access.set",
    "audit.read",
    "answer.ask",
    "answer.stop",
    "answer.again",
    "answer.continue",
    "answer.feedback",
    "help",
]
ACTS: tuple[Act, ...] = get_args(Act)
SAID: Mapping[Act, str] = {
    "answer.ask": "ask: mention the bot, or write to it",
    "answer.stop": "**Stop**, or `stop`",
    "answer.again": "**Regenerate**, **Try again**",
    "answer.continue": "**Continue**",
    "answer.feedback": "thumbs up or down",
    "persona.explain": "`/persona`: who answers here, and why",
    "persona.list": "`/persona list`",
    "persona.show": "`/persona show NAME`",
    "persona.history": "`/persona history NAME`, `compare`",
    "persona.export": "`/persona export NAME`",
    "persona.use-me": "`/persona use NAME me`: in one's direct messages",
    "persona.use-thread": "another persona in a thread",
    "persona.use-here": "`/persona use NAME here`: in a channel",
    "persona.use-workspace": "`/persona use NAME workspace`",
    "persona.new": "`/persona new`",
    "persona.edit": "`/persona edit NAME`",
    "persona.copy": "`/persona copy NAME NEW`",
    "persona.restore": "`/persona restore NAME VERSION`",
    "persona.delete": "`/persona delete NAME`",
    "persona.import": "`/persona import`",
    "settings.show": "`/threadbot settings`",
    "model.set-channel": "`/threadbot model NAME here`",
    "model.set-workspace": "`/threadbot model NAME workspace`",
    "policy.follow": "`follow this thread`, `stop following`",
    "policy.set-channel": "`/threadbot policy POLICY here`",
    "policy.set-workspace": "`/threadbot policy POLICY workspace`",
    "footer.set-channel": "`/threadbot footer STYLE here`",
    "footer.set-workspace": "`/threadbot footer STYLE workspace`",
    "feedback.set-channel": "`/threadbot feedback on here`",
    "feedback.set-workspace": "`/threadbot feedback on workspace`",
    "usage.mine": "`/threadbot usage`",
    "usage.all": "`/threadbot usage all`",
    "forget.me": "`/threadbot forget me`",
    "forget.thread": "`/threadbot forget LINK`: a thread",
    "admins.list": "`/threadbot admins`",
    "admins.add": "`/threadbot admins add @PERSON`",
    "admins.remove": "`/threadbot admins remove @PERSON`",
    "managers.set": "`/threadbot admins add @PERSON here`: a channel's managers",
    "access.show": "who may be answered: `/threadbot allow`, `deny`",
    "access.set": "`/threadbot allow …`, `/threadbot deny …`",
    "audit.read": "`/threadbot audit`",
    "help": "`/persona help`, `/threadbot help`",
}
"""What people say or press to do it."""

_ADMINS: tuple[Role, ...] = ("owner", "admin", "named")
_BOT: tuple[Act, ...] = ("answer.ask",)
_OWN: tuple[Act, ...] = (
    "persona.use-thread",
    "policy.follow",
    "forget.thread",
    "answer.stop",
    "answer.again",
    "answer.continue",
)
_OUTSIDER: tuple[Act, ...] = (
    "persona.explain",
    "persona.list",
    "persona.show",
    "persona.use-me",
    "forget.me",
    "answer.ask",
    "help",
)
_GUEST: tuple[Act, ...] = (*_OUTSIDER, "answer.feedback", "settings.show", "policy.follow", "usage.mine", "admins.list")
_MEMBER: tuple[Act, ...] = (*_GUEST, "persona.history", "persona.export")
_MANAGER: tuple[Act, ...] = (
    *_MEMBER,
    *_OWN,
    "persona.use-here",
    "model.set-channel",
    "policy.set-channel",
    "footer.set-channel",
    "feedback.set-channel",
)


def _row(yes: Collection[Act], own: Collection[Act] = ()) -> dict[Act, Grant]:
    return {act: "yes" if act in yes else "own" if act in own else "no" for act in ACTS}


RIGHTS: Mapping[Role, Mapping[Act, Grant]] = {
    **{role: _row(ACTS) for role in _ADMINS},
    "manager": _row(_MANAGER),
    "member": _row(_MEMBER, _OWN),
    "guest": _row(_GUEST, _OWN),
    "outsider": _row(_OUTSIDER, _OWN),
    "bot": _row(_BOT),
}
"""What each role may do. A manager is one only in their channel."""


def roles(user: str, person: Person, channel: str, access: Access) -> frozenset[Role]:
    """All that somebody is in this channel: one of owner, admin, member, guest, outsider, bot; perhaps named, manager.

    Of whom Slack says nothing, nothing good is assumed: an outsider, if nobody has named them.
    """
    found: set[Role] = {_standing(person)}
    if user in access.admins | access.appointed:
        found.add("named")
    if user in access.managers.get(channel, ()):
        found.add("manager")
    return frozenset(found)


def may(roles: Iterable[Role], act: Act, *, own: bool = False) -> bool:
    """Whether any of these roles lets somebody do it. `own`: the thread, or the answer, is theirs."""
    return any(RIGHTS[role][act] == "yes" or (own and RIGHTS[role][act] == "own") for role in roles)


Reason = Literal["direct messages are off", "channel", "bot", "outsider", "guest", "denied", "not on the list"]


def admitted(
    user: str, person: Person, channel: str, access: Access, groups: Collection[str] = (), *, direct: bool = False
) -> Reason | None:
    """Why somebody is not answered here; None if they are. `groups` are the ids of the user groups that they are in.

    Where they are comes first and holds for everybody; admins pass the rest. A denial beats a permission. Somebody
    of whom Slack says nothing counts as a member here: a look-up that fails must not silence the bot.
    """
    if direct and not access.direct_messages:
        return "direct messages are off"
    if not direct and not _listed_in(channel, access):
        return "channel"
    held = roles(user, person, channel, access)
    if held & set(_ADMINS):
        return None
    if person.known and (off := _switched_off(_standing(person), access)):
        return off
    if user in access.denied_users or not access.denied_groups.isdisjoint(groups):
        return "denied"
    listed = user in access.allowed_users or not access.allowed_groups.isdisjoint(groups)
    return None if listed or not (access.allowed_users or access.allowed_groups) else "not on the list"


def as_markdown() -> str:
    """The table of docs/rights.md."""
    lines = [f"| | {' | '.join(ROLES)} |", f"|---|{'---|' * len(ROLES)}"]
    signs = {"yes": "yes", "own": "own", "no": "–"}
    return "\n".join(
        [
            *lines,
            *(f"| {said} | {' | '.join(signs[RIGHTS[role][act]] for role in ROLES)} |" for act, said in SAID.items()),
        ]
    )


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


def _listed_in(channel: str, access: Access) -> bool:
    return channel not in access.denied_channels and (not access.allowed_channels or channel in access.allowed_channels)
