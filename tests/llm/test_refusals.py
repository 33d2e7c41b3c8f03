"""Errors in every provider's shape, over a real socket: what they mean, and what is asked in another form."""

import json
from typing import Any

import pytest

from bot.conversation.prompt import Ask, Said
from bot.errors import BotError, Busy, TooLong, Unanswerable, Unavailable
from bot.llm.refusals import Refusal
from tests.llm.asking import MARKS, QUESTION, Asker, ask, failure, served
from tests.llm.test_chunks import event
from threadbot_sandbox.completion import Json
from threadbot_sandbox.model import Reply, SmallModel


def openai(message: str, **more: Any) -> Json:
    return {"error": {"message": message, **more}}


def google(code: int, message: str, status: str = "INVALID_ARGUMENT", **more: Any) -> list[Json]:
    return [{"error": {"code": code, "message": message, "status": status, **more}}]


def fastapi(field: str, kind: str = "extra_forbidden", said: str = "Extra inputs are not permitted") -> Json:
    return {"detail": [{"type": kind, "loc": ["body", field], "msg": said, "input": {"include_usage": True}}]}


TOO_LONG, CREDIT, KEY, MISSING, FILTERED = (
    (TooLong, "model.too-long"),
    (Unanswerable, "model.no-credit"),
    (Unanswerable, "model.key"),
    (Unanswerable, "model.missing"),
    (Unanswerable, "model.filtered"),
)
BUSY, DOWN, REJECTED = (
    (Busy, "model.busy"),
    (Unavailable, "model.unreachable"),
    (Unanswerable, "model.rejected"),
)
SAID: list[tuple[int, Any, tuple[type[BotError], str]]] = [
    # too long
    (400, google(400, "The input token count (33000) exceeds the maximum number of tokens allowed (8192)."), TOO_LONG),
    (400, {"type": "error", "error": {"type": "invalid", "message": "prompt is too long: 9 tokens > 8"}}, TOO_LONG),
    (400, openai("Input is too long for requested model."), TOO_LONG),
    (413, openai("Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 9000"), TOO_LONG),
    (429, openai("Request too large for m: Limit 6000, Requested 9000", code="rate_limit_exceeded"), TOO_LONG),
    (400, openai("litellm.ContextWindowExceededError: this is a mock context window exceeded error"), TOO_LONG),
    (422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096"}, TOO_LONG),
    (400, {"object": "error", "message": "This model's maximum context length is 4096 tokens.", "code": 400}, TOO_LONG),
    (400, {"message": "too many tokens: total number of tokens in the prompt cannot exceed 4081"}, TOO_LONG),
    (400, openai("Invalid 'messages[1].content': string too long.", code="string_above_max_length"), TOO_LONG),
    (400, "the request exceeds the available context size", TOO_LONG),
    (413, {"error": {"code": "tokens_limit_reached", "message": "Request body too large. Max size: 8000."}}, TOO_LONG),
    (413, "<html><head><title>413 Request Entity Too Large</title></head></html>", TOO_LONG),
    (400, openai("Provider returned error", metadata={"raw": '{"message": "maximum context length is 9"}'}), TOO_LONG),
    # out of credit
    (402, openai("Insufficient Balance", code="invalid_request_error"), CREDIT),
    (402, openai("This request requires more credits, or fewer max_tokens.", code=402), CREDIT),
    (402, "", CREDIT),
    (400, openai("Your credit balance is too low to access the Anthropic API."), CREDIT),
    (403, openai("Your account balance is insufficient", type="access_denied"), CREDIT),
    (429, openai("You exceeded your current quota, please check your plan.", code="insufficient_quota"), CREDIT),
    (400, openai("Budget has been exceeded! Current cost: 2.0, Max budget: 1.0", type="budget_exceeded"), CREDIT),
    (429, openai("Your account org-1 is suspended, please check your plan and billing details"), CREDIT),
    (429, openai("Your account is not active, please check your billing.", code="billing_not_active"), CREDIT),
    (429, {"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值。"}}, CREDIT),
    (400, openai("Access denied, please make sure your account is in good standing.", code="Arrearage"), CREDIT),
    (403, openai("Key limit exceeded (monthly limit). Manage it in your settings", code=403), CREDIT),
    (400, openai("ExceededBudget: User=u over budget. Spend=2.0, Budget=1.0", type="budget_exceeded"), CREDIT),
    # the key
    (400, google(400, "API key not valid. Please pass a valid API key.", details=[{"reason": "API_KEY_INVALID"}]), KEY),
    (400, openai("Authentication Error, Invalid proxy server token passed."), KEY),
    (400, openai("No connected db.", type="no_db_connection", code="400"), KEY),
    (401, {"detail": "Unauthorized"}, KEY),
    (403, {"message": "Forbidden"}, KEY),
    (401, "", KEY),
    # no such model
    (400, openai("acme/none is not a valid model ID", code=400), MISSING),
    (400, openai("/chat/completions: Invalid model name passed in model=none."), MISSING),
    (404, {"error": "model 'none' not found, try pulling it first"}, MISSING),
    (404, {"object": "error", "message": "The model `none` does not exist.", "code": 404}, MISSING),
    (400, openai("The model `old` has been decommissioned and is no longer supported."), MISSING),
    (404, "<html>not here</html>", MISSING),
    (401, openai("team not allowed to access model. Tried to access b", type="team_model_access_denied"), MISSING),
    (403, openai("key not allowed to access model. This key can only access a", code="403"), MISSING),
    (403, openai("Project `p` does not have access to model `m`", code="model_not_found"), MISSING),
    (405, {"detail": "Method Not Allowed"}, MISSING),
    (410, {"detail": "The model has reached its end of life"}, MISSING),
    (200, {"error": "Unexpected endpoint or method. (POST /chat/completions). Returning 200 anyway"}, MISSING),
    (400, openai("The chatCompletion operation does not work with the specified model, ada."), MISSING),
    # filtered
    (403, openai("Your chosen model requires moderation and your input was flagged", code=403), FILTERED),
    (400, openai("It was filtered", innererror={"code": "ResponsibleAIPolicyViolation"}), FILTERED),
    (400, openai("Output data may contain inappropriate content.", code="DataInspectionFailed"), FILTERED),
    (400, {"code": "data_inspection_failed", "message": "Input data may contain inappropriate content."}, FILTERED),
    # over the rate
    (429, {"message": "Too Many Requests"}, BUSY),
    (429, google(429, "You exceeded your current quota. Please retry in 7.5s.", "RESOURCE_EXHAUSTED"), BUSY),
    (400, openai("Rate limit reached for model"), BUSY),
    # down
    (503, openai("The model is overloaded. Please try again later.", status="UNAVAILABLE"), DOWN),
    (529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, DOWN),
    (500, openai("Internal server error"), DOWN),
    # anything else
    (400, openai("Something else"), REJECTED),
    (422, {"detail": "Something else"}, REJECTED),
    (418, "", REJECTED),
    (403, openai("Country, region, or territory not supported", code="unsupported_country_region_territory"), REJECTED),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "meaning"), SAID, ids=lambda value: str(value)[:70])
