"""Secrets in files: read at the start, and again when they change."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.log import redacted
from bot.run import config, secret_files
from bot.run.secret_files import SecretFile, Secrets
from tests.run.test_config import ENOUGH
from tests.town import wait_until


@pytest.fixture(autouse=True)
def enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_files, "STEADY", 0.01)
    for name, value in ENOUGH.items():
        monkeypatch.setenv(name, value)


def starts_with_sk(value: str) -> None:
    if not value.startswith("sk-"):
        raise ValueError(f"wrong: {value}")


def a_file(text: str = "sk-first\n") -> SecretFile:
    path = Path("key")
    path.write_text(text)
    return SecretFile("KEY", path, text.strip(), starts_with_sk)


def test_every_secret_may_stand_in_a_file() -> None:
    secret = {name for name, field in config.Settings.model_fields.items() if "SecretStr" in str(field.annotation)}

    assert secret == set(config.SECRETS)
    assert {f"{name}_file" for name in secret} <= set(config.Settings.model_fields)


@pytest.mark.parametrize("name", config.SECRETS)
def test_a_secret_is_read_from_its_file(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    value = {**ENOUGH, "ENCRYPTION_KEYS": f"k1:{'A' * 43}="}.get(name.upper(), "hunter2-from-file")
    Path("secret").write_text(f"{value}\n")
    monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv(f"{name.upper()}_FILE", "secret")

    settings = config.load()

    assert getattr(settings, name).get_secret_value() == value
    assert settings.opened().of(name)() == value
    assert value in settings.secrets


@pytest.mark.parametrize("load", [config.load, config.load_kept])
def test_redis_address_is_read_from_its_file_too(
    monkeypatch: pytest.MonkeyPatch, load: Callable[[], config.Kept]
) -> None:
    Path("where").write_text("redis://:hunter2@redis.example:6379/0\n")
    monkeypatch.setenv("REDIS_URL_FILE", "where")

    assert load().redis_address == "redis://:hunter2@redis.example:6379/0"
    assert "hunter2" in config.load().secrets


@pytest.mark.parametrize("content", ["mysql://:hunter2@here", "redis://:hunter2@host:many", ""])
def test_a_file_without_an_address_of_redis_is_one_line(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    Path("where").write_text(content)
    monkeypatch.setenv("REDIS_URL_FILE", "where")

    with pytest.raises(SettingsError, match="REDIS_URL") as refused:
        config.load()

    assert "\n" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "remedy"),
    [(None, "cannot read"), ("", "is empty"), (b"\xff\xfe", "UTF-8"), ("sk-1 sk-2", "without spaces")],
)
def test_a_file_without_a_secret_is_one_line(
    monkeypatch: pytest.MonkeyPatch, content: str | bytes | None, remedy: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", "secret")
    if content is not None:
        Path("secret").write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(SettingsError, match=remedy) as refused:
        config.load()

    assert str(refused.value).startswith("OPENAI_API_KEY")
    assert "\n" not in str(refused.value)
    assert "sk-1" not in str(refused.value)


def test_a_secret_and_its_file_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY_FILE", "secret")

    with pytest.raises(SettingsError, match="OPENAI_API_KEY_FILE: OPENAI_API_KEY is set as well"):
        config.load()


async def test_a_changed_file_is_seen_and_its_secret_struck_out_of_the_log() -> None:
    secret = a_file()

    assert not await secret.look()
    secret.path.write_text("sk-second")
    assert await secret.look()
    assert not await secret.look()
    assert secret() == "sk-second"
    assert "sk-second" not in redacted("it is sk-second")


def swap() -> None:
    Path("next").symlink_to("v2")
    Path("next").replace("link")


@pytest.fixture
def linked() -> SecretFile:
    Path("v1").write_text("sk-first")
    Path("v2").write_text("sk-second")
    os.utime("v2", ns=(0, 0))
    Path("link").symlink_to("v1")
    return SecretFile("KEY", Path("link"), "sk-first", starts_with_sk)


async def test_a_link_that_is_swapped_is_a_change(linked: SecretFile) -> None:
    """As Kubernetes does it."""
    secret = linked
    await secret.look()
    swap()

    assert await secret.look()
    assert secret() == "sk-second"


@pytest.mark.parametrize("written", ["", "no-secret", None], ids=["empty", "wrong", "gone"])
async def test_what_cannot_be_a_secret_leaves_the_former(written: str | None, caplog: pytest.LogCaptureFixture) -> None:
    secret = a_file()
    await secret.look()
    secret.path.unlink() if written is None else secret.path.write_text(written)

    assert not await secret.look()
    assert not await secret.look()
    assert secret() == "sk-first"
    assert [record.message for record in caplog.records] == ["a file's secret cannot be used; the former stays"]
    assert "no-secret" not in str(vars(caplog.records[0]))


@asynccontextmanager
async def watching(secrets: Secrets, again: asyncio.Event) -> AsyncIterator[list[str]]:
    changed = list[str]()

    async def note(name: str) -> None:
        changed.append(name)

    task = asyncio.ensure_future(secrets.watch(again, note))
    yield changed
    task.cancel()


async def test_files_are_looked_at_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_files, "LOOK_EVERY", 0.01)
    secret = a_file()
    async with watching(Secrets({"key": secret}), asyncio.Event()) as changed:
        secret.path.write_text("sk-second")
        await wait_until(lambda: changed == ["key"], "the change is told")

    assert secret() == "sk-second"


async def test_files_are_looked_at_when_somebody_asks_for_it() -> None:
    secret, again = a_file(), asyncio.Event()
    async with watching(Secrets({"key": secret}), again) as changed:
        secret.path.write_text("sk-second")
        again.set()
        await wait_until(lambda: changed == ["key"], "the change is told")
