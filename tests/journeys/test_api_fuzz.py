"""Whatever is sent to the API: an answer that says what is wrong, and never a bug, and never a secret."""

import asyncio
import json
import random
import string
from typing import Any

import pytest
from redis.asyncio import Redis

from tests.api import Program, make_token, served
from tests.town import Town

PATHS = [
    ("POST", "/api/v1/threads"), ("POST", "/api/v1/threads/{guid}/entry"), ("PATCH", "/api/v1/threads/{guid}"),
    ("POST", "/v1/chat/completions"),
]  # fmt: skip
KINDS = ["application/json", "application/x-www-form-urlencoded", "text/plain", "", "application/json; charset=utf-16"]
VALUES: list[Any] = [
    None, True, 0, -1, 1e308, 10**400, "", " ", "\x00", "\ud800", "\u202e", "x" * 300, [], {}, ["a"], {"a": {"b": []}},
    "@{U1}", "<!channel>", "request", "response", "default", "small-model", "../..", "%00", "${jndi}", "{{7*7}}",
]  # fmt: skip
NAMES = ["ai_version_code", "message", "type", "title", "model", "messages", "stream", "temperature", "n", "stop", "x"]


def body(chance: random.Random) -> bytes:
    match chance.randrange(4):
        case 0:
            return chance.randbytes(chance.randrange(200))
        case 1:
            fields = {chance.choice(NAMES): chance.choice(VALUES) for _ in range(chance.randrange(5))}
            return json.dumps(fields).encode()
        case 2:
            text = json.dumps({chance.choice(NAMES): chance.choice(VALUES)}).encode()
            return text[: chance.randrange(len(text) + 1)]
    messages = [{"role": chance.choice(["user", "system", "tool", 7]), "content": chance.choice(VALUES)} for _ in "ab"]
    return json.dumps({"model": "default", "messages": messages, "stream": chance.choice(VALUES)}).encode()


@pytest.mark.parametrize("seed", range(2))
async def test_odd_bodies_are_refused_and_break_nothing(
    town: Town, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(seed)
    async with served(town) as program:
        thread = await program.thread()
        for _ in range(120):
            method, path = chance.choice(PATHS)
            headers = {"Authorization": f"Bearer {program.token}", "Content-Type": chance.choice(KINDS)}
            where = path.format(guid=thread)
            async with program.http.request(method, where, data=body(chance), headers=headers) as answer:
                said = await answer.text()
                assert answer.status < 500, (path, said)
                if answer.status >= 400:
                    assert json.loads(said).get("message") or json.loads(said)["error"]["message"]
        await town.idle()
        assert (await program.get(f"/threads/{thread}")).status == 200

    assert "Traceback" not in caplog.text
    assert program.token.rpartition("_")[2] not in caplog.text


async def test_tokens_that_are_none_are_told_so_and_stand_nowhere(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    chance, signs = random.Random(7), string.ascii_letters + string.digits + "_-.~+/= ü"
    async with served(town) as program:
        real = program.token
        for n in range(300):
            at = chance.randrange(len(real))
            odd = [real[:at] + chance.choice(signs) + real[at + 1 :], real[:at], real + "x", real.lower(), "x" * 5000]
            shown = odd[n % 5] if odd[n % 5] != real else "tb_"
            headers = {"Authorization": f"Bearer {shown}".encode().decode("latin-1")}
            async with program.http.get("/api/v1/threads", headers=headers) as answer:
                assert answer.status == 401, shown
        assert (await program.get("/threads")).status == 200

    secret = real.rpartition("_")[2]
    assert secret[:20] not in caplog.text


async def test_a_token_stands_in_no_dump_and_in_no_reply(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    async with served(town) as program:
        token = await make_token(town.redis_url, "U0000000BEN")
        ben = Program(program.http, token)
        thread = await ben.thread()
        await ben.say(thread, "hello")
        replies = [await ben.get("/threads"), await ben.get(f"/threads/{thread}/entries", params={"wait": "25"})]
        async with Redis.from_url(town.redis_url) as redis:
            dump = b"".join([bytes(await redis.dump(key) or b"") for key in await redis.keys()])
        await asyncio.sleep(0)

    secret = token.rpartition("_")[2]
    assert secret.encode() not in dump
    assert not any(secret in json.dumps(reply.body) or secret in str(reply.headers) for reply in replies)
    assert secret not in caplog.text
