"""What anybody may send to the HTTP endpoint, signed or not, and what a Socket Mode connection may bring."""

import asyncio
import functools
import json
import time
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp

from bot.slack.inbound import http, payloads, socket
from tests.slack.inbound.test_http import SECRET, bolt, signed, status
from tests.slack.inbound.test_payloads import CLICK, COMMAND, FORM, JSON, MENTION, SUBMISSION

MORE = ("id", "is_ext_shared_channel", "is_enterprise_install", "ssl_check", "workflow_step", "app_installed_team_id")
NAMES = st.sampled_from(sorted({*payloads.TEXTS, *payloads.NAMED, *payloads.OBJECTS, *payloads.LISTS, *MORE}))
WORDS = st.sampled_from(
    [
        *("event_callback", "block_actions", "view_submission", "view_closed", "shortcut", "app_mention", "message"),
        *("message_action", "block_suggestion", "dialog_submission", "interactive_message", "stop", "1"),
    ]
)
VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)
PAYLOADS = st.dictionaries(NAMES, VALUES, max_size=6) | st.sampled_from(
    [MENTION, CLICK, SUBMISSION, dict(COMMAND)]
).flatmap(
    lambda good: st.builds(lambda name, value: {**good, name: value}, NAMES | st.sampled_from(sorted(good)), VALUES)
)
SIGNED = st.tuples(PAYLOADS, st.booleans()) | st.tuples(st.binary(max_size=99), st.booleans())

_HEADER = st.text(st.characters(codec="latin-1"), max_size=80)
UNSIGNED = st.tuples(_HEADER | st.none(), _HEADER | st.just("v0=" + "0" * 64), _HEADER, st.binary(max_size=99))
"""Stamp (None: of now), signature, content type, body."""

KINDS = st.sampled_from(["events_api", "interactive", "slash_commands", "hello", "disconnect"])
ENVELOPES = (
    st.builds(
        json.dumps,
        st.fixed_dictionaries(
            {"payload": PAYLOADS | VALUES},
            optional={
                "type": KINDS | VALUES,
                "envelope_id": st.text(max_size=9) | VALUES,
                "retry_attempt": VALUES,
                "accepts_response_payload": VALUES,
            },
        ),
    )
    | st.text(max_size=40)
    | st.binary(max_size=40)
)


@functools.cache
def _app() -> AsyncApp:
    return bolt()


def handle_signed(sent: tuple[dict[str, Any] | bytes, bool]) -> None:
    """It is handled or refused, as JSON or in a form."""
    payload, form = sent
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    if form and not isinstance(payload, bytes):
        body = urlencode({"payload": body}).encode()
    headers = signed(body, content_type=FORM if form else JSON)
    assert asyncio.run(status(http.http_endpoint(_app(), lambda: SECRET), headers, body)) < 500


def refuse_unsigned(sent: tuple[str | None, str, str, bytes]) -> None:
    stamp, signature, kind, body = sent
    headers = {"x-slack-request-timestamp": str(int(time.time())) if stamp is None else stamp}
    headers |= {"x-slack-signature": signature, "content-type": kind}
    assert asyncio.run(status(http.http_endpoint(_app(), lambda: SECRET), headers, body)) == 401


def read_envelope(frame: str | bytes) -> None:
    """It is handled, or left out."""
    request = socket._request(socket._envelope(frame))
    if request is not None:
        assert asyncio.run(run_async_bolt_app(_app(), request)).status < 500
