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
    "submit": {"type": "plain_text", "text": "Save"},
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "name",
            "label": {"type": "plain_text", "text": "Name"},
            "element": {"type": "plain_text_input", "action_id": "input", "max_length": 40},
        }
    ],
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
    errors = await slack.submit("Ada", view_id, {"name": "Bard"})
    bot.answer = None
    done = await slack.submit("Ada", view_id, {"name": "Bard"})

    assert (errors, done) == ({"name": "Taken"}, None)
    written = {"type": "plain_text_input", "value": "Bard"}
    assert bot.heard[-1]["view"]["state"]["values"] == {"name": {"input": written}}
    assert not slack.workspace.views


def select(kind: str, action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": action_id} | more


def option(value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": value.title()}, "value": value}


def question(block_id: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    label = {"type": "plain_text", "text": block_id}
    return {"type": "input", "block_id": block_id, "label": label, "element": element} | more


async def opened(slack: SmallSlack, bot: Bot, *blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A modal with these blocks, open for Ada."""
    await slack.command("Ada", "#general", "/bot-persona")
    trigger = bot.heard[-1]["trigger_id"]
    answer = await bot.web.views_open(trigger_id=trigger, view=MODAL | {"blocks": list(blocks)} | more)
    view: dict[str, Any] = answer["view"]
    return view


async def test_a_form_tells_all_that_stands_in_it(slack: SmallSlack, bot: Bot) -> None:
    """What nobody touched is told as it was set, or as empty."""
    view = await opened(
        slack,
        bot,
        question("name", select("plain_text_input", "text", initial_value="Bard")),
        question("prompt", select("rich_text_input", "rich")),
        question("model", select("static_select", "one", options=[option("small"), option("large")])),
        question("who", select("multi_users_select", "people"), optional=True),
        question("flags", select("checkboxes", "boxes", options=[option("footer")]), optional=True),
        question("heat", select("number_input", "number", is_decimal_allowed=True), optional=True),
    )

    assert await slack.submit("Ada", view["id"], {"rich": "Speak *thus*", "model": "large", "who": [ADA]}) is None

    state = bot.heard[-1]["view"]["state"]["values"]
    assert state["name"]["text"]["value"] == "Bard"
    assert state["prompt"]["rich"]["rich_text_value"]["elements"][0]["elements"][0]["text"] == "Speak *thus*"
    assert state["model"]["one"]["selected_option"] == option("large")
    assert state["who"]["people"]["selected_users"] == [ADA]
    assert state["flags"]["boxes"]["selected_options"] == []
    assert state["heat"]["number"]["value"] is None


@pytest.mark.parametrize(
    ("element", "given", "complaint"),
    [
        (select("plain_text_input", "a"), "", "complete this required field"),
        (select("plain_text_input", "a", min_length=3, max_length=5), "toolong", "between 3 and 5"),
        (select("number_input", "a", is_decimal_allowed=False), "1.5", "whole number"),
        (select("number_input", "a", is_decimal_allowed=True, max_value="2"), "3", "from -inf to 2"),
        (select("multi_users_select", "a", max_selected_items=1), [ADA, "U0000000BEN"], "at most 1"),
        (select("email_text_input", "a"), "nobody", "valid address"),
    ],
)
async def test_what_a_client_finds_wrong_never_reaches_the_bot(
    slack: SmallSlack, bot: Bot, element: dict[str, Any], given: Any, complaint: str
) -> None:
    view = await opened(slack, bot, question("q", element))

    problems = await slack.submit("Ada", view["id"], {"q": given})

    assert problems is not None
    assert complaint in problems["q"]
    assert bot.heard[-1].get("type") != "view_submission"


async def test_an_external_select_offers_what_the_bot_answers(slack: SmallSlack, bot: Bot) -> None:
    view = await opened(slack, bot, question("model", select("external_select", "model", min_query_length=2)))
    bot.answer = {"options": [option("small")]}

    too_short = await slack.suggest("Ada", view["id"], "model", "s")
    found = await slack.suggest("Ada", view["id"], "model", "sm")
    bot.answer = None
    await slack.submit("Ada", view["id"], {"model": "small"})

    assert (too_short, found) == ([], [option("small")])
    assert [heard.get("value") for heard in bot.heard if heard.get("type") == "block_suggestion"] == ["sm"]
    assert bot.heard[-1]["view"]["state"]["values"]["model"]["model"]["selected_option"] == option("small")


async def test_an_answer_to_a_form_opens_the_next_or_clears_all(slack: SmallSlack, bot: Bot) -> None:
    view = await opened(slack, bot, {"type": "divider"})
    bot.answer = {"response_action": "push", "view": MODAL}
    await slack.submit("Ada", view["id"])
    top = slack.modal("Ada")
    bot.answer = {"response_action": "clear"}
    assert top is not None

    await slack.submit("Ada", top["id"], {"name": "Bard"})

    assert (top["previous_view_id"], top["root_view_id"]) == (view["id"], view["id"])
    assert slack.modal("Ada") is None


async def test_dismissing_the_whole_stack_is_told_of_each(slack: SmallSlack, bot: Bot) -> None:
    view = await opened(slack, bot, {"type": "divider"})
    bot.answer = {"response_action": "push", "view": MODAL}
    await slack.submit("Ada", view["id"])

    await slack.close_view("Ada", view["id"], all=True)

    assert [(h["type"], h["is_cleared"]) for h in bot.heard[-2:]] == [("view_closed", True)] * 2
    assert slack.modal("Ada") is None


@pytest.mark.parametrize(
    "change",
    [
        {"title": {"type": "plain_text", "text": "x" * 25}},
        {"private_metadata": "x" * 3001},
        {"submit": None},
        {"blocks": [{"type": "divider"}] * 101},
        {"blocks": [{"type": "markdown", "text": "x"}]},
        {"blocks": [question("q", select("plain_text_input", "a", max_length=3001))]},
        {"blocks": [question("q", select("static_select", "a", options=[option("a")], initial_option=option("b")))]},
        {"blocks": [question("q", select("static_select", "a", options=[option(f"o{n}") for n in range(101)]))]},
        {"blocks": [question("q", select("button", "a", text={"type": "plain_text", "text": "x"}))]},
        {"blocks": [question("q", select("number_input", "a"))]},
    ],
)
async def test_views_that_slack_refuses(slack: SmallSlack, bot: Bot, change: dict[str, Any]) -> None:
    await slack.command("Ada", "#general", "/bot-persona")
    view = {key: value for key, value in (MODAL | change).items() if value is not None}

    with pytest.raises(SlackApiError, match="invalid_"):
        await bot.web.views_open(trigger_id=bot.heard[0]["trigger_id"], view=view)


async def test_shortcuts_of_messages_and_of_the_composer(slack: SmallSlack, bot: Bot) -> None:
    ts = await slack.say("Ben", "#random", "what is this?")

    await slack.shortcut("Ada", "#random", ts, "ask")
    await slack.shortcut("Ada", None, None, "ask-anything")

    of_message, of_composer = bot.heard
    assert (of_message["type"], of_message["message"]["text"]) == ("message_action", "what is this?")
    assert (of_composer["type"], "channel" in of_composer) == ("shortcut", False)


async def test_people_of_other_workspaces_click_but_give_no_commands(slack: SmallSlack, bot: Bot) -> None:
    row = {"type": "actions", "elements": [BUTTON]}
    posted = await bot.web.chat_postMessage(channel="C00PARTNERS", text="x", blocks=[row])

    with pytest.raises(ApiError, match="restricted_action"):
        await slack.command("Otto", "#partners", "/bot-persona")
    assert await slack.click("Otto", "#partners", posted["ts"], "stop")
    assert bot.heard[-1]["user"]["team_id"] == "T000OUTSIDE"


async def test_thumbs_and_menus_tell_what_was_chosen(slack: SmallSlack, bot: Bot) -> None:
    words = {"type": "plain_text", "text": "Good"}
    pair = {"positive_button": {"text": words, "value": "up"}, "negative_button": {"text": words, "value": "down"}}
    rows = [
        {"type": "context_actions", "elements": [select("feedback_buttons", "rate", **pair)]},
        {"type": "actions", "elements": [select("overflow", "more", options=[option("again"), option("shorter")])]},
    ]
    posted = await bot.web.chat_postMessage(channel=GENERAL, text="x", blocks=rows)

    await slack.click("Ada", "#general", posted["ts"], "rate", value="down")
    await slack.click("Ada", "#general", posted["ts"], "more", value="shorter")
    with pytest.raises(ApiError, match="option_not_found"):
        await slack.click("Ada", "#general", posted["ts"], "rate", value="sideways")

    thumbs, menu = (heard["actions"][0] for heard in bot.heard)
    assert (thumbs["type"], thumbs["value"]) == ("feedback_buttons", "down")
    assert menu["selected_option"]["value"] == "shorter"


async def test_a_note_with_a_button_is_used_by_its_reader_and_replaced(slack: SmallSlack, bot: Bot) -> None:
    row = {"type": "actions", "elements": [BUTTON]}
    posted = await bot.web.chat_postEphemeral(channel=GENERAL, user=ADA, text="Sure?", blocks=[row])

    with pytest.raises(ApiError, match="message_not_found"):
        await slack.click("Ben", "#general", posted["message_ts"], "stop")
    await slack.click("Ada", "#general", posted["message_ts"], "stop")
    await AsyncWebhookClient(bot.heard[0]["response_url"]).send(text="Done.", replace_original=True)
    replaced = slack.whispers("Ada")
    await AsyncWebhookClient(bot.heard[0]["response_url"]).send(delete_original=True)

    assert (bot.heard[0]["container"]["is_ephemeral"], "message" in bot.heard[0]) == (True, False)
    assert (replaced, slack.whispers("Ada")) == (["Done."], [])


async def test_a_note_in_a_thread_without_answers_is_seen_by_nobody(slack: SmallSlack, bot: Bot) -> None:
    root = await slack.say("Ada", "#general", "hello")

    for text in ("lost", "seen"):
        await bot.web.chat_postEphemeral(channel=GENERAL, user=ADA, text=text, thread_ts=root)
        await bot.web.chat_postMessage(channel=GENERAL, text="An answer", thread_ts=root)

    assert slack.whispers("Ada") == ["seen"]


async def test_what_a_response_url_cannot_show_is_refused(slack: SmallSlack, bot: Bot) -> None:
    await slack.command("Ada", "#general", "/bot-persona")
    answer = AsyncWebhookClient(bot.heard[0]["response_url"])

    wrong = await answer.send(blocks=[{"type": "unheard-of"}])
    empty = await answer.send(response_type="ephemeral")

    assert [(wrong.status_code, wrong.body), (empty.status_code, empty.body)] == [
        (400, "invalid_blocks"),
        (400, "no_text"),
    ]


MANIFEST = {
    "display_information": {"name": "Bot"},
    "features": {"slash_commands": [{"command": "/bot", "description": "Manage the bot"}]},
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write", "app_mentions:read", "channels:history"]}},
    "settings": {"event_subscriptions": {"bot_events": ["app_mention"]}},
}


async def test_an_installed_app_has_what_its_manifest_declares_and_no_more(slack: SmallSlack, bot: Bot) -> None:
    slack.install(MANIFEST)

    await slack.command("Ada", "#general", "/bot")
    await slack.command("Ada", "#general", "/other")
    await slack.say("Ada", "#general", "no mention")

    assert [heard["command"] for heard in bot.heard] == ["/bot"]
    assert slack.whispers("Ada") == ["/other is not a valid command."]
    assert not [delivery for delivery in slack.deliveries if delivery.kind == "events_api"]
    with pytest.raises(SlackApiError, match="not_enabled"):
        await bot.web.views_publish(user_id=ADA, view={"type": "home", "blocks": []})


def test_a_manifest_that_slack_refuses(slack: SmallSlack) -> None:
    with pytest.raises(ApiError, match="invalid_manifest"):
        slack.install(MANIFEST | {"oauth_config": {"scopes": {"bot": []}}})


async def test_an_outdated_view_is_not_overwritten(slack: SmallSlack, bot: Bot) -> None:
    await slack.command("Ada", "#general", "/bot-persona")
    view = (await bot.web.views_open(trigger_id=bot.heard[0]["trigger_id"], view=MODAL))["view"]

    await bot.web.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)

    with pytest.raises(SlackApiError, match="hash_conflict"):
        await bot.web.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)


async def test_the_home_tab_shows_what_was_published(slack: SmallSlack, bot: Bot) -> None:
    await bot.web.views_publish(user_id=ADA, view={"type": "home", "blocks": [{"type": "divider"}]})

    assert slack.workspace.homes[ADA]["blocks"][0]["type"] == "divider"
