"""Small things on the page that people have stumbled over."""

# ruff: noqa: F811 - fixtures are used by their names

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.sandbox.test_page import ADA, GENERAL, PHONE, Bot, bot, browser, slack, words  # noqa: F401
from threadbot_sandbox.slack import SmallSlack

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = """Both &copy; and &#x20AC; &nosuch; :parrot: :nosuch:

שלום, a paragraph

- עברית

> اقتباس

| שם | value |
| --- | --- |
| א | 1 |

1. plain
2. [ ] to do

```
no language
```"""
SEEN = """thread => {
  const all = (query) => [...thread.querySelectorAll(query)];
  const side = (query) => getComputedStyle(all(query)[0]).direction;
  const box = (element) => element.getBoundingClientRect();
  const centre = ({ x, y, width, height }) => `${Math.round(x + width / 2)} ${Math.round(y + height / 2)}`;
  const face = all(".message:last-child .avatar")[0];
  const files = all(".file").map(box);
  return {
    text: all(".prose > p").at(-2).textContent,
    sides: [".prose > p:nth-child(2)", "ul", "blockquote", ".table", "td:last-child", "ol"].map(side),
    heights: new Set(all(".prose ol > li").map((item) => box(item).height)).size,
    label: all(".fence-bar span")[0].textContent,
    centred: centre(box(face)) === centre(box(face.firstElementChild)),
    between: files[1].x - files[0].right,
  };
}"""


async def test_an_answer_is_laid_out_as_it_is_meant(slack: SmallSlack, bot: Bot, browser: Browser) -> None:
    page = await browser.new_page()
    files = [{"name": f"{n}.txt", "content_base64": "aGk=", "mimetype": "text/plain"} for n in "ab"]
    root = await slack.say("Ada", "#general", "read these", files=files)
    block = {"type": "markdown", "text": TEXT}
    shown: Any = {"username": "Bard", "icon_emoji": ":nosuch:", "blocks": [block]}
    await bot.web.chat_postMessage(channel=GENERAL, thread_ts=root, text="x", **shown)
    await page.goto(f"{slack.url}/#{GENERAL}/{root}")
    await expect(page.get_by_test_id("thread").get_by_text("no language")).to_be_visible()

    assert await page.get_by_test_id("thread").evaluate(SEEN) == {
        "text": "Both © and € &nosuch; 🦜 :nosuch:",
        "sides": ["rtl", "rtl", "rtl", "rtl", "ltr", "ltr"],
        "heights": 1,
        "label": "",
        "centred": True,
        "between": 6,
    }


async def test_a_message_s_link_is_copied_and_a_private_note_has_none(
    slack: SmallSlack, bot: Bot, browser: Browser
) -> None:
    page = await browser.new_page(**PHONE)
    root = await slack.say("Ada", "#general", "hello")
    reply = await slack.say("Ada", "#general", "more", thread_ts=root)
    await bot.web.chat_postEphemeral(channel=GENERAL, user=ADA, thread_ts=root, text="Psst")
    await page.goto(f"{slack.url}/#{GENERAL}/{root}")
    thread = page.get_by_test_id("thread")

    await thread.get_by_role("button", name="Copy link").last.focus()
    await page.keyboard.press("Enter")
    answer = await bot.web.chat_getPermalink(channel=GENERAL, message_ts=reply)
    await expect(page.get_by_test_id("copied")).to_contain_text(answer["permalink"])
    note = thread.locator(".message").filter(has_text="Psst")
    await expect(note.locator(".avatar")).to_be_visible()
    await expect(note.get_by_role("button")).to_have_count(0)
    tools, header = thread.locator(".tools").first, thread.locator(".message header").first
    clear = "(tools, header) => tools.getBoundingClientRect().bottom <= header.getBoundingClientRect().top"
    assert await tools.evaluate(clear, await header.element_handle())


async def test_the_box_to_write_in_keeps_its_height_and_the_page_its_own(slack: SmallSlack, browser: Browser) -> None:
    page = await browser.new_page()
    await page.goto(f"{slack.url}/#D0000000ADA")
    box = page.get_by_test_id("composer")
    height = await box.evaluate("box => box.offsetHeight")

    for back in (page.get_by_role("tab", name="Messages"), page.get_by_test_id(f"channel-{GENERAL}")):
        await page.get_by_role("tab", name="Home").click()
        await back.click()
        assert await box.evaluate("box => box.offsetHeight") == height
    assert await page.evaluate("document.documentElement.scrollHeight === innerHeight")
