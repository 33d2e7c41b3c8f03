"""What people do in the small Slack: what they type, the buttons they press, the forms they send."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.sandbox.serve import serving
from bot.sandbox.slack import SmallSlack
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.typed import encode, rich_text
from bot.sandbox.slack.workspace import Workspace

GENERAL, ADA, DM = "C000GENERAL", "U0000000ADA", "D0000000ADA"
BUTTON = {
    "type": "button",
    "action_id": "stop",
    "value": "turn-1",
    "text": {"type": "plain_text", "text": "Stop"},
}
MODAL = {
    "type": "modal",
    "callback_id": "persona",
    "title": {"type": "plain_text", "text": "Persona"},
    "blocks": [{"type": "divider"}],
}


class Bot:
    """A bot that keeps what it is sent and answers each with `answer`."""

    def __init__(self, slack: SmallSlack, session: aiohttp.ClientSession) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answer: dict[str, Any] | None = None
        self.silent = False
        self.web = AsyncWebClient(slack.bot_token, base_url=f"{slack.url}/api/", session=session)
        self.socket = SocketModeClient(slack.app_token, web_client=self.web)
        self.socket.socket_mode_request_listeners.append(self._hear)

    async def _hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        if request.type == "events_api":
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))
            return
        self.heard.append(request.payload)
        if not self.silent:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, self.answer))


@pytest.fixture
async def slack() -> AsyncIterator[SmallSlack]:
    slack = SmallSlack()
    slack.courier.ack_within = 0.5
    async with serving(slack.app):
        yield slack


@pytest.fixture
async def bot(slack: SmallSlack) -> AsyncIterator[Bot]:
    async with aiohttp.ClientSession() as session:
        bot = Bot(slack, session)
        await bot.socket.connect()  # type: ignore[no-untyped-call]
        await slack.wait_for(lambda: slack.connected)
        yield bot
        await bot.socket.close()  # type: ignore[no-untyped-call]


@pytest.fixture
def whispers(slack: SmallSlack) -> list[dict[str, Any]]:
    """The ephemeral messages shown."""
    seen: list[dict[str, Any]] = []
    slack.workspace.watchers.append(lambda kind, data: seen.append(data) if kind == "ephemeral" else None)
    return seen


@pytest.mark.parametrize(
    ("typed", "wire"),
    [
        ("@Threadbot hi", "<@U0THREADBOT> hi"),
        ("(@ada)", "(<@U0000000ADA>)"),
        ("a@ada.org @adam", "a@ada.org @adam"),
        ("see #general and #secret-garden", "see <#C000GENERAL|general> and <#C0000SECRET|>"),
        ("@here 1 < 2 & 3", "<!here> 1 &lt; 2 &amp; 3"),
        ("http://a.b/c?d=1&e=2.", "<http://a.b/c?d=1&amp;e=2>."),
    ],
)
def test_typed_text_is_encoded(typed: str, wire: str) -> None:
    assert encode(typed, Workspace()) == wire


def test_code_and_prose_are_told_apart() -> None:
    block = rich_text("so:\n```\na &lt; b\n```\n:tada: `x`", "b1")

    before, code, after = block["elements"]
    assert [before["type"], code["type"], after["type"]] == [
        "rich_text_section",
        "rich_text_preformatted",
        "rich_text_section",
    ]
    assert code["elements"] == [{"type": "text", "text": "a < b"}]
    assert {"type": "emoji", "name": "tada"} in after["elements"]


async def test_guests_write_only_where_they_were_invited(slack: SmallSlack) -> None:
    with pytest.raises(ApiError, match="not_in_channel"):
        await slack.say("Gus", "#random", "hello")


async def test_a_click_is_told_with_its_message(slack: SmallSlack, bot: Bot) -> None:
    posted = await bot.web.chat_postMessage(
        channel=GENERAL, text="x", blocks=[{"type": "actions", "elements": [BUTTON]}]
    )

    assert await slack.click("Ada", "#general", posted["ts"], "stop")

    (heard,) = bot.heard
    (action,) = heard["actions"]
    assert (heard["type"], heard["user"]["id"]) == ("block_actions", ADA)
    assert (action["action_id"], action["value"]) == ("stop", "turn-1")
    assert heard["message"]["ts"] == heard["container"]["message_ts"] == posted["ts"]


async def test_a_response_url_replaces_the_message(slack: SmallSlack, bot: Bot) -> None:
    posted = await bot.web.chat_postMessage(
        channel=GENERAL, text="x", blocks=[{"type": "actions", "elements": [BUTTON]}]
    )
    await slack.click("Ada", "#general", posted["ts"], "stop")

    answer = AsyncWebhookClient(bot.heard[0]["response_url"])
    statuses = [(await answer.send(text="Stopped.", replace_original=True)).status_code for _ in range(6)]

    shown = slack.messages("#general")[-1]
    assert (shown["text"], "blocks" in shown) == ("Stopped.", False)
    assert statuses == [200] * 5 + [404]


async def test_a_command_is_answered_in_private(slack: SmallSlack, bot: Bot, whispers: list[dict[str, Any]]) -> None:
    bot.answer = {"text": "You have 3 personas."}

    await slack.command("Ada", "#random", "/bot-persona", "list for @ben")

    assert bot.heard[0]["text"] == "list for <@U0000000BEN>"
    assert bot.heard[0]["channel_id"] == "C0000RANDOM"
    assert (whispers[0]["user"], whispers[0]["message"]["text"]) == (ADA, "You have 3 personas.")
    assert not slack.messages("#random")


async def test_a_command_can_be_answered_before_all(slack: SmallSlack, bot: Bot) -> None:
    bot.answer = {"text": "Hello all.", "response_type": "in_channel"}

    await slack.command("Ada", "#general", "/bot-hello")

    assert slack.messages("#general")[-1]["text"] == "Hello all."


async def test_a_command_without_an_answer_fails_visibly(
    slack: SmallSlack, bot: Bot, whispers: list[dict[str, Any]]
) -> None:
    bot.silent = True

    assert not await slack.command("Ada", "#general", "/bot-persona")
    assert "operation_timeout" in whispers[0]["message"]["text"]


async def test_a_form_is_opened_sent_and_corrected(slack: SmallSlack, bot: Bot) -> None:
    await slack.command("Ada", "#general", "/bot-persona")
    trigger = bot.heard[0]["trigger_id"]
    opened = await bot.web.views_open(trigger_id=trigger, view=MODAL)
    view_id = opened["view"]["id"]
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await bot.web.views_open(trigger_id=trigger, view=MODAL)

    bot.answer = {"response_action": "errors", "errors": {"name": "Taken"}}
    values = {"name": {"input": {"type": "plain_text_input", "value": "Bard"}}}
    errors = await slack.submit("Ada", view_id, values)
    bot.answer = None
    done = await slack.submit("Ada", view_id, values)

    assert (errors, done) == ({"name": "Taken"}, None)
    assert bot.heard[-1]["view"]["state"]["values"] == values
    assert not slack.workspace.views


async def test_an_outdated_view_is_not_overwritten(slack: SmallSlack, bot: Bot) -> None:
    await slack.command("Ada", "#general", "/bot-persona")
    view = (await bot.web.views_open(trigger_id=bot.heard[0]["trigger_id"], view=MODAL))["view"]

    await bot.web.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)

    with pytest.raises(SlackApiError, match="hash_conflict"):
        await bot.web.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)


async def test_the_home_tab_shows_what_was_published(slack: SmallSlack, bot: Bot) -> None:
    await bot.web.views_publish(user_id=ADA, view={"type": "home", "blocks": [{"type": "divider"}]})

    assert slack.workspace.homes[ADA]["blocks"][0]["type"] == "divider"
