"""Forms and the Home tab of the small Slack: what the bot may open, what stands in it, what comes of sending it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.sandbox.bots import Bot
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

ADA = "U0000000ADA"
MODAL: dict[str, Any] = {
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


@pytest.fixture
async def slack() -> AsyncIterator[SmallSlack]:
    slack = SmallSlack()
    slack.courier.ack_within = 0.5
    async with serving(slack.app):
        yield slack


def select(kind: str, action_id: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": action_id} | more


def option(value: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": value.title()}, "value": value}


def question(block_id: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    label = {"type": "plain_text", "text": block_id}
    return {"type": "input", "block_id": block_id, "label": label, "element": element} | more


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


async def test_what_was_written_stays_when_the_form_changes(slack: SmallSlack, bot: Bot) -> None:
    name, button = (
        MODAL["blocks"][0],
        {"type": "button", "action_id": "look", "text": {"type": "plain_text", "text": "x"}},
    )
    row = {"type": "actions", "elements": [button]}
    view = await opened(slack, bot, name, row)

    await slack.click_view("Ada", view["id"], "look", values={"name": "Bard"})
    await bot.web.views_update(view_id=view["id"], view=MODAL | {"blocks": [{"type": "divider"}, name, row]})
    assert await slack.submit("Ada", view["id"]) is None

    told = [heard["view"]["state"]["values"]["name"]["input"]["value"] for heard in bot.heard[-2:]]
    assert told == ["Bard", "Bard"]


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


async def test_an_outdated_view_is_not_overwritten(slack: SmallSlack, bot: Bot) -> None:
    await slack.command("Ada", "#general", "/bot-persona")
    view = (await bot.web.views_open(trigger_id=bot.heard[0]["trigger_id"], view=MODAL))["view"]

    await bot.web.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)

    with pytest.raises(SlackApiError, match="hash_conflict"):
        await bot.web.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)


async def test_the_home_tab_shows_what_was_published(slack: SmallSlack, bot: Bot) -> None:
    await bot.web.views_publish(user_id=ADA, view={"type": "home", "blocks": [{"type": "divider"}]})

    assert slack.workspace.homes[ADA]["blocks"][0]["type"] == "divider"
