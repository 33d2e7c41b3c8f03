"""What stops a workspace that uses too much within an hour, whoever does it, and tells its admins."""

from bot.conversation.places import Ref
from bot.errors import BotError
from bot.policy import access
from bot.policy.preferences import Rules
from bot.ports import World
from bot.turns.notices import Blown
from bot.turns.state import Turn

MAX_TOLD = 20  # admins


class PausedByFuse(BotError):
    """The workspace goes on `at` that time, in seconds since 1970."""

    def __init__(self, at: float, ask: tuple[Ref, ...]) -> None:
        super().__init__("", "paused by the fuse")
        self.at, self.ask = at, ask


async def check(rules: Rules, world: World, channel: str | None = None) -> None:
    """Count a request to a model. Without a fuse nothing is asked. Raises PausedByFuse."""
    if not world.fuse.on:
        return
    blown = await world.turn_limits.fuse(world.fuse)
    if blown is None:
        return
    if blown.first:
        await _tell(Blown(blown.at, world.fuse.calls, world.fuse.cost), rules, world)
    raise PausedByFuse(blown.at, access.whom(rules.access, channel))


async def spent(turn: Turn, world: World) -> None:
    """Count what a turn has cost. Never raises: the turn is over."""
    cost = sum(booking.cost or 0.0 for booking in (*turn.earlier, *turn.bookings))
    if world.fuse.cost and cost:
        try:
            await world.turn_limits.burn(turn.id, round(cost * 1_000_000_000))
        except BotError:
            return


async def _tell(notice: Blown, rules: Rules, world: World) -> None:
    known = rules.access.admins | rules.access.appointed | await world.directory.admins()
    for admin in sorted(known)[:MAX_TOLD]:
        await world.chat.tell(admin, notice)
