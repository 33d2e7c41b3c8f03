"""A connection to Slack that is lost, deaf or refused is noticed and replaced; nothing that was heard gets lost."""

import asyncio
import gc
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientConnectionResetError, ClientSession, ClientWebSocketResponse, WSMessage, WSMsgType
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bench.fuzz_slack import PAYLOADS, VALUES
from bot.errors import SettingsError
from bot.slack.api.client import SlackClient
from bot.slack.api.rate_limits import Pace
from bot.slack.inbound.socket import Socket, Timing, _Line, socket_mode
from tests.slack.inbound.test_http import bolt
from tests.town import wait_until
from threadbot_sandbox.slack import SmallSlack

HASTE = Timing(
    opened=5, ping=10, quiet=60, first_pause=0.02, longest_pause=0.1, refused_pause=0.1, close=0.2, answers=1
)
LOST, BACK = "connection to Slack lost", "connected to Slack again"


class Ears:
    """A Bolt app that remembers what it was told; it is acknowledged while the gate is open."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.app = AsyncApp(client=AsyncWebClient(), authorize=authorize, signing_secret="")

        async def hear(event: dict[str, Any], next: Callable[[], Awaitable[None]]) -> None:
            self.texts.append(event["text"])
            await self.gate.wait()
            await next()

        self.app.event("app_mention", middleware=[hear])(nothing)
        self.app.event("message")(nothing)


async def authorize(**_: Any) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=None, team_id="T", bot_user_id="U", bot_id="B", bot_token="xoxb-1")


async def nothing() -> None:
    """Bolt acknowledges when its listener starts."""


@asynccontextmanager
async def listening(slack: SmallSlack, ears: Ears, timing: Timing = HASTE) -> AsyncIterator[Socket]:
    async with ClientSession() as session:
        client = SlackClient(slack.bot_token, f"{slack.url}/api/", session, Pace(None))
        async with socket_mode(ears.app, client, lambda: slack.app_token, timing) as socket:
            yield socket


@pytest.fixture
async def ears() -> Ears:
    return Ears()


async def heard(slack: SmallSlack, ears: Ears, text: str) -> None:
    """Somebody mentions the bot, and it hears that, be it when Slack says it again."""
    await slack.say("Ada", "#general", f"@Threadbot {text}")
    await wait_until(lambda: any(text in one for one in ears.texts), f"it hears {text}")


def opened(slack: SmallSlack) -> int:
    return len(slack.calls_of("apps.connections.open"))


async def test_what_slack_says_is_heard_and_acknowledged(
    slack: SmallSlack, ears: Ears, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(slack, ears) as socket:
        await heard(slack, ears, "hello")
        await wait_until(lambda: not slack.courier.under_way, "all is acknowledged")
        assert socket.alive

    assert all(delivery.acked for delivery in slack.deliveries)
    assert not socket.alive
    assert caplog.records == []


async def test_a_refused_app_token_ends_the_start(slack: SmallSlack, ears: Ears) -> None:
    slack.fail("apps.connections.open", error="invalid_auth")
    with pytest.raises(SettingsError, match="SLACK_APP_TOKEN: Slack refuses it"):
        async with listening(slack, ears):
            pass


async def test_a_connection_that_breaks_is_said_once_and_replaced(
    slack: SmallSlack, ears: Ears, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(slack, ears) as socket:
        slack.fail("apps.connections.open", status=503, times=3)
        slack.cut_sockets()
        await wait_until(lambda: not socket.alive, "it is noticed")
        await wait_until(lambda: socket.alive, "it is replaced")
        await heard(slack, ears, "hello")

    assert caplog.messages == [LOST, BACK]
    assert opened(slack) == 5


async def test_a_refresh_leaves_no_gap(slack: SmallSlack, ears: Ears, caplog: pytest.LogCaptureFixture) -> None:
    """The new connection is open before the old one closes, and what the old one has heard is answered."""
    async with listening(slack, ears) as socket:
        ears.gate.clear()
        await slack.say("Ada", "#general", "@Threadbot under way")
        await wait_until(lambda: ears.texts, "it is heard")
        await slack.disconnect_sockets("warning")
        await wait_until(lambda: opened(slack) == 2 and len(slack.sockets) == 2, "two connections for a moment")
        assert socket.alive
        ears.gate.set()
        await wait_until(lambda: len(slack.sockets) == 1, "the old one is closed")
        await heard(slack, ears, "hello")
        await wait_until(lambda: not slack.courier.under_way, "all is acknowledged")

    assert caplog.messages == []
    assert [d.retry for d in slack.deliveries] == [0] * len(slack.deliveries)


@pytest.mark.parametrize("reason", ["refresh_requested", "link_disabled", "too_many_websockets"])
async def test_a_connection_that_slack_closes_is_replaced(slack: SmallSlack, ears: Ears, reason: str) -> None:
    async with listening(slack, ears) as socket:
        await slack.disconnect_sockets(reason)
        await wait_until(lambda: opened(slack) == 2 and len(slack.sockets) == 1 and socket.alive, "it is replaced")
        await heard(slack, ears, "hello")


async def test_a_connection_that_answers_no_ping_is_noticed(
    slack: SmallSlack, ears: Ears, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(slack, ears, replace(HASTE, ping=1)):
        slack.courier.ack_within = 0.3
        slack.retry_delays = (0.1,) * 30  # each goes to any connection, also to the deaf one
        slack.deafen_sockets(pings=False)
        await wait_until(lambda: opened(slack) == 2, "it is noticed")
        await heard(slack, ears, "hello")

    assert caplog.messages == [LOST, BACK]


async def test_a_connection_that_answers_pings_and_brings_nothing_is_replaced_too(
    slack: SmallSlack, ears: Ears, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(slack, ears, Timing(quiet=0.3, close=0.2)):
        slack.retry_delays = (0.1,) * 30
        slack.deafen_sockets()
        await wait_until(lambda: opened(slack) >= 2, "it is replaced")
        await heard(slack, ears, "hello")

    assert caplog.messages == []


async def test_each_attempt_has_an_address_of_its_own(
    slack: SmallSlack, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK's client tries one that is refused again and again."""
    async with listening(slack, ears):
        slack.sockets.refusing = 3
        slack.cut_sockets()
        await heard(slack, ears, "hello")

    assert opened(slack) == 5


