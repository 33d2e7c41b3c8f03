"""What was used and spent in a month, by the actor or by everyone."""

from bot.commands.model import Actor, ShowUsage
from bot.commands.reports import UsageReport
from bot.commands.result import Result, report
from bot.ports import World


async def show(command: ShowUsage, actor: Actor, world: World) -> Result:
    this_month = world.calendar.month()
    month = command.month or this_month
    past = month < this_month
    if not command.everyone:
        return report(UsageReport(month, await world.ledger.spent(month, "person", actor.user), False, past, {}))
    personas = await world.ledger.spent_by(month, "persona")
    return report(UsageReport(month, await world.ledger.spent(month), True, past, personas))