async def test_what_an_error_means_in_any_providers_shape(
    status: int, body: Any, meaning: tuple[type[BotError], str]
) -> None:
    sent = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    async with served(sent, "application/json", status=f"{status} Said") as there:
        error = await failure(there)

    assert (type(error), error.sentence) == meaning


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        ({"code": 402, "message": "Insufficient credits"}, CREDIT),
        ({"code": 429, "message": "slow down"}, BUSY),
        ({"code": 403, "message": "your input was flagged", "metadata": {"reasons": ["violence"]}}, FILTERED),
        ({"message": "prompt is too long: 9 tokens > 8 maximum"}, TOO_LONG),
        ({"code": 502, "message": "Provider returned error"}, DOWN),
        ("overloaded", DOWN),
    ],
)
@pytest.mark.parametrize("streamed", [True, False])
async def test_an_error_in_place_of_an_answer_means_the_same(
    error: Any, meaning: tuple[type[BotError], str], streamed: bool
) -> None:
    body = event(error=error) if streamed else json.dumps({"error": error}).encode()
    async with served(body) as there:
        told = await failure(there)

    assert (type(told), told.sentence) == meaning


async def test_a_filter_that_leaves_nothing_is_told_as_one() -> None:
    body = event(choices=[{"delta": {}, "finish_reason": "content_filter: SAFETY"}])
    async with served(body) as there:
        assert (await there()).finished.reason == "content_filter"


@pytest.mark.parametrize(
    ("body", "after"),
    [
        (google(429, "Quota", details=[{"@type": "RetryInfo", "retryDelay": "42s"}]), 42.0),
        (openai("Rate limit reached. Please try again in 20s."), 20.0),
        (openai("Rate limit reached. Please try again in 250ms."), 0.25),
        (openai("Please retry after 37 seconds."), 37.0),
        (openai("Please try again in 2 minutes."), 120.0),
        (openai("Please slow down."), 5.0),
    ],
)
async def test_when_to_try_again_is_read_from_the_words_too(body: Any, after: float) -> None:
    async with served(json.dumps(body).encode(), status="429 Busy") as there:
        error = await failure(there)

    assert isinstance(error, Unavailable)
    assert error.after == after


# -- asked in another form --

STRICT = [
    (422, fastapi("stream_options")),
    (400, {"object": "error", "message": "[{'loc': ('body', 'stream_options'), 'msg': 'Extra inputs'}]", "code": 400}),
    (400, {"error": {"message": "Invalid: unknown field", "param": "#/stream_options"}}),
    (400, openai("Unrecognized request argument supplied: stream_options")),
    (422, {"message": {"detail": [{"loc": ["body", "stream_options"], "msg": "extra fields not permitted"}]}}),
]


