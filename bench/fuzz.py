"""python -m bench.fuzz: does anything that strangers may send break the code that reads it?

Each target is a strategy for what is sent, and a check of what becomes of it. `TARGETS` is the list: the test suite
tries each of them briefly, this program as long as it is told to. Whatever it finds it says with its target and the
smallest input that shows it.
"""

import itertools
import json
import logging
import time
from typing import Any

import click
from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bench import fuzz_slack, fuzz_stored
from bench.shapes import JSON, Target, like
from bot.conversation.pieces import Finished, Text
from bot.conversation.prompt import Said
from bot.llm import request, values
from bot.llm.broken import BrokenStream
from bot.llm.chunks import Chunks
from bot.llm.refusals import MAX_AFTER, Refusal
from bot.llm.thinking import Thinking
from bot.markdown.split import size
from bot.personas import form
from bot.personas.persona import Invalid
from bot.slack.outbound import render

BATCH = 500  # examples between two looks at the clock


USAGE = {
    "prompt_tokens": 7,
    "completion_tokens": 2,
    "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 1},
}
CHOICE = {"index": 0, "delta": {"content": "Hello\x1b"}, "message": {"content": "Hello"}, "finish_reason": "stop"}
ANSWER = {
    "model": "m",
    "choices": [CHOICE],
    "usage": USAGE,
    "error": {"code": "overloaded", "type": "server", "message": "secret"},
}


def _lines(events: list[Any], cuts: list[int], noise: bytes) -> list[bytes]:
    """A stream of such events, with something else in it, in reads of these lengths."""
    whole = noise.join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events) + b"data: [DONE]\n\n"
    ends = list(itertools.accumulate(cuts))
    return [whole[start:end] for start, end in itertools.pairwise([0, *ends, len(whole)])]


def _framed(events: list[Any], cuts: list[int], end: bytes, mark: bytes, indent: int | None) -> list[bytes]:
    """The same in the frames of other servers: other ends of lines, a byte order mark, several lines for one event."""
    told = (json.dumps(event, indent=indent).encode().splitlines() for event in events)
    whole = mark + (end + end).join(end.join(b"data:" + line for line in lines) for lines in told)
    ends = list(itertools.accumulate(cuts))
    return [whole[start:end] for start, end in itertools.pairwise([0, *ends, len(whole)])]


FRAMED = st.builds(
    _framed,
    st.lists(like(ANSWER), max_size=4),
    st.lists(st.integers(0, 99), max_size=9),
    st.sampled_from([b"\n", b"\r", b"\r\n"]),
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.sampled_from([None, 0, 2]),
)
STREAM = st.builds(_lines, st.lists(like(ANSWER), max_size=4), st.lists(st.integers(0, 99), max_size=9), st.binary())


def read_stream(reads: list[bytes]) -> None:
    chunks, texts = Chunks(), []
    try:
        for data in reads:
            texts += list(chunks.take(data))
        texts += list(chunks.end())
    except BrokenStream as broken:
        _check_code(broken.code)
    for text in texts:
        if isinstance(text, Text):
            _check_text(text)
    _check_end(Finished(chunks.finish_reason, chunks.usage, chunks.model))


def read_completion(answer: Any) -> None:
    read_stream([json.dumps(answer).encode()])


ERROR = {
    "error": {"message": "System role not supported", "type": "a", "code": 429, "param": "stream", "error": [{}]},
    "detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}],
    "message": "try again in 7s",
}
WHEN = st.text(max_size=30) | st.sampled_from(["nan", "1e999", "-1", "Wed, 21 Oct 99999 07:28:00 +9999", "Wed, 1"])


def read_error(sent: tuple[Any, int, str]) -> None:
    body, status, when = sent
    refusal = Refusal.of(status, body)
    _check_code(refusal.code)
    assert refusal.meaning
    assert 0.0 < refusal.after({"retry-after": when}) <= MAX_AFTER
    request.lesson(refusal, {"stream": True, "stream_options": {}}, [Said("system", "a"), Said("user", "b")], {})


TAGS = ["<think>", "</think>", "<", ">", "/", "`", "```", "~~~", "\n", " ", "    ", "a", "[THINK]", "[/THINK]", "- "]


def think(sent: tuple[list[str], list[int]]) -> None:
    """Where the pieces are cut makes no difference, and nothing is made up."""
    said, cuts = "".join(sent[0]), sorted(min(cut, len("".join(sent[0]))) for cut in sent[1])
    pieces = [said[start:end] for start, end in itertools.pairwise([0, *cuts, len(said)])]
    shown = _answer(pieces)
    assert shown == _answer([said])
    assert len(shown) <= len(said)


def _answer(pieces: list[str]) -> str:
    thinking, text = Thinking(), ""
    for told in (*map(thinking.feed, pieces), thinking.end()):
        text = ("" if told.void else text) + told.text
    return text


def _check_code(code: str) -> None:
    assert values.code_of(code) == code


