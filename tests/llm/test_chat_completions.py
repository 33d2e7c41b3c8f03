"""The model's edge, with a real server at the other end that answers, and fails, as it is told."""

import asyncio
import logging
from contextlib import aclosing
from dataclasses import replace

import pytest

from bot.conversation.pieces import Finished, Text
from bot.conversation.tokens import Usage
from bot.errors import BotError, Busy, Late, TooLong, Unanswerable, Unavailable
from bot.llm.chat_completions import Timing
from bot.wording.en import WORDS
from tests.llm.asking import QUESTION, Asker, ask, dripping, failure, served
from tests.llm.test_chunks import DONE, END, delta
from threadbot_sandbox import completion
from threadbot_sandbox.completion import Json
from threadbot_sandbox.model import Reply, SmallModel

PROVIDERS_WORDS = "Something is wrong with sk-secret-123456 of org-acme"


# -- answers --


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_its_reason_and_its_usage(asker: Asker, model: SmallModel, stream: bool) -> None:
    model.enqueue(Reply(pieces=["Hel", "lo ", "👩‍👩‍👧"]))

    told = await (asker if stream else asker.whole())()

    assert told.text == "Hello 👩‍👩‍👧"
    assert told.finished.reason == "stop"
    assert told.finished.model == "small-model"
    assert told.finished.usage is not None
    assert told.finished.usage.output == 3
    assert bool(model.requests[0].get("stream")) is stream


async def test_text_is_passed_on_as_soon_as_it_comes(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply(pieces=["first", "second"], stall_after=1))

    async with aclosing(asker.server.stream(ask())) as events:
        first = await anext(events)
        await model.wait_for(lambda: model.stalled == 1, description="the rest to be held back")
        model.release()
        rest = [event async for event in events]

    assert first == Text("first")
    assert rest[0] == Text("second")


async def test_the_request_carries_the_conversation_and_only_what_was_chosen(asker: Asker, model: SmallModel) -> None:
    await asker(replace(ask(temperature=0.2, stop=["END"]), user="hash"))

    assert model.requests[0] == {
        "model": "small-model",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.2,
        "stop": ["END"],
        "user": "hash",
    }


@pytest.mark.parametrize("stream", [True, False])
async def test_several_answers_are_told_apart(asker: Asker, model: SmallModel, stream: bool) -> None:
    model.enqueue("Hello you")

    told = await (asker if stream else asker.whole())(ask(n=3))

    assert told.text == "Hello you"
    assert told.others == {1: "Hello you", 2: "Hello you"}


async def test_tokens_that_the_server_had_cached_are_reported(asker: Asker) -> None:
    first, second = await asker(), await asker()

    assert first.finished.usage is not None
    assert first.finished.usage.cached == 0
    assert second.finished.usage is not None
    assert 0 < second.finished.usage.cached <= second.finished.usage.input


async def test_a_server_that_cannot_stream_is_understood(asker: Asker, model: SmallModel) -> None:
    """It answers a request for a stream with one JSON object."""
    body = completion.Completion("c1", 0, "other-model").whole("Hello", "stop", completion.usage(7, 0, 1))
    async with served(body, "application/json") as there:
        told = await there()

    assert told.text == "Hello"
    assert told.finished == Finished("stop", Usage(7, 1), "other-model")


# -- answers that lack something --


@pytest.mark.parametrize("stream", [True, False])
async def test_usage_that_was_not_reported_is_unknown(asker: Asker, model: SmallModel, stream: bool) -> None:
    model.enqueue(Reply("Hello", usage=False))

    told = await (asker if stream else asker.whole())()

    assert told.text == "Hello"
    assert told.finished.usage is None


async def test_chunks_without_choices_are_passed_over(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply("Hello", empty_choices_first=True))

    assert (await asker()).text == "Hello"


