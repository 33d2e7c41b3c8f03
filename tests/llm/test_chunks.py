"""The bytes of a stream, however they are cut and whatever compatible servers put into them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.pieces import Piece, Text
from bot.llm.broken import BrokenStream, Oversized
from bot.llm.chunks import Chunks
from bot.llm.framing import MAX_LINE
from bot.llm.values import clean


def event(**fields: Any) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def delta(text: Any, index: int = 0, field: str = "content") -> bytes:
    return event(model="m", choices=[{"index": index, "delta": {field: text}, "finish_reason": None}])


END = event(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
DONE = b"data: [DONE]\n\n"


def take(*reads: bytes) -> tuple[Chunks, list[Piece]]:
    chunks = Chunks()
    return chunks, [text for data in reads for text in chunks.take(data)]


@given(st.lists(st.text(min_size=1), min_size=1), st.data())
def test_where_the_network_cuts_the_bytes_makes_no_difference(texts: list[str], data: st.DataObject) -> None:
    whole = b"".join(map(delta, texts)) + END + DONE
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=9)))

    chunks, got = take(*(whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)))
    got += chunks.end()

    assert "".join(text.text for text in got if isinstance(text, Text)) == clean("".join(texts))
    assert (chunks.finish_reason, chunks.done, chunks.malformed) == ("stop", True, 0)


def test_texts_that_arrive_together_are_one() -> None:
    assert take(delta("a") + delta("b", 1) + delta("c"))[1] == [Text("ac"), Text("b", 1)]


@pytest.mark.parametrize(
    "data",
    [
        b": keep-alive\n\n" + delta("a"),
        b"event: message\nid: 7\n" + delta("a"),
        delta("a").replace(b"\n", b"\r\n"),
        delta("a").replace(b"data: ", b"data:"),
        delta([{"type": "text", "text": "a"}]),
        delta("a", field="refusal"),
        delta(None) + delta("") + delta("a"),
    ],
    ids=["comment", "other fields", "CR LF", "no blank", "parts", "refusal", "empty"],
)
def test_what_servers_do_differently(data: bytes) -> None:
    assert take(data)[1] == [Text("a")]


@pytest.mark.parametrize(
    "wrong",
    [
        b"data: {\n\n",
        b"data: 7\n\n",
        b"data: []\n\n",
        event(choices=7),
        event(choices=["a"]),
        event(choices=[{"delta": 7}]),
        delta(7),
        delta([7]),
        delta("a", index=8),
        delta("a", index=-1),
        delta("a", index=True),
        event(choices=[{"index": "0", "delta": {"content": "a"}}]),
        b"data: " + b"[" * 100_000 + b"\n\n",
        b'data: {"a": 1' + b"0" * 5_000 + b"}\n\n",
    ],
)
def test_what_cannot_be_read_is_counted_and_left_out(wrong: bytes) -> None:
    chunks, got = take(delta("a") + wrong + delta("b"))

    assert got == [Text("ab")]
    assert chunks.malformed == 1


def test_what_came_with_an_error_event_is_given_first() -> None:
    pieces = Chunks().take(delta("a") + event(error={"code": "overloaded", "message": "secret"}))

    assert next(pieces) == Text("a")
    with pytest.raises(BrokenStream) as broken:
        next(pieces)
    assert broken.value.code == "overloaded"
    assert "secret" not in str(broken.value)


def test_a_code_that_is_a_sentence_is_not_kept() -> None:
    with pytest.raises(BrokenStream) as broken:
        take(event(error={"code": "the prompt 'my secret' is bad"}))

    assert broken.value.code == ""


def test_an_answer_is_complete_with_its_reason_or_its_end() -> None:
    assert not take(delta("a"))[0].complete
    assert take(delta("a") + END)[0].complete
    assert take(delta("a") + DONE)[0].complete


def test_half_a_surrogate_pair_is_replaced() -> None:
    said = b'data: {"choices": [{"delta": {"content": "a\\ud83d b"}}]}\n\n'

    assert take(said)[1] == [Text("a\ufffd b")]


@pytest.mark.parametrize("size", [1, 65_536])
def test_a_line_without_end_is_refused_when_it_is_too_long(size: int) -> None:
    chunks = Chunks()
    assert list(chunks.take(delta("a"))) == [Text("a")]

    pieces = (text for _ in range(0, MAX_LINE + size, size) for text in chunks.take(b"0" * size))
    with pytest.raises(Oversized):
        list(pieces)


def test_a_long_line_that_ends_is_refused_too() -> None:
    with pytest.raises(Oversized):
        take(delta("a" * MAX_LINE))


def test_odd_values_take_nothing_else_with_them() -> None:
    odd = event(model={"a": 1}, usage="many", choices=[{"delta": {"content": "a"}, "finish_reason": ["x"]}])

    chunks, got = take(odd)

    assert got == [Text("a")]
    assert (chunks.model, chunks.usage, chunks.finish_reason, chunks.malformed) == ("", None, "other", 0)
