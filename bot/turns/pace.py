"""Whether a turn may begin now: how often its asker has asked, and how many of their questions are being answered."""

from bot.errors import BotError, Postponed
from bot.policy import payers
from bot.policy.preferences import Rules
from bot.ports import World
from bot.turns.state import Turn
from bot.usage import budgets, limits


class TooOftenAsked(BotError):
    """They may ask again in so many `seconds`; `count` is how often they may in a minute."""

    def __init__(self, count: int, seconds: float) -> None:
        super().__init__("", "asked too often")
        self.count, self.seconds = count, seconds


async def enter(turn: Turn, rules: Rules, world: World) -> None:
    """Count the turn, once. Without a limit nothing is asked. Raises Postponed for what waits in the inbox, or
    TooOftenAsked."""
    who = payers.who(turn.batch.thread, turn.payer, rules.persona.name)
    minute = budgets.limit("minute", who, rules.numbers, world.allowance)
    at_once = budgets.limit("at_once", who, rules.numbers, world.allowance)
    if turn.passes or not (minute or at_once):
        return
    why = await world.turn_limits.enter(turn.id, turn.payer, minute, at_once, turn)
    if why is None:
        return
    if (seconds := limits.wait(why)) is not None:
        raise Postponed("over the limit of its asker", seconds)
    assert isinstance(why, limits.Soon)
    raise TooOftenAsked(minute, why.seconds)
