"""Commands to who manages the bot and who is answered, and what was changed."""

from dataclasses import replace
from typing import Any

from bot.commands.authorize import standing
from bot.commands.model import Actor, Admit, Appoint, SetSwitch, ShowAdmins, ShowAudit
from bot.commands.reports import Admins, AuditLog, WhoIsAnswered
from bot.commands.result import Code, Result, report
from bot.conversation.places import Channel, Place, Ref
from bot.policy import roles
from bot.policy.preferences import Access
from bot.ports import World

MAX_LOOKED_AT = 10_000  # entries of the audit log: all that are kept

SWITCHES = {"guests": "guests", "outsiders": "outsiders", "bots": "bots", "dms": "direct_messages"}
"""What the access list calls a kind of people, and the field of `Access`."""


async def show_admins(command: ShowAdmins, world: World) -> Result:
    return report(Admins(await world.prefs.access(), _channel(command.place)))


async def appoint(command: Appoint, actor: Actor, world: World) -> Result:
    seen = await world.prefs.access()
    if command.channel is not None:
        present = seen.managers.get(command.channel.id, frozenset())
        managers = {**seen.managers, command.channel.id: _with(present, command.user, command.add)}
        wanted = replace(seen, managers=managers)
    elif not command.add and command.user in seen.appointed:
        return Result("admins.appointed", {"user": Ref("user", command.user)})
    else:
        wanted = replace(seen, admins=_with(seen.admins, command.user, command.add))
    now = await world.prefs.change_access(seen, wanted, actor.user)
    return Result("admins.changed", shows=Admins(now, _channel(command.place)), changed=True)


async def show(world: World) -> Result:
    return report(WhoIsAnswered(await world.prefs.access(), explained=True))


async def admit(command: Admit, actor: Actor, world: World) -> Result:
    seen = await world.prefs.access()
    denied = command.listing == "deny" and command.kind == "users" and command.add
    if denied and roles.may(await standing(command.id, None, seen, world), "access.set"):
        return Result("admit.manager", {"user": Ref("user", command.id)})
    field = f"{'allowed' if command.listing == 'allow' else 'denied'}_{command.kind}"
    now = await _change(seen, field, _with(getattr(seen, field), command.id, command.add), actor, world)
    if now == seen:
        return Result("admit.same", shows=WhoIsAnswered(now))
    return Result(_admitted(command, now), _listed(command, now), WhoIsAnswered(now), changed=True)


async def set_switch(command: SetSwitch, actor: Actor, world: World) -> Result:
    seen = await world.prefs.access()
    now = await _change(seen, SWITCHES[command.switch], command.on, actor, world)
    if now == seen:
        return Result("admit.same", shows=WhoIsAnswered(now))
    return Result("admit.switched", {"switch": command.switch, "on": command.on}, WhoIsAnswered(now), changed=True)


async def audit(command: ShowAudit, world: World) -> Result:
    filtered = bool(command.by or command.of)
    entries = await world.prefs.audited(MAX_LOOKED_AT if filtered else command.most)
    wanted = [entry for entry in entries if command.by in ("", entry.by) and _is_of(entry.act, command.of)]
    return report(AuditLog(wanted[: command.most], filtered))


def _is_of(act: str, wanted: str) -> bool:
    """`persona` is of all that is done to personas, `persona.edit` one act."""
    return not wanted or act == wanted or act.startswith((f"{wanted}.", f"{wanted}-"))


async def _change(seen: Access, field: str, value: frozenset[str] | bool, actor: Actor, world: World) -> Access:
    change: dict[str, Any] = {field: value}
    return await world.prefs.change_access(seen, replace(seen, **change), actor.user)


def _admitted(command: Admit, now: Access) -> Code:
    if command.listing == "deny":
        return "admit.denied" if command.add else "admit.undenied"
    if command.add:
        return "admit.allowed"
    return "admit.unallowed" if _left(command, now) else "admit.everybody"


def _listed(command: Admit, now: Access) -> dict[str, object]:
    """What the sentence about a change names: who or what it was, and for `allow` who is on that list now."""
    kinds = {"users": "user", "groups": "group", "channels": "channel"}
    one = Ref(kinds[command.kind], command.id)  # type: ignore[arg-type]
    return {"one": one, "channels": command.kind == "channels", "left": _left(command, now)}


def _left(command: Admit, now: Access) -> tuple[Ref, ...]:
    if command.kind == "channels":
        return tuple(Ref("channel", each) for each in sorted(now.allowed_channels))
    users = [Ref("user", each) for each in sorted(now.allowed_users)]
    return (*users, *(Ref("group", each) for each in sorted(now.allowed_groups)))


def _with(present: frozenset[str], one: str, add: bool) -> frozenset[str]:
    return present | {one} if add else present - {one}


def _channel(place: Place) -> str | None:
    return place.id if isinstance(place, Channel) else None
