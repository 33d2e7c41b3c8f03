"""The page's parts in a real browser, with a bot that says and asks just what a test wants."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from tests.browser import chromium, new_page
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

GENERAL, ADA = "C000GENERAL", "U0000000ADA"
PHONE: Any = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}

pytestmark = pytest.mark.asyncio(loop_scope="module")


def words(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def option(text: str) -> dict[str, Any]:
    return {"text": words(text), "value": text.lower()}


def question(block_id: str, kind: str, **more: Any) -> dict[str, Any]:
    element = {"type": kind, "action_id": block_id} | more
    return {"type": "input", "block_id": block_id, "label": words(block_id.title()), "element": element}


FORM: dict[str, Any] = {
    "type": "modal",
    "title": words("New persona"),
    "submit": words("Save"),
    "blocks": [
        question("name", "plain_text_input"),
        question("model", "external_select", min_query_length=1),
        question("managers", "multi_users_select"),
        question("footer", "radio_buttons", options=[option("Full"), option("Off")]),
        {"type": "actions", "elements": [{"type": "button", "action_id": "preview", "text": words("Preview")}]},
    ],
}
SURE = {
    "title": words("Delete it?"),
    "text": words("It is gone then."),
    "confirm": words("Delete"),
    "deny": words("Keep"),
}
ROWS: Any = [
    {
        "type": "actions",
        "elements": [
            {"type": "button", "action_id": "drop", "text": words("Drop"), "confirm": SURE},
            {"type": "overflow", "action_id": "more", "options": [option("Shorter"), option("Longer")]},
        ],
    },
    {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "rate",
                "positive_button": {"text": words("Good"), "value": "up"},
                "negative_button": {"text": words("Bad"), "value": "down"},
            }
        ],
    },
]
MANIFEST = {
    "display_information": {"name": "Threadbot"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "slash_commands": [{"command": "/persona", "description": "Manage personas"}],
        "shortcuts": [
            {"type": "global", "name": "New persona", "callback_id": "new", "description": "Make one"},
            {"type": "message", "name": "Ask about this", "callback_id": "ask", "description": "Ask"},
        ],
    },
    "oauth_config": {"scopes": {"bot": ["chat:write", "chat:write.customize", "commands", "assistant:write"]}},
    "settings": {"event_subscriptions": {"bot_events": ["agent_session_stopped"]}},
}


class Bot:
    """Acknowledges all, keeps what it heard, opens its form on a command, and offers models; `saved` answers a form."""

    def __init__(self, slack: SmallSlack, session: aiohttp.ClientSession) -> None:
        self.heard: list[dict[str, Any]] = []
        self.form = FORM
        self.saved: dict[str, Any] | None = None
        self.web = AsyncWebClient(slack.bot_token, base_url=f"{slack.url}/api/", session=session)
        self.socket = SocketModeClient(slack.app_token, web_client=self.web)
        self.socket.socket_mode_request_listeners.append(self._hear)

    async def _hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        kind = request.payload.get("type")
        answers = {"block_suggestion": {"options": [option("Large")]}, "view_submission": self.saved}
        answer = answers.get(str(kind))
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, answer))
        self.heard.append(request.payload)
        if request.type == "slash_commands":
            await self.web.views_open(trigger_id=request.payload["trigger_id"], view=self.form)
        if kind == "block_actions" and "view" in request.payload:
            above = {
                "type": "modal",
                "title": words("Preview"),
                "blocks": [{"type": "section", "text": words("Thus.")}],
            }
            await self.web.views_push(trigger_id=request.payload["trigger_id"], view=above)
            added = {"type": "section", "text": words("It was previewed.")}
            view = self.form | {"blocks": [added, *self.form["blocks"]]}
            await self.web.views_update(view_id=request.payload["view"]["id"], view=view)

    def actions(self) -> list[Any]:
        """What was pressed and chosen: the id and the value of each."""
        pressed = [action for heard in self.heard for action in heard.get("actions", [])]
        return [(a["action_id"], a.get("selected_option", a).get("value")) for a in pressed]


@pytest_asyncio.fixture(loop_scope="module")
async def slack() -> AsyncIterator[SmallSlack]:
    slack = SmallSlack()
    async with serving(slack.app):
        slack.install(MANIFEST)
        yield slack


@pytest_asyncio.fixture(loop_scope="module")
async def bot(slack: SmallSlack) -> AsyncIterator[Bot]:
    async with aiohttp.ClientSession() as session:
        bot = Bot(slack, session)
        await bot.socket.connect()  # type: ignore[no-untyped-call]
        await slack.wait_for(lambda: slack.connected)
        yield bot
        await bot.socket.close()  # type: ignore[no-untyped-call]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


async def test_an_answer_is_shown_and_used_with_all_its_parts(slack: SmallSlack, bot: Bot, browser: Browser) -> None:
    page = await new_page(browser)
    root = await slack.say("Ada", "#general", "hello")
    who: Any = {"channel": GENERAL, "thread_ts": root}
    await bot.web.chat_postMessage(**who, text="x", blocks=ROWS, username="Bard", icon_emoji=":scroll:")
    await page.goto(f"{slack.url}/#{GENERAL}/{root}")
    thread = page.get_by_test_id("thread")

    await expect(thread.get_by_text("Bard", exact=True)).to_be_visible()
    await thread.get_by_role("button", name="Ask about this").first.focus()
    await page.keyboard.press("Enter")
    await slack.wait_for(lambda: bot.heard, description="the shortcut was used")
    await thread.get_by_role("button", name="Bad").click()
    await thread.get_by_label("More actions").select_option("shorter")
    await thread.get_by_role("button", name="Drop").click()
    await page.get_by_test_id("confirm").get_by_role("button", name="Keep").click()
    await thread.get_by_role("button", name="Drop").click()
    await page.get_by_test_id("confirm").get_by_role("button", name="Delete").click()
    await slack.wait_for(lambda: len(bot.heard) == 4, description="three things were pressed")
    await bot.web.chat_startStream(**who, recipient_user_id=ADA, recipient_team_id="T00SANDBOX0", markdown_text="*a*")
    await page.get_by_test_id("native-stop").click()
    await slack.wait_for(lambda: bot.heard[-1].get("event"), description="the bot is told of the stop")

    assert bot.actions() == [("rate", "down"), ("more", "shorter"), ("drop", None)]
    await expect(page.get_by_test_id("native-stop")).to_be_visible()  # until the bot says that it has stopped


async def fill_in(page: Page) -> None:
    """By keyboard, as far as keys do what they do everywhere."""
    box = page.get_by_test_id("composer")
    await box.fill("/pers")
    await box.press("Tab")
    await box.press("Enter")
    form = page.get_by_test_id("dialog")
    await form.get_by_label("Name").fill("bard")
    await form.get_by_role("button", name="Preview").click()
    await expect(form.get_by_text("Thus.")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(form.get_by_text("It was previewed.")).to_be_visible()
    await form.get_by_label("Model").press_sequentially("la")
    await expect(form.locator("datalist option")).to_have_count(1)
    await form.get_by_label("Model").fill("Large")
    await form.get_by_label("Managers").select_option([ADA])


async def test_a_form_is_filled_in_on_a_phone(slack: SmallSlack, bot: Bot, browser: Browser) -> None:
    """What was written stays when the bot shows a preview over the form, and changes it meanwhile."""
    page = await new_page(browser, **PHONE)
    await page.goto(f"{slack.url}/#{GENERAL}")

    await fill_in(page)
    save = page.get_by_test_id("dialog").get_by_role("button", name="Save")
    await save.click()
    await expect(page.get_by_test_id("dialog").get_by_text("complete this required field")).to_be_visible()
    await page.get_by_test_id("dialog").get_by_label("Off").check()
    await save.click()
    await expect(page.get_by_test_id("dialog")).not_to_be_visible()

    state = bot.heard[-1]["view"]["state"]["values"]
    assert state["name"]["name"]["value"] == "bard"
    assert state["model"]["model"]["selected_option"] == option("Large")
    assert state["managers"]["managers"]["selected_users"] == [ADA]
    assert state["footer"]["footer"]["selected_option"] == option("Off")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_app_s_own_place_and_what_is_under_the_hood(slack: SmallSlack, bot: Bot, browser: Browser) -> None:
    page = await new_page(browser)
    await bot.web.views_publish(user_id=ADA, view={"type": "home", "blocks": [{"type": "header", "text": words("Hi")}]})
    prompts: Any = [{"title": "A joke", "message": "Tell me a joke"}]
    await bot.web.assistant_threads_setSuggestedPrompts(channel_id="D0000000ADA", prompts=prompts)
    await page.goto(f"{slack.url}/#D0000000ADA")

    await page.get_by_label("Shortcuts").first.select_option("new")
    await slack.wait_for(lambda: bot.heard[-1:] and bot.heard[-1].get("callback_id") == "new")
    await page.get_by_role("button", name="A joke").click()
    await expect(page.get_by_test_id("composer")).to_have_value("Tell me a joke")
    await page.get_by_role("tab", name="Messages").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("heading", name="Hi")).to_be_visible()
    await page.get_by_test_id("hood-button").click()
    await page.get_by_label("Search the traffic").fill("tell me a joke")
    await page.locator(".traffic summary").click()
    await expect(page.get_by_test_id("hood").get_by_text('"title": "A joke"')).to_be_visible()
    await expect(page.get_by_test_id("hood").get_by_text("views.publish")).to_have_count(1)  # its meter
