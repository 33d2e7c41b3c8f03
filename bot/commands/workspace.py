"""Commands to what holds for a whole workspace, and what its admins are asked."""

import asyncio
from typing import assert_never

from bot.commands.allowances import admins
from bot.commands.model import Actor
from bot.commands.reports import ServerForm
from bot.commands.result import Code, Result, report
from bot.commands.workspace_model import (
    AdmitWorkspace,
    ForgetServer,
    OpenServer,
    SetServer,
    SetTimeZone,
    ShowTimeZone,
    WorkspaceCommand,
)
from bot.errors import NotOffered, Unanswerable, Unavailable
from bot.policy.preferences import Entry
from bot.policy.space import OwnServer
from bot.ports import World
from bot.ports.spaces import OwnSpace
from bot.turns.notices import InstallAsked
from bot.usage import periods

PROVE_TIMEOUT = 30.0  # seconds that all models of a server get for their one word
MAX_MODELS = 20
MAX_NAME = 200  # characters of a model's name
MAX_ADDRESS = 500
MAX_KEY = 500


async def carry_out(command: WorkspaceCommand, actor: Actor, world: World) -> Result:
    match command:
        case AdmitWorkspace():
            return await _admit(command, actor, world)
        case ShowTimeZone():
            return Result("time-zone.now", {"zone": str(world.calendar.zone)})
    if world.space is None:
        return Result("server.operators")
    match command:
        case SetTimeZone():
            return await _set_zone(command, actor, world.space, world)
        case OpenServer() | SetServer() | ForgetServer():
            return await _about_server(command, actor, world.space, world)
    assert_never(command)


async def ask(notice: InstallAsked, channel: str, world: World) -> bool:
    """Ask in the operator's workspace whether another one shall be served: in a channel, or where none is named, each
    of its admins. False where nobody could be asked."""
    told = [await world.chat.tell(whom, notice) for whom in ([channel] if channel else await admins(world))]
    return any(told)


async def _admit(command: AdmitWorkspace, actor: Actor, world: World) -> Result:
    """What the first of the admins says holds."""
    if world.admission is None:
        return Result("workspace.elsewhere")
    decided = await world.admission.decide(command.workspace, command.yes)
    changed = decided in ("approved", "refused")
    if changed:
        await world.prefs.audit(Entry(actor.user, f"workspaces.{decided}", command.workspace))
    return Result(f"workspace.{decided}", {"workspace": command.workspace}, changed=changed)  # type: ignore[arg-type]


async def _set_zone(command: SetTimeZone, actor: Actor, space: OwnSpace, world: World) -> Result:
    """What was entered stays in the day under which it stands."""
    before = str(world.calendar.zone)
    if command.zone is None:
        await space.set_zone("")
        await world.prefs.audit(Entry(actor.user, command.act, "", before))
        return Result("time-zone.reset", changed=True)
    found = periods.zone(command.zone)
    if found is None:
        return Result("time-zone.unknown", {"zone": command.zone[:40], "near": periods.near_zone(command.zone)})
    await space.set_zone(found.key)
    await world.prefs.audit(Entry(actor.user, command.act, "", before, found.key))
    return Result("time-zone.set", {"zone": found.key}, changed=True)


async def _about_server(
    command: OpenServer | SetServer | ForgetServer, actor: Actor, space: OwnSpace, world: World
) -> Result:
    if not space.takes_servers:
        return Result("server.operators")
    match command:
        case OpenServer():
            seen = space.now.server
            return report(ServerForm(seen.url if seen else "", seen.models if seen else ()))
        case SetServer():
            return await _set_server(command, actor, space, world)
        case ForgetServer():
            before = space.now.server
            if before is None:
                return Result("server.none")
            await space.set_server(None)
            await world.prefs.audit(Entry(actor.user, command.act, "", before.host))
            return Result("server.forgotten", {"host": before.host}, changed=True)
    assert_never(command)


async def _set_server(command: SetServer, actor: Actor, space: OwnSpace, world: World) -> Result:
    """A server has to answer before it is kept. The key of another one is never sent to it."""
    before, url = space.now.server, command.url.strip()
    key = command.key.strip() or (before.key if before is not None and before.url == url else "")
    if problem := _problem(url, command.models, key):
        return Result(problem, {"most": MAX_MODELS})
    server = OwnServer(url, command.models, key)
    if why := await _refused(server, space):
        return Result("server.not-proved", {"why": why})
    await space.set_server(server)
    await world.prefs.audit(Entry(actor.user, command.act, "", before.host if before else "", server.host))
    return Result("server.set", {"host": server.host, "models": server.models}, changed=True)


async def _refused(server: OwnServer, space: OwnSpace) -> str:
    """The code of what is wrong with it; empty if it answers."""
    try:
        async with asyncio.timeout(PROVE_TIMEOUT):
            await space.prove(server)
    except NotOffered:
        return "model.missing"
    except (Unanswerable, Unavailable) as refusal:
        return refusal.sentence
    except TimeoutError:
        return "model.late"
    except ValueError:  # an address that is not understood
        return "server.address"
    return ""


def _problem(url: str, models: tuple[str, ...], key: str) -> Code | None:
    """What cannot be a server."""
    if not url or len(url) > MAX_ADDRESS:
        return "server.no-address"
    fits = all(0 < len(each) <= MAX_NAME and not any(map(str.isspace, each)) for each in models)
    if not models or len(models) > MAX_MODELS or not fits:
        return "server.no-models"
    return None if key.isascii() and not any(map(str.isspace, key)) and len(key) <= MAX_KEY else "server.no-key"
