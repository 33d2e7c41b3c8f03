"""The operator reads who did what, by whatever tool reads JSON lines."""

import asyncio
import json
import os
import subprocess
import sys

from bot.personas.persona import Persona
from bot.policy.preferences import WORKSPACE, Defaults, Entry
from bot.store.client import Client
from bot.store.installations import RedisInstallations
from bot.store.preferences import RedisPrefs
from tests.patience import PATIENCE
from tests.run.test_cli import ROOT, bot
from tests.town import INSTALLED, KEYS, Town


async def test_the_audit_log_is_printed_as_json_lines_oldest_first(town: Town) -> None:
    client = Client(town.redis_url)
    prefs = RedisPrefs(client, KEYS, 60, Defaults("", {"openai_model": "m"}))
    await RedisInstallations(client, "threadbot").put(INSTALLED, "xoxb-1")
    await prefs.save(Persona("Bard", "A secret."), None, "UADA")
    await prefs.choose(WORKSPACE, {"persona": "Bard"}, "UBEN")
    await client.close()

    code, printed, _ = await bot("audit", REDIS_URL=town.redis_url)  # nothing else is needed
    some = {
        options: [
            json.loads(line)["act"] for line in (await bot("audit", *options, REDIS_URL=town.redis_url))[1].splitlines()
        ]
        for options in (
            ("--by", "UBEN"),
            ("--act", "persona"),
            ("--act", "persona.new"),
            ("--act", "pers"),
            ("--by", "UADA", "--act", "persona.use-workspace"),
            ("--most", "1", "--by", "UADA"),
        )
    }

    assert list(some.values()) == [
        ["persona.use-workspace"],
        ["persona.new", "persona.use-workspace"],
        ["persona.new"],
        [],
        [],
        ["persona.new"],
    ]
    entries = [json.loads(line) for line in printed.splitlines()]
    assert code == 0
    assert [(e["by"], e["act"], e["what"], e["before"], e["after"]) for e in entries] == [
        ("UADA", "persona.new", "Bard", "", "version 1"),
        ("UBEN", "persona.use-workspace", "workspace", "", "Bard"),
    ]
    assert all(entry["at"].endswith("+00:00") for entry in entries)
    assert "secret" not in printed


async def test_further_acts_are_printed_as_they_are_done(town: Town) -> None:
    client = Client(town.redis_url)
    prefs = RedisPrefs(client, KEYS, 60, Defaults("", {"openai_model": "m"}))
    await RedisInstallations(client, "threadbot").put(INSTALLED, "xoxb-1")
    await prefs.save(Persona("Bard", "A secret."), None, "UADA")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "audit", "--follow"),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "REDIS_URL": town.redis_url},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            first = json.loads(await process.stdout.readline())
            for n in range(150):  # more than are looked at in one go
                await prefs.audit(Entry("UBEN", "forget.thread", f"thread {n}"))
            further = [json.loads(await process.stdout.readline()) for _ in range(150)]
    finally:
        process.kill()
        await process.wait()
        await client.close()

    assert first["act"] == "persona.new"
    assert [each["what"] for each in further] == [f"thread {n}" for n in range(150)]
