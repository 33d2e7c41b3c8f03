"""Where the keys go on the page: whatever was done before, what is typed next arrives."""

# ruff: noqa: F811 - fixtures are used by their names

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.browser import new_page
from tests.sandbox.test_page import FORM, GENERAL, PHONE, Bot, bot, browser, slack, words  # noqa: F401
from threadbot_sandbox.slack import SmallSlack

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTICE = {"type": "modal", "title": words("Saved"), "blocks": [{"type": "section", "text": words("It is saved.")}]}
HANDS: dict[str, Any] = {"keyboard": {}, "mouse": {}, "finger": PHONE | {"has_touch": True, "is_mobile": True}}


class Person:
    """Someone before the page, with a keyboard alone, or with a mouse or a phone's screen as well."""

    def __init__(self, page: Page, hand: str = "keyboard") -> None:
        self.page = page
        self.points = hand != "keyboard"

    async def press(self, button: Locator) -> None:
        """A button; the keyboard reaches it as Tab would."""
        if self.points:
            await button.click()
        else:
            await button.focus()
            await self.page.keyboard.press("Enter")

    async def use(self, message: Locator, tool: str) -> None:
        """A tool of a message, which is seen only while one is at the message."""
        await (message.get_by_role("strong").click() if self.points else message.focus())
        await self.press(message.get_by_role("button", name=tool))

    async def types(self, text: str, into: str = "composer") -> None:
        """Just so, without a look at where the focus is; it must arrive, and is taken away again."""
        await self.page.keyboard.type(text)
        await expect(self.page.get_by_test_id(into)).to_have_value(text)
        await self.page.get_by_test_id(into).fill("")

    async def command(self) -> Locator:
        await self.page.keyboard.type("/persona ")
        await self.page.keyboard.press("Enter")
        dialog = self.page.get_by_test_id("dialog")
        await expect(dialog).to_be_visible()
        return dialog


async def arrived(slack: SmallSlack, page: Page) -> Page:
    await page.goto(f"{slack.url}/#{GENERAL}")
    await expect(page.get_by_test_id(f"channel-{GENERAL}")).to_be_attached()
    return page


@pytest_asyncio.fixture(loop_scope="module")
async def page(slack: SmallSlack, browser: Browser) -> AsyncIterator[Page]:
    page = await arrived(slack, await new_page(browser))
    yield page
    await page.close()


@pytest_asyncio.fixture(loop_scope="module", params=HANDS)
async def person(request: pytest.FixtureRequest, slack: SmallSlack, browser: Browser) -> AsyncIterator[Person]:
    page = await arrived(slack, await new_page(browser, **HANDS[request.param]))
    yield Person(page, request.param)
    await page.close()


async def test_what_is_typed_arrives_from_the_first_moment_and_after_a_reload(person: Person) -> None:
    await person.types("hello")
    await person.page.reload()
    await expect(person.page.get_by_test_id(f"channel-{GENERAL}")).to_be_attached()
    await person.types("hello again")


async def test_what_is_typed_before_the_page_knows_its_workspace_is_kept(slack: SmallSlack, browser: Browser) -> None:
    knows = asyncio.Event()

    async def late(route: Route) -> None:
        await knows.wait()
        await route.continue_()

    page = await browser.new_page()
    await page.route("**/sandbox/live", late)
    await page.goto(f"{slack.url}/#{GENERAL}")
    await page.keyboard.type("early words")
    await page.keyboard.press("Enter")
    await page.keyboard.type("and then these")
    knows.set()

    await expect(page.get_by_test_id("messages").get_by_text("early words")).to_be_visible()
    await expect(page.get_by_test_id("composer")).to_have_value("and then these")
    assert [message["text"] for message in slack.messages("#general")] == ["early words"]
    await page.close()


