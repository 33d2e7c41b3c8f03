"""What people do in the small Slack: what they type, the buttons they press, the commands they give."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook.async_client import AsyncWebhookClient

from tests.sandbox.bots import Bot
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack
from threadbot_sandbox.slack.errors import ApiError
from threadbot_sandbox.slack.typed import encode, rich_text
from threadbot_sandbox.slack.workspace import Workspace

GENERAL, ADA = "C000GENERAL", "U0000000ADA"
BUTTON = {
    "type": "button",
    "action_id": "stop",
    "value": "turn-1",
    "text": {"type": "plain_text", "text": "Stop"},
}


@pytest.fixture
async def slack() -> AsyncIterator[SmallSlack]:
    slack = SmallSlack()
    slack.courier.ack_within = 0.5
    async with serving(slack.app):
        yield slack


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


def select(kind: str, action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": action_id} | more


def option(value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": value.title()}, "value": value}


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
    assert slack.notes("Ada")[0]["user"] == "USLACKBOT"
    assert not [delivery for delivery in slack.deliveries if delivery.kind == "events_api"]
    with pytest.raises(SlackApiError, match="not_enabled"):
        await bot.web.views_publish(user_id=ADA, view={"type": "home", "blocks": []})


def test_a_manifest_that_slack_refuses(slack: SmallSlack) -> None:
    with pytest.raises(ApiError, match="invalid_manifest"):
        slack.install(MANIFEST | {"oauth_config": {"scopes": {"bot": []}}})
