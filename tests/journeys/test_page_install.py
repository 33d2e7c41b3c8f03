"""The sandbox with many workspaces, as one command starts it, in a real browser: installed by a click, let in by one,
and taken out again."""

# ruff: noqa: F811 - `browser` is a fixture, which is used by its name

import os
import re
import signal
import sys
from asyncio import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser import new_page
from tests.journeys.test_page import ROOT, ask, browser, pytestmark  # noqa: F401

SANDBOX, SECOND, ORGANISATION = "Sandbox", "Second", "Organisation"
OFFERED = re.compile(r"install the bot at (\S+), and take it out again at (\S+)")


@dataclass(frozen=True)
class Places:
    install: str
    apps: str
    pages: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def places(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Places]:
    process = await subprocess.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "sandbox", "--install", "--no-browser", "--model", "scripted", "--port", "0"),
        *("--data", str(tmp_path_factory.mktemp("install") / "data")),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    said = ""
    while "Ctrl-C stops it" not in said:
        line = (await process.stdout.readline()).decode()
        assert line, f"the sandbox ended: {said}"
        said += line
    offered, first = OFFERED.search(said), re.search(r"sandbox is at (\S+)", said)
    assert offered
    assert first
    pages = {SANDBOX: first[1], **dict(re.findall(r"  (Second|Organisation) is at (\S+)", said))}
    yield Places(offered[1], offered[2], pages)
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 0


async def window(browser: Browser, url: str) -> Page:
    """Somebody's own browser."""
    page = await new_page(browser, viewport={"width": 1440, "height": 900})
    await page.goto(url)
    return page


async def install(page: Page, places: Places, where: str) -> None:
    await page.goto(places.install)
    await page.get_by_role("link", name="Add to Slack").click()
    await page.get_by_role("button", name=f"Allow in {where}").click()


async def test_it_is_installed_by_a_click_let_in_by_another_and_taken_out_again(
    browser: Browser, places: Places
) -> None:
    page = await window(browser, places.install)
    await install(page, places, SANDBOX)
    await expect(page.get_by_text("Threadbot is installed.")).to_be_visible()
    sandbox = await window(browser, places.pages[SANDBOX])
    await ask(sandbox, "@Threadbot tell me a joke")

    await install(page, places, SECOND)
    await expect(page.get_by_text("waits for its operator")).to_be_visible()
    await sandbox.get_by_test_id("channel-D0000000ADA").click()
    messages = sandbox.get_by_test_id("messages")
    await expect(messages.get_by_text("has installed me and waits")).to_be_visible()
    await messages.get_by_role("button", name="Approve").click()
    await expect(messages.get_by_text("is served from now on")).to_be_visible()
    second = await window(browser, places.pages[SECOND])
    await ask(second, "@Threadbot tell me a joke")

    await page.goto(places.apps)
    await page.locator("p", has_text=SECOND).get_by_role("button", name="Remove").click()
    await expect(page.get_by_text(f"{SECOND}: not installed")).to_be_visible()
    await install(page, places, SECOND)  # within the grace
    await expect(page.get_by_text("waits for its operator")).to_be_visible()
    await messages.get_by_role("button", name="No", exact=True).click()
    await expect(messages.get_by_text("is not served")).to_be_visible()
    await page.goto(places.apps)
    await expect(page.get_by_text(f"{SECOND}: not installed")).to_be_visible()


async def test_an_organisation_is_installed_for_all_of_its_workspaces(browser: Browser, places: Places) -> None:
    page = await window(browser, places.install)
    await install(page, places, ORGANISATION)
    await expect(page.get_by_text("waits for its operator")).to_be_visible()
    await page.goto(places.apps)
    await expect(page.locator("p", has_text=ORGANISATION).get_by_role("button", name="Remove")).to_be_visible()


async def test_what_another_browser_has_begun_is_refused(browser: Browser, places: Places) -> None:
    mine = await window(browser, places.install)
    address = await mine.get_by_role("link", name="Add to Slack").get_attribute("href")
    stranger = await window(browser, str(address))
    await stranger.get_by_role("button", name=f"Allow in {SECOND}").click()
    await expect(stranger.get_by_text("not begun in this browser")).to_be_visible()
    await stranger.get_by_role("link", name="Begin again").click()
    await expect(stranger.get_by_role("link", name="Add to Slack")).to_be_visible()
    await mine.goto(places.install)
    await mine.get_by_role("link", name="Add to Slack").click()
    await mine.get_by_role("button", name="Cancel").click()
    await expect(mine.get_by_text("You cancelled the installation")).to_be_visible()
