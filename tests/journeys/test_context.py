"""What the bot knows of a thread in which it was not, or from which it was away."""

import time
from typing import Any

from redis.asyncio import Redis

from tests.town import Town, is_bot, said, wait_until
from threadbot_sandbox.model import Reply
from threadbot_sandbox.slack.seed import ADA, BEN, BOT_USER


def stands(town: Town, second: float, text: str, root: str | None = None, user: str = ADA, **more: Any) -> str:
    """A message that stands in #general, whose event never came. `second` counts from ten hours ago."""
    ts = f"{time.time() - 36_000 + second:.6f}"
    message = {"type": "message", "channel": "C000GENERAL", "user": user, "ts": ts, "text": text} | more
    town.slack.workspace.conversation("#general").add(message | ({"thread_ts": root} if root else {}))
    return ts


async def forget_everything(town: Town) -> None:
    async with Redis.from_url(town.redis_url) as redis:
        await redis.flushall()


async def test_asked_into_a_thread_of_five_hundred_messages_the_model_reads_it_as_people_do(town: Town) -> None:
    root = stands(town, 0, "lunch at noon or at one?")
    for n in range(1, 490):
        stands(town, n, f"thought {n}", root, user=BEN)
    stands(town, 491, f"<@{BEN}> ask <!subteam^S0GARDENERS> in <#C0000SECRET|> or <#C0HIDDEN>", root)
    ci = [{"type": "section", "text": {"type": "mrkdwn", "text": "Build &lt;7&gt; failed"}}]
    stands(town, 492, "Build", root, user="", subtype="bot_message", bot_id="B0DEPLOYBOT", username="CI", blocks=ci)
    edited = stands(town, 493, "one is bad", root, user=BEN)
    deleted = stands(town, 494, "a secret", root)
    await town.slack.edit("Ben", "#general", edited, "one is better")
    await town.slack.delete("Ada", "#general", deleted)
    async with town.bot(history_tokens=100_000, context_messages=100):
        answer = await town.ask("Chloe", "#general", "@Threadbot when is lunch?", root)

    [(_, told)] = said(town.model.requests[0])[1:]
    assert told.startswith("Ben: thought 393\n\nBen: thought 394\n\n")
    assert told.endswith(
        "Ada: @Ben ask @gardeners in #private-channel or #private-channel\n\nCI: Build <7> failed\n\n"
        "Ben: one is better\n\nChloe: when is lunch?"
    )
    assert "393 earlier messages left out" in (answer.footer or "")