@pytest.mark.parametrize("leaves", ["Close", "Escape"])
async def test_what_is_typed_arrives_after_a_form_was_saved(person: Person, bot: Bot, leaves: str) -> None:
    """The notice that it is saved takes the form's place, and with it that of the button that had the focus."""
    bot.form = FORM | {"blocks": FORM["blocks"][:1]}
    bot.saved = {"response_action": "update", "view": NOTICE}
    dialog = await person.command()
    await person.page.keyboard.type("bard")
    await expect(dialog.get_by_label("Name")).to_have_value("bard")
    await person.press(dialog.get_by_role("button", name="Save"))
    await expect(dialog.get_by_text("It is saved.")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    if leaves == "Escape":
        await person.page.keyboard.press("Escape")
    else:
        await person.press(dialog.get_by_role("button", name="Close"))
    await expect(dialog).not_to_be_visible()

    await person.types("hello")


@pytest.mark.parametrize("answer", ["Delete", "Cancel"])
async def test_what_is_typed_arrives_after_a_question_about_a_message(
    person: Person, slack: SmallSlack, answer: str
) -> None:
    root = await slack.say("Ada", "#general", "a slip")
    message = person.page.get_by_test_id("messages").get_by_test_id(f"message-{root}")
    await person.use(message, "Delete")
    await person.press(person.page.get_by_test_id("confirm").get_by_role("button", name=answer))
    await expect(message).to_have_count(0 if answer == "Delete" else 1)
    await expect(person.page.get_by_test_id("confirm")).to_have_count(0)

    await person.types("hello")


async def test_the_preview_over_a_form_gives_the_focus_back_to_its_button(
    person: Person, slack: SmallSlack, bot: Bot
) -> None:
    dialog = await person.command()
    await person.press(dialog.get_by_role("button", name="Preview"))
    await expect(dialog.get_by_text("Thus.")).to_be_visible()
    await slack.wait_for(lambda: slack.calls_of("views.update"), description="the form below is changed")
    await expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    await person.page.keyboard.press("Escape")

    await expect(dialog.get_by_role("button", name="Preview")).to_be_focused()


async def test_a_form_that_changes_under_the_hands_keeps_the_caret(page: Page, slack: SmallSlack, bot: Bot) -> None:
    dialog = await Person(page).command()
    await page.keyboard.type("brd")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    added = {"type": "section", "text": words("Something was added.")}
    view = slack.modal("Ada")
    assert view is not None
    await bot.web.views_update(view_id=view["id"], view=FORM | {"blocks": [added, *FORM["blocks"]]})
    await expect(dialog.get_by_text("Something was added.")).to_be_visible()
    await page.keyboard.type("a")

    await expect(dialog.get_by_label("Name")).to_have_value("bard")


async def test_the_first_answer_takes_the_person_into_its_thread(person: Person, slack: SmallSlack, bot: Bot) -> None:
    await person.page.keyboard.type("@Threadbot hello")
    await person.page.keyboard.press("Enter")
    root = await slack.wait_for(lambda: [m["ts"] for m in slack.messages("#general") if "hello" in m["text"]])
    await bot.web.chat_postMessage(channel=GENERAL, thread_ts=root[0], text="Hello, Ada.")
    await expect(person.page.get_by_test_id("thread").get_by_text("Hello, Ada.")).to_be_visible()

    await person.types("and then?", into="thread-composer")
    await person.page.keyboard.press("Escape")
    await expect(person.page.get_by_test_id("thread")).not_to_be_visible()
    await person.types("something else")


async def test_who_goes_on_writing_in_the_channel_is_not_taken_away(page: Page, slack: SmallSlack, bot: Bot) -> None:
    await page.keyboard.type("@Threadbot hello")
    await page.keyboard.press("Enter")
    root = await slack.wait_for(lambda: [m["ts"] for m in slack.messages("#general") if "hello" in m["text"]])
    await page.keyboard.type("and also ")
    await bot.web.chat_postMessage(channel=GENERAL, thread_ts=root[0], text="Hello, Ada.")
    await expect(page.get_by_test_id("messages").get_by_text("1 reply")).to_be_attached()
    await page.keyboard.type("this")

    await expect(page.get_by_test_id("composer")).to_have_value("and also this")


async def test_a_button_that_goes_away_leaves_the_keys_to_the_thread(
    person: Person, slack: SmallSlack, bot: Bot
) -> None:
    root = await slack.say("Ada", "#general", "hello")
    stop = {"type": "actions", "elements": [{"type": "button", "action_id": "stop", "text": words("Stop")}]}
    grows = (await bot.web.chat_postMessage(channel=GENERAL, thread_ts=root, text="x", blocks=[stop]))["ts"]
    await person.page.get_by_text("1 reply").click()
    thread = person.page.get_by_test_id("thread")
    await person.press(thread.get_by_role("button", name="Stop"))
    block = {"type": "markdown", "text": "It has stopped."}
    await bot.web.chat_update(channel=GENERAL, ts=grows, text="x", blocks=[block])
    await expect(thread.get_by_text("It has stopped.")).to_be_visible()

    await person.types("why?", into="thread-composer")


async def test_escape_closes_the_thread_wherever_the_focus_is(page: Page, slack: SmallSlack) -> None:
    root = await slack.say("Ada", "#general", "hello")
    await page.goto(f"{slack.url}/#{GENERAL}/{root}")
    await page.reload()
    thread = page.get_by_test_id("thread")
    await expect(thread.get_by_text("hello")).to_be_visible()
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("Escape")

    await expect(thread).not_to_be_visible()
    await Person(page).types("hello")


async def test_a_message_is_edited_where_it_stands(person: Person, slack: SmallSlack) -> None:
    root = await slack.say("Ada", "#general", "helo @Ben & all")
    message = person.page.get_by_test_id("messages").get_by_test_id(f"message-{root}")
    await person.use(message, "Edit")
    box = message.get_by_label("Message text")
    await expect(box).to_have_value("helo @Ben & all")
    await person.page.keyboard.type(", never mind")
    await person.page.keyboard.press("Escape")
    await expect(box).to_have_count(0)
    await person.types("hello")

    await person.use(message, "Edit")
    await box.fill("hello @Ben")
    await person.page.keyboard.press("Shift+Enter")
    await person.page.keyboard.type("and all")
    await slack.say("Ben", "#general", "Me?", thread_ts=root)
    await expect(message.get_by_text("1 reply")).to_be_visible()
    await person.page.keyboard.press("Enter")
    await expect(message.get_by_text("(edited)")).to_be_attached()
    await expect(box).to_have_count(0)

    assert slack.messages("#general")[0]["text"] == "hello <@U0000000BEN>\nand all"
    await person.types("hello")
