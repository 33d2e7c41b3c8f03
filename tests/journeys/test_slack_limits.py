"""Answers that come near to what Slack takes in one message, and go beyond it."""

from typing import Any

import pytest

from tests.town import Town, is_bot, wait_until
from threadbot_sandbox.model import Reply

CHINESE = "这是一个很长的回答，它有很多字。" * 120
RUSSIAN = "Это довольно длинный ответ на вопрос. " * 80
TYPOGRAPHIC = "“It’s so”, she said — “isn’t it?” " * 125


@pytest.mark.parametrize("text", [CHINESE, RUSSIAN, TYPOGRAPHIC], ids=["Chinese", "Russian", "typographic"])
@pytest.mark.parametrize("place", ["D0000000ADA", "#general"], ids=["streamed", "edited"])
async def test_an_answer_in_any_script_grows_and_is_completed_where_it_began(town: Town, text: str, place: str) -> None:
    """What Slack counts in an edit is bytes, and not only what people see."""
    town.model.enqueue(Reply(text, tokens_per_second=400))
    async with town.bot():
        answer = await town.ask("Ada", place, "@Threadbot at length")

    assert answer.text == text
    assert len(answer.messages) == 1
    assert town.slack.calls_of("chat.delete") == []
    assert not [call for call in town.slack.calls_of("chat.update") if call.error]


SECTIONS = "\n\n".join(f"## Section {n}\n\nIts text, and then a rule.\n\n---" for n in range(60))
TABLES = "\n\n".join(f"### Table {n}\n\n| key | value |\n|---|---|\n| a | {n} |\n| b | {n} |" for n in range(3))
LONG_TABLE = "\n".join(("| n | square |", "|---|---|", *(f"| {n} | {n * n} |" for n in range(250))))


@pytest.mark.parametrize("text", [SECTIONS, TABLES, LONG_TABLE], ids=["sections", "tables", "rows"])
@pytest.mark.parametrize("place", ["D0000000ADA", "#general"], ids=["streamed", "edited"])
async def test_what_slack_takes_no_more_of_in_one_message_continues_in_the_next(
    town: Town, text: str, place: str
) -> None:
    """Headings, rules and tables are blocks of their own to Slack; of tables a message takes one, of 100 rows."""
    town.model.enqueue(Reply(text, tokens_per_second=900))
    async with town.bot():
        answer = await town.ask("Ada", place, "@Threadbot in sections")

    assert not [call for call in town.slack.calls if call.error]
    assert len(answer.messages) > 1
    assert all(any(block["type"] == "markdown" for block in message["blocks"]) for message in answer.messages)
    lines = [line for line in text.splitlines() if line.strip()]
    shown = answer.text.splitlines()
    assert [line for line in lines if line not in shown] == []


LONG = " ".join(f"word{n}" for n in range(1_200))


def has_blocks(args: Any) -> bool:
    return bool(args.get("blocks"))


@pytest.mark.parametrize("text", [LONG, LONG.replace("word", "слово")], ids=["English", "Russian"])
async def test_plain_text_is_cut_by_us_where_slack_would_split_it(town: Town, text: str) -> None:
    """Of what Slack splits it names one message: the others could be neither edited nor taken away."""
    town.slack.fail("chat.postMessage", error="invalid_blocks", times=999, when=has_blocks)
    town.model.enqueue(text)
    async with town.bot():
        ts = await town.slack.say("Ada", "#general", "@Threadbot at length")
        await wait_until(lambda: town.slack.calls_of("chat.postMessage"), "it is posted")
        await town.idle()

    shown = [message["text"] for message in town.slack.thread("#general", ts) if is_bot(message)]
    posts = [call.args["text"] for call in town.slack.calls_of("chat.postMessage") if call.ok]
    assert shown == posts
    assert all(len(text.encode()) <= 4_000 for text in posts)
    assert [word for word in "\n".join(posts).split() if word.startswith(text[:4])] == text.split()


@pytest.mark.parametrize("place", ["D0000000ADA", "#general"], ids=["streamed", "edited"])
async def test_where_slack_counts_bytes_an_answer_is_cut_into_shorter_messages(
    town: Town, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """The documents say characters; of other scripts than Latin nobody has measured it."""
    monkeypatch.setattr("threadbot_sandbox.slack.blocks.counted", lambda text: len(text.encode()))
    text = "\n\n".join(f"第{n}段：{CHINESE[:700]}" for n in range(14))
    town.model.enqueue(Reply(text, tokens_per_second=40))
    async with town.bot():
        answer = await town.ask("Ada", place, "@Threadbot at length")

    assert answer.text == text
    assert len(answer.messages) > 2
    assert town.slack.calls_of("chat.delete") == []
    assert all("blocks" in message for message in answer.messages)
