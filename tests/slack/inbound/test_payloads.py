"""Payloads of the shapes that Slack documents pass; any other is malformed, whatever it is."""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slack.inbound import payloads
from bot.slack.inbound.payloads import Malformed

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MENTION: dict[str, Any] = {
    "type": "event_callback",
    "team_id": "T1",
    "event_id": "Ev1",
    "event": {"type": "app_mention", "channel": "C1", "user": "U1", "text": "hi", "ts": "1.2", "blocks": [{}]},
    "authorizations": [{"team_id": "T1", "enterprise_id": None, "user_id": "U0", "is_bot": True}],
    "is_ext_shared_channel": False,
}
CLICK: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "U1", "username": "ada", "name": "ada", "team_id": "T1"},
    "team": {"id": "T1", "domain": "sandbox"},
    "channel": {"id": "C1", "name": "general"},
    "container": {"type": "message", "message_ts": "1.2"},
    "message": {"type": "message", "ts": "1.2", "text": "hi"},
    "state": {"values": {"user": {"text": {"type": "plain_text_input", "value": None}}}},
    "actions": [{"type": "button", "action_id": "stop", "text": {"type": "plain_text", "text": "Stop"}}],
    "enterprise": None,
}
SUBMISSION: dict[str, Any] = {"type": "view_submission", "view": {"type": "modal", "callback_id": "form", "state": {}}}
COMMAND = {"command": "/persona", "text": "list", "user_id": "U1", "channel_id": "C1", "team_id": "T1"}


@pytest.mark.parametrize("payload", [MENTION, CLICK, SUBMISSION, {"type": "url_verification", "challenge": "x"}])
def test_what_slack_documents_passes_as_it_is(payload: dict[str, Any]) -> None:
    assert payloads.from_http(JSON, json.dumps(payload).encode()) == payload
    assert payloads.from_http(f"{FORM}; charset=utf-8", urlencode({"payload": json.dumps(payload)}).encode()) == payload


def test_a_command_is_a_form() -> None:
    assert payloads.from_http(FORM, urlencode(COMMAND).encode()) == COMMAND


def deep(times: int) -> bytes:
    return b'{"type":"event_callback","event":{"type":"message","x":' + b"[" * times + b"]" * times + b"}}"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"[]", b"1", b'"text"', b"{", b"\xff\xfe"),
        *(b"[" * 60_000, b'{"a":' * 60_000, deep(60_000), deep(100)),
        *(b'{"type": NaN}', b'{"x": Infinity}', b'{"n": ' + b"9" * 5000 + b"}"),
    ],
    ids=lambda body: repr(body[:20]) + str(len(body)),
)
def test_what_is_no_object_of_a_sane_depth_is_malformed(body: bytes) -> None:
    for kind in (JSON, "", "text/plain"):
        with pytest.raises(Malformed):
            payloads.from_http(kind, body)
    if body:
        with pytest.raises(Malformed):
            payloads.from_http(FORM, urlencode({"payload": body}).encode())


@pytest.mark.parametrize(
    "odd",
    [
        MENTION | {"event": None},
        CLICK | {"event": None},
        MENTION | {"event": []},
        MENTION | {"event": "x"},
        MENTION | {"event": {}},
        MENTION | {"event": {"type": None}},
        MENTION | {"event": {"type": 1}},
        MENTION | {"event": {"type": "message", "user": 1}},
        MENTION | {"event": {"type": "message", "channel": {"id": 1}}},
        MENTION | {"event": {"type": "message", "text": ["x"]}},
        MENTION | {"event": {"type": "message", "ts": 1.5}},
        MENTION | {"event": {"type": "message", "files": {}}},
        MENTION | {"event": {"type": "message", "blocks": ["x"]}},
        MENTION | {"event": {"type": "message", "message": "x"}},
        MENTION | {"authorizations": 1},
        MENTION | {"authorizations": [1]},
        MENTION | {"authorizations": [{"team": 1}]},
        MENTION | {"team": True},
        {"type": "event_callback"},
        {"type": []},
        CLICK | {"actions": []},
        CLICK | {"actions": None},
        CLICK | {"actions": [None]},
        CLICK | {"actions": [{"action_id": 1}]},
        CLICK | {"user": 1},
        CLICK | {"message": []},
        SUBMISSION | {"view": None},
        SUBMISSION | {"view": {"callback_id": "form"}},
        {"type": "shortcut", "callback_id": 1},
        {"command": 1},
        {"response_urls": ["x"]},
        {"response_urls": None},
    ],
    ids=lambda odd: json.dumps(odd)[:60],
)
def test_an_odd_value_where_one_is_read_is_malformed(odd: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        payloads.checked(odd)


@pytest.mark.parametrize(
    "data",
    [None, b"\xff", "", "[]", "1", "[" * 60_000, '{"type": 1}', '{"envelope_id": []}', '{"reason": {}}'],
    ids=lambda data: repr(data)[:20],
)
def test_an_envelope_that_is_none_is_malformed(data: object) -> None:
    with pytest.raises(Malformed):
        payloads.from_socket(data)


def test_what_is_wrong_is_said_without_a_word_of_the_payload() -> None:
    for odd in ({"type": {"secret": 1}}, {"event": ["secret"]}, {"team": ["secret"]}):
        with pytest.raises(Malformed) as wrong:
            payloads.checked(odd)
        assert "secret" not in str(wrong.value)


@settings(max_examples=200, deadline=None, database=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.sampled_from([JSON, FORM, ""]))
def test_any_bytes_are_a_payload_or_malformed(body: bytes, content_type: str) -> None:
    with suppress(Malformed):
        assert isinstance(payloads.from_http(content_type, body), dict)
    with suppress(Malformed):
        assert isinstance(payloads.from_socket(body), dict)


@pytest.mark.parametrize(
    ("written", "read"),
    [(r"a\ud800b", "a\ufffdb"), (r"\udc00", "\ufffd"), (r"\ud83d\ude00", "😀"), (r"\ud83d\ud83d\ude00", "\ufffd😀")],
)
def test_half_a_character_becomes_one_that_can_be_stored(written: str, read: str) -> None:
    body = b'{"type": "event_callback", "event": {"type": "message", "text": "%s"}}' % written.encode()

    assert payloads.from_http(JSON, body)["event"]["text"] == read
    assert payloads.from_socket(body)["event"]["text"] == read
