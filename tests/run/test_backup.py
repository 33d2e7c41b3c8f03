"""What lasts is written into a file, lost, and put back; the bot goes on as if nothing had been."""

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.personas.persona import Persona
from bot.policy.preferences import WORKSPACE, Defaults, Scope
from bot.store.client import Client
from bot.store.installations import RedisInstallations
from bot.store.preferences import RedisPrefs
from bot.store.seal import Seal
from bot.store.spaces import RedisSpaces
from bot.usage.budgets import Amount, Numbers
from tests.run.test_cli import bot
from tests.store.sealing import FIRST
from tests.town import INSTALLED, KEYS, Town

CHANNEL = Scope("channel", "C000GENERAL")


def prefs(client: Client) -> RedisPrefs:
    return RedisPrefs(client, KEYS, 60, Defaults("", {"openai_model": "m"}))


async def decided(client: Client) -> list[object]:
    """All that people have decided, as the product reads it."""
    kept = prefs(client)
    return [
        await kept.personas(),
        await kept.history("Bard"),
        await kept.access(),
        await kept.chosen(WORKSPACE),
        await kept.chosen(CHANNEL),
        await RedisSpaces(client, "threadbot").all(),
        await kept.audited(),
    ]


async def decide(client: Client) -> None:
    kept = prefs(client)
    await RedisInstallations(client, "threadbot").put(INSTALLED, "xoxb-1")
    bard = await kept.save(Persona("Bard", "Speak in verse."), None, "UADA")
    await kept.save(replace(bard, system_prompt="Speak in rhyming verse."), 1, "UBEN")
    await kept.choose(WORKSPACE, {"footer": "compact"}, "UADA")
    await kept.choose(CHANNEL, {"persona": "Bard"}, "UBEN")
    seen = await kept.access()
    await kept.change_access(seen, replace(seen, admins=frozenset({"U1"}), guests=True), "UADA")
    spaces = RedisSpaces(client, "threadbot")
    await spaces.set_zone(KEYS.workspace, "Europe/Berlin")
    await spaces.set_cap(KEYS.workspace, Numbers(day=Amount(cost=5)))


@pytest.mark.parametrize("keys", ["", FIRST], ids=["plain", "encrypted"])
async def test_what_people_decided_comes_back_whole(town: Town, tmp_path: Path, keys: str) -> None:
    file = tmp_path / "threadbot.json"
    environment = {"REDIS_URL": town.redis_url} | ({"ENCRYPTION_KEYS": keys} if keys else {})
    async with town.bot(encryption_keys=keys or None):
        pass  # it makes the data its own
    client = Client(town.redis_url, seal=Seal(lambda: keys))
    await decide(client)
    before = await decided(client)

    made, _, said = await bot("backup", str(file), **environment)
    async with Redis.from_url(town.redis_url) as redis:
        await redis.set("{threadbot}:T000SANDBOX:tokens", "stays away")
        await redis.flushall()
    put_back, _, told = await bot("restore", str(file), **environment)
    after = await decided(client)
    counted = await RedisSpaces(client, "threadbot").count()
    await client.close()

    assert counted, "a running process looks again"
    assert (made, put_back) == (0, 0)
    assert "2 versions" in said
    assert "is restored" in told
    assert after == before
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ("rhyming" in file.read_text("utf-8")) == (not keys)
    assert not {"tokens", "last_used", "aside"} & set(json.loads(file.read_text("utf-8"))["workspaces"][KEYS.workspace])


async def test_the_bot_answers_as_it_was_told_to_before_redis_was_lost(town: Town, tmp_path: Path) -> None:
    file = str(tmp_path / "threadbot.json")
    async with town.bot():
        pass
    client = Client(town.redis_url)
    await decide(client)
    await client.close()
    await bot("backup", file, REDIS_URL=town.redis_url)
    async with Redis.from_url(town.redis_url) as redis:
        await redis.flushall()
    await bot("restore", file, REDIS_URL=town.redis_url)

    async with town.bot():
        ts = await town.slack.say("ada", "#general", "@Threadbot hello")
        await town.slack.wait_for(lambda: town.model.requests or None, description="the model is asked")
        await town.slack.wait_for(lambda: len(town.slack.thread("#general", ts)) > 1, description="the answer")

    assert "Speak in rhyming verse." in str(town.model.requests[0]["messages"][0]["content"])


async def test_what_was_decided_since_gives_way_and_the_audit_stays(town: Town, tmp_path: Path) -> None:
    file = str(tmp_path / "threadbot.json")
    async with town.bot():
        pass
    client = Client(town.redis_url)
    await decide(client)
    *before, audited = await decided(client)
    await bot("backup", file, REDIS_URL=town.redis_url)
    await prefs(client).delete("Bard", "UEVE", anyway=True)
    await prefs(client).save(Persona("Imp", "Be rude."), None, "UEVE")
    audit_then = await prefs(client).audited()
    await bot("restore", file, REDIS_URL=town.redis_url)
    *after, audit_now = await decided(client)
    await client.close()

    assert after == before
    assert audit_now == audit_then != audited


async def test_a_newer_versions_file_is_refused_and_nothing_changes(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "threadbot.json"
    async with town.bot():
        pass
    client = Client(town.redis_url)
    await decide(client)
    before = await decided(client)
    await bot("backup", str(file), REDIS_URL=town.redis_url)
    newer = json.loads(file.read_text("utf-8")) | {"schema": 99, "version": "9.9.9", "workspaces": {}}
    file.write_text(json.dumps(newer))

    code, out, err = await bot("restore", str(file), REDIS_URL=town.redis_url)
    after = await decided(client)
    await client.close()

    assert (code, out, err.count("\n")) == (1, "", 1)
    assert "newer version (9.9.9" in err
    assert after == before


async def test_what_cannot_be_done_is_one_line(town: Town, tmp_path: Path) -> None:
    nothing = await bot("backup", str(tmp_path / "a.json"), REDIS_URL=town.redis_url)
    lost = await bot("restore", str(tmp_path / "b.json"), REDIS_URL=town.redis_url)
    async with town.bot():
        pass
    nowhere = await bot("backup", str(tmp_path / "no" / "c.json"), REDIS_URL=town.redis_url)

    assert [(code, out, err.count("\n")) for code, out, err in (nothing, lost, nowhere)] == [(1, "", 1)] * 3
    assert "nothing is kept under threadbot" in nothing[2]
    assert not os.listdir(tmp_path)


async def test_a_dash_is_the_standard_output(town: Town) -> None:
    async with town.bot():
        pass
    code, out, err = await bot("backup", "-", REDIS_URL=town.redis_url)

    assert (code, err.count("\n")) == (0, 1)
    assert json.loads(out)["threadbot_backup"] == 1
