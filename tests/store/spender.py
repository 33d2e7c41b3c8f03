"""A replica that spends: `python -m tests.store.spender URL NAME`. It runs turns side by side until it is killed.

Each turn holds, grows step by step while the budget lets it, and is settled with what it took; some are settled twice.
"""

import asyncio
import random
import sys

from bot.conversation.tokens import Usage
from bot.store.budgets import RedisBudgets
from bot.store.client import Client
from bot.store.keys import Keys, QueueKeys
from bot.store.ledger import RedisLedger
from bot.usage.budgets import STEP, Amount, Budget, Hold, Want
from bot.usage.ledger import Booking

DAY = "2026-11-30"
LIMIT = 60_000
HOLD_FOR = 3.0
AT_ONCE = 20
PEOPLE = ("UADA", "UBEN", "UEVE")


def budgets(person: str) -> list[Budget]:
    return [
        Budget("person", person, DAY, Amount(tokens=LIMIT // 2)),
        Budget("workspace", "", DAY, Amount(tokens=LIMIT)),
    ]


async def turns(name: str, spender: RedisBudgets, ledger: RedisLedger) -> None:
    for n in range(1_000_000):
        person, turn = random.choice(PEOPLE), f"{name}/{n}"
        scopes, want = budgets(person), Want(100, 400)
        hold = await spender.reserve(turn, want, scopes)
        if not isinstance(hold, Hold):
            await asyncio.sleep(0.01)
            continue
        produced, wanted = 0, random.randint(50, 3000)
        while produced < wanted:
            produced = min(produced + 50, wanted)
            await asyncio.sleep(0.001)
            if produced >= hold.answer:
                grown = await spender.grow(turn, want, scopes, None, hold, STEP)
                if grown.answer == hold.answer:
                    break
                hold = grown
        booking = Booking(DAY, "m", Usage(100, produced), 0.0, person, "C1")
        for _ in range(random.choice((1, 1, 2))):
            await ledger.charge(turn, [booking])


async def main(url: str, name: str) -> None:
    client = Client(url)
    spender = RedisBudgets(client, Keys("test", "T1"), QueueKeys("test"), HOLD_FOR)
    ledger = RedisLedger(client, Keys("test", "T1"), 60)
    print("ready", flush=True)
    await asyncio.gather(*(turns(f"{name}/{k}", spender, ledger) for k in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
