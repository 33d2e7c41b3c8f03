"""What people see of an answer: growing, whole, harmless, with its footer."""

import re
from typing import Any

import pytest

from tests.town import Town, is_bot, said, streamed_text
from threadbot_sandbox.model import Reply

PINGS = "Hey <!channel> <!here|here> <@U0000000BEN> <!subteam^S0GARDENERS|@gardeners> <#C000GENERAL> and `<div>`"


async def test_everybody_in_a_channel_sees_an_answer_grow(town: Town) -> None:
    """A stream would grow for the one who asked."""
    text, seen = " ".join(f"word{n}" for n in range(160)), set[int]()
    town.model.enqueue(Reply(text, tokens_per_second=40))

    def watch(kind: str, message: Any) -> None:
        if kind == "message" and is_bot(message):
            blocks = town.slack.workspace.seen_by("U0000000BEN", message)["blocks"]
            seen.add(sum(len(block["text"]) for block in blocks if block["type"] == "markdown"))

    town.slack.workspace.watchers.append(watch)
    async with town.bot():
        answer = await town.ask("Ada", "#general", "@Threadbot count")

    assert answer.text == text
    assert len(seen) >= 3


async def test_where_streams_are_switched_off_an_answer_grows_by_edits_alone(town: Town) -> None:
    text = " ".join(f"word{n}" for n in range(100))
    town.model.enqueue(Reply(text, tokens_per_second=40))
    async with town.bot(slack_streams="off"):
        answer = await town.ask("Ada", "D0000000ADA", "count")

    assert answer.text == text
    assert town.slack.calls_of("chat.update")
    assert town.slack.calls_of("chat.startStream") == []


@pytest.mark.parametrize(
    ("place", "streams"), [("D0000000ADA", "direct"), ("D0000000ADA", "everywhere"), ("#general", "everywhere")]
)
async def test_an_answer_grows_as_a_stream_and_is_complete_in_the_end(town: Town, place: str, streams: str) -> None:
    text = " ".join(f"word{n}" for n in range(160))
    town.model.enqueue(Reply(text, tokens_per_second=40))
    async with town.bot(slack_streams=streams):
        answer = await town.ask("Ada", place, "@Threadbot count")

    (start,), _, (final,) = map(town.slack.calls_of, ("chat.startStream", "chat.stopStream", "chat.update"))
    streamed = [streamed_text(call) for call in (start, *town.slack.calls_of("chat.appendStream"))]
    assert len(streamed) >= 3
    assert all(streamed)
    assert text.startswith("".join(streamed))
    assert all(piece[-1].isspace() for piece in streamed), "words come whole, and none is glued to the next"
    assert start.args["recipient_user_id"] == "U0000000ADA"
    assert start.args["recipient_team_id"] == "T00SANDBOX0"
    assert answer.text == text
    assert [block["type"] for block in final.args["blocks"]][:3] == ["markdown", "context", "actions"]
    assert town.slack.calls_of("chat.postMessage") == []


async def test_where_slack_refuses_streams_an_answer_grows_by_edits(town: Town) -> None:
    text = " ".join(f"word{n}" for n in range(160))
    town.model.enqueue(Reply(text, tokens_per_second=40))
    town.slack.fail("chat.startStream", error="channel_type_not_supported", times=99)
    async with town.bot():
        answer = await town.ask("Ada", "D0000000ADA", "count")

    (first,), edits = town.slack.calls_of("chat.postMessage"), town.slack.calls_of("chat.update")
    assert 0 < len(first.args["blocks"][0]["text"]) < len(text)
    assert len(edits) >= 2
    assert answer.text == text
    assert len(town.slack.calls_of("chat.startStream")) == 1, "it is not tried again there"


async def test_a_stream_that_slack_does_not_let_bear_buttons_bears_text_only(town: Town) -> None:
    text = " ".join(f"word{n}" for n in range(100))
    town.model.enqueue(Reply(text, tokens_per_second=40))
    town.slack.fail("chat.startStream", error="invalid_chunks", times=1)
    async with town.bot():
        answer = await town.ask("Ada", "D0000000ADA", "count")

    refused, taken = town.slack.calls_of("chat.startStream")
    assert [chunk["type"] for chunk in refused.args["chunks"]] == ["blocks", "markdown_text"]
    assert [chunk["type"] for chunk in taken.args["chunks"]] == ["markdown_text"]
    assert answer.text == text


async def test_a_short_answer_is_one_call(town: Town) -> None:
    town.model.enqueue("Yes.")
    async with town.bot():
        await town.ask("Ada", "#general", "@Threadbot is it so?")

    assert len(town.slack.calls_of("chat.postMessage")) == 1
    assert town.slack.calls_of("chat.update") == []


