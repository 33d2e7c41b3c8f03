"""Programs within their budgets and limits: those of a token, of its owner, and of the workspace."""

import asyncio
import csv
import io
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from bot.store.client import Client
from bot.store.scripts import ReadHash
from tests.api import Program, make_token, served
from tests.journeys.test_home import click, home
from tests.journeys.test_openai_front import ASK
from tests.journeys.test_tokens import TOKEN, shown_once
from tests.journeys.test_usage import files
from tests.responder import command, open_form
from tests.town import KEYS, Town
from threadbot_sandbox.model import Reply

BEN = "U0000000BEN"


def front(program: Program) -> AsyncOpenAI:
    base = f"{str(program.http._base_url).rstrip('/')}/v1"
    return AsyncOpenAI(api_key=program.token, base_url=base, max_retries=0)


async def complete(program: Program, **how: Any) -> Any:
    async with front(program) as client:
        return await client.chat.completions.create(**{"model": "default", "messages": ASK} | how)


async def refused(program: Program, **how: Any) -> openai.RateLimitError:
    """It is, sooner or later."""
    for _ in range(9):
        try:
            await complete(program, **how)
        except openai.RateLimitError as no:
            return no
    raise AssertionError("nothing was refused")


async def held(town: Town) -> int:
    """Holds, and sums of them."""
    store = Client(town.redis_url)
    try:
        return len(await store.call(ReadHash(hash=KEYS.holds))) + len(await store.call(ReadHash(hash=KEYS.reserved)))
    finally:
        await store.close()


async def with_budget(town: Town, program: Program, written: str, who: str = "Ada") -> Program:
    await open_form(town, who, f"/threadbot token new app {written}", "New token")
    return Program(program.http, await shown_once(town, who))


async def test_a_token_has_a_budget_of_its_own_besides_its_owners(town: Town) -> None:
    async with served(town, openai_max_tokens=20) as operator:
        program = await with_budget(town, operator, "budget 300 tokens per day")
        thread = await program.thread()
        path, said = f"/threads/{thread}/entry", {"message": "tell me a joke"}
        replies = [await program.post(path, data=said, headers={"Idempotency-Key": "first"})]
        await program.answered(thread)
        while replies[-1].status == 201:
            assert len(replies) < 9
            replies.append(await program.post(path, data=said))
            await program.answered(thread)
        again = await program.post(path, data=said, headers={"Idempotency-Key": "first"})
        over, no = replies[-1], await refused(program)
        listed = await command(town, "Ada", "#general", "/threadbot token list")
        audit = await command(town, "Ada", "#general", "/threadbot audit")
        other = await operator.thread()
        await operator.say(other, "tell me a joke")
        assert (await operator.answered(other))[1]["error"] is None, "other tokens are not concerned"
        told = await command(town, "Ada", "#general", "/threadbot budget 9000 tokens per day token app")
        assert (await complete(program)).choices[0].message.content

    assert over.status == 429
    assert over.body["message"].startswith("There is not enough left of this token's budget for today:")
    assert "of 300 tokens are used. It starts anew at 20" in over.body["message"]
    assert 0 < int(over.headers["Retry-After"]) <= 25 * 3600
    assert over.headers["Content-Type"] == "application/problem+json"
    assert replies[0].headers["Budget-Limit"] == "300 tokens"
    assert (again.status, again.data) == (201, replies[0].data), "what was done is told again, whatever is left"
    assert (no.status_code, no.code, no.type) == (429, "insufficient_quota", "insufficient_quota")
    assert int(no.response.headers["Retry-After"]) > 0
    assert "this token's budget" in no.message
    assert "at most 300 tokens per day" in listed
    assert "300 tokens per day" in audit
    assert "the budget of the token app is 9,000 tokens per day" in told
    assert await held(town) == 0


