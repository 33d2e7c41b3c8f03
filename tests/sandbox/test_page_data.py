"""Charts and sortable tables on the page."""

# ruff: noqa: F811 - fixtures are used by their names

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import new_page
from tests.sandbox.test_page import GENERAL, Bot, bot, browser, slack  # noqa: F401
from tests.sandbox.test_slack_data_blocks import BARS, PIE, changed
from threadbot_sandbox.slack import SmallSlack

pytestmark = pytest.mark.asyncio(loop_scope="module")


def row(name: str, count: int) -> list[dict[str, Any]]:
    return [{"type": "raw_text", "text": name}, {"type": "raw_number", "value": count, "text": f"{count:,}"}]


PEOPLE = [row("Ada", 30), row("Ben", 4), row("Chloe", 1200), row("Dora", 5), row("Eve", 6), row("Fay", 7)]
TABLE = {
    "type": "data_table",
    "caption": "Who asked",
    "rows": [[{"type": "raw_text", "text": "Name"}, {"type": "raw_text", "text": "Answers"}], *PEOPLE],
}


async def opened(browser: Browser, slack: SmallSlack, bot: Bot, *blocks: Any) -> Page:
    page = await new_page(browser)
    await page.goto(f"{slack.url}/#{GENERAL}")
    await bot.web.chat_postMessage(channel=GENERAL, text="Usage", blocks=blocks)
    return page


async def names(page: Page) -> list[str]:
    return await page.get_by_test_id("data-table").locator("tbody tr > :first-child").all_inner_texts()


async def test_a_table_is_sorted_filtered_and_leafed_through(browser: Browser, slack: SmallSlack, bot: Bot) -> None:
    page = await opened(browser, slack, bot, TABLE)
    table = page.get_by_test_id("data-table")
    await expect(table.get_by_text("1–5 of 6")).to_be_visible()
    first = await names(page)
    await table.get_by_role("button", name="Next page").click()
    last = await names(page)
    await table.get_by_role("button", name="Answers").click()
    largest = await names(page)
    await table.get_by_role("button", name="Answers").click()
    smallest = await names(page)
    await table.get_by_role("searchbox").fill("a")
    await expect(table.get_by_text("1–3 of 3")).to_be_visible()

    assert (first, last) == (["Ada", "Ben", "Chloe", "Dora", "Eve"], ["Fay"])
    assert largest == ["Chloe", "Ada", "Fay", "Eve", "Dora"]
    assert smallest == ["Ben", "Dora", "Eve", "Fay", "Ada"]
    await page.close()


@pytest.mark.parametrize("kind", ["bar", "line", "area", "pie"])
async def test_a_chart_is_drawn_and_told(browser: Browser, slack: SmallSlack, bot: Bot, kind: str) -> None:
    page = await opened(browser, slack, bot, PIE if kind == "pie" else changed(BARS, "chart", "type", to=kind))
    chart = page.get_by_test_id("chart")
    drawing = chart.get_by_role("img")
    await expect(drawing).to_have_accessible_name("one 1, two 2.5" if kind == "pie" else "all: Mon 3, Tue -1.5")
    boxes = [await each.bounding_box() for each in await chart.locator("rect, circle, .slice").all()]

    assert len(boxes) == 2
    assert all(box and box["width"] > 1 and box["height"] > 1 for box in boxes)
    assert "NaN" not in await chart.inner_html()
    await page.close()
