"""Streams as servers and proxies send them, over a real socket: none of them is called broken, and nothing is lost."""

import json
from typing import Any

import pytest

from bot.conversation.tokens import Usage
from bot.errors import TooLong, Unavailable
from bot.llm import chat_completions
from tests.llm.asking import Told, dripping, failure, served
from tests.llm.test_chunks import DONE, END, delta, event

GOOD = delta("Paris, ") + delta("says she.") + END + DONE
ANSWER = "Paris, says she."
TOTALS = {"prompt_tokens": 4321, "completion_tokens": 77}


def objects(*events: Any, end: bytes = b"\n") -> bytes:
    """One JSON object a line."""
    return b"".join(json.dumps(each).encode() + end for each in events)


def chunk(text: str | None = None, finish: str | None = None, field: str = "delta", **more: Any) -> dict[str, Any]:
    said = {} if text is None else {"content": text}
    return {"model": "m", "choices": [{"index": 0, field: said, "finish_reason": finish, **more}]}


def lines_of(value: Any, end: bytes = b"\n") -> bytes:
    """One event, its JSON written over several lines."""
    return end.join(b"data: " + line.encode() for line in json.dumps(value, indent=2).splitlines()) + 2 * end


async def told(body: bytes, kind: str | None = "text/event-stream") -> Told:
    async with served(body, kind) as there:
        return await there()


@pytest.mark.parametrize(
    "kind",
    [None, "text/plain", "text/plain; charset=utf-8", "application/octet-stream", "application/json", "text/html", ""],
)
async def test_the_content_type_does_not_matter(kind: str | None) -> None:
    answer = await told(GOOD, kind)

    assert (answer.text, answer.finished.reason) == (ANSWER, "stop")


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + GOOD,
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf\r\n" + GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"\n\n", b"\n"),
        b": ping\n\n" + GOOD.replace(b"data: ", b"event: message\nid: 1\ndata: "),
        lines_of(chunk("Paris, ")) + lines_of(chunk("says she.")) + lines_of(chunk(finish="stop")) + DONE,
        lines_of(chunk(ANSWER), b"\r\n") + END + DONE,
        lines_of(chunk(ANSWER)) + lines_of(chunk(finish="stop")).rstrip(),
        objects(chunk("Paris, "), chunk("says she."), chunk(finish="stop")),
        objects(chunk("Paris, "), chunk("says she."), chunk(finish="stop"), end=b"\r\n"),
        b"\xef\xbb\xbf" + objects(chunk("Paris, "), chunk("says she.", "stop"), end=b"\n\n").rstrip(),
        json.dumps([chunk("Paris, "), chunk("says she.", "stop")], indent=1).encode(),
        json.dumps(chunk(ANSWER, "stop", "message"), indent=4).encode(),
        b"\xef\xbb\xbf" + json.dumps(chunk(ANSWER, "stop", "message")).encode(),
        json.dumps(chunk(ANSWER, None, "message")).encode(),
    ],
    ids=[
        "byte order mark", "CR LF", "CR", "mark and CR LF", "no empty lines", "other fields", "an event in many lines",
        "the same with CR LF", "the same, unfinished", "objects", "objects with CR LF", "objects with a mark",
        "a list over many lines", "an object over many lines", "a whole answer with a mark", "one without a reason",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["text/event-stream", "application/json", None])
async def test_however_it_is_framed_all_of_it_is_read(body: bytes, kind: str | None) -> None:
    answer = await told(body, kind)

    assert (answer.text, answer.finished.reason) == (ANSWER, "stop")


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CR LF", "CR"])
async def test_where_the_network_cuts_a_stream_makes_no_difference(end: bytes) -> None:
    body = b"\xef\xbb\xbf" + (delta("Grüße 👩‍👩‍👧 aus ") + lines_of(chunk("Zürich")) + END + DONE).replace(b"\n", end)
    pieces = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    async with served(pieces, headers="transfer-encoding: chunked\r\n", chunked=True) as there:
        answer = await there()

    assert (answer.text, answer.finished.reason) == ("Grüße 👩‍👩‍👧 aus Zürich", "stop")


async def test_half_characters_of_two_chunks_are_one() -> None:
    halves = b'data: {"choices": [{"delta": {"content": "a \\ud83d"}}]}\n\n'
    halves += b'data: {"choices": [{"delta": {"content": "\\ude00 b \\ud83d"}}]}\n\n'

    assert (await told(halves + END + DONE)).text == "a 😀 b \ufffd"


async def test_characters_that_are_no_utf_8_cost_no_more_than_themselves() -> None:
    odd = b'data: {"choices": [{"delta": {"content": "caf\xe9 in "}}]}\n\n'

    assert (await told(odd + GOOD)).text == f"caf\ufffd in {ANSWER}"


async def test_a_content_of_several_texts_is_one() -> None:
    parts = ["Paris, ", {"type": "output_text", "text": "says "}, {"text": "she."}]

    assert (await told(event(choices=[{"delta": {"content": parts}}]) + END + DONE)).text == ANSWER


