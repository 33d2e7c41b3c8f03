"""When something fails: one plain sentence, a reference, and the next message works."""

import logging
import re

import pytest

from bot.turns import generate
from tests.town import Town, is_bot, said, wait_until
from threadbot_sandbox.model import Reply


async def sentence(town: Town, thread: str) -> str:
    """The bot's last message in a thread, once there is one and the turn is over."""
    replies = await town.slack.wait_for(
        lambda: [m for m in town.slack.thread("#general", thread) if is_bot(m)], description="the bot says something"
    )
    return str(replies[-1]["text"])


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (Reply(status=404), "does not exist"),
        (Reply(status=429, error={"code": "insufficient_quota", "message": "no credit"}), "out of credit"),
        (Reply(status=503), "not reachable"),
        (Reply(html_error=True), "not reachable"),
        (Reply(""), "empty answer"),
        (Reply("", finish_reason="content_filter"), "content filter"),
        (Reply("", finish_reason="length"), "length limit"),
    ],
    ids=["no such model", "no credit", "down", "gateway page", "empty", "filtered", "too short a limit"],
)
async def test_a_failed_turn_is_one_sentence_with_a_reference_that_the_log_has_too(
    town: Town, caplog: pytest.LogCaptureFixture, trouble: Reply, told: str
) -> None:
    caplog.set_level(logging.WARNING, "bot")
    town.model.enqueue(trouble)
    async with town.bot(openai_retries=0, turn_attempts=1):
        thread = await town.slack.say("Ada", "#general", "@Threadbot hello")
        shown = await sentence(town, thread)
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke", thread=thread)

    assert told in shown
    assert "\n" not in shown
    reference = re.search(r"\(reference (\w+)\)", shown)
    assert reference is not None
    assert reference.group(1) in [getattr(record, "reference", None) for record in caplog.records]
    assert len(answer.text) > 20
    assert town.slack.workspace.statuses == {}


async def test_neither_sentence_nor_footer_reaches_the_model(town: Town) -> None:
    town.model.enqueue(Reply(status=400))
    async with town.bot():
        thread = await town.slack.say("Ada", "#general", "@Threadbot hello")
        await sentence(town, thread)
        await town.ask("Ada", "#general", "@Threadbot tell me a joke", thread=thread)

    assert said(town.model.requests[-1])[1:] == [("user", "hello\n\ntell me a joke")]


async def test_a_model_that_is_busy_for_a_moment_is_asked_again(town: Town) -> None:
    town.model.enqueue(Reply(status=503), Reply(status=429, headers={"retry-after": "0.1"}))
    async with town.bot():
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert len(town.model.requests) == 3
    assert answer.text


async def test_while_a_busy_model_is_waited_for_the_status_says_so(town: Town) -> None:
    town.model.enqueue(Reply(status=429, headers={"retry-after": "3"}), Reply("Here I am.", first_token_after=0.5))
    async with town.bot():
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    shown = [call.args["status"] for call in town.slack.calls_of("assistant.threads.setStatus")]
    assert "The model is busy, next try in 3 s" in shown
    assert answer.text == "Here I am."
    assert len(town.model.requests) == 2
    assert town.slack.workspace.statuses == {}


async def test_a_model_that_is_busy_for_long_is_told_at_once(town: Town) -> None:
    town.model.enqueue(Reply(status=429, headers={"retry-after": "110"}))
    async with town.bot():
        thread = await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
        shown = await sentence(town, thread)

    assert "The model is busy" in shown
    assert len(town.model.requests) == 1


async def test_a_model_that_says_nothing_in_time_is_asked_once_more(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "LATE_TIMEOUT", 0.5)
    town.model.enqueue(*[Reply("never", stall_after=0)] * 2)
    async with town.bot(openai_first_token_timeout=1.0):
        thread = await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
        shown = await sentence(town, thread)

    assert "did not answer in time" in shown
    assert len(town.model.requests) == 2


async def test_an_answer_that_breaks_off_is_asked_for_again_and_edited(town: Town) -> None:
    half = Reply("one two three four five six", tokens_per_second=3, cut_after=5)
    town.model.enqueue(half, Reply("uno due tre quattro cinque", first_token_after=0.5))
    async with town.bot(footer="full"):
        answer = await town.ask("Ada", "#general", "@Threadbot count")
        await town.ask("Ada", "#general", "@Threadbot go on", thread=answer.thread)

    assert len(answer.messages) == 1
    assert answer.text == "uno due tre quattro cinque"
    assert answer.footer is not None
    assert "incomplete" not in answer.footer
    assert "≈" in answer.footer
    assert said(town.model.requests[-1])[2] == ("assistant", answer.text)
    assert len(town.model.requests) == 3


