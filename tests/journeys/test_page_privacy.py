"""What people are told of what becomes of their words, on the sandbox's page in a real browser."""

# ruff: noqa: F811 - `page` is a fixture, which is used by its name

from playwright.async_api import Page, expect

from tests.journeys.test_page import browser, page, pytestmark, sandbox_url  # noqa: F401
from tests.journeys.test_page_personas import say


async def test_the_first_question_brings_a_notice_that_only_one_person_sees(page: Page) -> None:
    messages, thread = page.get_by_test_id("messages"), page.get_by_test_id("thread")
    await say(page, "@Threadbot tell me a joke")
    await expect(messages.get_by_text("Before you go on")).to_be_visible()
    await expect(thread.get_by_test_id("footer")).to_have_count(1)
    await say(page, "/threadbot privacy")
    await expect(messages.get_by_text("What becomes of what you write to me")).to_be_visible()
    await say(page, "@Threadbot square root of 16")
    await expect(thread.get_by_text("4")).not_to_have_count(0)
    await expect(messages.get_by_text("Before you go on")).to_have_count(1)

    await page.get_by_test_id("whoami").select_option("U0000000BEN")
    await expect(messages.get_by_text("Before you go on")).to_have_count(0)


async def test_the_home_tab_says_it_too(page: Page) -> None:
    await page.get_by_test_id("whoami").select_option("U0000000BEN")
    await page.get_by_test_id("channel-D0000000BEN").click()
    await page.get_by_role("tab", name="Home").click()
    last = page.get_by_text("What you can do:")
    await expect(last).to_be_attached()
    await last.scroll_into_view_if_needed()
    await expect(page.get_by_text("How long I keep it:")).to_be_visible()


async def test_two_buttons_ask_what_shall_be_forgotten(page: Page) -> None:
    messages = page.get_by_test_id("messages")
    await say(page, "/threadbot forget me")
    await expect(messages.get_by_role("button", name="Forget my words", exact=True)).to_be_visible()
    await messages.get_by_role("button", name="Forget my words and the answers").click()
    await expect(messages.get_by_text("I have forgotten what you said")).to_be_visible()
