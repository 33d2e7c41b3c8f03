"""What Prometheus is told: what this process has counted, and what stands in Redis for all of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.run import models
from bot.run.config import Settings
from bot.run.worlds import Worlds
from bot.store import depths
from bot.store.client import Client
from bot.usage.budgets import SPANS, Who, applying

if TYPE_CHECKING:
    from bot.metrics.counts import Counts
    from bot.web.metrics import Exposition
    from bot.web.probes import Health


def open_counts(settings: Settings) -> "Counts | None":
    """What Prometheus reads, if it may."""
    if settings.metrics_port is None and settings.metrics_token is None:
        return None
    from bot.metrics.counts import Counts  # takes memory, and a moment

    if settings.models is None:
        return Counts({settings.openai_model}, {models.ONLY})
    return Counts(settings.models.names, {target.name for target in settings.models.targets})


def exposed(counts: "Counts", health: "Health", worlds: Worlds, store: Client) -> "Exposition":
    async def workspaces() -> list[str]:
        return [each.workspace for each in await worlds.installations.known()]

    async def waiting() -> Mapping[str, float]:
        return await depths.read(store, worlds.settings.redis_prefix, await workspaces())

    async def used() -> Mapping[str, float]:
        """Of all workspaces that which is nearest to its limit."""
        shares = [await _used(workspace, worlds) for workspace in await workspaces()]
        return {span: max(found) for span in SPANS if (found := [each[span] for each in shares if span in each])}

    return lambda: counts.text(health, waiting, used)


async def _used(workspace: str, worlds: Worlds) -> Mapping[str, float]:
    """How much is used of what a workspace may use in a day or month, where there is such a number: 1 is all."""
    if (responder := worlds.responder(workspace)) is None:
        return {}
    world = responder.world
    numbers = await world.budgets.numbers()
    budgets = applying(Who(""), numbers, world.allowance, world.calendar.day())
    standing = await world.budgets.standing(budgets)
    return {budget.span: at.share for budget, at in zip(budgets, standing, strict=True)}
