"""The reports on the sandbox's page, in a real browser."""

import random
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest
from playwright.async_api import Page, expect

from bot.conversation.tokens import Usage
from bot.run import worlds
from bot.store.client import Client
from bot.store.ledger import RedisLedger
from bot.usage.ledger import Booking
from bot.usage.periods import Calendar, days_between
from tests.browser import chromium, new_page
from tests.journeys.test_page_personas import say
from tests.town import KEYS, Town

NOVEMBER_24 = 1_795_514_400.0
PEOPLE = ("U0000000BEN", "U00000CHLOE", "U0000000ADA", "U000000DORA")
CHANNELS = ("C000GENERAL", "C0000RANDOM", "D0000000BEN", "C0000SECRET")
PERSONAS, MODELS = ("assistant", "translator", "editor"), ("gpt-6-luna", "gpt-6.1-terra")


async def fill(town: Town) -> None:
    """Two months, in which work days have more than others."""
    client, chance = Client(town.redis_url), random.Random(14)
    ledger = RedisLedger(client, KEYS, 60)
    for n, day in enumerate(days_between("2026-10-01", "2026-11-24")):
        for part in range(chance.randint(4, 9) if n % 7 < 5 else 1):
            used = Usage(chance.randint(800, 9000), chance.randint(100, 900), cached=500)
            entry = Booking(day, chance.choice(MODELS), used, chance.uniform(0.01, 0.12), answers=1)
            person, persona = PEOPLE[min(int(chance.expovariate(1.2)), 3)], chance.choice(PERSONAS)
            channel = chance.choice(CHANNELS)
            await ledger.charge(f"{day}/{part}", [replace(entry, person=person, persona=persona, channel=channel)])
    await client.close()


@pytest.fixture
async def page(town: Town, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Page]:
    """Of a workspace in which it is the 24th of November."""
    monkeypatch.setattr(worlds, "Calendar", partial(Calendar, now=lambda: NOVEMBER_24))
    await fill(town)
    async with town.bot(report_people="names"), chromium() as browser:
        page = await new_page(browser, viewport={"width": 1440, "height": 1640})
        await page.goto(town.slack.url)
        yield page


async def test_an_admin_reads_what_was_used_and_sorts_it(page: Page) -> None:
    await say(page, "/threadbot usage all")
    report = page.get_by_test_id("messages").locator(".message").last
    await expect(report.get_by_test_id("chart")).to_have_count(2)
    table = report.get_by_test_id("data-table")
    await table.get_by_role("button", name="Cost").click()
    first = table.locator("tbody tr").first
    await expect(first).to_contain_text("$")
    costs = [await row.locator("td").nth(4).inner_text() for row in await table.locator("tbody tr").all()]
    amounts = [float(cost.strip("$")) for cost in costs]
    assert amounts == sorted(amounts, reverse=True)
    assert len(amounts) == 10


async def test_the_home_tab_of_an_admin_shows_the_month(page: Page) -> None:
    await page.get_by_test_id("channel-D0000000ADA").click()
    await page.get_by_role("tab", name="Home").click()
    chart = page.get_by_test_id("chart")
    await expect(chart).to_be_visible()
    await expect(chart.get_by_role("img")).to_have_accessible_name(re.compile("1–2 .*23–24 "))
