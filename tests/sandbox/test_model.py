"""The small model, through the client the bot uses: what it answers, and every way it can fail."""

import asyncio
import json
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from threadbot_sandbox import completion
from threadbot_sandbox.model import Reply, SmallModel

ASK: list[Any] = [{"role": "user", "content": "Hello there"}]


async def chunks(client: openai.AsyncOpenAI, **options: Any) -> list[ChatCompletionChunk]:
    """Every chunk of one stream, until it ends or fails."""
    got: list[ChatCompletionChunk] = []
    await into(got, client, **options)
    return got


async def into(got: list[ChatCompletionChunk], client: openai.AsyncOpenAI, **options: Any) -> None:
    stream = await client.chat.completions.create(**{"model": "m", "messages": ASK, "stream": True, **options})
    async with stream:
        async for chunk in stream:
            got.append(chunk)


def text_of(got: list[ChatCompletionChunk]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in got if chunk.choices)


# -- answers --


async def test_a_stream_is_role_then_text_then_reason_then_usage(model: SmallModel, client: openai.AsyncOpenAI) -> None:
    model.enqueue(Reply(pieces=["Hel", "lo"]))

    role, first, second, end, usage = await chunks(client, stream_options={"include_usage": True})

    assert role.choices[0].delta.role == "assistant"
    assert [first.choices[0].delta.content, second.choices[0].delta.content] == ["Hel", "lo"]
    assert end.choices[0].finish_reason == "stop"
    assert usage.choices == []
    assert usage.usage is not None
    assert usage.usage.completion_tokens == 2


async def test_a_whole_answer(model: SmallModel, client: openai.AsyncOpenAI) -> None:
    model.enqueue("Hello, you")

    answer = await client.chat.completions.create(model="m", messages=ASK)

    assert answer.choices[0].message.content == "Hello, you"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 2


