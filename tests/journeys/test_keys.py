"""Keys and tokens that change while the bot runs."""

import asyncio
import logging
import signal
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.run import secret_files
from tests.journeys.test_trouble import sentence
from tests.town import Town, wait_until


@pytest.fixture(autouse=True)
def haste(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "bot")
    monkeypatch.setattr(secret_files, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(secret_files, "STEADY", 0.01)


@dataclass
class KeyFile:
    path: Path

    def write(self, secret: str) -> None:
        self.path.write_text(secret)


@pytest.fixture
def key() -> KeyFile:
    file = KeyFile(Path("key"))
    file.write("first")
    return file


async def test_a_refused_key_is_said_and_a_new_one_in_the_file_answers(
    town: Town, key: KeyFile, caplog: pytest.LogCaptureFixture
) -> None:
    town.model.api_key = "second"
    async with town.bot(openai_api_key=None, openai_api_key_file=key.path):
        shown = [
            await sentence(town, await town.slack.say("Ada", "#general", "@Threadbot hello there")) for _ in range(3)
        ]
        refused = [*town.model.keys]
        key.write("second")
        await wait_until(lambda: "a secret has changed" in caplog.text, "the file is read again")
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert all("does not accept my key" in each for each in shown)
    assert refused == ["first"]
    assert answer.text
    assert len([record for record in caplog.records if "refuses the key" in record.message]) == 1
    assert "first" not in caplog.text


async def test_a_key_is_replaced_under_load_without_a_failed_answer(town: Town, key: KeyFile) -> None:
    town.model.api_key = "first"

    async def swap() -> None:
        await town.model.wait_for(lambda: len(town.model.requests) >= 5)
        key.write("second")  # whoever asks with the first from now on is refused
        town.model.api_key = "second"

    async with town.bot(openai_api_key=None, openai_api_key_file=key.path):
        swapping = asyncio.ensure_future(swap())
        answers = []
        for _ in range(4):
            asking = (town.ask("Ada", "#general", "@Threadbot tell me a joke") for _ in range(5))
            answers += await asyncio.gather(*asking)
        await swapping

    assert len([answer for answer in answers if "(reference" not in answer.text]) == 20
    assert {"first", "second"} == set(town.model.keys)


async def test_a_new_token_of_slacks_is_used_from_then_on(
    town: Town, key: KeyFile, caplog: pytest.LogCaptureFixture
) -> None:
    former = town.slack.bot_token
    key.write(former)
    async with town.bot(slack_bot_token=None, slack_bot_token_file=key.path):
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        town.slack.workspace.keys = replace(town.slack.workspace.keys, bot_token=f"{former}-2")
        key.write(f"{former}-2")
        await wait_until(lambda: "a secret has changed" in caplog.text, "the file is read again")
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert answer.text


async def test_files_are_read_again_on_sighup(
    town: Town, key: KeyFile, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secret_files, "LOOK_EVERY", 3600.0)
    async with town.bot(openai_api_key=None, openai_api_key_file=key.path):
        key.write("second")
        signal.raise_signal(signal.SIGHUP)
        await wait_until(lambda: "a secret has changed" in caplog.text, "the file is read again")


async def test_a_new_password_of_redis_is_used_from_then_on(
    town: Town, key: KeyFile, caplog: pytest.LogCaptureFixture
) -> None:
    place = town.redis_url.removeprefix("unix://")
    key.write(town.redis_url)
    async with Redis.from_url(town.redis_url, single_connection_client=True) as raw:
        async with town.bot(redis_url=None, redis_url_file=key.path):
            await town.ask("Ada", "#general", "@Threadbot tell me a joke")
            await raw.config_set("requirepass", "hunter2-of-redis")
            key.write(f"unix://:hunter2-of-redis@{place}")
            await wait_until(lambda: "a secret has changed" in caplog.text, "the file is read again")
            await raw.client_kill_filter(_type="normal", skipme=True)
            answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        await raw.config_set("requirepass", "")

    assert answer.text
    assert "hunter2" not in caplog.text
