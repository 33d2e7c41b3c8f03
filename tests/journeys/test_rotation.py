"""Each secret that is not replaced in another journey is replaced while the bot runs, and nobody notices."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.run import secret_files
from tests.journeys.test_metrics import scrape
from tests.town import Town, free_port, wait_until

FILE = Path("secret")


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot")
    monkeypatch.setattr(secret_files, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(secret_files, "STEADY", 0.01)


@asynccontextmanager
async def bot_with(town: Town, secret: str, value: str, **chosen: Any) -> AsyncIterator[None]:
    """The bot, with this secret in a file."""
    await asyncio.to_thread(FILE.write_text, value)
    settings: dict[str, Any] = {secret: None, f"{secret}_file": FILE} | chosen
    async with town.bot(**settings):
        yield


async def replaced(value: str, caplog: pytest.LogCaptureFixture) -> None:
    await asyncio.to_thread(FILE.write_text, value)
    await wait_until(lambda: "a secret has changed" in caplog.text, "the file is read again")


async def test_a_new_app_token_opens_the_next_socket(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    new = f"{town.slack.app_token}2"
    async with bot_with(town, "slack_app_token", town.slack.app_token):
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        await replaced(new, caplog)
        town.slack.workspace.keys = replace(town.slack.workspace.keys, app_token=new)  # the former opens nothing now
        await town.slack.disconnect_sockets()
        answer = await town.ask("Ada", "#general", "@Threadbot tell me another")

    assert answer.text
    assert new not in caplog.text


async def test_a_new_signing_secret_is_the_one_that_counts(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    new = "f" * 32
    http = {"slack_app_token": None, "port": free_port()}
    async with bot_with(town, "slack_signing_secret", town.slack.signing_secret, **http):
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        await replaced(new, caplog)
        town.slack.webhook.signing_secret = new
        answer = await town.ask("Ada", "#general", "@Threadbot tell me another")

    assert answer.text
    assert new not in caplog.text


async def test_a_new_user_key_makes_another_hash_of_the_same_person(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    async with bot_with(town, "openai_user_key", "first-key-of-users"):
        for number in range(2):
            await town.ask("Ada", "#general", f"@Threadbot joke {number}")
        await replaced("second-key-of-users", caplog)
        await town.ask("Ada", "#general", "@Threadbot joke 3")

    first, again, then = (request["user"] for request in town.model.requests)
    assert first == again != then
    assert "key-of-users" not in caplog.text


async def test_a_new_metrics_token_is_the_one_that_counts(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    async with bot_with(town, "metrics_token", "first-t0ken", port=port):
        before = (await scrape(port, Authorization="Bearer first-t0ken"))[0]
        await replaced("second-t0ken", caplog)
        former = (await scrape(port, Authorization="Bearer first-t0ken"))[0]
        new = (await scrape(port, Authorization="Bearer second-t0ken"))[0]

    assert (before, former, new) == (200, 401, 200)
    assert "t0ken" not in caplog.text
