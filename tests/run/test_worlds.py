"""What each workspace has of its own, and what the process has once."""

from contextlib import AsyncExitStack
from typing import cast

from bot.conversation.ids import ThreadKey
from bot.installations import Installation
from bot.run import app, models
from bot.run.config import Settings
from bot.run.spaces import Spaces, open_spaces
from bot.run.worlds import Worlds
from bot.store.client import Client
from bot.store.installations import RedisInstallations
from bot.turns.attachment_cache import RecentFiles
from tests.town import Town


async def spaces_of(settings: Settings, stack: AsyncExitStack, store: Client) -> Spaces:
    model = await models.open_model(settings, stack, settings.opened(), store)
    return await open_spaces(settings, stack, model, store)


THREADS = [ThreadKey("slack", workspace, "C1", "1763.1") for workspace in ("T1", "T2")]


async def test_all_workspaces_files_together_take_what_one_process_can_bear(town: Town) -> None:
    settings = town.settings()
    async with AsyncExitStack() as stack:
        store, slack = await app.open_store(settings, stack), await app.open_slack(settings, stack)
        installations = RedisInstallations(store, settings.redis_prefix)
        for workspace in ("T1", "T2"):
            await installations.put(Installation(workspace, "UBOT", "BBOT"), f"xoxb-{workspace}")
        worlds = Worlds(settings, store, installations, slack, await spaces_of(settings, stack, store), "T1")
        first, second = (cast(RecentFiles, world.files) for world in map(worlds.of, THREADS) if world)

    assert first is not second
    assert first.reader is second.reader
    assert first.places is second.places
    assert first.store is not second.store
