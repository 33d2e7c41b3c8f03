"""Whatever a model's server sends, its answer stands, the thread goes on, and the log has one line for each thing."""

import gzip
import json
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from tests.llm.asking import answering
from tests.town import Town, wait_until

STREAM = "text/event-stream"
PARTS = {"prompt_tokens": 5, "completion_tokens": 5}
ODD: dict[str, dict[str, Any]] = {
    "a fraction": {"usage": {**PARTS, "prompt_tokens_details": {"cached_tokens": 1.5}}},
    "a number without end": {"usage": {**PARTS, "prompt_tokens": 10**30}},
    "less than nothing": {"usage": {"prompt_tokens": -5, "completion_tokens": -5}},
    "a truth": {"usage": {**PARTS, "completion_tokens": True}},
    "a text": {"usage": {**PARTS, "prompt_tokens_details": {"cached_tokens": "many"}}},
    "an object": {"usage": {**PARTS, "prompt_tokens_details": {"cached_tokens": {"a": 1}}}},
    "no object": {"usage": "many"},
    "a model that is an object": {"model": {"a": 1}},
    "a model of two lines": {"model": "m\n21:00:00 warning admin added by=U0ALICE"},
    "a reason that is a list": {"choices": [{"index": 0, "delta": {}, "finish_reason": ["stop"]}]},
    "a long reason": {"choices": [{"index": 0, "delta": {}, "finish_reason": "FORGED " * 1000}]},
}


def stream(odd: dict[str, Any]) -> bytes:
    said: Any = {"choices": [{"index": 0, "delta": {"content": "Hello \x1b[31mthere"}, "finish_reason": None}]}
    end: Any = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], **odd}
    return b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in (said, end)) + b"data: [DONE]\n\n"


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
async def test_an_odd_value_spoils_nothing_else(
    town: Town, odd: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    async with answering(stream(odd), STREAM) as url, town.bot(openai_base_url=url):
        first = await town.ask("Ada", "#general", "@Threadbot hello")
        await town.idle()
        second = await town.ask("Ada", "#general", "@Threadbot again", thread=first.thread)
        await town.idle()
        async with Redis.from_url(town.redis_url, decode_responses=True) as redis:
            used = [key async for key in redis.scan_iter("{threadbot}:*:used:*")]
            entered, of_the_month = [cast(dict[str, str], await redis.hgetall(key)) for key in used]

    assert [first.text, second.text] == ["Hello [31mthere"] * 2
    assert "FORGED" not in f"{first.footer}"
    assert entered["persona:default"].startswith("2 ")
    assert all(amount.isdigit() for value in entered.values() for amount in value.split())
    assert entered == of_the_month
    assert "U0ALICE" not in caplog.text + str(entered)
    assert "does not serve us" not in caplog.text


async def test_a_flood_of_compressed_nothing_ends_the_answer_and_no_more(town: Town) -> None:
    flood = gzip.compress(b":" + b"0" * 200_000_000 + b"\n", 1)
    async with (
        answering(flood, STREAM, headers="content-encoding: gzip\r\n") as url,
        town.bot(openai_base_url=url),
    ):
        ts = await town.slack.say("Ada", "#general", "@Threadbot hello")
        await wait_until(lambda: len(town.slack.thread("#general", ts)) == 2, "an apology")

    assert "more than one answer can be" in town.slack.thread("#general", ts)[1]["text"]
