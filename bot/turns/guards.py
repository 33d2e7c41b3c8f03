"""Who of those who ask is answered. The guards stand in one list in the world, and are asked in its order.

A guard is a function (turn, rules, world) → refusals, as `ports.Guard` says. To add one: write it, and name it in the
list where the world is put together.
"""

from bot.errors import Unavailable
from bot.happenings import AskersRefused
from bot.policy import access
from bot.policy.preferences import Rules
from bot.ports import Refusals, World
from bot.turns.state import Turn

CHECK_AGAIN_AFTER = 5.0  # seconds; and twice as long each further time


async def check(turn: Turn, rules: Rules, world: World) -> None:
    """Ask the guards about those who are still to be answered. Who is refused is told why, in private and once in a
    thread, and stands in `turn.refused` afterwards."""
    for guard in world.guards:
        if not turn.asked:
            return
        refused = await guard(turn, rules, world)
        if not refused:
            continue
        turn.refused |= refused.keys()
        world.saw(AskersRefused(turn.id, tuple(refused)))
        await _tell(refused, turn, world)


async def admitted(turn: Turn, rules: Rules, world: World) -> Refusals:
    """Those may ask whom the workspace's access rules let through.

    Where nobody is let through and Slack does not say who somebody is, it is asked again by the attempts that are left:
    Unavailable. Where somebody is let through, they do not wait for that.
    """
    refused = await access.refused(turn.asked, turn.batch.thread, rules, world)
    unchecked = [user for user, why in refused.items() if why.reason == "unchecked"]
    nobody = all(message.author in refused for message in turn.asked)
    if unchecked and nobody and turn.attempt < world.limits.tries:
        raise Unavailable("access.unchecked", f"nothing is known of {len(unchecked)} who ask", CHECK_AGAIN_AFTER)
    return refused


async def _tell(refused: Refusals, turn: Turn, world: World) -> None:
    thread = turn.batch.thread
    for user, why in refused.items():
        again = f"/{turn.newest}" if why.reason == "unchecked" else ""  # they were told to ask again
        if await world.inbox.first_time(thread, f"{thread.root}/refused/{user}{again}"):
            await world.chat.refuse(thread, user, why, begun=begun(turn))


def begun(turn: Turn) -> bool:
    """Whether somebody has replied in the turn's thread: before that, nothing can be shown there to one person."""
    return any(message.ts != turn.batch.thread.root for message in turn.batch.everything)
