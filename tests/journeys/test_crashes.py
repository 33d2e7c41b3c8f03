"""The bot is killed (kill -9) exactly there, and started again: one answer stands in the thread, whole, and only once.

Each test is a row of the table in docs/crashes.md.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.inbox_scripts import Put
from bot.store.queue import Claim
from bot.store.turn_scripts import Begin, Finish, Mark
from tests.crash import Doomed, doomed
from tests.town import Answer, Json, Town, is_bot, said
from threadbot_sandbox.model import Reply
from threadbot_sandbox.redis import EmbeddedRedis

QUESTION = "Who was the first president?"
RETRIES = (0.0, 0.5, *(1.0,) * 60)  # Slack's own are minutes apart
HALF_AN_ANSWER = Reply("George Washington was the first", stall_after=3)


@pytest.fixture
async def bot(town: Town, redis_server: EmbeddedRedis, tmp_path: Path) -> AsyncIterator[Doomed]:
    town.slack.retry_delays = RETRIES
    async with doomed(town, redis_server.socket, tmp_path) as bot:
        yield bot


async def ask(bot: Doomed) -> str:
    return await bot.town.slack.say("Ada", "#general", f"@Threadbot {QUESTION}")


def bots_messages(bot: Doomed, thread: str) -> list[Json]:
    return [message for message in bot.town.slack.thread("#general", thread) if is_bot(message)]


async def first_message(bot: Doomed, thread: str) -> str:
    found = await bot.town.slack.wait_for(lambda: bots_messages(bot, thread), description="the bot's first message")
    return str(found[0]["ts"])


async def comes_back(bot: Doomed, thread: str) -> Answer:
    """It is started again. In the end there is one whole answer, and all is as if nothing had happened."""
    await bot.start()
    answer = await bot.town.answer("#general", thread, thread)
    await comes_again(bot, thread)
    await bot.settled()
    assert len(bots_messages(bot, thread)) == 1
    assert "George Washington was the first President" in answer.text
    assert bot.town.slack.workspace.statuses == {}
    await remembers_once(bot, thread, answer)
    return answer


async def comes_again(bot: Doomed, thread: str) -> None:
    """Slack sends the message once more when all is over, as it may within a day."""
    await bot.idle()
    for event in {delivery.event_id for delivery in bot.town.slack.deliveries if delivery.ts == thread}:
        assert (await bot.town.slack.redeliver(event)).acked


async def remembers_once(bot: Doomed, thread: str, answer: Answer) -> None:
    following = await bot.town.ask("Ada", "#general", "@Threadbot For which duration?", thread=thread)
    assert "1789" in following.text
    assert said(bot.town.model.requests[-1])[1:] == [
        ("user", QUESTION),
        ("assistant", answer.text),
        ("user", "For which duration?"),
    ]


async def test_before_it_is_in_the_inbox(bot: Doomed) -> None:
    """Slack was told nothing, so it sends the message again."""
    mention, message = bot.gate.before(Put), bot.gate.before(Put)
    thread = await ask(bot)
    await mention.reached.wait()
    await bot.killed(message)

    assert not any(delivery.acked for delivery in bot.town.slack.deliveries)
    await comes_back(bot, thread)
    assert len(bot.town.model.requests) == 2


async def test_in_the_inbox_but_not_acknowledged(bot: Doomed) -> None:
    """Slack sends it again, and the inbox knows it already."""
    await bot.gate.before(Claim).reached.wait()
    mention, message = bot.gate.after(Put), bot.gate.after(Put)
    thread = await ask(bot)
    await mention.reached.wait()
    await bot.killed(message)

    assert not any(delivery.acked for delivery in bot.town.slack.deliveries)
    await comes_back(bot, thread)
    assert len(bot.town.model.requests) == 2


async def test_in_the_inbox_and_acknowledged_but_not_claimed(bot: Doomed) -> None:
    claim = bot.gate.before(Claim)
    await claim.reached.wait()
    thread = await ask(bot)
    await bot.town.all_delivered()
    await bot.killed()

    await comes_back(bot, thread)
    assert len(bot.town.model.requests) == 2


async def test_claimed_but_not_begun(bot: Doomed) -> None:
    begin = bot.gate.before(Begin)
    thread = await ask(bot)
    await bot.killed(begin)

    await comes_back(bot, thread)
    assert len(bot.town.model.requests) == 2


async def test_the_model_is_thinking_and_nothing_was_posted(bot: Doomed) -> None:
    bot.town.model.hold()
    thread = await ask(bot)
    await bot.town.model.wait_for(lambda: bot.town.model.running == 1)
    await bot.town.slack.wait_for(lambda: bot.town.slack.workspace.statuses, description="it says that it is thinking")
    await bot.killed()
    bot.town.model.release()

    assert bots_messages(bot, thread) == []
    await comes_back(bot, thread)


async def test_about_to_post(bot: Doomed) -> None:
    """It may have posted, for all that its successor knows: who looks, finds nothing, and posts."""
    intent = bot.gate.after(Mark, "intent")
    thread = await ask(bot)
    await bot.killed(intent)

    assert bots_messages(bot, thread) == []
    await comes_back(bot, thread)


async def test_posted_but_not_noted(bot: Doomed) -> None:
    """Its successor finds the message in the thread and goes on in it."""
    bot.town.model.enqueue(HALF_AN_ANSWER)
    noted = bot.gate.before(Mark, "\r\nposted\r\n")
    thread = await ask(bot)
    await bot.killed(noted)

    ts = await first_message(bot, thread)
    answer = await comes_back(bot, thread)
    assert [message["ts"] for message in answer.messages] == [ts]


async def test_a_further_message_posted_but_not_noted(bot: Doomed) -> None:
    """A long answer's second message is found in the thread as the first one would be."""
    text = "\n\n".join(f"Paragraph {n}: " + "lorem ipsum " * 20 for n in range(70))
    bot.town.model.enqueue(text)
    noted = bot.gate.before(Mark, "posted", '", "')
    thread = await ask(bot)
    await bot.killed(noted)

    before = [message["ts"] for message in bots_messages(bot, thread)]
    await bot.start()
    answer = await bot.town.answer("#general", thread, thread)
    await bot.settled()
    assert answer.text == text
    assert [message["ts"] for message in bots_messages(bot, thread)] == before
    assert len(bot.town.model.requests) == 1


