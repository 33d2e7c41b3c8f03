"""What stops a workspace that uses too much within an hour, whoever does it, and tells its admins."""

from collections.abc import Iterable

from bot.conversation.places import Ref
from bot.errors import BotError
from bot.policy import access
from bot.policy.preferences import Rules
from bot.ports import World
from bot.turns import accounting
from bot.turns.notices import Blown
from bot.usage.ledger import Booking

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


async def spent(name: str, bookings: Iterable[Booking], world: World) -> None:
    """Count what was paid for an answer. Never raises: the answer is there."""
    cost = accounting.amount(bookings).cost
    if world.fuse.cost and cost:
        try:
            await world.turn_limits.burn(name, cost)
        except BotError:
            return


async def _tell(notice: Blown, rules: Rules, world: World) -> None:
    known = rules.access.admins | rules.access.appointed | await world.directory.admins()
    for admin in sorted(known)[:MAX_TOLD]:
        await world.chat.tell(admin, notice)