@pytest.mark.parametrize("stream", [True, False])
async def test_a_refusal_is_shown_as_the_answer(asker: Asker, model: SmallModel, stream: bool) -> None:
    model.enqueue(Reply(refusal="I would rather not."))

    assert (await (asker if stream else asker.whole())()).text == "I would rather not."


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_why_an_answer_ended_is_told(asker: Asker, model: SmallModel, reason: str) -> None:
    model.enqueue(Reply("Hello", finish_reason=reason))

    assert (await asker()).finished.reason == reason


async def test_an_answer_without_any_text_is_told_as_such(asker: Asker, model: SmallModel) -> None:
    """A reasoning model may spend its whole limit on thinking."""
    model.enqueue(Reply("", finish_reason="length"))

    told = await asker()

    assert (told.text, told.finished.reason) == ("", "length")


async def test_a_stream_that_ends_early_has_no_reason(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply("Hello", end_without_done=True))

    told = await asker()

    assert told.text == "Hello"
    assert told.finished.reason is None


async def test_a_chunk_that_is_not_json_is_left_out_and_logged(
    asker: Asker, model: SmallModel, caplog: pytest.LogCaptureFixture
) -> None:
    model.enqueue(Reply(pieces=["Hel", "lo"], broken_json_after=1))

    told = await asker()

    assert told.text == "Hello"
    assert told.finished.reason == "stop"
    assert [record.getMessage() for record in caplog.records] == ["malformed chunks left out"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{}", "application/json"),
        (b'{"choices": null, "usage": null}', "application/json"),
        (b'{"choices": []}', "application/json"),
        (b"", "text/event-stream"),
        (b"data: {}\n\ndata: [DONE]\n\n", "text/event-stream"),
    ],
)
async def test_an_answer_without_choices_is_a_failure_in_passing(body: bytes, kind: str) -> None:
    async with served(body, kind) as there:
        error = await failure(there)

    assert isinstance(error, Unavailable)
    assert "broke off before" in WORDS.label(error.sentence)


# -- failures before the first text --


@pytest.mark.parametrize(
    ("status", "code", "meaning", "shown"),
    [
        (400, None, Unanswerable, "did not accept my request"),
        (400, "content_filter", Unanswerable, "content filter"),
        (400, "context_length_exceeded", TooLong, "more text"),
        (401, "invalid_api_key", Unanswerable, "key"),
        (402, None, Unanswerable, "operator"),
        (403, None, Unanswerable, "key"),
        (404, "model_not_found", Unanswerable, "does not exist"),
        (408, None, Unavailable, "later"),
        (409, None, Unavailable, "later"),
        (413, None, TooLong, "more text"),
        (422, None, Unanswerable, "did not accept my request"),
        (429, "rate_limit_exceeded", Busy, "busy"),
        (429, "insufficient_quota", Unanswerable, "credit"),
        (500, None, Unavailable, "not reachable"),
        (503, None, Unavailable, "not reachable"),
    ],
)
async def test_what_an_error_status_means_for_the_person(
    asker: Asker,
    model: SmallModel,
    caplog: pytest.LogCaptureFixture,
    status: int,
    code: str | None,
    meaning: type[BotError],
    shown: str,
) -> None:
    model.enqueue(Reply(status=status, error=completion.error(status, PROVIDERS_WORDS, code=code)))

    error = await failure(asker)

    assert type(error) is meaning
    assert shown in WORDS.label(error.sentence)
    assert f"status {status}" in error.detail
    for told in (str(error), error.detail, caplog.text):
        assert "secret" not in told
        assert "acme" not in told


@pytest.mark.parametrize(
    "error",
    [
        {"message": "the request exceeds the available context size", "type": "exceed_context_size_error"},
        {"message": "This model's maximum context length is 4096 tokens.", "type": "BadRequestError", "code": 400},
    ],
    ids=["llama.cpp", "vLLM"],
)
@pytest.mark.parametrize("in_stream", [False, True])
async def test_too_long_a_prompt_in_other_servers_words(
    asker: Asker, model: SmallModel, error: Json, in_stream: bool
) -> None:
    said = {"error": error}
    model.enqueue(Reply(error=said, error_event_after=0) if in_stream else Reply(error=said, status=400))

    assert isinstance(await failure(asker), TooLong)


