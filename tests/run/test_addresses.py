"""What is printed of addresses, what is struck out of every line, and who could read along."""

import pytest

from bot.run import addresses

SLACK, MODEL, REDIS = "https://slack.com/api/", "https://api.openai.com/v1", "rediss://redis.example:6380/0"


@pytest.mark.parametrize(
    ("url", "shown", "secrets"),
    [
        ("http://user:PW-1234@host/v1?api-key=abc-987", "http://host/v1", ["PW-1234", "abc-987"]),
        ("https://ghp_token@host:8443/v1", "https://host:8443/v1", ["ghp_token"]),
        ("https://host/v1/@me?api-version=2026-01-01", "https://host/v1/@me", []),
        ("https://host/v1?x=0123456789abcdef", "https://host/v1", ["0123456789abcdef"]),
        ("redis://:p%40ss%2Fword@host:6379/0", "redis://host:6379/0", ["p%40ss%2Fword", "p@ss/word"]),
        (
            "redis+sentinel://:one@a:26379,b:26379/service/0?sentinel_password=two&ssl_cert_reqs=none",
            "redis+sentinel://a:26379,b:26379/service/0",
            ["one", "two"],
        ),
        ("unix:///tmp/redis.sock", "unix:///tmp/redis.sock", []),
    ],
)
def test_what_opens_an_address_is_known_and_not_shown(url: str, shown: str, secrets: list[str]) -> None:
    assert addresses.shown(url) == shown
    assert addresses.secrets(url) == secrets


@pytest.mark.parametrize(
    ("slack", "model", "redis"),
    [
        (SLACK, MODEL, REDIS),
        ("https://enterprise.slack-gov.com/api/", MODEL, REDIS),
        ("http://127.0.0.1:3210/api/", "http://localhost:8000/v1", "redis://localhost:6379/0"),
        (SLACK, "http://[::1]:8000/v1", "unix:///tmp/redis.sock"),
        (SLACK, MODEL, "rediss+cluster://a.example:6379,b.example:6379"),
    ],
)
def test_what_nobody_can_read_on_the_way_is_no_reason_to_warn(slack: str, model: str, redis: str) -> None:
    assert addresses.warnings(slack, {"OPENAI_BASE_URL": model}, redis) == []


@pytest.mark.parametrize(
    ("slack", "model", "redis", "warning"),
    [
        (SLACK, "http://u:p@gpu.example:8000/v1", REDIS, "OPENAI_BASE_URL: http:// to gpu.example can be read"),
        (
            SLACK,
            MODEL,
            "redis://:p@10.0.0.7:6379/0",
            "REDIS_URL: redis:// to 10.0.0.7 can be read on the way; use rediss",
        ),
        (SLACK, MODEL, "redis+sentinel://:p@127.0.0.1:1,b:2/s/0", "REDIS_URL: redis+sentinel:// to b can be read"),
        ("https://slack.com.evil.example/api/", MODEL, REDIS, "the bot's token is sent to slack.com.evil.example"),
        ("https://notslack.com/api/", MODEL, REDIS, "SLACK_API_URL: the bot's token is sent to notslack.com"),
        ("http://slack.com/api/", MODEL, REDIS, "SLACK_API_URL: http:// to slack.com can be read"),
    ],
)
def test_what_others_can_read_is_warned_of(slack: str, model: str, redis: str, warning: str) -> None:
    [told] = addresses.warnings(slack, {"OPENAI_BASE_URL": model}, redis)

    assert warning in told
    assert "p@" not in told
