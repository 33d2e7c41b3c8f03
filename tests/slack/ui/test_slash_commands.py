"""Whatever a command, a click or a form contains, it is acknowledged once, and changes nothing without the right."""

import asyncio
import logging
from contextlib import AsyncExitStack
from copy import deepcopy
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_bolt.context.ack.async_ack import AsyncAck

from bot import wording
from bot.commands import parse
from bot.personas.persona import Persona
from bot.run import app
from bot.slack.ui import persona_modal as modals
from bot.slack.ui.home_actions import Tab, WorkspaceSettings
from bot.slack.ui.persona_actions import Forms
from bot.slack.ui.respond import Responder
from bot.slack.ui.slash_commands import Front, neutral
from tests.people import HERE, PEOPLE
from tests.slack.inbound.test_interactions import JUNK, Acknowledged, broken
from tests.slack.opened import contents, opened
from tests.town import INSTALLED, Town
from threadbot_sandbox.redis import EmbeddedRedis
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

Json = dict[str, Any]

ENGLISH = wording.of("en")
NOBODY = {"id": PEOPLE["bot"]}  # no role has fewer rights
BARD = Persona("Bard", "Speak in verse.")
VIEWS = [
    modals.form(modals.EMPTY, ENGLISH),
    modals.form(modals.filled(BARD, based_on=None), ENGLISH),
    modals.form(modals.filled(BARD, based_on=0), ENGLISH),
    modals.import_form(modals.Draft({"yaml": "name: Bard\nsystem_prompt: x"}), ENGLISH),
]
CLICKS = st.fixed_dictionaries(
    {
        "user": st.just(NOBODY),
        "channel": st.fixed_dictionaries({"id": st.sampled_from([HERE, "D0000000BEN", ""])}),
        "trigger_id": st.just("1.2.3"),
        "message": st.fixed_dictionaries({"ts": st.just("1763700000.000100")}),
        "view": st.sampled_from(VIEWS).map(
            lambda view: deepcopy(view) | {"id": "V1", "state": {"values": {"name": {"value": {"value": "Bard"}}}}}
        ),
        "actions": st.lists(
            st.fixed_dictionaries({"value": st.sampled_from(["concise", "*", "", "x" * 3000])}), min_size=1, max_size=2
        ),
    }
)
COMMANDS = st.fixed_dictionaries(
    {
        "user_id": st.just(PEOPLE["bot"]),
        "channel_id": st.sampled_from([HERE, ""]),
        "command": st.sampled_from([*parse.VERBS, "/other"]),
        "text": st.sampled_from(
            ["", "new", "delete concise", "use concise here", "allow bots", "forget me", "audit 5"]
        ),
    }
)


LINK = "https://sandbox.slack.com/archives/C000GENERAL/p1700000000123456"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("admins add <@U0000000BEN|ben>", "admins add @{U0000000BEN}"),
        ("admins add <@W0000000BEN|Ben B.>", "admins add @{W0000000BEN}"),
        ("admins remove <@U0000000BEN> here", "admins remove @{U0000000BEN} here"),
        ("deny remove <#C000GENERAL|general>", "deny remove #{C000GENERAL}"),
        ("allow <!subteam^S0GARDENERS|@gardeners>", "allow @{group:S0GARDENERS}"),
        (f"forget <{LINK}>", "forget #{C000GENERAL}/1700000000.123456"),
        (f"forget {LINK}", "forget #{C000GENERAL}/1700000000.123456"),
        (f"forget <{LINK}|a thread>", "forget #{C000GENERAL}/1700000000.123456"),
        (
            f"forget <{LINK}?thread_ts=1699999999.000100&amp;cid=C000GENERAL>",
            "forget #{C000GENERAL}/1699999999.000100",
        ),
        (
            f"forget <{LINK}?cid=C000GENERAL&thread_ts=1699999999.000100>",
            "forget #{C000GENERAL}/1699999999.000100",
        ),
        ("allow @Nobody #nowhere <!here> <x>", "allow @Nobody #nowhere <!here> <x>"),
    ],
)
def test_what_slack_encodes_becomes_our_tokens(text: str, tokens: str) -> None:
    assert neutral(text) == tokens


def test_any_command_click_and_form(redis_server: EmbeddedRedis, caplog: pytest.LogCaptureFixture) -> None:
    async def begin(stack: AsyncExitStack) -> Responder:
        slack = SmallSlack()
        await stack.enter_async_context(serving(slack.app))
        world = await stack.enter_async_context(opened(slack, redis_server.url))
        town = Town(slack, cast(Any, None), "http://127.0.0.1:1", redis_server.url)
        client = await app.open_slack(town.settings(), stack)
        return Responder(client, INSTALLED, world)

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        responder = runner.run(begin(stack))
        front, form, tab, ours = Front(responder), Forms(responder), Tab(responder), WorkspaceSettings(responder)
        forms = (form.more_room, form.all_fields, form.preview, form.imported, form.saved)
        controls = (ours.set, ours.name_model, ours.model_named, ours.access, ours.access_sent)
        clicked = (front.delete, *forms, *controls, tab.mine, tab.try_it, tab.new, tab.edit)
        before = runner.run(contents(redis_server.url))

        @settings(max_examples=40, deadline=None, database=None)
        @given(CLICKS | COMMANDS, st.integers(0, 40), JUNK)
        def any_of_them(body: Json, at: int, junk: object) -> None:
            for listener in (front.command,) if "command" in body else clicked:
                ack = Acknowledged()
                runner.run(listener(cast(AsyncAck, ack), broken(body, at, junk)))
                assert ack.times == 1
            assert runner.run(contents(redis_server.url)) == before
            assert not [record for record in caplog.records if record.levelno >= logging.ERROR]

        try:
            any_of_them()
        finally:
            runner.run(stack.aclose())
