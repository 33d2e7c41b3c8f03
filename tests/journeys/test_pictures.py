"""The documentation's pictures show what the page shows today; `scripts/picture` takes them anew."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from bench import moving
from bench.gallery import __main__ as gallery
from bot.run import worlds
from bot.usage.periods import Calendar
from tests.browser import chromium, new_page
from tests.journeys.test_page_personas import field, say
from tests.journeys.test_page_usage import NOVEMBER_24, fill
from tests.pictures import DOCS, Pictures
from tests.town import Town
from threadbot_sandbox.completion import Json, text_of
from threadbot_sandbox.reply import Reply

MODEL, CHEAPER = "gpt-5.4-mini", "gpt-5.4-nano"
DESKTOP, PHONE = (1180, 760), (390, 844)
PRICES = {"input": 0.75, "output": 4.5}  # dollars for a million tokens
SAID = {
    "grew fastest": """**Asia–Pacific** grew fastest, by 22.7 %:

| Region | Q3 | Q4 | Growth |
| --- | ---: | ---: | ---: |
| Europe | 4.1 M | 4.6 M | 12.2 % |
| Americas | 6.8 M | 7.3 M | 7.4 % |
| Asia–Pacific | 2.2 M | 2.7 M | **22.7 %** |
""",
    "works it out": """```python
def growth(before: float, after: float) -> float:
    \"\"\"In per cent.\"\"\"
    return (after - before) / before * 100
```

`growth(2.2, 2.7)` is 22.7. It divides by zero where there was nothing before.
""",
    "Introduce yourself": """I am *Bard*, at your service:

