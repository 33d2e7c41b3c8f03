"""The endpoint that everybody on the internet can reach, asked as they might."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import Response

from bot.slack.inbound import http
from tests.slack.inbound.test_payloads import CLICK, COMMAND, FORM, JSON, MENTION, SUBMISSION
from threadbot_sandbox.slack import webhook

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
Endpoint = Callable[[Request], Awaitable[Response]]


def bolt() -> AsyncApp:
    """With a listener of every kind, each of which acknowledges at once."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T", bot_user_id="U", bot_id="B", bot_token="xoxb-1")

    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    async def failed(error: Exception) -> BoltResponse:
        return BoltResponse(status=200 if isinstance(error, BoltUnhandledRequestError) else 500)

    bolt_log = logging.getLogger("bot.bolt")
    app = AsyncApp(
        client=AsyncWebClient(),
        authorize=authorize,
        signing_secret=SECRET,
        logger=bolt_log,
        raise_error_for_unhandled_request=True,
    )
    app.error(failed)
    app.event("app_mention")(acknowledge)
    app.action("stop")(acknowledge)
    app.view("form")(acknowledge)
    app.command("/persona")(acknowledge)
    app.shortcut("use")(acknowledge)
    app.options("models")(acknowledge)
    return app


@pytest.fixture
async def endpoint() -> Endpoint:
    return http.http_endpoint(bolt(), lambda: SECRET)


def signed(body: bytes, secret: str = SECRET, content_type: str = JSON) -> dict[str, str]:
    return webhook.signed(body, str(int(time.time())), secret) | {"content-type": content_type}


async def status(
    endpoint: Endpoint, headers: dict[str, str], *pieces: bytes, then: Callable[[], Awaitable[Any]] | None = None
) -> int:
    """The answer to a request whose body comes in pieces; after the last, `then` says what else comes."""
    left = list(pieces)

    async def receive() -> dict[str, Any]:
        if left:
            piece = left.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(left) or then is not None}
        return dict(await then()) if then else {"type": "http.disconnect"}

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/slack/events", "query_string": b"", "headers": raw}
    return (await endpoint(Request(scope, receive))).status_code


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (json.dumps(MENTION).encode(), JSON),
        (urlencode({"payload": json.dumps(CLICK)}).encode(), FORM),
        (urlencode({"payload": json.dumps(SUBMISSION)}).encode(), FORM),
        (urlencode(COMMAND).encode(), FORM),
        (b'{"type": "url_verification", "challenge": "x"}', JSON),
    ],
    ids=["event", "click", "form", "command", "handshake"],
)
async def test_what_slack_signs_is_handled(endpoint: Endpoint, body: bytes, kind: str) -> None:
    assert await status(endpoint, signed(body, content_type=kind), body[:7], body[7:]) == 200


FORGED = b'{"type":"x\\n21:00:00 warning admin added by=U0ALICE","event_id":"Ev\\n21:00:00 error"}'


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(FORGED, "another secret"),
        signed(FORGED + b" "),
        signed(FORGED) | {"x-slack-signature": "v0=é"},
        signed(FORGED) | {"x-slack-signature": "v0=\xff" + "0" * 63},
        signed(FORGED) | {"x-slack-request-timestamp": "1" * 5000},
        signed(FORGED) | {"x-slack-request-timestamp": "yesterday"},
        signed(FORGED) | {"x-slack-request-timestamp": str(int(time.time()) - 600)},
    ],
    ids=["unsigned", "wrong secret", "other body", "letter", "byte", "long", "word", "old"],
)
async def test_what_is_not_signed_gets_401_and_nothing_of_it_is_logged(
    endpoint: Endpoint, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for body in (FORGED, b"[" * 60_000, b"\xff", b""):
        assert await status(endpoint, {"content-type": "x\ny"} | headers, body) == 401

    assert len(caplog.records) == 1
    assert caplog.messages == ["requests that are not Slack's were refused"]
    assert not any(value in str(vars(caplog.records[0])) for value in ("U0ALICE", "Ev", "1111", "v0="))


async def test_refusals_are_told_once_a_minute(
    endpoint: Endpoint, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("bot.slack.inbound.http.time.monotonic", lambda: now)
    for _ in range(50):
        await status(endpoint, {}, b"x")
    now += 59
    await status(endpoint, {}, b"x")
    assert [vars(record)["unsigned"] for record in caplog.records] == [1]
    now += 1
    await status(endpoint, signed(b"", "another"), b"x")

    assert [vars(record).get("unsigned") for record in caplog.records] == [1, 50]
    assert vars(caplog.records[1])["wrong_signature"] == 1


async def test_the_body_of_a_request_without_a_fresh_stamp_is_not_read(endpoint: Endpoint) -> None:
    async def never() -> Any:
        raise AssertionError("it was read")

    assert await status(endpoint, {}, then=never) == 401


async def test_a_body_that_takes_too_long_is_given_up(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BODY_TIMEOUT", 0.05)

    assert await status(endpoint, signed(b"x"), b"x", then=asyncio.Event().wait) == 401


async def test_a_body_that_is_broken_off_is_given_up(endpoint: Endpoint) -> None:
    async def gone() -> dict[str, str]:
        return {"type": "http.disconnect"}

    assert await status(endpoint, signed(b"x"), b"x", then=gone) == 401


async def test_a_body_that_is_too_large_is_given_up(endpoint: Endpoint) -> None:
    piece = b"x" * 100_000

    assert await status(endpoint, signed(piece * 21), *[piece] * 21) == 401


async def test_many_half_bodies_hold_little_and_small_requests_still_pass(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stranger knows no secret, but can send well-formed headers."""
    monkeypatch.setattr(http, "MAX_BYTES_UNDER_WAY", 1_000_000)
    held = asyncio.Event()
    stamp = signed(b"of other bytes")
    halves = [asyncio.ensure_future(status(endpoint, stamp, *[b"x" * 50_000] * 10, then=held.wait)) for _ in range(20)]
    await asyncio.sleep(0.01)
    given_up = [half for half in halves if half.done()]
    body = json.dumps(MENTION).encode()

    assert len(given_up) >= 18
    assert await status(endpoint, signed(body), body) == 200
    for half in halves:
        half.cancel()
    await asyncio.gather(*halves, return_exceptions=True)


@pytest.mark.parametrize(
    "payload",
    [
        MENTION | {"event": None},
        CLICK | {"actions": []},
        {"type": "event_callback"},
        [],
        None,
        1,
        MENTION | {"team": 1},
    ],
    ids=lambda payload: json.dumps(payload)[:30],
)
async def test_a_signed_request_of_an_odd_shape_gets_400(endpoint: Endpoint, payload: object) -> None:
    body = json.dumps(payload).encode()

    assert await status(endpoint, signed(body), body) == 400


@pytest.mark.parametrize("body", [b"[" * 60_000, b'{"event":' * 60_000, b"\xff\xfe", b"", b"{"])
async def test_a_signed_request_that_is_no_json_gets_400(endpoint: Endpoint, body: bytes) -> None:
    assert await status(endpoint, signed(body), body) == 400
