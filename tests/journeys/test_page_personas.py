"""Personas on the sandbox's page, in a real browser."""

# ruff: noqa: F811 - `page` is a fixture, which is used by its name

import pytest
from playwright.async_api import Locator, Page, expect

from tests.journeys.test_page import browser, page, pytestmark, sandbox_url  # noqa: F401


async def say(page: Page, words: str) -> None:
    box = page.get_by_test_id("composer")
    await box.fill(words)
    await box.press("Escape")  # the list of commands
    await box.press("Enter")


def field(page: Page, name: str) -> Locator:
    return page.get_by_test_id("dialog").locator(f"[data-block={name}]").locator("input, textarea").first


async def tab_to(page: Page, control: Locator) -> None:
    """By the Tab key alone."""
    for _ in range(60):
        if await control.evaluate("each => each === document.activeElement"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {control}")


async def test_a_persona_is_changed_and_asked_by_keyboard_alone(page: Page) -> None:
    """Nothing is clicked: from the first key on, what is typed arrives where it is meant."""
    keys, dialog, thread = page.keyboard, page.get_by_test_id("dialog"), page.get_by_test_id("thread")
    await expect(page.get_by_test_id("composer")).to_be_focused()
    await keys.type("/persona edit concise ")
    await keys.press("Enter")
    await tab_to(page, field(page, "description"))
    await keys.type("Short and right")
    await keys.press("Enter")
    await expect(dialog.get_by_text("is saved")).to_be_visible()
    await keys.press("Enter")  # its only button
    await expect(dialog).not_to_be_visible()
    await keys.type("/persona use concise here ")
    await keys.press("Enter")
    await expect(page.get_by_test_id("messages").get_by_text("concise answers here from now on")).to_be_visible()

    await keys.type("@Threadbot square root of 16")
    await keys.press("Enter")
    await expect(thread.get_by_text("In short: 4.")).to_be_visible()
    await expect(thread.get_by_test_id("footer")).to_have_count(1)
    await keys.type("@Threadbot its square")
    await keys.press("Enter")
    await expect(thread.get_by_text("In short: 16.")).to_be_visible()
    await expect(thread.get_by_test_id("footer")).to_have_count(2)
    await keys.press("Escape")
    await keys.type("on in the channel")
    await expect(page.get_by_test_id("composer")).to_have_value("on in the channel")


LATE_CLOSE = """
  document.addEventListener("close", (event) => {
    if (event.detail === "late") return;
    event.stopImmediatePropagation();
    const late = new CustomEvent("close", { detail: "late" });
    setTimeout(() => event.target.dispatchEvent(late), 1000);
  }, true);
"""


@pytest.mark.parametrize("way_out", ["Enter", "Escape"])
async def test_what_is_typed_as_a_form_closes_is_not_lost(page: Page, way_out: str) -> None:
    """A browser that has much to do tells late that a dialog is closed."""
    dialog, composer = page.get_by_test_id("dialog"), page.get_by_test_id("composer")
    await page.evaluate(LATE_CLOSE)
    await say(page, "/persona edit concise")
    await field(page, "description").fill(f"Right and short, and closed by {way_out}")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_text("is saved")).to_be_visible()
    await page.keyboard.press(way_out)
    await expect(dialog).not_to_be_visible()
    await page.keyboard.type("on in the channel")
    await expect(composer).to_have_value("on in the channel")


async def test_a_reload_with_an_open_form_hinders_no_later_one(page: Page) -> None:
    dialog = page.get_by_test_id("dialog")
    for _ in range(3):
        await say(page, "/persona new")
        await field(page, "name").fill("Bert")
        await field(page, "system_prompt_1").fill("You are a pirate. Answer in capitals.")
        await field(page, "question").fill("square root of 16")
        await dialog.get_by_role("button", name="Preview").click()
        await expect(dialog.get_by_text("THE SQUARE ROOT OF 16 IS 4.")).to_be_visible()
        await page.reload()
        await expect(page.get_by_test_id("composer")).to_be_focused()
        await expect(dialog).not_to_be_visible()


async def test_an_admin_fills_in_the_form_mends_an_error_looks_at_a_preview_and_saves(page: Page) -> None:
    dialog = page.get_by_test_id("dialog")
    await say(page, "/persona new")
    await field(page, "name").fill("Bard")
    await field(page, "description").fill("Speaks in verse")
    await field(page, "system_prompt_1").fill("You are a poet at court. Answer in blank verse, briefly.")
    await field(page, "temperature").fill("3")
    await field(page, "question").fill("square root of 16")
    await expect(field(page, "seed")).to_have_count(0)
    await dialog.get_by_role("button", name="More fields").click()
    await field(page, "seed").fill("7")
    for name, typed in {"name": "Bard", "description": "Speaks in verse", "question": "square root of 16"}.items():
        await expect(field(page, name)).to_have_value(typed)
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_text("0 to 2; you wrote 3")).to_be_visible()

    await field(page, "temperature").fill("1.5")
    await dialog.get_by_role("button", name="Preview").click()
    await expect(dialog.get_by_text("Bard answers")).to_be_visible()
    await dialog.get_by_role("button", name="Back").click()
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_text("Bard (version 1) is saved")).to_be_visible()
    await dialog.get_by_role("button", name="Close").click()

    await say(page, "/persona use Bard here")
    await expect(page.get_by_test_id("messages").get_by_text("Bard answers here from now on")).to_be_visible()
    await page.get_by_test_id("channel-D0000000ADA").click()
    await page.get_by_role("tab", name="Home").click()
    await expect(page.get_by_text("Speaks in verse")).to_be_visible()
    await expect(page.get_by_text("Latest changes")).to_be_attached()

    await page.get_by_test_id("whoami").select_option("U0000000BEN")
    await page.get_by_test_id("channel-C000GENERAL").click()
    await say(page, "/persona use Bard workspace")
    await expect(page.get_by_test_id("messages").get_by_text("Only admins may do that.")).to_be_visible()