async def test_in_mid_answer(bot: Doomed) -> None:
    """The text begins anew, in the same message."""
    bot.town.model.enqueue(HALF_AN_ANSWER)
    noted = bot.gate.after(Mark, "\r\nposted\r\n")
    thread = await ask(bot)
    await bot.killed(noted)

    (half,) = bots_messages(bot, thread)
    assert half["text"].startswith("George")
    bot.town.slack.fail("conversations.replies", error="missing_scope", times=10)  # who knows it need not look
    answer = await comes_back(bot, thread)
    assert [message["ts"] for message in answer.messages] == [half["ts"]]


async def test_posted_anew_but_not_noted(bot: Doomed) -> None:
    """A person has deleted the half answer; the whole one that stands for it is found, and not posted once more."""
    bot.town.model.enqueue(
        Reply("George Washington was the first President, as is said everywhere.", tokens_per_second=2)
    )
    thread = await ask(bot)
    first = await first_message(bot, thread)
    await bot.town.slack.wait_for(
        lambda: any(call.args.get("ts") == first for call in bot.town.slack.calls_of("chat.update")),
        description="it is noted",
    )
    noted = bot.gate.before(Mark, "\r\nposted\r\n")
    await bot.town.slack.delete("Ada", "#general", first)
    await bot.killed(noted)

    (whole,) = bots_messages(bot, thread)
    answer = await comes_back(bot, thread)
    assert [message["ts"] for message in answer.messages] == [whole["ts"]]


async def test_answered_but_not_finished(bot: Doomed) -> None:
    """The whole answer stands there; its successor shows it once more, word for word, without asking the model."""
    finish = bot.gate.before(Finish)
    thread = await ask(bot)
    await bot.killed(finish)

    whole = await bot.town.answer("#general", thread, thread)
    answer = await comes_back(bot, thread)
    assert [message["ts"] for message in answer.messages] == [message["ts"] for message in whole.messages]
    assert answer.text == whole.text
    assert len(bot.town.model.requests) == 2  # this question, and the one that comes_back asks


async def test_finished_but_not_told_so(bot: Doomed) -> None:
    """All is done: its successor has nothing to do."""
    finish = bot.gate.after(Finish)
    thread = await ask(bot)
    await bot.killed(finish)

    await comes_back(bot, thread)
    assert len(bot.town.model.requests) == 2


async def test_more_often_than_a_turn_is_tried(town: Town, redis_server: EmbeddedRedis, tmp_path: Path) -> None:
    """A message that kills the bot each time ends with one plain sentence, and does not block its thread."""
    town.slack.retry_delays = RETRIES
    async with doomed(town, redis_server.socket, tmp_path, TURN_ATTEMPTS="2") as bot:
        town.model.enqueue(HALF_AN_ANSWER, HALF_AN_ANSWER)
        thread = await ask(bot)
        for _ in range(2):
            await town.model.wait_for(lambda: town.model.stalled == 1)
            await bot.killed()
            await town.model.wait_for(lambda: town.model.running == 0)
            await bot.start()
        await bot.idle()
        (sentence,) = bots_messages(bot, thread)
        following = await town.ask("Ada", "#general", "@Threadbot tell me a joke", thread=thread)

    assert "(reference " in sentence["text"]
    assert len(town.model.requests) == 3
    assert len(following.text) > 20
