"""What was used and spent in a month, by the actor or by everyone."""

from datetime import UTC, datetime

from bot.commands.model import Actor, ShowUsage
from bot.commands.reports import UsageReport
from bot.commands.result import Result, report
from bot.ports import World


async def show(command: ShowUsage, actor: Actor, world: World) -> Result:
    month = command.month or this_month()
    past = month < this_month()
    if not command.everyone:
        return report(UsageReport(month, await world.ledger.spent(month, actor.user), False, past, {}))
    personas = await world.ledger.spent_by(month, "persona")
    return report(UsageReport(month, await world.ledger.spent(month), True, past, personas))


def this_month() -> str:
    """As 2026-11, of UTC."""
    return datetime.now(UTC).strftime("%Y-%m")