async def test_azures_content_filter_is_known_by_its_words(asker: Asker, model: SmallModel) -> None:
    words = "The response was filtered due to Azure OpenAI's content management policy."
    model.enqueue(Reply(status=400, error=completion.error(400, words)))

    assert "content filter" in WORDS.label((await failure(asker)).sentence)


async def test_a_gateways_page_means_try_again(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply(html_error=True))

    error = await failure(asker)

    assert isinstance(error, Unavailable)
    assert "502" in error.detail
    assert "<html>" not in WORDS.label(error.sentence) + error.detail


@pytest.mark.parametrize(
    ("given", "after"),
    [("7", 7.0), ("0.5", 0.5), ("9999", 3600.0), ("-1", 5.0), ("nan", 5.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 5.0)],
)
async def test_a_busy_server_says_when_to_try_again(asker: Asker, model: SmallModel, given: str, after: float) -> None:
    model.enqueue(Reply(status=429, headers={"Retry-After": given}))

    error = await failure(asker)

    assert isinstance(error, Unavailable)
    assert error.after == after


async def test_a_failure_in_passing_is_tried_again_at_once(asker: Asker, model: SmallModel) -> None:
    asker.server.client = asker.server.client.with_options(max_retries=1)
    model.enqueue(Reply(status=503), "Hello")

    assert (await asker()).text == "Hello"
    assert len(model.requests) == 2


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (completion.error(500, PROVIDERS_WORDS), Unavailable),
        (completion.error(429, PROVIDERS_WORDS, code="insufficient_quota"), Unanswerable),
        ({"error": PROVIDERS_WORDS}, Unavailable),
    ],
)
async def test_an_error_event_before_any_text_is_a_failure(
    asker: Asker, model: SmallModel, error: Json, meaning: type[BotError]
) -> None:
    model.enqueue(Reply(pieces=["never"], error=error, error_event_after=0))

    failed = await failure(asker)

    assert type(failed) is meaning
    assert "secret" not in WORDS.label(failed.sentence) + failed.detail


async def test_an_error_in_a_whole_answer_is_a_failure() -> None:
    """OpenRouter answers 200 with an `error` in it."""
    async with served(b'{"error": {"code": 429, "message": "slow down"}}', "application/json") as there:
        error = await failure(there)

    assert isinstance(error, Unavailable)
    assert "code 429" in error.detail


@pytest.mark.parametrize("kind", ["text/html", "text/event-stream", "application/json", None])
async def test_a_page_in_place_of_an_answer_is_told_as_such(kind: str | None) -> None:
    async with served(b"<html>\n<p>Please log in</p>\n</html>", kind) as there:
        error = await failure(there)

    assert type(error) is Unanswerable
    assert "is no model" in WORDS.label(error.sentence)
    assert "log in" not in error.detail


@pytest.mark.parametrize("stream", [True, False])
async def test_a_connection_cut_before_any_text_is_a_failure(asker: Asker, model: SmallModel, stream: bool) -> None:
    model.enqueue(Reply("Hello", cut_after=0))

    assert isinstance(await failure(asker if stream else asker.whole()), Unavailable)


async def test_a_server_that_says_nothing_is_given_up(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply("Hello", stall_after=0))

    error = await failure(asker.impatient())

    assert isinstance(error, Unavailable)
    assert "in time" in WORDS.label(error.sentence)
    await model.wait_for(lambda: len(model.cancelled) == 1, description="the request to be cancelled")


@pytest.mark.parametrize("noise", [b": keep-alive\n\n", b'data: {"choices": [{"delta": {"content": ""}}]}\n\n'])
async def test_what_is_no_word_and_no_thought_is_no_sign_of_life(noise: bytes) -> None:
    async with dripping([noise] * 1000, every=0.02) as there:
        there.server.timing = Timing(first_token=0.3, silence=5.0)

        assert isinstance(await failure(there), Late)


async def test_thinking_that_arrives_is_a_sign_of_life() -> None:
    thought = b'data: {"choices": [{"delta": {"reasoning_content": "hm"}}]}\n\n'
    async with dripping([thought] * 20 + [delta("Paris.") + END + DONE], every=0.05) as there:
        there.server.timing = Timing(first_token=0.5, silence=5.0)

        assert (await there()).text == "Paris."