async def test_an_answer_that_breaks_off_twice_is_kept_and_called_incomplete(town: Town) -> None:
    town.model.enqueue(Reply("one two three four five", cut_after=3), Reply("one two three four", cut_after=1))
    async with town.bot(footer="full"):
        answer = await town.ask("Ada", "#general", "@Threadbot count")
        await town.ask("Ada", "#general", "@Threadbot go on", thread=answer.thread)

    assert answer.text.startswith("one two")
    assert answer.footer is not None
    assert "incomplete" in answer.footer
    assert "≈" in answer.footer
    assert said(town.model.requests[-1])[2] == ("assistant", answer.text)


@pytest.mark.parametrize("said", ["<think>\nsecret\n</think>\n\nParis.", "secret thoughts\n</think>\n\nParis."])
async def test_thinking_stands_neither_in_the_thread_nor_in_the_history(town: Town, said: str) -> None:
    town.model.enqueue(Reply(said, tokens_per_second=5), "Rome.")
    async with town.bot():
        answer = await town.ask("Ada", "#general", "@Threadbot which city?")
        await town.ask("Ada", "#general", "@Threadbot and now?", thread=answer.thread)

    assert answer.text == "Paris."
    assert len(answer.messages) == 1
    assert [message["content"] for message in town.model.requests[-1]["messages"][1:]][1] == "Paris."
    assert "secret" not in str(town.model.requests[-1])


async def test_parameters_that_the_model_refuses_are_left_out_from_then_on(town: Town) -> None:
    town.model.enqueue(Reply("first", reject=frozenset({"temperature"})))
    async with town.bot(openai_temperature=0.5, openai_top_p=0.9):
        await town.ask("Ada", "#general", "@Threadbot hello")
        await town.ask("Ada", "#general", "@Threadbot hello again")

    sent = [("temperature" in request, "top_p" in request) for request in town.model.requests]
    assert sent == [(True, True), (False, True), (False, True)]


async def test_what_a_model_refuses_is_known_to_the_next_process_too(town: Town) -> None:
    refusal = {"error": {"message": "System role not supported", "code": 400}}
    town.model.enqueue(Reply(status=400, error=refusal))
    async with town.bot():
        await town.ask("Ada", "#general", "@Threadbot hello")
    async with town.bot():
        await town.ask("Ada", "#general", "@Threadbot hello again")

    assert [[message["role"] for message in request["messages"]] for request in town.model.requests] == [
        ["system", "user"],
        ["user"],
        ["user"],
    ]


async def test_slack_that_is_limited_or_down_for_a_moment_gets_the_answer_all_the_same(town: Town) -> None:
    town.slack.fail("chat.postMessage", error="ratelimited", status=429, retry_after=1)
    town.slack.fail("chat.postMessage", error="internal_error", status=500)
    async with town.bot():
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert len(answer.messages) == 1


async def test_a_post_whose_fate_is_unknown_is_looked_up_and_not_repeated(town: Town) -> None:
    town.slack.fail("chat.postMessage", drop="after")
    async with town.bot():
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        await town.all_delivered()

    assert len([m for m in town.slack.thread("#general", answer.thread) if is_bot(m)]) == 1


async def test_a_bot_that_was_removed_from_the_channel_gives_up_quietly(town: Town) -> None:
    town.slack.fail("chat.postMessage", error="not_in_channel", times=1)
    async with town.bot():
        thread = await town.slack.say("Ada", "#general", "@Threadbot tell me a joke")
        await wait_until(lambda: town.slack.calls_of("chat.postMessage"), "an attempt to answer")
        await town.ask("Ada", "#general", "@Threadbot tell me a joke")

    assert not [m for m in town.slack.thread("#general", thread) if is_bot(m)]


async def test_nothing_that_people_wrote_and_no_secret_reaches_the_log(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    town.model.enqueue(Reply(status=400, error={"message": "bad prompt: my secret plan", "code": None}))
    async with town.bot():
        thread = await town.slack.say("Ada", "#general", "@Threadbot my secret plan")
        shown = await sentence(town, thread)

    written = "\n".join(str(vars(record)) for record in caplog.records if record.name.startswith("bot"))
    assert written
    for secret in ("secret plan", town.slack.bot_token, town.slack.app_token, "Ada"):
        assert secret not in written
    assert "secret plan" not in shown
