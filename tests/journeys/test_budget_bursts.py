"""The whole bot, as processes that are killed in the middle of bursts, on a real Redis: budgets hold, nothing stays
held, and the ledger has what the model's own log has."""

import asyncio
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.store.budgets import RedisBudgets
from bot.store.client import Client
from bot.usage.budgets import STEP, Amount, Budget
from bot.usage.periods import Calendar
from tests import processes
from tests.journeys.test_budgets import spent
from tests.town import KEYS, QUEUE, Town
from threadbot_sandbox import model
from threadbot_sandbox.reply import Reply

PEOPLE = ("Ada", "Ben", "Chloe", "Dora")
LIMIT = 9_000
BURSTS = 8
LEASE, LONGEST = 2, 12  # seconds


@dataclass
class Sent:
    """What the model's server has of one request: tokens of its prompt, pieces that went out, and whether all did."""

    prompt: int
    pieces: int = 0
    whole: bool = False


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """The server's own log."""
    found: list[Sent] = []
    send = model._Answer._send

    async def noting(self: Any, body: list[Any], to: Any) -> None:
        entry = Sent(self._prompt)
        found.append(entry)

        async def counted(message: Any) -> None:
            await to(message)
            entry.pieces += message.get("body", b"").count(b"word")

        await send(self, body, counted)
        entry.whole = True

    monkeypatch.setattr(model._Answer, "_send", noting)
    return found


async def test_however_often_replicas_die_in_bursts_no_budget_is_overspent(town: Town, log: list[Sent]) -> None:
    town.model.think = lambda _: Reply(" ".join(["word"] * 700), tokens_per_second=250)
    settings = {
        "BUDGET_WORKSPACE_DAY": f"{LIMIT} tokens",
        "BUDGET_PERSON_DAY": f"{LIMIT // 2} tokens",
        "LEASE_SECONDS": str(LEASE),
        "TURN_TIMEOUT": str(LONGEST),
    }
    async with AsyncExitStack() as stack:
        first, _second = [await stack.enter_async_context(processes.bot(town, **settings)) for _ in range(2)]
        for burst in range(BURSTS):
            for who in PEOPLE * 2:
                await town.slack.say(who, "#general", "@Threadbot count")
            if burst == 1:
                await town.model.wait_for(lambda: town.model.running >= 3, description="a burst is answered")
                await asyncio.sleep(1.0)
                first.tell(signal.SIGKILL)
                await first.ended()
                await stack.enter_async_context(processes.bot(town, **settings))
            await town.all_delivered()
            async with asyncio.timeout(120):
                await town.idle()
            if (await spent(town)).tokens >= LIMIT * 0.9:
                break
        left = await standing(town)
        if left.held.tokens:
            await asyncio.sleep(LONGEST + 2 * LEASE)
            left = await standing(town)

    found = await spent(town)
    reported = sum(each.prompt + each.pieces for each in log if each.whole)
    broken = sum(each.prompt + each.pieces for each in log if not each.whole)
    assert broken, "some were broken off"
    assert found.tokens <= LIMIT + STEP * len(PEOPLE) * 2
    assert found.tokens >= LIMIT * 0.9, "it was really used up"
    assert (left.held.cost, left.held.tokens) == (0, 0)
    assert not await holds(town)
    assert reported + broken / 2 <= found.tokens <= reported + broken * 2
    assert found.estimated == sum(not each.whole for each in log)
    assert found.calls == len(log)


async def standing(town: Town) -> Any:
    store = Client(town.redis_url)
    try:
        budget = Budget("workspace", "", Calendar().day(), Amount(tokens=LIMIT))
        return (await RedisBudgets(store, KEYS, QUEUE, 60.0).standing([budget]))[0]
    finally:
        await store.close()


async def holds(town: Town) -> int:
    async with Redis.from_url(town.redis_url) as redis:
        return int(await redis.exists(KEYS.holds, KEYS.reserved, KEYS.due))
