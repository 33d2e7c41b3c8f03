"""An app that was made from the manifest, with what that grants and no more, can do everything."""

from typing import Any

import pytest

from bot.slack.manifest import manifest
from tests.responder import command, modal
from tests.town import Town, free_port


@pytest.mark.parametrize("over", ["Socket Mode", "HTTP"])
async def test_the_manifest_is_enough(town: Town, over: str) -> None:
    town.slack.install(manifest(socket_mode=over == "Socket Mode"))
    http: dict[str, Any] = {
        "slack_app_token": None,
        "slack_signing_secret": town.slack.signing_secret,
        "port": free_port(),
    }
    async with town.bot(**(http if over == "HTTP" else {})):
        told = await command(town, "Ada", "#general", "/persona use shakespearean here")
        await command(town, "Ada", "#general", "/threadbot policy follow here")
        first = await town.ask("Ben", "#general", "@Threadbot tell <!subteam^S0GARDENERS> and #general a joke")
        await town.ask("Ben", "#general", "another one", thread=first.thread)
        await town.ask("Ben", "D0000000BEN", "tell me a joke")
        assert await town.slack.shortcut("Ben", "#general", first.thread, "use_persona")
        await modal(town, "Ben", "Use another persona")
        await town.slack.open_home("Ben")
        await town.slack.wait_for(lambda: town.slack.calls_of("views.publish"), description="the Home tab")

    assert "shakespearean" in told
    assert first.messages[-1]["username"]
    refused = {call.method: call.answer["error"] for call in town.slack.calls if not call.answer["ok"]}
    assert refused == {}