async def test_a_status_stands_until_there_is_something_to_read(town: Town) -> None:
    async with town.bot():
        town.model.hold()
        ts = await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
        await town.slack.wait_for(lambda: town.slack.workspace.statuses, description="a status")
        town.model.release()
        await town.answer("#general", ts, ts)

    assert town.slack.workspace.statuses == {}


async def test_sixty_kilobytes_arrive_whole_and_in_order(town: Town) -> None:
    text = "\n\n".join(f"Paragraph {n}: " + "lorem ipsum dolor sit amet " * 10 for n in range(220))
    town.model.enqueue(text)
    async with town.bot():
        answer = await town.ask("Ada", "#general", "@Threadbot the long one")

    assert len(text) > 60_000
    assert answer.text == text
    assert len(answer.messages) > 5
    lines = [m["blocks"][-1]["elements"][0]["text"] for m in answer.messages[:-1]]
    assert lines == [f"part {n} · continued below" for n in range(1, len(answer.messages))]
    assert str(answer.footer).startswith(f"part {len(answer.messages)} of {len(answer.messages)} · ")


async def test_forty_thousand_characters_are_a_question_like_any_other(town: Town) -> None:
    question = "Summarise: " + "all work and no play " * 1_900
    town.model.enqueue("Dull.")
    async with town.bot(history_tokens=1000):
        answer = await town.ask("Ada", "#general", f"@Threadbot {question}")

    assert len(question) > 39_000
    assert said(town.model.requests[0])[-1] == ("user", question.strip())
    assert answer.text == "Dull."


async def test_nothing_that_the_model_writes_pings_or_unfurls(town: Town) -> None:
    town.model.enqueue(PINGS)
    async with town.bot():
        answer = await town.ask("Ada", "#general", "@Threadbot greet everyone")

    post = town.slack.calls_of("chat.postMessage")[-1].args
    for shown in (answer.text, post["text"]):
        assert not re.search(r"<[!@#]", shown)
    assert "`<div>`" in answer.text
    assert post["unfurl_links"] in (False, "false", "0")
    assert post["unfurl_media"] in (False, "false", "0")


@pytest.mark.parametrize(
    ("style", "wanted"),
    [
        ("full", r"small-model · \d+ in \+ \d+ out = \d+ tokens · cost unknown · \d+\.\d s"),
        ("compact", r"small-model · cost unknown"),
    ],
)
async def test_the_footer_says_what_it_took(town: Town, style: str, wanted: str) -> None:
    """A server of one's own has no known price: that is said, and not called free."""
    async with town.bot(footer=style):
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert answer.footer is not None
    assert re.fullmatch(wanted, answer.footer)


async def test_with_the_footer_off_an_answer_is_only_the_answer(town: Town) -> None:
    async with town.bot(footer="off"):
        ts = await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
        await town.slack.wait_for(
            lambda: [m for m in town.slack.thread("#general", ts) if is_bot(m)], description="an answer"
        )

    blocks = [m["blocks"] for m in town.slack.thread("#general", ts) if is_bot(m)][-1]
    assert [block["type"] for block in blocks] == ["markdown", "actions", "context_actions"]


async def test_several_answers_are_shown_one_below_the_other(town: Town) -> None:
    town.model.enqueue(Reply("Heads."))
    async with town.bot(openai_n=2):
        answer = await town.ask("Ada", "#general", "@Threadbot toss a coin")

    assert answer.text.startswith("Heads.")
    assert "**Alternative 2**" in answer.text
    assert answer.text.count("Heads.") == 2


async def test_without_streaming_the_answer_appears_at_once(town: Town) -> None:
    async with town.bot(openai_stream=False):
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert "stream" not in town.model.requests[0]
    assert len(answer.messages) == 1


async def test_every_parameter_that_is_set_reaches_the_model_and_no_other(town: Town) -> None:
    async with town.bot():
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")
    async with town.bot(
        openai_temperature=0.3,
        openai_top_p=0.8,
        openai_stop='["END", "STOP"]',
        openai_max_tokens=500,
        openai_presence_penalty=0.1,
        openai_frequency_penalty=-0.1,
        openai_logit_bias='{"50256": -100}',
        openai_seed=7,
        openai_reasoning_effort="low",
        openai_user_key="pepper",
    ):
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    plain, chosen = ({k: v for k, v in r.items() if k not in ("model", "messages")} for r in town.model.requests)
    assert plain == {"stream": True, "stream_options": {"include_usage": True}}
    hashed = chosen.pop("user")
    assert "ADA" not in hashed.upper()
    assert len(hashed) == 64
    assert chosen == plain | {
        "temperature": 0.3,
        "top_p": 0.8,
        "stop": ["END", "STOP"],
        "max_tokens": 500,
        "presence_penalty": 0.1,
        "frequency_penalty": -0.1,
        "logit_bias": {"50256": -100.0},
        "seed": 7,
        "reasoning_effort": "low",
    }
