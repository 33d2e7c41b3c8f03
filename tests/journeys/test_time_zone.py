"""Days and months of a workspace begin where its admins say; nothing that was used is lost by that, or counts twice."""

from typing import Any

import pytest
from redis.asyncio import Redis

from tests.journeys.test_allowances import over, said, whispers
from tests.journeys.test_install import SECOND, Browser, environment, many, neighbour, operator
from tests.town import Town
from threadbot_sandbox.reply import Reply
from threadbot_sandbox.slack.seed import TEAM

EARLY, LATE = "Pacific/Kiritimati", "Pacific/Pago_Pago"  # at any moment, a day lies between them


async def entered(town: Town, workspace: str = TEAM) -> tuple[int, int, int]:
    """All tokens that are entered under days, those under months, and how many days there are."""
    start = f"{{threadbot}}:{workspace}:used:"
    async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
        found: dict[str, Any] = {
            str(key).removeprefix(start): await redis.hgetall(key) for key in await redis.keys(f"{start}*")
        }
    tokens = {period: sum(map(int, used["workspace:"].split()[1:3])) for period, used in found.items()}
    days = [each for period, each in tokens.items() if len(period) == 10]
    return sum(days), sum(each for period, each in tokens.items() if len(period) == 7), len(days)


async def test_an_admin_moves_midnight_and_every_answer_counts_once(town: Town) -> None:
    async with town.bot(time_zone=LATE):
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        one = (await entered(town))[0]
        assert f"midnight in {LATE}" in await said(town, "Ben", "/threadbot time-zone")
        assert "Only admins" in await said(town, "Ben", f"/threadbot time-zone {EARLY}")
        assert "Did you mean Europe/Berlin" in await said(town, "Ada", "/threadbot time-zone Berlin")

        town.model.enqueue(Reply("word " * 30, stall_after=10))
        thread = await town.slack.say("Ben", "#general", "@Threadbot and a story")
        await town.model.wait_for(lambda: town.model.stalled == 1, description="it is under way")
        assert f"midnight in {EARLY}" in await said(town, "Ada", f"/threadbot time-zone {EARLY}")
        town.model.release()
        await town.answer("#general", thread, thread)
        await town.idle()
        two, months, days = await entered(town)
        assert (two, days) == (months, 1)  # the turn stays in the day in which it began
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.idle()
        three, months, days = await entered(town)
        assert (three, days) == (months, 2)
        assert one < two < three
        assert "as the operator's settings say" in await said(town, "Ada", "/threadbot time-zone reset")
        await town.ask("Ben", "#general", "@Threadbot tell me a joke")
        await town.idle()
        four, months, days = await entered(town)
        assert (four, days) == (months, 2)
        assert "time zone" in await said(town, "Ada", "/threadbot audit")

    assert four > three


async def test_a_budget_starts_anew_where_the_new_day_begins(town: Town) -> None:
    async with town.bot(time_zone=LATE, budget_person_day="150 tokens"):
        await over(town)
        told = len(whispers(town, "Ben"))
        await said(town, "Ada", f"/threadbot time-zone {EARLY}")
        shown = await said(town, "Ben", "/threadbot budget")

    assert told == 1
    assert "0 tokens of 150 tokens" in shown


async def test_the_operator_says_what_a_workspace_may_use_and_its_admins_cannot_lift_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = many(workspaces="*")
    environment(monkeypatch, town, settings)
    async with neighbour(town, SECOND) as second, town.bot(**settings), Browser(settings["port"]) as browser:
        for team in (TEAM, SECOND.team):
            await browser.install(team)
        words = ("--budget-day", "10 tokens", "--time-zone", "Asia/Tokyo")
        shown = await operator("workspaces", "set", SECOND.team, *words)
        assert ("budget per day: 10 tokens" in shown, "time zone: Asia/Tokyo" in shown) == (True, True)
        while "10 tokens" not in await said(second, "Ada", "/threadbot budget"):
            pass
        await said(second, "Ada", "/threadbot budget off workspace")
        _, note = await over(second)
        assert "Ask for more" not in str(note)
        assert (await town.ask("Ben", "#general", "@Threadbot hello")).text  # which has no such limit
        assert "budget per day: -" in await operator("workspaces", "set", SECOND.team, "--budget-day", "off")
        while "10 tokens" in await said(second, "Ada", "/threadbot budget"):
            pass
        assert (await second.ask("Ben", "#general", "@Threadbot hello")).text
        assert "time zone: Asia/Tokyo" in await operator("workspaces", "show", SECOND.team)
