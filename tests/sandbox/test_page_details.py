"""Small things on the page that people have stumbled over."""

# ruff: noqa: F811 - fixtures are used by their names

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser import new_page
from tests.sample_files import png
from tests.sandbox.test_page import ADA, FORM, GENERAL, PHONE, Bot, bot, browser, question, slack, words  # noqa: F401
from threadbot_sandbox import slack as slack_package
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.seed import Home

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


SCROLLED = """all => all
  .filter((each) => each.scrollHeight > each.clientHeight && /auto|scroll/.test(getComputedStyle(each).overflowY))
  .map((each) => each.className)"""
LINES = """each => {
  const range = document.createRange();
  range.selectNodeContents(each);
  return new Set([...range.getClientRects()].map(({ y }) => y)).size;
}"""
PLACES = """all => all.map((each) => {
  const { x, y } = each.getBoundingClientRect();
  return [each.alt ?? each.innerText.split("\\n")[0], x, y];
})"""


async def test_an_answer_is_laid_out_as_it_is_meant(slack: SmallSlack, bot: Bot, browser: Browser) -> None:
    page = await new_page(browser)
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
    page = await new_page(browser, **PHONE)
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
    page = await new_page(browser)
    await page.goto(f"{slack.url}/#D0000000ADA")
    box = page.get_by_test_id("composer")
    height = await box.evaluate("box => box.offsetHeight")

    for back in (page.get_by_role("tab", name="Messages"), page.get_by_test_id(f"channel-{GENERAL}")):
        await page.get_by_role("tab", name="Home").click()
        await back.click()
        assert await box.evaluate("box => box.offsetHeight") == height
    assert await page.evaluate("document.documentElement.scrollHeight === innerHeight")


async def test_nothing_that_slack_refuses_is_shown_as_a_code(slack: SmallSlack, browser: Browser) -> None:
    sources = "".join(each.read_text() for each in Path(slack_package.__file__).parent.glob("*.py"))
    codes = set(re.findall(r'ApiError(?:\.invalid)?\(\s*"(\w+)"', sources))
    page = await new_page(browser)
    await page.goto(slack.url)
    told = await page.evaluate(
        """async (codes) => {
          const { post } = await import("/page/store.js");
          const refuse = (error) => (window.fetch = async () => new Response(JSON.stringify({ ok: false, error })));
          return Promise.all(codes.map((code) => (refuse(code), post("submit", {}).catch(({ message }) => message))));
        }""",
        sorted(codes),
    )

    assert {"push_limit_reached", "not_in_channel", "no_text"} <= codes
    assert [text for text in told if re.search(r"[a-z]_[a-z]", text) or not text.endswith(".")] == []


async def test_a_form_scrolls_in_one_place_and_tells_each_problem_on_its_line(
    slack: SmallSlack, bot: Bot, browser: Browser
) -> None:
    page = await new_page(browser, viewport={"width": 800, "height": 500})
    bot.form = FORM | {"blocks": [question(f"field {n}", "plain_text_input", initial_value="x") for n in range(12)]}
    problems = {"field 0": "too hot: 9\ntoo cold: -9"}
    bot.saved = {"response_action": "errors", "errors": problems}
    await page.goto(f"{slack.url}/#{GENERAL}")
    await page.get_by_test_id("composer").fill("/persona ")
    await page.get_by_test_id("composer").press("Enter")
    dialog = page.get_by_test_id("dialog")
    await dialog.get_by_role("button", name="Save").click()
    problem = dialog.get_by_text("too hot")
    await expect(problem).to_be_visible()

    assert await dialog.locator("xpath=descendant-or-self::*").evaluate_all(SCROLLED) == ["body"]
    assert await dialog.evaluate("each => each.scrollHeight <= each.clientHeight")
    assert await problem.evaluate(LINES) == 2


async def test_pictures_stand_under_the_other_files_in_a_row_of_their_own(slack: SmallSlack, browser: Browser) -> None:
    page = await new_page(browser, viewport={"width": 1440, "height": 900})
    text = {"content_base64": "aGk=", "mimetype": "text/plain"}
    picture = {"content_base64": base64.b64encode(png(120)).decode(), "mimetype": "image/png"}
    names = ("a.txt", "b.png", "c.csv", "d.png")
    files = [{"name": name} | (picture if name.endswith("png") else text) for name in names]
    await slack.say("Ada", "#general", "see", files=files)
    await page.goto(f"{slack.url}/#{GENERAL}")
    shown = page.locator(".files")
    await expect(shown.locator("img")).to_have_count(2)

    places = await shown.locator("img, .file").evaluate_all(PLACES)
    rows = [name for name, x, y in sorted(places, key=lambda place: (place[2], place[1]))]
    left = min(x for _, x, _ in places)
    assert rows[:2] == ["a.txt", "c.csv"]
    assert rows[2:4] == ["b.png", "d.png"]
    assert [x for name, x, _ in places if name in ("a.txt", "b.png")] == [left] * 3


async def test_the_author_s_own_reply_has_a_name_across_the_rule(slack: SmallSlack, browser: Browser) -> None:
    page = await new_page(browser)
    root = await slack.say("Ada", "#general", "hello")
    replies = [await slack.say("Ada", "#general", text, thread_ts=root) for text in ("more", "and more")]
    await page.goto(f"{slack.url}/#{GENERAL}/{root}")
    thread = page.get_by_test_id("thread")

    names = [thread.get_by_test_id(f"message-{ts}").get_by_text("Ada", exact=True) for ts in (root, *replies)]
    await expect(names[0]).to_be_visible()
    assert [await name.is_visible() for name in names] == [True, True, False]


async def test_a_reload_ends_the_forms_that_were_open_and_new_ones_open_again(
    slack: SmallSlack, bot: Bot, browser: Browser
) -> None:
    page = await new_page(browser)
    await page.goto(f"{slack.url}/#{GENERAL}")
    dialog = page.get_by_test_id("dialog")
    for _ in range(3):
        await page.get_by_test_id("composer").fill("/persona ")
        await page.get_by_test_id("composer").press("Enter")
        await dialog.get_by_role("button", name="Preview").click()
        await expect(dialog.get_by_text("Thus.")).to_be_visible()
        await page.reload()
        await slack.wait_for(lambda: slack.modal("Ada") is None, description="Slack forgets what was open")
        await expect(dialog).not_to_be_visible()

    assert not [call for call in slack.calls_of("views.push") if not call.ok]
    assert not [heard for heard in bot.heard if heard.get("type") == "view_closed"]


async def test_another_workspace_is_chosen_and_what_is_typed_arrives_there(slack: SmallSlack, browser: Browser) -> None:
    page = await browser.new_page()
    await page.goto(slack.url)
    await expect(page.get_by_test_id("workspace")).to_be_hidden()
    second = SmallSlack(home=Home("T00SECOND00", "Second", "second", "xoxb-second"), beside=slack)
    async with serving(second.app):
        await page.reload()
        await page.get_by_test_id("workspace").select_option("Second")
        await expect(page.get_by_role("heading", name="Second")).to_be_visible()
        await expect(page.get_by_test_id("workspace").locator("option:checked")).to_have_text("Second")
        await expect(page.get_by_test_id("composer")).to_be_focused()
        await page.keyboard.type("over here")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("messages").get_by_text("over here")).to_be_visible()
        await page.get_by_test_id("workspace").select_option("Sandbox")
        await expect(page.get_by_role("heading", name="Sandbox")).to_be_visible()
        await page.close()

    assert [message["text"] for message in second.messages("#general")] == ["over here"]
    assert slack.messages("#general") == []