async def test_a_shorter_time_may_be_given(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply("Hello", stall_after=0))

    with pytest.raises(Late):
        await anext(asker.server.stream(ask(), within=0.1))


async def test_an_answer_in_one_piece_may_take_longer(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply("Hello", first_token_after=0.5))
    asker.server.timing = Timing(first_token=0.1, silence=0.1)

    assert (await asker.whole()()).text == "Hello"


@pytest.mark.parametrize("status", [429, 503])
async def test_the_client_does_not_wait_long_by_itself(asker: Asker, model: SmallModel, status: int) -> None:
    asker.server.client = asker.server.client.with_options(max_retries=2)
    model.enqueue(Reply(status=status, headers={"Retry-After": "59"}))

    error = await failure(asker)

    assert isinstance(error, Unavailable)
    assert error.after == 59.0
    assert len(model.requests) == 1


async def test_a_server_that_is_not_there(asker: Asker) -> None:
    asker.server.client = asker.server.client.with_options(base_url="http://127.0.0.1:9/v1")

    assert "not reachable" in WORDS.label((await failure(asker)).sentence)


async def test_a_wrong_key_is_the_operators_business(asker: Asker, caplog: pytest.LogCaptureFixture) -> None:
    asker.server.client = asker.server.client.with_options(api_key="sk-secret-123456")

    error = await failure(asker)

    assert isinstance(error, Unanswerable)
    assert "sk-s" not in WORDS.label(error.sentence) + error.detail + caplog.text


# -- failures after some text --


@pytest.mark.parametrize(
    "reply",
    [
        Reply(pieces=["Hel", "lo"], cut_after=1),
        Reply(pieces=["Hel", "lo"], error_event_after=1, error=completion.error(500, PROVIDERS_WORDS)),
        Reply(pieces=["Hel", "lo"], stall_after=1),
    ],
    ids=["cut", "error event", "silence"],
)
async def test_what_came_before_a_failure_is_kept(
    asker: Asker, model: SmallModel, caplog: pytest.LogCaptureFixture, reply: Reply
) -> None:
    model.enqueue(reply)

    told = await asker.impatient()()

    assert told.text == "Hel"
    assert told.interrupted.why
    [record] = [record for record in caplog.records if record.name.startswith("bot.")]
    assert record.getMessage() == "answer interrupted"
    assert "secret" not in str(vars(record)) + told.interrupted.why


async def test_how_the_connection_ends_does_not_matter_once_the_answer_is_complete() -> None:
    """A chunked body that is cut off after the last chunk of the answer."""
    wire = completion.Completion("c1", 0, "m")
    body = wire.opening() + b"".join(wire.texts(["Hello"])) + wire.closing("stop")
    async with served(body, "text/event-stream", missing=10) as there:
        told = await there()

    assert told.text == "Hello"
    assert told.finished.reason == "stop"


async def test_a_reader_that_leaves_cancels_the_request(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply(pieces=["Hel", "lo"], stall_after=1))

    async with aclosing(asker.server.stream(ask())) as events:
        await anext(events)

    await model.wait_for(lambda: len(model.cancelled) == 1, description="the request to be cancelled")


async def test_a_turn_that_is_cancelled_cancels_the_request(asker: Asker, model: SmallModel) -> None:
    model.hold()
    asking = asyncio.ensure_future(asker())
    await model.wait_for(lambda: model.running == 1, description="the request to arrive")
    asking.cancel()

    await model.wait_for(lambda: len(model.cancelled) == 1, description="the request to be cancelled")
    with pytest.raises(asyncio.CancelledError):
        await asking


# -- parameters that the server does not know --


