"""What people are told of a budget that is near its end, or over."""

from bot.errors import BotError
from bot.ports import World
from bot.turns.guards import begun
from bot.turns.notices import Near, NoPrice, Notice, Over
from bot.turns.purse import OverBudget, Unpriced
from bot.turns.state import Turn


def notice(why: OverBudget | Unpriced, world: World) -> Notice:
    """Why there is no answer, and what can be done."""
    if isinstance(why, Unpriced):
        return NoPrice(why.model, why.ask)
    budget, resets = why.short.budget, world.calendar.ends(why.short.budget.period)
    return Over(budget, why.short.standing, resets, why.ask)


async def tell_near(turn: Turn, world: World) -> None:
    """Tell who asked, once, of each budget that has come near its limit by now. Never raises: the turn is over."""
    if not turn.near or not turn.payer:
        return
    try:
        for reached in await world.budgets.reached(turn.budgets):
            resets = world.calendar.ends(reached.budget.period)
            near = Near(reached.budget, reached.standing, resets, reached.over)
            await world.chat.whisper(turn.batch.thread, turn.payer, near, begun=begun(turn))
    except BotError:
        return