def _check_text(text: Text) -> None:
    assert isinstance(text.text, str)
    assert values.clean(text.text) == text.text
    assert type(text.choice) is int
    assert 0 <= text.choice < values.MAX_CHOICES


def _check_end(end: Finished) -> None:
    assert end.reason in (None, values.OTHER, *values.REASONS)
    assert isinstance(end.model, str)
    assert end.model.isprintable()
    if end.usage:
        counts = (end.usage.input, end.usage.output, end.usage.cached, end.usage.cache_written)
        assert all(type(count) is int and 0 <= count <= values.MAX_TOKENS for count in counts)
        assert end.usage.cached <= end.usage.input


PIECES = [
    "![a](https://e.com/p)", "![", "](https://e.com/p)", "[a][1]", "![a][1]", "![1]", "\n\n[1]: https://e.com/p\n\n",
    "|", "\\|", "\\", "!", "[", "]", "(", ")", "`", "``", "\n", "\n\n", "> ", "- ", "1. ", "| a | b |\n|---|---|\n",
    "| ", "**", "~~", "$", "$$", "\\(", "\\)", "\\[", "\\]", "<", "&lt;", "bank.com", "x", " ", "```\n", "\t", "    ",
    "#", "\r", "\u200b", "。",
]  # fmt: skip
MARKDOWN = st.lists(st.sampled_from(PIECES), max_size=16).map("".join)
_ANY_DEPTH = MarkdownIt("commonmark", {"html": False, "maxNesting": 1000}).enable(["table", "strikethrough"])


def pictures(markdown: str) -> list[str]:
    """What a reader of Markdown who knows nothing of mathematics and allows any depth would load."""
    tokens = list(_ANY_DEPTH.parse(markdown.replace("\r", " ")))
    found: list[str] = []
    while tokens:
        token = tokens.pop()
        tokens += token.children or []
        found += [str(token.attrGet("src"))] if token.type == "image" else []
    return found


def show(markdown: str) -> None:
    shown = render.shown(markdown)
    assert pictures(shown) == []
    assert size(shown) <= size(markdown) + render.MAX_ADDED
    assert render.harmless(shown) == shown


NAMES = st.text(max_size=80) | st.text(st.sampled_from("defaultslackbоtІ１l0\u200b\u3164 -_"), max_size=20)


def take_name(name: str) -> None:
    for field in ("name", "display_name"):
        try:
            taken = form.check({"name": "a", "system_prompt": "b", field: name})
        except Invalid:
            continue
        assert form.check(form.fields(taken)) == taken


TARGETS = [
    Target("signed HTTP bodies", fuzz_slack.SIGNED, fuzz_slack.handle_signed),
    Target("unsigned HTTP requests", fuzz_slack.UNSIGNED, fuzz_slack.refuse_unsigned),
    Target("Socket Mode envelopes", fuzz_slack.ENVELOPES, fuzz_slack.read_envelope),
    Target("stream bytes", STREAM, read_stream),
    Target("stream bytes in other frames", FRAMED, read_stream),
    Target("error bodies", st.tuples(JSON | like(ERROR), st.sampled_from([0, 400, 422, 429, 500]), WHEN), read_error),
    Target("thinking", st.tuples(st.lists(st.sampled_from(TAGS)), st.lists(st.integers(0, 99), max_size=9)), think),
    Target("completion objects", like(ANSWER), read_completion),
    Target("Markdown tables", MARKDOWN, show),
    Target("names", NAMES, take_name),
    *fuzz_stored.TARGETS,
]


def tried(target: Target, examples: int, seed: int | None = None) -> None:
    """Try one target so many times. Raises what it finds, with the smallest input in its notes."""

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(target.sent)
    def run(sent: Any) -> None:
        target.check(sent)

    (run if seed is None else seeded(seed)(run))()


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--minutes", default=1.0, show_default=True, help="How long, all targets together.")
@click.option("--seed", default=1, show_default=True, help="Where the inputs begin: the same ones for the same seed.")
def main(minutes: float, seed: int) -> None:
    """Try inputs on every target in turn, until the time is over. Ends with 1 if one of them was too much."""
    logging.disable()  # what is refused is logged, once a minute in truth
    end, counts, found = time.monotonic() + minutes * 60, dict.fromkeys((t.name for t in TARGETS), 0), 0
    for round_ in itertools.count():
        for target in TARGETS:
            if time.monotonic() >= end:
                click.echo("\n".join(f"{name}: {count:,} inputs" for name, count in counts.items()))
                raise SystemExit(1 if found else 0)
            counts[target.name] += BATCH
            try:
                tried(target, BATCH, seed * 1_000_003 + round_)
            except Exception as error:
                found += 1
                notes = "\n".join(getattr(error, "__notes__", ()))
                click.echo(f"{target.name}: {type(error).__name__}: {error}\n{notes}\n")


if __name__ == "__main__":
    main()