async def test_an_unsupported_parameter_is_dropped_and_remembered(
    asker: Asker, model: SmallModel, caplog: pytest.LogCaptureFixture
) -> None:
    model.enqueue(Reply("first", reject={"temperature"}), "second")

    first, second = await asker(ask(temperature=0.2, seed=1)), await asker(ask(temperature=0.2, seed=1))

    assert (first.text, second.text) == ("first", "second")
    assert [("temperature" in request, "seed" in request) for request in model.requests] == [
        (True, True),
        (False, True),
        (False, True),
    ]
    assert [record.getMessage() for record in caplog.records] == ["not supported"]


async def test_what_one_model_does_not_know_another_may(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply("first", reject={"seed"}), "second")
    await asker(ask(seed=1))
    await asker(replace(ask(seed=1), model="another-model"))

    assert "seed" in model.requests[-1]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens")],
)
async def test_the_two_names_of_the_length_limit_stand_in_for_each_other(
    asker: Asker, model: SmallModel, ours: str, theirs: str
) -> None:
    model.enqueue(Reply("Hello", reject={ours}))

    await asker(ask(**{ours: 9}))

    assert model.requests[-1][theirs] == 9
    assert ours not in model.requests[-1]


async def test_the_length_limit_is_called_what_the_server_calls_it(asker: Asker, model: SmallModel) -> None:
    asker.server.limit = "max_completion_tokens"

    await asker(ask(max_tokens=9))

    assert (model.requests[-1]["max_completion_tokens"], "max_tokens" in model.requests[-1]) == (9, False)


async def test_a_server_that_knows_neither_name_gets_none(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply("Hello", reject={"max_tokens", "max_completion_tokens"}))

    assert (await asker(ask(max_tokens=9))).text == "Hello"
    assert not {"max_tokens", "max_completion_tokens"} & model.requests[-1].keys()
    assert len(model.requests) == 3


async def test_a_server_that_cannot_report_usage_still_streams(asker: Asker, model: SmallModel) -> None:
    model.enqueue(Reply("Hello", reject={"stream_options"}))

    told = await asker()

    assert told.text == "Hello"
    assert told.finished.usage is None
    assert model.requests[-1]["stream"] is True


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, {"message": "Unsupported value: 'temperature' does not support 0.2 with this model.", "code": None}),
        (400, {"message": "Unrecognized request argument supplied: temperature", "type": "invalid_request_error"}),
        (422, {"message": "[{'loc': ['body', 'temperature'], 'msg': 'Extra inputs are not permitted'}]"}),
    ],
    ids=["no code", "old OpenAI", "strict validation"],
)
async def test_a_parameter_is_known_from_the_words_where_it_is_not_named(
    asker: Asker, model: SmallModel, status: int, error: Json
) -> None:
    model.enqueue(Reply(status=status, error={"error": error}), "Hello")

    assert (await asker(ask(temperature=0.2))).text == "Hello"
    assert "temperature" not in model.requests[-1]


async def test_a_server_that_always_finds_something_is_not_asked_for_ever(asker: Asker, model: SmallModel) -> None:
    chosen = {"temperature": 1, "top_p": 1, "seed": 1, "stop": ["x"], "presence_penalty": 1, "frequency_penalty": 1}
    model.enqueue(Reply("never", reject=chosen.keys()))

    assert isinstance(await failure(asker, ask(**chosen)), Unanswerable)
    assert len(model.requests) == 6


async def test_a_refusal_that_names_nothing_of_ours_is_not_tried_again(asker: Asker, model: SmallModel) -> None:
    words = "Unsupported parameter: 'messages[0].content' is not supported."
    model.enqueue(Reply(status=400, error=completion.error(400, words, param="messages[0].content")))

    assert isinstance(await failure(asker, ask(seed=1)), Unanswerable)
    assert len(model.requests) == 1


# -- nothing of it reaches the log --


async def test_neither_question_nor_answer_is_logged(
    asker: Asker, model: SmallModel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    model.enqueue(Reply("a secret answer", reject={"seed"}), Reply(pieces=["a secret", "answer"], cut_after=1))
    await asker(ask(seed=1))
    await asker()

    logged = "".join(str(vars(record)) for record in caplog.records if record.name.startswith("bot."))
    assert "secret" not in logged
    assert "Rosetta" not in logged
