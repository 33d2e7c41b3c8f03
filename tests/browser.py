"""Chromium, for the tests of the sandbox's page."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.patience import PATIENCE

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
MILLISECONDS = PATIENCE * 1000

expect.set_options(timeout=MILLISECONDS)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser of this machine; skips the test where there is none, except in CI."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        assert not os.environ.get("CI"), "CI has to bring a browser"
        pytest.skip("no Chromium on this machine: the page is not tested")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        await browser.close()


@asynccontextmanager
async def window(browser: Browser, **options: Any) -> AsyncIterator[Page]:
    """A page of somebody who was never here; `options` as Playwright's `new_context` takes them."""
    context = await browser.new_context(**options)
    context.set_default_timeout(MILLISECONDS)
    yield await context.new_page()
    await context.close()


async def new_page(browser: Browser, **options: Any) -> Page:
    """The same, for a test that leaves closing to the browser."""
    page = await browser.new_page(**options)
    page.set_default_timeout(MILLISECONDS)
    return page