> A poet keeps the court in merry measure,
> and answers all you ask him, at your pleasure.
""",
}


def think(request: Json) -> Reply:
    """Says what was written for a question, at once."""
    asked = text_of(request["messages"][-1])
    return Reply(next((text for words, text in SAID.items() if words in asked), "It is noted."))


@dataclass
class Stage:
    town: Town
    browser: Browser

    async def page(self, size: tuple[int, int] = DESKTOP, who: str = "U0000000ADA", **how: Any) -> Page:
        """A window in which somebody has the sandbox open. The badge would say that no model is known."""
        viewport: Any = {"width": size[0], "height": size[1]}
        page = await new_page(self.browser, viewport=viewport, locale="en-US", timezone_id="UTC", **how)
        await page.add_init_script(f"sessionStorage.setItem('threadbot.sandbox.me', '{who}')")
        await page.goto(self.town.slack.url)
        await page.get_by_test_id("brain").evaluate("badge => badge.style.visibility = 'hidden'")
        await expect(page.get_by_test_id("composer")).to_be_focused()
        return page


@pytest.fixture
def pictures() -> Iterator[Pictures]:
    seen = Pictures()
    yield seen
    seen.check()


@pytest.fixture
async def stage(
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> AsyncIterator[Stage]:
    """It is the 24th of November there."""
    monkeypatch.setattr(worlds, "Calendar", partial(Calendar, now=lambda: NOVEMBER_24))
    town.model.think, town.model.name = think, MODEL
    async with chromium() as browser:
        yield Stage(town, browser)


@asynccontextmanager
async def serving(stage: Stage, folder: Path, **chosen: Any) -> AsyncIterator[None]:
    """The bot, with a model that has a price."""
    models = folder / "models.json"
    priced = [{"name": MODEL, "price": PRICES}, {"name": CHEAPER, "price": {"input": 0.2, "output": 1.25}}]
    target = {"name": "hosted", "base_url": f"{stage.town.model_url}/v1", "key": "sandbox", "models": priced}
    models.write_text(json.dumps({"targets": [target]}))
    async with stage.town.bot(openai_model=MODEL, models_file=models, **chosen):
        yield


def dialog(page: Page) -> Locator:
    return page.get_by_test_id("dialog")


async def answered(page: Page, count: int = 1) -> None:
    await expect(page.get_by_test_id("thread").get_by_test_id("footer")).to_have_count(count)


async def home(page: Page, whose: str) -> Locator:
    await page.get_by_test_id(f"channel-{whose}").click()
    await page.get_by_role("tab", name="Home").click()
    await expect(page.get_by_text("What you can do:")).to_be_attached()
    return page.get_by_role("tabpanel")


async def test_a_conversation(stage: Stage, pictures: Pictures, tmp_path: Path) -> None:
    question = "which region grew fastest? Europe 4.1 → 4.6 million, Americas 6.8 → 7.3, Asia–Pacific 2.2 → 2.7"
    async with serving(stage, tmp_path):
        page = await stage.page()
        await say(page, f"@Threadbot {question}")
        await answered(page)
        await page.keyboard.type("@Threadbot a function that works it out, please")
        await page.keyboard.press("Enter")
        await answered(page, 2)
        await expect(page.get_by_text("2 replies").or_(page.get_by_text("3 replies"))).to_be_visible()
        await pictures.shown("conversation", page.locator("#app"))
        phone = await stage.page(PHONE, "U0000000BEN", color_scheme="dark", has_touch=True, is_mobile=True)
        await phone.get_by_text("3 replies").click()
        await answered(phone, 2)
        await pictures.shown("phone", phone.locator("body"), of=phone.get_by_test_id("thread"))


async def test_what_only_one_person_is_told(stage: Stage, pictures: Pictures, tmp_path: Path) -> None:
    async with serving(stage, tmp_path, notice=True):
        page = await stage.page((1180, 480), "U0000000BEN")
        messages = page.get_by_test_id("messages")
        await say(page, "@Threadbot please note: the garden party is on 4 June")
        await expect(messages.get_by_text("Before you go on")).to_be_visible()
        await answered(page)
        await page.get_by_role("button", name="Close thread").click()
        await pictures.shown("notice", messages)
        await say(page, "/persona use editor workspace")
        await expect(messages.get_by_text("Only admins may do that.")).to_be_visible()
        await pictures.shown("refusal", messages.locator(".message").last)
        await say(page, "/threadbot privacy")
        await expect(messages.get_by_text("What becomes of what you write to me")).to_be_visible()
        await pictures.shown("privacy", messages.locator(".message").last)
        await say(page, "/threadbot forget me")
        await messages.get_by_role("button", name="Forget my words and the answers").click()
        await expect(messages.get_by_text("I have forgotten what you said")).to_be_visible()
        await pictures.shown("forget", messages.locator(".message").last)


async def test_what_admins_see_and_the_home_tab_of_a_member(stage: Stage, pictures: Pictures, tmp_path: Path) -> None:
    await fill(stage.town)
    async with serving(stage, tmp_path, report_people="names"):
        page = await stage.page((1180, 1900))
        messages = page.get_by_test_id("messages")
        await say(page, "/threadbot usage all")
        report = messages.locator(".message").last
        await expect(report.get_by_test_id("chart")).to_have_count(2)
        await pictures.shown("usage", report)
        await say(page, "/threadbot policy follow here")
        await expect(messages.get_by_text("From now on here")).to_be_visible()
        await say(page, "/threadbot settings")
        await expect(messages.locator(".message")).to_have_count(3)
        await pictures.shown("settings", messages.locator(".message").last)
        tab = await home(page, "D0000000ADA")
        await expect(tab.get_by_test_id("chart")).to_be_visible()
        await pictures.shown("home-admin", tab)

        await tab.get_by_role("button", name="Change").click()
        await expect(dialog(page).get_by_text("Never answer these people")).to_be_visible()
        await pictures.shown("access", dialog(page))
        await dialog(page).get_by_role("button", name="Cancel").click()
        await tab.get_by_role("button", name="Budgets").click()
        await expect(dialog(page)).to_be_visible()
        await field(page, "day").fill("0.50")
        await pictures.shown("budget-form", dialog(page))
        await dialog(page).get_by_role("button", name="Cancel").click()
        await tab.get_by_role("button", name="New token").click()
        await field(page, "name").fill("nightly-report")
        await pictures.shown("token-form", dialog(page))
        await dialog(page).get_by_role("button", name="Send").click()
        await expect(dialog(page).get_by_text("tb_")).to_be_visible()
        await pictures.shown("token", dialog(page))

        page = await stage.page((1180, 1300), "U0000000BEN")
        await pictures.shown("home", await home(page, "D0000000BEN"))


async def test_the_forms_of_a_persona(stage: Stage, pictures: Pictures, tmp_path: Path) -> None:
    async with serving(stage, tmp_path):
        page = await stage.page((1180, 1000))
        await say(page, "/persona new")
        await field(page, "name").fill("Bard")
        await field(page, "description").fill("Speaks in verse")
        await field(page, "system_prompt_1").fill("You are a poet at court. Answer in blank verse, briefly.")
        await field(page, "temperature").fill("3")
        await dialog(page).get_by_role("button", name="Save").click()
        await expect(dialog(page).get_by_text("0 to 2; you wrote 3")).to_be_visible()
        await pictures.shown("persona-form", dialog(page))
        await field(page, "temperature").fill("1.5")
        await dialog(page).get_by_role("button", name="Preview").click()
        await expect(dialog(page).get_by_text("Bard answers")).to_be_visible()
        await pictures.shown("persona-preview", dialog(page))


async def test_a_budget_that_is_used_up(stage: Stage, pictures: Pictures, tmp_path: Path) -> None:
    await fill(stage.town)
    async with serving(stage, tmp_path, budget_person_day="0.01", cheaper_model=CHEAPER, admin_users="U0000000ADA"):
        page = await stage.page(who="U0000000BEN")
        await say(page, "@Threadbot which region grew fastest?")
        told = page.get_by_text("budget for today").locator("xpath=ancestor::li")
        await expect(told.get_by_role("button")).not_to_have_count(0)
        await pictures.shown("over-budget", told)


async def test_the_moving_picture_ends_as_it_does_today_and_an_apology(
    stage: Stage, pictures: Pictures, tmp_path: Path
) -> None:
    stage.town.model.enqueue(moving.ANSWER, Reply(status=401))
    async with serving(stage, tmp_path):
        page = await stage.page((moving.SIZE["width"], moving.SIZE["height"]))
        await say(page, f"@Threadbot {moving.QUESTION}")
        await answered(page)
        thread = page.get_by_test_id("thread")
        await pictures.says("pictures/answer", thread)
        await page.keyboard.type("@Threadbot and in Sydney?")
        await page.keyboard.press("Enter")
        await expect(thread.get_by_role("button", name="Try again")).to_be_visible()
        await pictures.shown("apology", thread.locator(".message").last)


async def test_the_gallery(stage: Stage, pictures: Pictures) -> None:
    texts, kept = gallery.answers(), (DOCS / "gallery.md").read_text("utf-8")
    stage.town.model.think = lambda request: texts[text_of(request["messages"][-1]).split()[-1]]
    async with stage.town.bot():
        page = await stage.page((1500, 1300))
        for name in texts:
            thread, messages = await gallery.ask(stage.town.slack, name)
            assert gallery.as_sent(messages) in kept, "it is written anew by scripts/picture"
            await page.goto(f"{stage.town.slack.url}/#C000GENERAL/{thread}")
            await page.reload()
            last = page.get_by_test_id("thread").get_by_test_id(f"message-{messages[-1]['ts']}")
            await expect(last.get_by_test_id("footer")).to_be_visible()
            await pictures.says(f"gallery/{name}", last)


def test_each_picture_has_words_and_a_place() -> None:
    pages = "\n".join(path.read_text("utf-8") for path in [*DOCS.glob("*.md"), DOCS.parent / "README.md"])
    placed = set(re.findall(r"!\[[^\]]+\]\((?:docs/)?([\w./-]+)\.(?:png|webp)\)", pages))
    there = [path.relative_to(DOCS).with_suffix("") for end in ("png", "webp") for path in DOCS.rglob(f"*.{end}")]

    assert placed == {str(path) for path in there}
    assert [path for path in there if not (DOCS / path).with_suffix(".txt").exists()] == []