@pytest.mark.parametrize(
    "events",
    [
        [chunk("Paris, ", field="message"), chunk("says she.", field="message"), chunk(finish="stop", field="message")],
        [chunk("Paris, ", field="message"), chunk(ANSWER, field="message"), chunk(ANSWER, "stop", "message")],
        [chunk("Paris, ", message={"content": "Paris, "}), chunk("says she.", message={"content": ANSWER}),
         chunk("", "stop", message={"content": ANSWER})],
        [chunk("Paris, "), chunk("says she."), chunk(ANSWER + " ", "stop", "message")],
        [{"choices": [{"text": "Paris, "}]}, {"choices": [{"text": "says she.", "finish_reason": "stop"}]}],
        [chunk("Paris, ", delta=None, field="message"), chunk("says she.", "stop", delta={}, field="message")],
    ],
    ids=["new words", "all words each time", "beside a delta", "the whole at the end", "text", "empty deltas"],
)  # fmt: skip
async def test_a_message_in_place_of_a_delta_is_read_once(events: list[dict[str, Any]]) -> None:
    answer = await told(b"".join(event(**each) for each in events) + DONE)

    assert answer.text == ANSWER


@pytest.mark.parametrize(
    "end",
    [
        event(choices=[{"delta": {}, "finish_reason": "stop", "usage": TOTALS}]),
        END + event(choices=[], x_groq={"usage": TOTALS}),
        END + event(choices=[], usage=TOTALS),
        END + DONE + event(choices=[], usage=TOTALS),
    ],
    ids=["in the choice", "beside it", "in a chunk of its own", "after the end"],
)  # fmt: skip
async def test_totals_are_found_wherever_they_stand(end: bytes) -> None:
    answer = await told(delta("Paris.") + end + DONE)

    assert (answer.text, answer.finished.usage) == ("Paris.", Usage(4321, 77))


@pytest.mark.parametrize("reason", ["eos", "eos_token", "stop_sequence", "end_turn", "STOP", "COMPLETE", "done"])
async def test_odd_but_normal_reasons_are_an_end_like_any_other(reason: str) -> None:
    assert (await told(delta("Paris.") + event(**chunk(finish=reason)))).finished.reason == "stop"


async def test_a_server_that_only_announces_the_end_has_not_broken_off() -> None:
    assert (await told(delta("Paris.") + DONE)).finished.reason == "stop"


@pytest.mark.parametrize("cut", [delta("Paris"), delta("Paris") + b"data: {"])
async def test_an_end_without_any_sign_of_one_is_none(cut: bytes) -> None:
    assert (await told(cut)).finished.reason is None


@pytest.mark.parametrize("text", [None, "I look it up."])
async def test_a_tool_call_that_nobody_asked_for_breaks_nothing(text: str | None) -> None:
    call = {"content": text, "tool_calls": [{"index": 0, "function": {"name": "look_up", "arguments": "{}"}}]}
    answer = await told(event(choices=[{"delta": call}]) + event(**chunk(finish="tool_calls")) + DONE)

    assert (answer.text, answer.finished.reason) == (text or "", "tool_calls")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        b": nothing\n\n",
        DONE,
        event(**chunk("")) + event(**chunk(finish="error", native_finish_reason="network_error")),
        event(**chunk("")) + event(**chunk(finish="error")) + DONE,
        event(**chunk("")),
        b'event: error\ndata: {"message": "upstream failed"}\n\n',
        b'data: {"object": "error", "message": "upstream failed"}\n\n',
        b"upstream connect error or disconnect",
        b'{"choices": [{"message": {"cont',
    ],
    ids=[
        "nothing", "blank", "a comment", "only the end", "upstream failed", "the same with an end", "only a role",
        "a named error", "an error object", "words", "half an answer",
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["text/event-stream", None])
async def test_what_fails_before_the_first_word_is_worth_asking_again(body: bytes, kind: str | None) -> None:
    async with served(body, kind) as there:
        error = await failure(there)

    assert type(error) is Unavailable
    assert "upstream" not in error.detail


async def test_an_upstream_that_fails_after_some_words_interrupts() -> None:
    answer = await told(delta("Paris") + event(**chunk(finish="error")) + DONE)

    assert answer.text == "Paris"
    assert answer.interrupted.why == "server-failed"


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": {"message": "This model\'s maximum context length is 4096 tokens."}}',
        b'[{"error": {"message": "This model\'s maximum context length is 4096 tokens."}}]',
        event(error={"message": "This model's maximum context length is 4096 tokens."}),
        b'{"success": false, "errors": [{"code": 1, "message": "maximum context length is 4096 tokens"}]}',
    ],
    ids=["bare", "in a list", "event", "several"],
)
@pytest.mark.parametrize("kind", ["text/event-stream", "application/json", None])
async def test_an_error_in_place_of_an_answer_is_read_wherever_it_stands(body: bytes, kind: str | None) -> None:
    async with served(body, kind) as there:
        assert isinstance(await failure(there), TooLong)


@pytest.mark.parametrize("end", [END + DONE, DONE, END], ids=["reason and end", "end", "reason"])
async def test_a_server_that_does_not_close_a_complete_answer_is_left(
    end: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_completions, "USAGE_TIMEOUT", 0.5)
    async with dripping([delta("Paris."), end] + [b": still here\n\n"] * 10_000, every=0.05) as there:
        answer = await there()

    assert (answer.text, answer.finished.reason) == ("Paris.", "stop")


async def test_an_empty_answer_that_is_not_closed_is_known_as_one() -> None:
    async with dripping([DONE] + [b": still here\n\n"] * 10_000, every=0.05) as there:
        assert isinstance(await failure(there), Unavailable)


async def test_what_thinks_in_parts_says_only_the_answer() -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "secret"}]}, {"type": "text", "text": "Paris."}]

    assert (await told(event(choices=[{"delta": {"content": parts}}]) + END + DONE)).text == "Paris."
