"""The sandbox in a real browser, with everything that one command starts: a person uses the page and sees answers."""

import os
import re
import signal
import sys
from asyncio import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser import chromium, window

ROOT = Path(__file__).parents[2]


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """`python -m bot sandbox` as a person starts it, on free ports; the scripted brain talks, to all tests in turn."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    process = await subprocess.create_subprocess_exec(
        sys.executable,
        *(
            "-m",
            "bot",
            "sandbox",
            "--no-browser",
            "--model",
            "scripted",
            "--port",
            "0",
            "--data",
            str(tmp_path_factory.mktemp("page") / "data"),
        ),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    said = ""
    while not (found := re.search(r"http://127\.0\.0\.1:\d+/\n", said)):
        line = (await process.stdout.readline()).decode()
        assert line, f"the sandbox ended: {said}"
        said += line
    yield found.group().strip()
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser, sandbox_url: str) -> AsyncIterator[Page]:
    """A window of a person who was never here."""
    async with window(browser, viewport={"width": 1440, "height": 900}) as page:
        await page.goto(sandbox_url)
        yield page


async def ask(page: Page, words: str) -> None:
    """Mention the bot in the open thread, or in the channel, and wait until its answer is complete."""
    thread = page.get_by_test_id("thread")
    reply = page.get_by_test_id("thread-composer")
    box = reply if await reply.is_visible() else page.get_by_test_id("composer")
    before = await thread.get_by_test_id("footer").count()
    await box.fill(f"@Threadbot {words}")
    await box.press("Enter")
    await expect(thread.get_by_test_id("footer")).to_have_count(before + 1)


async def test_a_person_mentions_the_bot_goes_on_writes_to_it_directly_and_looks_at_its_personas(page: Page) -> None:
    thread = page.get_by_test_id("thread")

    await page.get_by_test_id("composer").fill("@Threadbot Who was the first president?")
    await page.get_by_test_id("composer").press("Enter")
    await expect(thread.get_by_text("George Washington").first).to_be_visible()
    await expect(thread.get_by_test_id("footer").first).to_contain_text("cost unknown")
    await expect(thread.get_by_test_id("status")).not_to_contain_text("thinking")

    await page.get_by_test_id("thread-composer").fill("@Threadbot For which duration?")
    await page.get_by_test_id("thread-composer").press("Enter")
    await expect(thread.get_by_text("1789").first).to_be_visible()
    await expect(thread.get_by_test_id("footer")).to_have_count(2)

    await page.get_by_test_id("channel-D0000000ADA").click()
    await page.get_by_test_id("composer").fill("square root of 16")
    await page.get_by_test_id("composer").press("Enter")
    await expect(thread.get_by_test_id("footer")).to_have_count(1)
    await expect(thread.get_by_text("4", exact=False).first).to_be_visible()

    await page.get_by_test_id("composer").fill("/persona")
    await page.get_by_test_id("composer").press("Enter")
    await expect(page.get_by_test_id("messages").get_by_text("Only visible to you")).to_be_visible()
    await page.get_by_role("tab", name="Home").click()
    await expect(page.get_by_role("heading", name="Personas")).to_be_visible()


async def test_code_and_tables_are_shown_as_such(page: Page) -> None:
    await ask(page, "show me some code")
    await ask(page, "and a table")
    thread = page.get_by_test_id("thread")

    await expect(thread.locator("pre").get_by_text("def longest_word")).to_be_visible()
    await expect(thread.get_by_role("cell", name="Venus")).to_be_visible()
    await expect(thread.get_by_role("button", name="Regenerate").first).to_be_visible()


async def test_a_long_answer_is_stopped_with_its_button(page: Page) -> None:
    await page.get_by_test_id("composer").fill("@Threadbot a long answer, please")
    await page.get_by_test_id("composer").press("Enter")
    thread = page.get_by_test_id("thread")
    await thread.get_by_role("button", name="Stop").first.click()

    await expect(thread.get_by_test_id("footer")).to_contain_text("stopped")
    await expect(thread.get_by_role("button", name="Stop")).to_have_count(0)
