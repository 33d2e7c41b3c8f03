"""What each workspace has of its own, and what the process has once."""

import asyncio
from contextlib import AsyncExitStack
from typing import cast

import pytest

from bot.conversation.ids import ThreadKey
from bot.installations import Installation
from bot.run import app, models, worlds
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
        made = Worlds(settings, store, installations, slack, await spaces_of(settings, stack, store), "T1")
        first, second = (cast(RecentFiles, world.files) for world in map(made.of, THREADS) if world)

    assert first is not second
    assert first.reader is second.reader
    assert first.places is second.places
    assert first.store is not second.store


async def test_a_workspace_is_let_go_when_nothing_has_happened_there_for_a_while(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = town.settings(turn_timeout=0.1)
    async with AsyncExitStack() as stack:
        store, slack = await app.open_store(settings, stack), await app.open_slack(settings, stack)
        installations = RedisInstallations(store, settings.redis_prefix)
        for workspace in ("T1", "T2"):
            await installations.put(Installation(workspace, "UBOT", "BBOT"), f"xoxb-{workspace}")
        made = Worlds(settings, store, installations, slack, await spaces_of(settings, stack, store), "T1")
        first, second = (made.responder(workspace) for workspace in ("T1", "T2"))
        made.rest()
        assert (made.responder("T1"), made.responder("T2")) == (first, second)
        monkeypatch.setattr(worlds, "IDLE_FOR", 0.3)
        await asyncio.sleep(0.4)
        assert made.responder("T2") is second
        made.rest()

        assert made.responder("T2") is second
        assert made.responder("T1") is not first