async def test_the_form_on_home_takes_a_budget_and_says_what_is_wrong_with_it(town: Town) -> None:
    async with served(town) as operator:
        said = await command(town, "Ada", "#general", "/threadbot token new first 5 per century")
        assert "Write a budget as" in said
        await click(town, "Ada", await home(town, "Ada"), "home_token")
        form = await town.slack.wait_for(lambda: town.slack.modal("Ada"), description="the form")
        assert form is not None
        assert await town.slack.submit("Ada", form["id"], {"name": "app", "budget": "lots"})
        assert not await town.slack.submit("Ada", form["id"], {"name": "app", "budget": "1 tokens per month"})
        program = Program(operator.http, await shown_once(town, "Ada"))

        assert TOKEN.fullmatch(program.token)
        assert (await refused(program)).code == "insufficient_quota"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_persons_budget_holds_for_completions_and_is_told_in_openais_shape(town: Town, stream: bool) -> None:
    async with served(town, BEN, budget_person_day="500 tokens") as program:
        town.model.enqueue(Reply("word " * 400))
        await complete(program, max_tokens=4000)
        no = await refused(program, stream=stream)

    assert 0 < town.model.requests[0]["max_tokens"] < 500
    assert len(town.model.requests) == 1
    assert no.code == "insufficient_quota"
    assert "your budget for today" in no.message
    assert 0 < int(no.response.headers["Retry-After"]) <= 25 * 3600
    assert no.response.headers["Budget-Limit"] == "500 tokens"


async def test_a_long_answer_within_a_large_budget_is_not_cut(town: Town) -> None:
    town.model.enqueue(Reply("word " * 3000))
    async with served(town, BEN, budget_person_day="100000 tokens") as program:
        found = await complete(program)

    assert (found.choices[0].finish_reason, len(found.choices[0].message.content.split())) == ("stop", 3000)
    assert await held(town) == 0


async def test_a_personas_budget_holds_for_whoever_asks_it_however_it_is_written(town: Town) -> None:
    async with served(town) as program:
        await command(town, "Ada", "#general", "/persona copy concise Terse")
        await command(town, "Ada", "#general", "/threadbot budget 500 tokens per day persona terse")
        codes = []
        for _ in range(6):
            try:
                await complete(program, model="Terse", max_tokens=20)
                codes.append("")
            except openai.RateLimitError as no:
                codes.append(str(no.code))
        assert (await complete(program, model="concise")).choices

    assert codes[0] == ""
    assert codes[-1] == "insufficient_quota"


@pytest.mark.parametrize("limit", [{"limit_person_minute": 1}, {"fuse_calls_hour": 1}])
async def test_who_asks_too_often_is_told_when_to_come_back(town: Town, limit: dict[str, int]) -> None:
    async with served(town, BEN, **limit) as program:
        await complete(program)
        no = await refused(program)
        asked = len(town.model.requests)
        operator = Program(program.http, await make_token(town.redis_url))
        if "fuse_calls_hour" in limit:
            assert (await refused(operator)).status_code == 429, "the fuse is the whole workspace's"
        else:
            for _ in range(3):
                assert (await complete(operator)).choices, "the operator is no person"

    assert (no.code, no.type) == ("rate_limit_exceeded", "rate_limit_error")
    assert 0 < int(no.response.headers["Retry-After"]) <= 3660
    assert asked == 1


async def test_as_many_at_once_as_may_be(town: Town) -> None:
    town.model.hold()
    async with served(town, BEN, limit_person_at_once=1) as program:
        first = asyncio.ensure_future(complete(program))
        await town.model.wait_for(lambda: town.model.running == 1)
        no = await refused(program)
        town.model.release()
        assert (await first).choices
        assert (await complete(program)).choices

    assert int(no.response.headers["Retry-After"]) == 2


async def test_the_file_of_what_was_used_names_tokens(town: Town) -> None:
    async with served(town) as program:
        await complete(program)
        await command(town, "Ada", "#general", "/threadbot usage all csv")
        [file] = await town.slack.wait_for(lambda: files(town, "D0000000ADA"), description="the file")
        content = town.slack.workspace.files[file["id"]].content.decode()

    [row] = [row for row in csv.DictReader(io.StringIO(content)) if row["dimension"] == "channel"]
    assert row["id"].startswith("A")
    assert row["name"] == f"test-{row['id'][1:]}"
