"""Commands to what holds for a whole workspace, and what its admins are asked."""

from bot.commands.allowances import admins
from bot.commands.model import Actor
from bot.commands.result import Result
from bot.commands.workspace_model import AdmitWorkspace
from bot.policy.preferences import Entry
from bot.ports import World
from bot.turns.notices import InstallAsked


async def ask(notice: InstallAsked, channel: str, world: World) -> bool:
    """Ask in the operator's workspace whether another one shall be served: in a channel, or where none is named, each
    of its admins. False where nobody could be asked."""
    told = [await world.chat.tell(whom, notice) for whom in ([channel] if channel else await admins(world))]
    return any(told)


async def admit(command: AdmitWorkspace, actor: Actor, world: World) -> Result:
    """What the first of the admins says holds."""
    if world.admission is None:
        return Result("workspace.elsewhere")
    decided = await world.admission.decide(command.workspace, command.yes)
    changed = decided in ("approved", "refused")
    if changed:
        await world.prefs.audit(Entry(actor.user, f"workspaces.{decided}", command.workspace))
    return Result(f"workspace.{decided}", {"workspace": command.workspace}, changed=changed)  # type: ignore[arg-type]
