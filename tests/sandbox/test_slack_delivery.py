"""How the small Slack tells the bot what happened: over real sockets, and by signed requests."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from fastapi import FastAPI
from slack_sdk.signature import SignatureVerifier
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import Response

from threadbot_sandbox.serve import serving
from threadbot_sandbox.slack import SmallSlack

GENERAL = "C000GENERAL"


class Listener:
    """A Socket Mode client that keeps what it hears, and acknowledges it as long as it is told to."""

    def __init__(self, slack: SmallSlack) -> None:
        self.acking = True
        self.arrived = asyncio.Event()
        self.heard: list[SocketModeRequest] = []
        web = AsyncWebClient(base_url=f"{slack.url}/api/")
        self.client = SocketModeClient(slack.app_token, web_client=web, ping_interval=1)
        self.client.socket_mode_request_listeners.append(self._hear)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [request.payload["event"] for request in self.heard]

    async def _hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.heard.append(request)
        self.arrived.set()
        if self.acking:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))


@pytest.fixture
async def slack() -> AsyncIterator[SmallSlack]:
    slack = SmallSlack()
    slack.retry_delays = (0, 0.1, 0.1)
    slack.courier.ack_within = 0.3
    async with serving(slack.app):
        yield slack


@asynccontextmanager
async def listening(slack: SmallSlack) -> AsyncIterator[Listener]:
    listener = Listener(slack)
    before = len(slack.sockets)
    await listener.client.connect()  # type: ignore[no-untyped-call]
    await slack.wait_for(lambda: len(slack.sockets) > before, description="the bot is connected")
    try:
        yield listener
    finally:
        await listener.client.close()  # type: ignore[no-untyped-call]


@pytest.fixture
async def listener(slack: SmallSlack) -> AsyncIterator[Listener]:
    async with listening(slack) as listener:
        yield listener


async def delivered(slack: SmallSlack, count: int) -> None:
    await slack.wait_for(lambda: len(slack.deliveries) >= count, description=f"{count} deliveries")


async def test_a_mention_is_told_twice(slack: SmallSlack, listener: Listener) -> None:
    """As `app_mention` and as `message`: other event ids, the same message."""
    ts = await slack.say("Ada", "#general", "@Threadbot hello")
    await delivered(slack, 2)

    mention, message = sorted(listener.events, key=lambda event: str(event["type"]))
    assert (mention["type"], "channel_type" in mention) == ("app_mention", False)
    assert (message["type"], message["channel_type"]) == ("message", "channel")
    assert mention["ts"] == message["ts"] == ts
    assert mention["client_msg_id"] == message["client_msg_id"]
    assert mention["text"] == "<@U0THREADBOT> hello"
    assert len({request.payload["event_id"] for request in listener.heard}) == 2


async def test_an_envelope_is_complete(slack: SmallSlack, listener: Listener) -> None:
    await slack.say("Ada", "#general", "hello")
    await delivered(slack, 1)

    (request,) = listener.heard
    assert (request.type, request.accepts_response_payload, request.retry_attempt) == ("events_api", False, 0)
    assert request.payload["type"] == "event_callback"
    assert request.payload["team_id"] == "T00SANDBOX0"
    assert request.payload["authorizations"][0]["user_id"] == "U0THREADBOT"


@pytest.mark.parametrize(
    ("channel", "channel_type", "types"),
    [
        ("@Threadbot", "im", {"message"}),
        ("mpdm-ada--ben--threadbot-1", "mpim", {"message"}),
        ("#secret-garden", "group", {"message", "app_mention"}),
    ],
)
async def test_each_kind_of_conversation(
    slack: SmallSlack, listener: Listener, channel: str, channel_type: str, types: set[str]
) -> None:
    await slack.say("Ada", channel, "@Threadbot hello")
    await delivered(slack, len(types))

    assert {event["type"] for event in listener.events} == types
    assert {event.get("channel_type", channel_type) for event in listener.events} == {channel_type}


async def test_where_the_bot_is_not_it_hears_nothing(slack: SmallSlack, listener: Listener) -> None:
    await slack.say("Ada", "#random", "secret")
    await slack.say("Ada", "#general", "open")
    await delivered(slack, 1)

    assert [event["text"] for event in listener.events] == ["open"]


async def test_a_mention_invites_the_bot(slack: SmallSlack, listener: Listener) -> None:
    await slack.say("Ada", "#random", "@Threadbot hello")
    await delivered(slack, 4)

    seen = {(event["type"], event.get("subtype")) for event in listener.events}
    joined = {("member_joined_channel", None), ("message", "channel_join")}
    assert seen == joined | {("app_mention", None), ("message", None)}


async def test_edits_and_deletions_are_told(slack: SmallSlack, listener: Listener) -> None:
    ts = await slack.say("Ada", "#general", "helo")
    await slack.edit("Ada", "#general", ts, "hello")
    await slack.delete("Ada", "#general", ts)
    await delivered(slack, 3)

    events = {event.get("subtype"): event for event in listener.events}
    changed, deleted = events["message_changed"], events["message_deleted"]
    assert (changed["message"]["text"], changed["previous_message"]["text"]) == ("hello", "helo")
    assert changed["ts"] != ts
    assert (deleted["deleted_ts"], deleted["previous_message"]["text"]) == (ts, "hello")


async def test_a_deleted_root_leaves_a_tombstone(slack: SmallSlack, listener: Listener) -> None:
    """Slack tells it as a change, for the replies are still there (openclaw#22035)."""
    root = await slack.say("Ada", "#general", "root")
    await slack.say("Ben", "#general", "reply", thread_ts=root)
    await slack.delete("Ada", "#general", root)
    await delivered(slack, 3)

    (changed,) = [event for event in listener.events if event.get("subtype") == "message_changed"]
    assert changed["message"]["subtype"] == "tombstone"
    assert [message["text"] for message in slack.thread("#general", root)] == [
        "This message was deleted.",
        "reply",
    ]


async def test_a_broadcast_reply_carries_its_root(slack: SmallSlack, listener: Listener) -> None:
    root = await slack.say("Ada", "#general", "root")
    await slack.say("Ben", "#general", "reply", thread_ts=root, broadcast=True)
    await delivered(slack, 2)

    (event,) = [event for event in listener.events if event.get("subtype") == "thread_broadcast"]
    assert (event["thread_ts"], event["root"]["text"]) == (root, "root")


async def test_files_are_told_with_the_message(slack: SmallSlack, listener: Listener) -> None:
    file = {"name": "dot.png", "mimetype": "image/png", "content_base64": "iVBORw0KGgo="}
    await slack.say("Ada", "@Threadbot", "look", files=[file])
    await delivered(slack, 1)

    (event,) = listener.events
    assert (event["subtype"], event["files"][0]["mimetype"], event["files"][0]["size"]) == (
        "file_share",
        "image/png",
        8,
    )


async def test_own_posts_and_edits_come_back(slack: SmallSlack, listener: Listener) -> None:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(slack.bot_token, base_url=f"{slack.url}/api/", session=session)
        posted = await client.chat_postMessage(channel=GENERAL, text="a")
        await client.chat_update(channel=GENERAL, ts=posted["ts"], text="b")
    await delivered(slack, 2)

    events = {event.get("subtype"): event for event in listener.events}
    assert events[None]["bot_id"] == "B0THREADBOT"
    assert events["message_changed"]["message"]["text"] == "b"


async def test_other_bots_can_be_told_from_people(slack: SmallSlack, listener: Listener) -> None:
    await slack.say("Deploybot", "#general", "@Threadbot deployed")
    await delivered(slack, 2)

    assert {event["bot_id"] for event in listener.events} == {"B0DEPLOYBOT"}
    assert not any("client_msg_id" in event for event in listener.events)


async def test_without_the_scope_nothing_is_told(slack: SmallSlack, listener: Listener) -> None:
    slack.scopes.discard("im:history")

    await slack.say("Ada", "@Threadbot", "unheard")
    await slack.say("Ada", "#general", "heard")
    await delivered(slack, 1)

    assert [event["text"] for event in listener.events] == ["heard"]


async def test_what_is_not_acknowledged_comes_again(slack: SmallSlack, listener: Listener) -> None:
    listener.acking = False
    await slack.say("Ada", "#general", "hello")
    await delivered(slack, 2)
    listener.acking = True

    await slack.wait_for(lambda: slack.deliveries[-1].acked, description="an acknowledgement")
    heard = listener.heard[: len(slack.deliveries)]
    assert len({request.payload["event_id"] for request in heard}) == 1
    assert [request.retry_attempt for request in heard] == list(range(len(heard)))
    assert heard[1].retry_reason == "timeout"


async def test_after_the_last_retry_slack_gives_up(slack: SmallSlack) -> None:
    """With no connection open only the retries help."""
    await slack.say("Ada", "#general", "hello")
    await delivered(slack, 4)

    assert [delivery.retry for delivery in slack.deliveries] == [0, 1, 2, 3]
    assert {delivery.outcome for delivery in slack.deliveries} == {"no connection"}


async def test_a_bot_that_connects_in_time_gets_the_retry(slack: SmallSlack) -> None:
    slack.retry_delays = (0, 1.5)
    await slack.say("Ada", "#general", "hello")
    await delivered(slack, 2)

    async with listening(slack) as listener:
        await slack.wait_for(lambda: slack.deliveries[-1].acked, description="the retry arrives")

        assert listener.heard[0].retry_attempt == 2


async def test_what_was_on_a_lost_connection_comes_again(slack: SmallSlack, listener: Listener) -> None:
    slack.courier.ack_within = 30
    slack.retry_delays = (0, 0.1, 2)
    listener.acking = False
    await slack.say("Ada", "#general", "hello")
    await slack.wait_for(lambda: len(slack.sockets) == 1)
    await listener.arrived.wait()
    listener.acking = True

    slack.cut_sockets()

    await slack.wait_for(lambda: slack.deliveries and slack.deliveries[-1].acked, description="acknowledged")
    assert slack.deliveries[0].outcome == "connection lost"


async def test_a_payload_goes_to_one_connection_only(slack: SmallSlack) -> None:
    async with listening(slack) as one, listening(slack) as other:
        for n in range(20):
            await slack.say("Ada", "#general", str(n))
        await slack.wait_for(lambda: sum(delivery.acked for delivery in slack.deliveries) == 20)

        assert sorted(event["text"] for event in one.events + other.events) == sorted(map(str, range(20)))
        assert one.events
        assert other.events


async def test_there_are_ten_connections_at_most(slack: SmallSlack) -> None:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(base_url=f"{slack.url}/api/", session=session)
        sockets = []
        for _ in range(11):
            opened = await client.apps_connections_open(app_token=slack.app_token)
            sockets.append(await session.ws_connect(opened["url"]))
        greetings = [await socket.receive_json() for socket in sockets]

        assert [greeting["type"] for greeting in greetings] == ["hello"] * 10 + ["disconnect"]
        assert greetings[10]["reason"] == "too_many_websockets"
        for socket in sockets:
            await socket.close()


async def test_a_ticket_opens_one_connection(slack: SmallSlack) -> None:
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(base_url=f"{slack.url}/api/", session=session)
        opened = await client.apps_connections_open(app_token=slack.app_token)
        socket = await session.ws_connect(opened["url"])

        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(opened["url"])
        await socket.close()


async def test_a_refreshed_connection_is_replaced(slack: SmallSlack, listener: Listener) -> None:
    await slack.disconnect_sockets()
    opened = "apps.connections.open"
    await slack.wait_for(lambda: len(slack.calls_of(opened)) >= 2 and slack.connected, description="reconnected")

    await slack.say("Ada", "#general", "still there?")

    await slack.wait_for(lambda: slack.deliveries and slack.deliveries[-1].acked, description="acknowledged")


async def test_the_same_event_can_be_sent_again(slack: SmallSlack, listener: Listener) -> None:
    await slack.say("Ada", "@Threadbot", "hello")
    await delivered(slack, 1)

    again = await slack.redeliver()

    first, second = listener.heard
    assert again.retry == 1
    assert first.payload == second.payload


class Endpoint:
    """A bot's events address: it checks nothing, keeps the requests, and answers as it is told."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.heard: list[tuple[bytes, dict[str, str]]] = []
        self.app = FastAPI(openapi_url=None)
        self.app.add_route("/slack/events", self._hear, methods=["POST"])

    async def _hear(self, request: Request) -> Response:
        body = await request.body()
        if b"url_verification" in body:
            return Response(json.loads(body)["challenge"])
        self.heard.append((body, dict(request.headers)))
        return Response(status_code=self.status, headers=self.headers)


@pytest.fixture
async def endpoint(slack: SmallSlack) -> AsyncIterator[Endpoint]:
    endpoint = Endpoint()
    async with serving(endpoint.app) as url:
        slack.deliver_http_to = f"{url}/slack/events"
        yield endpoint


async def test_requests_are_signed(slack: SmallSlack, endpoint: Endpoint) -> None:
    await slack.say("Ada", "#general", "hello")
    await delivered(slack, 1)

    ((body, headers),) = endpoint.heard
    verifier = SignatureVerifier(slack.signing_secret)
    assert verifier.is_valid_request(body, headers)
    assert not verifier.is_valid_request(body + b" ", headers)
    assert json.loads(body)["event"]["text"] == "hello"
    assert "x-slack-retry-num" not in headers


async def test_a_failed_request_is_sent_again(slack: SmallSlack, endpoint: Endpoint) -> None:
    endpoint.status = 503
    await slack.say("Ada", "#general", "hello")
    await delivered(slack, 4)

    (first, _), (second, headers) = endpoint.heard[:2]
    assert first == second
    assert (headers["x-slack-retry-num"], headers["x-slack-retry-reason"]) == ("1", "http_error")
    assert {delivery.outcome for delivery in slack.deliveries} == {"http 503"}


async def test_a_bot_can_ask_not_to_be_sent_it_again(slack: SmallSlack, endpoint: Endpoint) -> None:
    endpoint.status, endpoint.headers = 500, {"x-slack-no-retry": "1"}
    await slack.say("Ada", "#general", "first")
    await delivered(slack, 1)
    endpoint.status = 200
    await slack.say("Ada", "#general", "second")
    await delivered(slack, 2)

    assert [json.loads(body)["event"]["text"] for body, _ in endpoint.heard] == ["first", "second"]


async def test_an_address_proves_itself(slack: SmallSlack, endpoint: Endpoint) -> None:
    before = slack.connected
    proved = await slack.verify_http()
    slack.deliver_http_to = "http://127.0.0.1:1/slack/events"

    assert (before, proved) == (False, True)
    assert not await slack.verify_http()


async def test_a_deaf_connection_stays_open_and_brings_nothing(slack: SmallSlack, listener: Listener) -> None:
    slack.deafen_sockets()
    await slack.say("Ada", "#general", "<@U000BOT> hello")
    await delivered(slack, 1)

    assert slack.deliveries[0].outcome == "no ack"
    assert slack.connected
    assert listener.heard == []


async def test_an_address_may_turn_out_to_be_worth_nothing(slack: SmallSlack) -> None:
    slack.sockets.refusing = 1
    async with aiohttp.ClientSession() as http:
        web = AsyncWebClient(base_url=f"{slack.url}/api/", session=http)
        url = (await web.apps_connections_open(app_token=slack.app_token))["url"]
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await http.ws_connect(url)
