"""Replicas are killed in the middle of bursts: no budget is overspent, and nothing stays held after its time."""

import asyncio
import sys
from pathlib import Path

from bot.store.budgets import RedisBudgets
from bot.store.ledger import RedisLedger
from bot.usage.budgets import STEP, Hold, Want
from tests.patience import PATIENCE
from tests.store import spender
from tests.store.shelf import MONTH, Shelf

ROOT = Path(__file__).resolve().parents[2]
KILLED, REPLICAS = 3, 2


async def test_whoever_is_killed_no_budget_is_overspent_and_nothing_stays_held(shelf: Shelf, redis_url: str) -> None:
    """Three replicas die one after the other, two live on until there is nothing left."""
    ledger = RedisLedger(shelf.client, shelf.keys, MONTH)
    some = [await started(redis_url, f"R{n}") for n in range(KILLED + REPLICAS)]
    try:
        for process in some[:KILLED]:
            await asyncio.sleep(0.3)
            process.kill()
        async with asyncio.timeout(PATIENCE):
            while (await ledger.spent(spender.DAY)).tokens < spender.LIMIT * 0.95:  # noqa: ASYNC110 - Redis tells nobody
                await asyncio.sleep(0.05)
            await asyncio.sleep(2 * spender.HOLD_FOR)
    finally:
        for process in some:
            if process.returncode is None:
                process.kill()
            await process.wait()

    everything = await ledger.spent_by_all(spender.DAY)
    used = everything["workspace"][""].tokens
    assert spender.LIMIT * 0.95 <= used <= spender.LIMIT + STEP
    assert all(spent.tokens <= spender.LIMIT // 2 + STEP for spent in everything["person"].values())

    await asyncio.sleep(spender.HOLD_FOR)
    budgets = RedisBudgets(shelf.client, shelf.keys, shelf.queue, spender.HOLD_FOR)
    for _ in range(3):  # a hundred at a time are swept
        standing = await budgets.standing(spender.budgets("UADA"))
    assert [each.held.tokens for each in standing] == [0, 0]
    assert not await shelf.raw.exists(shelf.keys.holds, shelf.keys.reserved, shelf.keys.due)
    assert not isinstance(await budgets.reserve("T1", Want(spender.LIMIT, 200), spender.budgets("UADA")), Hold)


async def started(url: str, name: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.store.spender", url, name), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process
