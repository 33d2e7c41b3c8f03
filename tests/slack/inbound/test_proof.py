"""What proves that a request is Slack's, and what anybody may send instead."""

import pytest
from slack_sdk.signature import SignatureVerifier

from bot.slack.inbound import proof

NOW = 1_700_000_000.5
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BODY = "token=x&text=grüß".encode()


def signature(at: str, body: bytes = BODY) -> str:
    return str(SignatureVerifier(SECRET).generate_signature(timestamp=at, body=body))


def test_what_slack_signs_is_proved() -> None:
    at = str(int(NOW))

    assert proof.stamped([at], [signature(at)], NOW)
    assert proof.signed(SECRET, at, signature(at), BODY)


@pytest.mark.parametrize("body", [BODY + b" ", b"", BODY[:-1]])
def test_other_bytes_are_not(body: bytes) -> None:
    at = str(int(NOW))

    assert not proof.signed(SECRET, at, signature(at), body)
    assert not proof.signed("another", at, signature(at), BODY)
    assert not proof.signed(SECRET, str(int(at) + 1), signature(at), BODY)


@pytest.mark.parametrize(
    "timestamp",
    [
        *("", "yesterday", "1" * 5000, "-1700000000", "+1700000000", " 1700000000", "1700000000.0", "1_700_000_000"),
        *("１７００００００００", "٠", "0x65", "1e9", "1699999699", "1700000302", "0", "999999999999"),
    ],
)
def test_a_time_that_is_odd_or_long_ago_is_refused_before_anything_is_computed(timestamp: str) -> None:
    assert not proof.stamped([timestamp], ["v0=" + "0" * 64], NOW)


@pytest.mark.parametrize(
    "signed", ["", "v0=", "v0=é" + "0" * 63, "v0=" + "0" * 63, "v0=" + "0" * 65, "v1=" + "0" * 64, "v0=" + "G" * 64]
)
def test_a_signature_of_another_form_is_refused(signed: str) -> None:
    assert not proof.stamped(["1700000000"], [signed], NOW)
    assert not proof.stamped(["1700000000"], [signed + "\n"], NOW)


def test_headers_that_are_missing_or_come_twice_are_refused() -> None:
    at = "1700000000"
    for timestamps, signatures in (([], [signature(at)]), ([at], []), ([at, at], [signature(at)]), ([at], ["v0=" * 2])):
        assert not proof.stamped(timestamps, signatures, NOW)
    assert not proof.stamped([at], [signature(at)] * 2, NOW)
