"""How often a turn asks Redis for something. What a process asks anyway, as long as it runs, is left out."""

from collections import Counter
from typing import Any

import pytest

from bot.store.client import Client
from tests.town import Town
from threadbot_sandbox.model import Reply

ANYWAY = {f"bot.store.{name}" for name in ("erasures", "archive_scripts", "presence", "lives", "spaces")}
OF_ALL_TURNS = {"Renew", "ReadHash"}
"""Their leases, and who wants one of them to stop."""
POLLED = {"Claim", "BLPOP"}
"""Once for each turn, and once in a second in which nothing comes."""
TURNS = 4
ANSWER = Reply("word " * 200, tokens_per_second=50)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    found: Counter[str] = Counter()
    call, pop = Client._call, Client.pop

    async def counted_call(self: Client, script: Any) -> Any:
        if type(script).__module__ not in ANYWAY:
            found[type(script).__name__] += 1
        return await call(self, script)

    async def counted_pop(self: Client, key: str, seconds: float) -> None:
        found["BLPOP"] += 1
        await pop(self, key, seconds)

    monkeypatch.setattr(Client, "_call", counted_call)
    monkeypatch.setattr(Client, "pop", counted_pop)
    return found


@pytest.mark.parametrize(("limits", "most"), [(False, 8), (True, 14)])
async def test_a_turn_makes_few_round_trips(town: Town, asked: Counter[str], limits: bool, most: int) -> None:
    """An answer of 200 tokens in four seconds, in a thread of its own, by the defaults."""
    async with town.bot(slack_rate_limits=limits, notice=True):
        await town.ask("Ada", "D0000000ADA", "what have you got?")
        await town.idle()
        town.model.enqueue(*[ANSWER] * TURNS)
        asked.clear()
        for n in range(TURNS):
            await town.ask("Ada", "#general", f"@Threadbot question {n}")
            await town.idle()

    own = {name: count / TURNS for name, count in asked.items() if name not in OF_ALL_TURNS | POLLED}
    assert sum(own.values()) + len(POLLED) <= most, str(own)
    assert {name: own[name] for name in ("Put", "Begin", "Mark", "Finish")} == {
        "Put": 1,
        "Begin": 1,
        "Mark": 3,
        "Finish": 1,
    }