async def test_scripted_replies_go_first_and_in_order(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    model.think = lambda request: f"thought about {request['messages'][-1]['content']}"
    model.enqueue("one", {"text": "two"})

    said = [text_of(await chunks(client)) for _ in range(3)]

    assert said == ["one", "two", "thought about Hello there"]
    assert [request["messages"] for request in model.requests] == [ASK] * 3
    assert model.headers[0]["authorization"] == "Bearer sandbox"


async def test_the_part_that_a_former_request_began_with_counts_as_cached(
    client: openai.AsyncOpenAI, model: SmallModel
) -> None:
    first = await client.chat.completions.create(model="m", messages=ASK)
    longer = [*ASK, {"role": "assistant", "content": "Hi"}, {"role": "user", "content": "Again"}]
    second = await client.chat.completions.create(model="m", messages=longer)

    assert first.usage is not None
    assert first.usage.prompt_tokens_details is not None
    assert first.usage.prompt_tokens_details.cached_tokens == 0
    assert second.usage is not None
    assert second.usage.prompt_tokens_details is not None
    assert second.usage.prompt_tokens_details.cached_tokens == completion.tokens_in(ASK[0])


@pytest.mark.parametrize(
    ("options", "text", "reason"),
    [
        ({"max_tokens": 2}, "one two", "length"),
        ({"max_completion_tokens": 9}, "one two three four", "stop"),
        ({"stop": [" four", " three"]}, "one two", "stop"),
        ({"stop": "nine"}, "one two three four", "stop"),
    ],
)
async def test_an_answer_ends_where_the_request_says(
    client: openai.AsyncOpenAI, model: SmallModel, options: dict[str, Any], text: str, reason: str
) -> None:
    model.enqueue("one two three four")

    got = await chunks(client, **options)

    assert text_of(got) == text
    assert got[-1].choices[0].finish_reason == reason


async def test_n_answers_come_as_n_choices(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    got = await chunks(client, n=2)

    assert {chunk.choices[0].index for chunk in got} == {0, 1}
    assert (await client.chat.completions.create(model="m", messages=ASK, n=3)).choices[2].index == 2


@pytest.mark.parametrize("text", ["", "  two  spaces\n\n", "x" * 50, "Grüße 👩‍👩‍👧 “quoted” \\ \x00", "日本語" * 9])
async def test_any_text_arrives_unchanged(client: openai.AsyncOpenAI, model: SmallModel, text: str) -> None:
    assert "".join(completion.pieces_of(text)) == text
    model.enqueue(text)

    assert text_of(await chunks(client)) == text


async def test_pace(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    """Eleven tokens at a hundred a second span a tenth of a second, after the wait for the first."""
    model.enqueue(Reply(pieces=["x"] * 11, tokens_per_second=100, first_token_after=0.1))
    clock = asyncio.get_running_loop().time
    begin = clock()

    await chunks(client)

    assert 0.19 < clock() - begin < 0.6


async def test_held_requests_are_taken_and_answered_on_release(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    model.hold()
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(chunks(client)) for _ in range(3)]
        await model.wait_for(lambda: model.running == 3, description="three requests")
        assert model.finished == 0
        model.release()

    assert all(text_of(task.result()) == "You said: Hello there" for task in asked)


async def test_waiting_in_vain_says_for_what(model: SmallModel) -> None:
    with pytest.raises(TimeoutError, match="for a request: 0 requests"):
        await model.wait_for(lambda: bool(model.requests), timeout=0.01, description="a request")


async def test_a_client_that_leaves_is_noticed(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    model.enqueue(Reply(pieces=["a", "b"], stall_after=1))
    stream = await client.chat.completions.create(model="m", messages=ASK, stream=True)
    await anext(aiter(stream))
    await stream.close()

    await model.wait_for(lambda: len(model.cancelled) == 1, description="the client to be missed")

    assert (model.running, model.finished) == (0, 0)


async def test_a_client_that_leaves_while_held_is_noticed(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    model.hold()
    asked = asyncio.ensure_future(chunks(client))
    await model.wait_for(lambda: model.running == 1)
    asked.cancel()

    await model.wait_for(lambda: len(model.cancelled) == 1, description="the client to be missed")

    with pytest.raises(asyncio.CancelledError):
        await asked


# -- faults --


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, openai.BadRequestError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
async def test_an_error_status(
    client: openai.AsyncOpenAI, model: SmallModel, status: int, error: type[openai.APIStatusError]
) -> None:
    model.enqueue(Reply(status=status, headers={"Retry-After": "7"}))

    with pytest.raises(error) as caught:
        await chunks(client)

    assert caught.value.response.headers["retry-after"] == "7"
    assert caught.value.type


async def test_an_error_of_ones_own(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    body = completion.error(429, "No credit.", code="insufficient_quota")
    model.enqueue(Reply(status=429, error=body))

    with pytest.raises(openai.RateLimitError) as caught:
        await chunks(client)

    assert caught.value.code == "insufficient_quota"


async def test_a_gateways_html(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    model.enqueue(Reply(html_error=True))

    with pytest.raises(openai.InternalServerError) as caught:
        await chunks(client)

    assert caught.value.status_code == 502
    assert caught.value.code is None


async def test_a_wrong_key(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    with pytest.raises(openai.AuthenticationError) as caught:
        await chunks(client.with_options(api_key="sk-other-secret"))

    assert caught.value.code == "invalid_api_key"
    assert "secret" not in str(caught.value)
    assert model.requests == []


async def test_a_rejected_parameter_is_named_and_the_reply_kept(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    model.enqueue(Reply("at last", reject={"temperature"}))

    with pytest.raises(openai.BadRequestError) as caught:
        await chunks(client, temperature=0.2)

    assert (caught.value.param, caught.value.code) == ("temperature", "unsupported_parameter")
    assert text_of(await chunks(client)) == "at last"


@pytest.mark.parametrize("messages", [[], "text", None, ["text"]])
async def test_messages_that_are_none(client: openai.AsyncOpenAI, messages: Any) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.post("/chat/completions", body={"messages": messages}, cast_to=object)


async def test_a_refusal(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    model.enqueue(*[Reply(refusal="I'd rather not.")] * 2)

    got = await chunks(client)
    whole = await client.chat.completions.create(model="m", messages=ASK)

    assert "".join(chunk.choices[0].delta.refusal or "" for chunk in got) == "I'd rather not."
    assert text_of(got) == ""
    assert (whole.choices[0].message.content, whole.choices[0].message.refusal) == (None, "I'd rather not.")


async def test_a_connection_cut_in_mid_stream(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    model.enqueue(Reply(pieces=["a", "b", "c"], cut_after=2))
    got: list[ChatCompletionChunk] = []

    with pytest.raises(openai.APIConnectionError):
        await into(got, client)

    assert text_of(got) == "ab"
    assert model.cancelled == []


async def test_a_connection_cut_in_a_whole_answer(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    model.enqueue(Reply("text", cut_after=0))

    with pytest.raises(openai.APIConnectionError):
        await client.chat.completions.create(model="m", messages=ASK)


async def test_an_end_without_done(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    model.enqueue(Reply(pieces=["a", "b"], end_without_done=True))

    got = await chunks(client, stream_options={"include_usage": True})

    assert text_of(got) == "ab"
    assert [chunk.choices[0].finish_reason for chunk in got] == [None, None, None]


@pytest.mark.parametrize("stream", [True, False])
async def test_broken_json(client: openai.AsyncOpenAI, model: SmallModel, stream: bool) -> None:
    model.enqueue(Reply(pieces=["a", "b"], broken_json_after=1))

    ask = chunks(client) if stream else client.chat.completions.create(model="m", messages=ASK)
    with pytest.raises(json.JSONDecodeError):
        await ask


async def test_an_error_event(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    model.enqueue(Reply(pieces=["a", "b"], error_event_after=1))
    got: list[ChatCompletionChunk] = []

    with pytest.raises(openai.APIError) as caught:
        await into(got, client)

    assert not isinstance(caught.value, openai.APIConnectionError)
    assert text_of(got) == "a"


async def test_empty_choices_come_first(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    model.enqueue(Reply("text", empty_choices_first=True))

    got = await chunks(client)

    assert got[0].choices == []
    assert text_of(got) == "text"


async def test_no_usage(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    model.enqueue(*[Reply("text", usage=False)] * 2)

    got = await chunks(client, stream_options={"include_usage": True})
    whole = await client.chat.completions.create(model="m", messages=ASK)

    assert all(chunk.usage is None for chunk in got)
    assert whole.usage is None


async def test_a_stall(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    model.enqueue(Reply(pieces=["a", "b"], stall_after=1, stall_seconds=5))
    got: list[ChatCompletionChunk] = []

    with pytest.raises(openai.APITimeoutError):
        await into(got, client.with_options(timeout=0.2))

    assert text_of(got) == "a"
    await model.wait_for(lambda: len(model.cancelled) == 1)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_stall_until_released(client: openai.AsyncOpenAI, model: SmallModel, stream: bool) -> None:
    model.enqueue(Reply(pieces=["a", "b"], stall_after=1))
    asked = asyncio.ensure_future(client.chat.completions.create(model="m", messages=ASK, stream=stream))
    await model.wait_for(lambda: model.stalled == 1, description="the stall")
    assert model.finished == 0

    model.release()

    await model.wait_for(lambda: model.finished == 1)
    answer = await asked
    if isinstance(answer, openai.AsyncStream):
        await answer.close()


# -- from another process --


async def test_it_can_be_steered_over_http(client: openai.AsyncOpenAI, model: SmallModel) -> None:
    host = client.with_options(base_url=str(client.base_url).removesuffix("v1/"))
    script = {"replies": ["one", {"text": "two", "reject": ["seed"]}]}
    told = await host.post("/sandbox/script", body=script, cast_to=object)

    assert told == {"ok": True, "queued": 2}
    assert text_of(await chunks(client)) == "one"
    with pytest.raises(openai.BadRequestError):
        await chunks(client, seed=1)
    seen: Any = await host.get("/sandbox/requests", cast_to=object)
    assert [request["messages"] for request in seen["requests"]] == [ASK, ASK]
    assert (seen["queued"], seen["finished"]) == (1, 1)


async def test_a_script_that_is_none_is_refused(client: openai.AsyncOpenAI) -> None:
    host = client.with_options(base_url=str(client.base_url).removesuffix("v1/"))

    for wrong in ({"replies": [{"tempo": 3}]}, {"replies": 3}, {}):
        with pytest.raises(openai.BadRequestError):
            await host.post("/sandbox/script", body=wrong, cast_to=object)


async def test_the_rest_of_the_api(client: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == ["small-model"]
    with pytest.raises(openai.NotFoundError):
        await client.embeddings.create(model="m", input="text")
