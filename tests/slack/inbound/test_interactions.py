"""Whatever a click or a form contains, it is acknowledged once, and changes nothing without the right to it."""

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_bolt.context.ack.async_ack import AsyncAck

from bot import wording
from bot.commands.reports import Personas
from bot.conversation.messages import Message
from bot.run import app
from bot.slack.inbound.interactions import Clicks
from bot.slack.ui import answer_controls as controls
from bot.slack.ui import thread_modals as modals
from bot.slack.ui.respond import Responder
from tests.people import HERE, NEWEST, PEOPLE, SOMEBODY, THREAD
from tests.slack.opened import answered, contents, opened
from tests.town import INSTALLED, Town
from threadbot_sandbox.redis import EmbeddedRedis
from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

Json = dict[str, Any]

ENGLISH = wording.of("en")
NOBODYS = (PEOPLE["bot"], PEOPLE["outsider"])  # neither may do anything here: they began no thread and asked nothing
JUNK: st.SearchStrategy[object] = (
    st.none() | st.integers() | st.text(max_size=8) | st.just({}) | st.just([]) | st.just("persona") | st.just(NEWEST)
)
USERS = st.sampled_from(NOBODYS)
VALUES = st.sampled_from([NEWEST, f"up {NEWEST}", f"down {NEWEST}", "sideways 1.0", ""]) | st.text(max_size=20)
CHANNELS = st.sampled_from([HERE, "C0000RANDOM", "C/1", ""])
ROOTS = st.sampled_from([THREAD.root, "1763700000.000900", "", "no ts"])
CLICKS = st.fixed_dictionaries(
    {
        "user": st.fixed_dictionaries({"id": USERS}),
        "channel": st.fixed_dictionaries({"id": CHANNELS}),
        "trigger_id": st.just("1.2.3"),
        "message": st.fixed_dictionaries({"ts": ROOTS, "thread_ts": ROOTS, "user": st.just(SOMEBODY)}),
        "actions": st.lists(
            st.fixed_dictionaries(
                {
                    "action_id": st.sampled_from(list(controls.Action)),
                    "value": VALUES,
                    "selected_option": st.fixed_dictionaries({"value": st.sampled_from([*controls.Menu, "else"])}),
                }
            ),
            min_size=1,
            max_size=2,
        ),
    }
)
FORMS = st.fixed_dictionaries(
    {
        "user": st.fixed_dictionaries({"id": USERS}),
        "view": st.fixed_dictionaries(
            {
                "private_metadata": st.sampled_from(
                    [
                        modals.pick(THREAD, Personas((), ""), ENGLISH)["private_metadata"],
                        modals.reason(THREAD, NEWEST, ENGLISH)["private_metadata"],
                        '{"thread": "a/b"}',
                        "[]",
                        "",
                    ]
                ),
                "state": st.just(
                    {
                        "values": {
                            "persona": {"value": {"selected_option": {"value": "concise"}}},
                            "reason": {"value": {"value": "because"}},
                        }
                    }
                ),
            }
        ),
    }
)


class Acknowledged:
    """In place of Bolt's `ack`."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self, *_: Any, **__: Any) -> None:
        self.times += 1


def broken(body: Json, at: int, junk: object) -> Json:
    """With the `at`-th part of it replaced, if there are so many."""
    parts = [(where, key) for where, key in _parts(body) if key != "id" or where is not body.get("user")]
    if at < len(parts):
        where, key = parts[at]
        where[key] = junk
    return body


def _parts(part: Any) -> list[tuple[Any, Any]]:
    keys = list(part) if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
    return [found for key in keys for found in ((part, key), *_parts(part[key]))]


def test_any_click_and_any_form(redis_server: EmbeddedRedis, caplog: pytest.LogCaptureFixture) -> None:
    async def begin(stack: AsyncExitStack) -> Clicks:
        slack = SmallSlack()
        await stack.enter_async_context(serving(slack.app))
        world = await stack.enter_async_context(opened(slack, redis_server.url))
        await answered(world, SOMEBODY)
        await world.inbox.put(THREAD, Message("1763700000.000500", SOMEBODY, "more"), addressed=True)
        town = Town(slack, cast(Any, None), "http://127.0.0.1:1", redis_server.url)
        client = await app.open_slack(town.settings(), stack)
        return Clicks(Responder(client, INSTALLED, world))

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        clicks = runner.run(begin(stack))
        before = runner.run(contents(redis_server.url))

        @settings(max_examples=60, deadline=None, database=None)
        @given(CLICKS | FORMS, st.integers(0, 12), JUNK)
        def any_of_them(body: Json, at: int, junk: object) -> None:
            for listener in (clicks.clicked, clicks.shortcut, clicks.chosen, clicks.reasoned):
                ack = Acknowledged()
                runner.run(listener(cast(AsyncAck, ack), broken(body, at, junk)))
                assert ack.times == 1
            assert runner.run(contents(redis_server.url)) == before
            assert not [record for record in caplog.records if record.levelno >= logging.ERROR]

        try:
            any_of_them()
        finally:
            runner.run(stack.aclose())
