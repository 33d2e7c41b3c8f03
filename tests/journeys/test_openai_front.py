"""Programs that speak OpenAI's API, with its own client."""

import asyncio
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.api import Program, make_token, served
from tests.town import Town, wait_until
from threadbot_sandbox.model import Reply

ASK: list[Any] = [{"role": "user", "content": "tell me a joke"}]


@pytest.fixture
async def program(town: Town) -> Any:
    async with served(town) as found:
        yield found


@pytest.fixture
async def client(program: Program) -> Any:
    base = f"{str(program.http._base_url).rstrip('/')}/v1"
    async with AsyncOpenAI(api_key=program.token, base_url=base, max_retries=0) as found:
        yield found


async def test_personas_are_models(client: AsyncOpenAI) -> None:
    models = [model.id async for model in client.models.list()]

    assert {"default", "small-model", "concise", "shakespearean"} <= set(models)
    assert (await client.models.retrieve("concise")).id == "concise"


async def test_a_conversation_is_answered_and_not_kept(client: AsyncOpenAI, town: Town, program: Program) -> None:
    town.model.enqueue(Reply("Forsooth."))
    said: list[Any] = [
        {"role": "system", "content": "Answer in one word."},
        {"role": "user", "content": "Hello <@U1> @{U1}"},
        {"role": "assistant", "content": "Hail."},
        {"role": "user", "content": [{"type": "text", "text": "And now?"}]},
    ]
    found = await client.chat.completions.create(model="shakespearean", messages=said, temperature=0.5, max_tokens=9)
    request = town.model.requests[-1]
    system, *rest = request["messages"]

    assert found.choices[0].message.content == "Forsooth."
    assert (found.choices[0].finish_reason, found.model, found.object) == ("stop", "shakespearean", "chat.completion")
    assert found.usage is not None
    assert found.usage.total_tokens == found.usage.prompt_tokens + found.usage.completion_tokens > 0
    assert system["content"].index("Shakespeare") < system["content"].index("Answer in one word.")
    assert [each["content"] for each in rest] == ["Hello <@U1> @{U1}", "Hail.", "And now?"]
    assert (request["max_tokens"], request["stream"]) == (9, True)
    assert (await program.get("/threads")).data == []


async def test_an_answer_is_streamed(client: AsyncOpenAI, town: Town) -> None:
    town.model.enqueue(Reply("One two three four five.", tokens_per_second=10))
    usage: dict[str, bool] = {"include_usage": True}
    stream: Any = await client.chat.completions.create(
        model="default",
        messages=ASK,
        stream=True,
        stream_options=usage,  # type: ignore[call-overload]
    )
    chunks = [chunk async for chunk in stream]
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]

    assert "".join(pieces) == "One two three four five."
    assert sum(map(bool, pieces)) > 2
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage.total_tokens > 0
    assert len({chunk.id for chunk in chunks}) == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_a_providers_failure_is_a_bad_gateway(client: AsyncOpenAI, town: Town, stream: bool) -> None:
    town.model.enqueue(
        *[Reply("", status=401, error={"error": {"message": "sentinel", "code": "invalid_api_key"}})] * 3
    )
    with pytest.raises(openai.APIStatusError) as refused:
        await client.chat.completions.create(model="default", messages=ASK, stream=stream)

    assert refused.value.status_code == 502
    assert isinstance(refused.value.body, dict)
    assert refused.value.body["type"] == "server_error"
    assert "sentinel" not in str(refused.value.body)


async def test_errors_have_their_own_classes(client: AsyncOpenAI, program: Program) -> None:
    with pytest.raises(openai.NotFoundError) as unknown:
        await client.chat.completions.create(model="gpt-4", messages=ASK)
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(model="default", messages=[{"role": "assistant", "content": "hi"}])
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(model="default", messages=ASK, n=2)
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(model="default", messages=ASK, temperature=7)
    with pytest.raises(openai.APIStatusError) as large:
        await client.chat.completions.create(model="default", messages=[{"role": "user", "content": "x" * 1_100_000}])
    with pytest.raises(openai.AuthenticationError):
        await client.with_options(api_key="tb_nonsense").models.list()

    assert unknown.value.code == "model_not_found"
    assert large.value.status_code == 413


async def test_a_token_that_may_only_read_asks_nothing(client: AsyncOpenAI, town: Town) -> None:
    token = await make_token(town.redis_url, rights=("threads:read",))
    with pytest.raises(openai.PermissionDeniedError):
        await client.with_options(api_key=token).chat.completions.create(model="default", messages=ASK)
    assert town.model.requests == []


@pytest.mark.parametrize("stream", [False, True])
async def test_who_goes_takes_the_answer_along(client: AsyncOpenAI, town: Town, stream: bool) -> None:
    town.model.enqueue(Reply("One two three four", stall_after=2))
    asking = asyncio.ensure_future(_read(client, stream))
    await town.model.wait_for(lambda: town.model.stalled == 1)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    await town.model.wait_for(lambda: len(town.model.cancelled) == 1)
    await wait_until(lambda: town.model.running == 0, "the model is let go")


async def _read(client: AsyncOpenAI, stream: bool) -> None:
    found: Any = await client.chat.completions.create(model="default", messages=ASK, stream=stream)
    if stream:
        async for _ in found:
            pass


async def test_what_it_took_is_booked(client: AsyncOpenAI, town: Town, program: Program) -> None:
    ben = Program(program.http, await make_token(town.redis_url, "U0000000BEN"))
    await client.with_options(api_key=ben.token).chat.completions.create(model="concise", messages=ASK)
    thread = await program.thread()
    await program.say(thread, "hello")
    await program.answered(thread)

    from tests.responder import command

    assert "1 answer" in await command(town, "Ben", "#general", "/threadbot usage")
    assert "2 answers" in await command(town, "Ada", "#general", "/threadbot usage all")
