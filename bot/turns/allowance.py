"""What people are told of a budget that is near its end, or over."""

from bot.errors import BotError
from bot.ports import World
from bot.turns.fuse import PausedByFuse
from bot.turns.guards import begun
from bot.turns.holding import OverBudget, Unpriced
from bot.turns.notices import Near, NoPrice, Notice, Over, Paused, TooOften
from bot.turns.pace import TooOftenAsked
from bot.turns.state import Turn

Why = OverBudget | Unpriced | TooOftenAsked | PausedByFuse


def notice(why: Why, world: World, turn: Turn | None = None) -> Notice:
    """Why there is no answer, and what can be done."""
    if isinstance(why, PausedByFuse):
        return Paused(why.at, why.ask)
    if isinstance(why, TooOftenAsked):
        return TooOften(why.count, world.calendar.now() + why.seconds)
    if isinstance(why, Unpriced):
        return NoPrice(why.model, why.ask)
    budget, resets = why.short.budget, world.calendar.ends(why.short.budget.period)
    cheaper = world.cheaper if world.cheaper != why.model else ""
    thread, newest = (turn.batch.thread, turn.newest) if turn else (None, "")
    return Over(budget, why.short.standing, resets, why.ask, thread, newest, cheaper)


async def tell_near(turn: Turn, world: World) -> None:
    """Tell who asked, once, of each budget that has come near its limit by now. A program is told by its replies, and
    its owner with the next answer in the chat. Never raises: the turn is over."""
    if not turn.budgets or not turn.bookings or turn.batch.thread.surface == "api":
        return
    try:
        for reached in await world.budgets.reached(turn.budgets):
            resets = world.calendar.ends(reached.budget.period)
            near = Near(reached.budget, reached.standing, resets, reached.over)
            await world.chat.whisper(turn.batch.thread, turn.payer, near, begun=begun(turn))
    except BotError:
        return