async def test_a_bot_that_has_lost_its_memory_knows_its_own_answers_again_without_their_footers(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        second = await town.ask("Ben", "#general", "@Threadbot square root of 16", first.thread)
        await town.idle()
        await forget_everything(town)
        await town.ask("Ada", "#general", "@Threadbot thanks", first.thread)

    assert said(town.model.requests[-1])[1:] == [
        ("user", "Ada: tell me a joke"),
        ("assistant", first.text),
        ("user", "Ben: square root of 16"),
        ("assistant", second.text),
        ("user", "Ada: thanks"),
    ]


async def test_a_bot_that_has_lost_its_memory_takes_no_word_of_its_own_for_the_models(town: Town) -> None:
    town.model.enqueue(Reply(status=400), Reply(stall_after=0))
    async with town.bot():
        root = await town.slack.say("Ada", "#general", "@Threadbot")
        await town.slack.wait_for(lambda: len(kinds(town, root)) == 1, description="a greeting")
        await town.slack.say("Ada", "#general", "@Threadbot hello", thread_ts=root)
        await town.slack.wait_for(lambda: len(kinds(town, root)) == 2, description="an apology")
        await town.slack.say("Ada", "#general", "@Threadbot go on", thread_ts=root)
        await wait_until(lambda: len(town.model.requests) == 2, "the model is asked")
        await town.slack.say("Ada", "#general", "stop", thread_ts=root)
        await town.slack.wait_for(lambda: len(kinds(town, root)) == 3, description="that it was stopped")
        await town.idle()
        answer = await town.ask("Ada", "#general", "@Threadbot tell me a joke", root)
        await town.idle()
        await forget_everything(town)
        await town.ask("Ada", "#general", "@Threadbot thanks", root)

    assert kinds(town, root)[:4] == ["notice", "apology", "notice", "answer"]
    assert said(town.model.requests[-1])[1:] == [
        ("user", "hello\n\ngo on\n\nstop\n\ntell me a joke"),
        ("assistant", answer.text),
        ("user", "thanks"),
    ]


def kinds(town: Town, root: str) -> list[str]:
    """What the bot's complete messages in a thread tell of themselves."""
    posted = [m for m in town.slack.thread("#general", root) if is_bot(m) and m.get("metadata")]
    return [m["metadata"]["event_payload"]["kind"] for m in posted]


async def test_what_was_said_while_the_bot_was_away_for_long_is_known_afterwards_and_fetched_once(town: Town) -> None:
    async with town.bot():
        first = await town.ask("Ada", "#general", "@Threadbot tell me a joke")
    general = town.slack.workspace.conversation("#general")
    missed = {"type": "message", "channel": general.id, "user": BEN, "text": "I did not get it"}
    general.add(missed | {"ts": f"{time.time() + 1:.6f}", "thread_ts": first.thread})
    town.slack.workspace.clock = lambda: time.time() + 3600
    async with town.bot():
        await town.ask("Ada", "#general", "@Threadbot explain it to Ben", first.thread)
        await town.ask("Ada", "#general", "@Threadbot thanks", first.thread)

    assert said(town.model.requests[1])[-1] == ("user", "Ben: I did not get it\n\nAda: explain it to Ben")
    told = said(town.model.requests[2])
    assert sum("I did not get it" in text for role, text in told if role == "user") == 1
    assert told.count(("assistant", first.text)) == 1
    assert len([call for call in town.slack.calls_of("conversations.replies") if "latest" not in call.args]) == 1


async def test_where_slack_does_not_let_the_bot_read_it_says_so_and_reads_the_next_time(town: Town) -> None:
    root = stands(town, 0, "lunch at noon or at one?")
    town.slack.fail("conversations.replies", error="internal_error")
    async with town.bot():
        first = await town.ask("Chloe", "#general", "@Threadbot when is lunch?", root)
        second = await town.ask("Chloe", "#general", "@Threadbot and now?", root)

    assert "some earlier messages could not be read" in (first.footer or "")
    assert "earlier" not in (second.footer or "")
    assert said(town.model.requests[1])[1][1].startswith("Ada: lunch at noon or at one?\n\nChloe: when is lunch?")


async def test_after_a_pause_in_which_nothing_may_have_been_said_a_bot_that_cannot_look_claims_nothing(
    town: Town,
) -> None:
    town.slack.fail("conversations.replies", error="ratelimited", status=429, retry_after=60)
    async with town.bot():
        first = await town.ask("Ada", "#general", "@Threadbot tell me a joke")
        town.slack.workspace.clock = lambda: time.time() + 3600
        second = await town.ask("Ada", "#general", "@Threadbot another", first.thread)

    assert len(town.slack.calls_of("conversations.replies")) == 1
    assert "earlier" not in (second.footer or "")
    assert said(town.model.requests[1])[1:3] == [("user", "tell me a joke"), ("assistant", first.text)]


async def test_a_bot_that_shall_not_read_what_it_did_not_hear_does_not(town: Town) -> None:
    root = stands(town, 0, "lunch at noon or at one?")
    async with town.bot(context_messages=0):
        answer = await town.ask("Chloe", "#general", "@Threadbot tell me a joke", root)

    assert said(town.model.requests[0])[1:] == [("user", "tell me a joke")]
    assert "earlier" not in (answer.footer or "")
    assert not town.slack.calls_of("conversations.replies")


async def test_a_question_that_was_taken_for_context_and_comes_after_all_is_answered_and_told_once(town: Town) -> None:
    root = stands(town, 0, "lunch at noon or at one?")
    late = stands(town, 10, f"<@{BOT_USER}> when is lunch?", root, user=BEN)
    async with town.bot():
        await town.ask("Chloe", "#general", "@Threadbot tell me a joke", root)
        event = {"type": "app_mention", "channel": "C000GENERAL", "user": BEN, "ts": late, "thread_ts": root}
        town.slack.send_event(event | {"text": f"<@{BOT_USER}> when is lunch?", "event_ts": late})
        await town.model.wait_for(lambda: town.model.finished == 2)
        await town.idle()

    told = [text for _, text in said(town.model.requests[1])]
    assert "when is lunch?" in told[-1]
    assert sum("when is lunch?" in text for text in told) == 1
