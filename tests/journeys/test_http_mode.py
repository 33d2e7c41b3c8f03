"""Slack sends signed requests instead of holding a socket open; people notice no difference."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from redis.asyncio import Redis
from slack_sdk.signature import SignatureVerifier

from bot.store.keys import shared
from tests.town import Json, Town, free_port

EVENT: Json = {
    "type": "event_callback",
    "team_id": "T00SANDBOX0",
    "event_id": "Ev1",
    "event": {
        "type": "app_mention",
        "channel": "C000GENERAL",
        "user": "U0000000ADA",
        "text": "<@U0THREADBOT> hello",
        "ts": "1700000000.000100",
    },
}


@asynccontextmanager
async def http_bot(town: Town) -> AsyncIterator[str]:
    """A bot in HTTP mode; gives the address that Slack's events go to."""
    port = free_port()
    async with town.bot(slack_app_token=None, slack_signing_secret=town.slack.signing_secret, port=port):
        yield f"http://127.0.0.1:{port}/slack/events"


async def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as response:
        return response.status


def signed(body: bytes, secret: str, at: int | None = None) -> dict[str, str]:
    timestamp = str(at or int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    return {
        "content-type": "application/json",
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": str(signature),
    }


async def test_a_signed_event_is_answered(town: Town) -> None:
    async with http_bot(town):
        first = await town.ask("Ada", "#general", "@Threadbot Who was the first president?")
        second = await town.ask("Ada", "#general", "@Threadbot For which duration?", thread=first.thread)

    assert "1789" in second.text
    assert {d.outcome for d in town.slack.deliveries if d.type == "app_mention"} == {"acked"}


@pytest.mark.parametrize(
    "forge",
    [
        lambda body, secret: signed(body, "another secret"),
        lambda body, secret: signed(body, secret, at=int(time.time()) - 600),
        lambda body, secret: signed(body + b" ", secret),
        lambda body, secret: signed(body, secret) | {"x-slack-request-timestamp": "yesterday"},
        lambda body, secret: signed(body, secret) | {"x-slack-request-timestamp": "1" * 5000},
        lambda body, secret: signed(body, secret) | {"x-slack-signature": "v0=é"},
        lambda body, secret: {"content-type": "application/json"},
    ],
    ids=["wrong secret", "old", "changed body", "no number", "long number", "letter", "unsigned"],
)
async def test_what_slack_has_not_just_signed_gets_401_and_nothing_happens(town: Town, forge: object) -> None:
    body = json.dumps(EVENT).encode()
    async with http_bot(town) as url:
        status = await post(url, body, forge(body, town.slack.signing_secret))  # type: ignore[operator]

    assert status == 401
    assert town.model.requests == []
    async with Redis.from_url(town.redis_url) as redis:
        ours = ("schema", "owner", "installations", "erasures", "erased", "listening")
        assert set(await redis.keys("*")) <= {shared("threadbot", name).encode() for name in ours}


async def test_while_redis_is_away_slack_is_told_to_send_it_again(town: Town) -> None:
    body = json.dumps(EVENT).encode()
    async with http_bot(town) as url, Redis.from_url(town.redis_url) as redis:
        await redis.config_set("maxmemory", "1mb")  # a full Redis refuses to keep anything
        try:
            status = await post(url, body, signed(body, town.slack.signing_secret))
        finally:
            await redis.config_set("maxmemory", "0")

    assert status == 503


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"nonsense", b"[]", b'{"type": "event_callback"}', b"\xff\xfe", b"{" * 1000, b"[" * 60_000),
        json.dumps(EVENT | {"event": None}).encode(),
        b'{"type": "block_actions", "actions": [], "user": {"id": "U1"}}',
    ],
    ids=lambda body: repr(body[:20]),
)
async def test_a_malformed_body_is_refused_or_ignored_and_harms_nothing(town: Town, body: bytes) -> None:
    async with http_bot(town) as url:
        status = await post(url, body, signed(body, town.slack.signing_secret) if body[:1] != b"\xff" else {})
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert status < 500
    assert answer.text