async def test_a_token_that_was_revoked_is_said_once_and_tried_slowly(
    slack: SmallSlack, ears: Ears, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(slack, ears) as socket:
        slack.fail("apps.connections.open", error="invalid_auth", times=4)
        slack.cut_sockets()
        await wait_until(lambda: opened(slack) == 6, "a further attempt")
        await wait_until(lambda: socket.alive, "the token is right again")

    [lost, refused, back] = caplog.messages
    assert (lost, back) == (LOST, BACK)
    assert refused.startswith("SLACK_APP_TOKEN: Slack refuses it (invalid_auth)")


async def test_when_ten_connections_are_open_the_old_one_makes_room(slack: SmallSlack, ears: Ears) -> None:
    slack.sockets.most = 1
    async with listening(slack, ears) as socket:
        await slack.disconnect_sockets("warning")
        await wait_until(lambda: opened(slack) >= 3 and socket.alive, "it is replaced")
        await heard(slack, ears, "hello")


async def test_closing_answers_what_was_heard_and_leaves_nothing_behind(
    slack: SmallSlack, ears: Ears, caplog: pytest.LogCaptureFixture
) -> None:
    before = asyncio.all_tasks()
    async with listening(slack, ears):
        ears.gate.clear()
        await slack.say("Ada", "#general", "@Threadbot last words")
        await wait_until(lambda: ears.texts, "it is heard")
        asyncio.get_running_loop().call_later(0.1, ears.gate.set)
    await wait_until(lambda: not slack.courier.under_way, "it is acknowledged")
    gc.collect()

    assert [d.retry for d in slack.deliveries if d.type == "app_mention"] == [0]
    assert {t for t in asyncio.all_tasks() - before if "bot/slack" in str(t) or "slack_bolt" in str(t)} == set()
    assert caplog.records == []


@pytest.mark.parametrize("error", [ClientConnectionResetError("closing"), RuntimeError("a bug"), RecursionError()])
async def test_any_error_of_a_connection_ends_that_connection_only(
    slack: SmallSlack, ears: Ears, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    receive = ClientWebSocketResponse.receive
    broken: list[WSMessage] = []

    async def breaks_once(self: ClientWebSocketResponse, timeout: float | None = None) -> WSMessage:
        message = await receive(self, timeout)
        if ears.texts and not broken:
            broken.append(message)
            raise error
        return message

    async with listening(slack, ears) as socket:
        monkeypatch.setattr(ClientWebSocketResponse, "receive", breaks_once)
        slack.retry_delays = (0.1,) * 30
        await heard(slack, ears, "before")
        await slack.say("Ada", "#general", "@Threadbot lost with it")
        await wait_until(lambda: broken, "the connection breaks")
        await heard(slack, ears, "hello")
        assert socket.alive

    assert [message for message in caplog.messages if message in (LOST, BACK)] == [LOST, BACK]


NO_PAYLOADS: tuple[object, ...] = ([], None, 1, "x", {"type": 1})


async def test_what_is_odd_in_a_frame_is_left_out(
    slack: SmallSlack, ears: Ears, caplog: pytest.LogCaptureFixture
) -> None:
    odd = ["[" * 60_000, "[]", "\ud800", '{"type": 1}', '{"type": "events_api", "envelope_id": {}, "payload": {}}']
    odd += [json.dumps({"type": "events_api", "envelope_id": "1", "payload": each}) for each in NO_PAYLOADS]
    odd.append(
        json.dumps({"type": "events_api", "envelope_id": "1", "payload": {"type": "event_callback", "event": None}})
    )
    odd.append(json.dumps({"envelope_id": "1", "payload": {"type": "block_actions", "actions": []}}))
    async with listening(slack, ears) as socket:
        for frame in odd:
            for websocket in slack.sockets._connections:
                await websocket.send_bytes(frame.encode(errors="replace"))
        await heard(slack, ears, "hello")
        assert socket.alive

    assert opened(slack) == 1
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


class Frames:
    """A websocket that brings these, and is closed then."""

    def __init__(self, frames: list[str]) -> None:
        self._frames = frames
        self.close_code = 1000

    async def receive(self, timeout: float | None = None) -> WSMessage:
        if self._frames:
            return WSMessage(WSMsgType.TEXT, self._frames.pop(0), None)
        return WSMessage(WSMsgType.CLOSED, None, None)

    def exception(self) -> None:
        return None

    async def send_str(self, text: str) -> None:
        assert isinstance(json.loads(text), dict)

    async def close(self) -> None:
        return None


ENVELOPES = st.fixed_dictionaries(
    {"type": st.sampled_from(["events_api", "interactive", "slash_commands", "disconnect", "hello"]) | VALUES},
    optional={
        "envelope_id": st.just("1") | VALUES,
        "payload": PAYLOADS | VALUES,
        "reason": VALUES,
        "retry_attempt": VALUES,
        "retry_reason": VALUES,
        "accepts_response_payload": VALUES,
    },
)


def test_any_frames_are_handled_or_left_out(caplog: pytest.LogCaptureFixture) -> None:
    with asyncio.Runner() as runner:
        app = bolt()

        @settings(max_examples=100, deadline=None, database=None)
        @given(st.lists(ENVELOPES.map(json.dumps) | st.text(max_size=20), max_size=5))
        def any_of_them(frames: list[str]) -> None:
            websocket: Any = Frames(frames)
            line = _Line(websocket, app, HASTE)
            runner.run(line.listen())
            assert line.over
            assert frames == []

        any_of_them()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