@pytest.mark.parametrize(("status", "body"), STRICT, ids=lambda value: str(value)[:50])
async def test_a_parameter_is_found_wherever_the_server_names_it(
    asker: Asker, model: SmallModel, status: int, body: Json
) -> None:
    model.enqueue(Reply(status=status, error=body), "first", "second")

    assert [(await asker()).text, (await asker()).text] == ["first", "second"]
    assert ["stream_options" in request for request in model.requests] == [True, False, False]


async def test_a_parameter_with_an_everyday_name_is_found_by_its_place(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply(status=422, error=fastapi("stop")), "Hello")

    assert (await asker(ask(stop=["END"]))).text == "Hello"
    assert "stop" not in model.requests[-1]


NO_SYSTEM = [
    (400, openai("System role not supported", type="BadRequestError", code=400)),
    (400, openai("Developer instruction is not enabled for models/gemma-3-27b-it")),
    (400, openai("Only user and assistant roles are supported!")),
    (400, openai("system messages are not supported by this model")),
    (500, {"error": {"code": 500, "message": "Jinja Exception: System role not supported", "type": "server_error"}}),
    (400, {"object": "error", "message": "Conversation roles must alternate user/assistant/user/...", "code": 400}),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body"), NO_SYSTEM, ids=lambda value: str(value)[:60])
async def test_without_a_system_role_the_prompt_stands_in_the_first_message(
    asker: Asker, model: SmallModel, status: int, body: Json
) -> None:
    model.enqueue(Reply(status=status, error=body), "first", "second")

    assert [(await asker()).text, (await asker()).text] == ["first", "second"]
    folded = [{"role": "user", "content": f"Be brief.\n\n{QUESTION}"}]
    assert [request["messages"] == folded for request in model.requests] == [False, True, True]


async def test_where_roles_must_alternate_neighbours_are_joined(asker: Asker, model: SmallModel) -> None:
    said = openai("After the optional system message, conversation roles must alternate user/assistant")
    model.enqueue(Reply(status=400, error=said), "first", "second")
    asked = Ask("m", (Said("system", "Be brief."), Said("user", "a"), Said("user", "b")), {}, marks=MARKS)

    assert [(await asker(asked)).text, (await asker(asked)).text] == ["first", "second"]
    assert [[m["role"] for m in request["messages"]] for request in model.requests[1:]] == [["system", "user"]] * 2
    assert model.requests[1]["messages"][1]["content"] == "a\n\nb"


NO_STREAM = [
    (400, openai("Your organization must be verified to stream this model.", param="stream", code="unsupported_value")),
    (400, openai("Streaming is not supported for this model")),
    (422, fastapi("stream")),
    (501, openai("stream=true is not supported")),
]


@pytest.mark.parametrize(("status", "body"), NO_STREAM, ids=lambda value: str(value)[:60])
async def test_a_model_that_may_not_stream_is_asked_without(
    asker: Asker, model: SmallModel, status: int, body: Json
) -> None:
    model.enqueue(Reply(status=status, error=body), "first", "second")

    assert [(await asker()).text, (await asker()).text] == ["first", "second"]
    assert ["stream" in request for request in model.requests] == [True, False, False]
    assert "stream_options" not in model.requests[-1]


@pytest.mark.parametrize(
    ("error", "changed"),
    [
        ({"message": "litellm.BadRequestError: System role not supported", "code": "400"}, ("messages", 1)),
        ({"message": "Unsupported parameter: 'seed' is not supported with this model."}, ("seed", None)),
        ({"message": "Streaming is not supported for this model", "code": 400}, ("stream", None)),
    ],
)
async def test_a_refusal_in_place_of_an_answer_teaches_the_same(
    asker: Asker, model: SmallModel, error: Json, changed: tuple[str, int | None]
) -> None:
    model.enqueue(Reply(pieces=["never"], error={"error": error}, error_event_after=0), "Hello")

    assert (await asker(ask(seed=1))).text == "Hello"
    sent = model.requests[-1].get(changed[0])
    assert (len(sent) if isinstance(sent, list) else sent) == changed[1]
    assert len(model.requests) == 2


async def test_what_one_model_refuses_another_is_asked(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply(status=400, error=openai("System role not supported")), "first", "second")
    await asker()
    await asker(Ask("another", (Said("system", "Be brief."), Said("user", "a")), {}, marks=MARKS))

    assert model.requests[-1]["messages"][0]["role"] == "system"


def test_only_the_beginning_of_an_error_is_looked_at() -> None:
    refusal = Refusal.of(400, {"a": ["x" * 10_000] * 10, "b": "prompt is too long"})

    assert len(refusal.words) <= 4_000
    assert refusal.meaning == "rejected"


@pytest.mark.parametrize("body", [None, 7, [], {}, {"error": None}, {"error": []}, [[]], {"error": {"error": {}}}])
def test_an_odd_body_says_no_more_than_its_status(body: Any) -> None:
    assert Refusal.of(400, body).meaning == "rejected"
